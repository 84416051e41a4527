"""JSON: the release as it is, all fields; their schema is published as ``docs/released.schema.json``."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime

from pydantic import TypeAdapter

from pipeline.transcript import Released

SCHEMA = "https://json-schema.org/draft/2020-12/schema"
IDENTITY = "urn:chaerok:released:1"
"""Raise the number when a field goes or changes its meaning; a new one that may be missing keeps it."""


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def rendered(released: Released) -> bytes:
    """UTF-8, Hangul as it is."""
    return json.dumps(asdict(released), ensure_ascii=False, indent=1, default=_plain).encode() + b"\n"


def schema() -> bytes:
    """The JSON Schema of what `rendered` gives; the file in docs is this, and a test says so."""
    made = TypeAdapter(Released).json_schema()
    whole = {"$schema": SCHEMA, "$id": IDENTITY, **made, "additionalProperties": False}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode() + b"\n"
