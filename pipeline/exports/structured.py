"""JSON: the release as it is, all fields."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime

from pipeline.transcript import Released


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def rendered(released: Released) -> bytes:
    """UTF-8, Hangul as it is."""
    return json.dumps(asdict(released), ensure_ascii=False, indent=1, default=_plain).encode() + b"\n"
