"""Settings of what runs by itself: server, runs, schedules, maintenance."""

from __future__ import annotations

import re
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from pipeline.sharing import Address, Section

Positive = Annotated[float, Field(gt=0)]


class Server(Section):
    """Prefect."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)]
    start_timeout_seconds: Positive
    database: Address
    late_after_seconds: Positive
    restart_waits_seconds: Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1)]


class Run(Section):
    """How many runs at once, how long, and how often again."""

    heavy_slots: Annotated[int, Field(ge=1)]
    light_slots: Annotated[int, Field(ge=1)]
    heavy_timeout_hours: Positive
    again_after_minutes: tuple[Annotated[float, Field(ge=0)], ...]


CRON = tuple((low, high) for low, high in ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7)))
"""Least and greatest of each field."""


def _cron(text: str) -> str:
    """Five fields of numbers, ranges, steps and lists; names of days and months are not read. Empty: never.

    >>> _cron("*/30 8-18 * * 1,3")
    '*/30 8-18 * * 1,3'
    """
    fields = text.split()
    if text and len(fields) != len(CRON):
        raise ValueError("minute hour day month weekday")
    for field, (low, high) in zip(fields, CRON, strict=False):
        for part in field.split(","):
            match = re.fullmatch(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?", part)
            numbers = [int(number) for number in match.groups()[:2] if number] if match else [-1]
            wrong = any(not low <= number <= high for number in numbers) or numbers != sorted(numbers)
            if wrong or (match and match[3] is not None and int(match[3]) < 1):
                raise ValueError(f"{low}-{high}")
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ValueError("Asia/Seoul") from None
    return name


Cron = Annotated[str, AfterValidator(_cron)]


class Schedule(Section):
    """When what runs by itself does."""

    timezone: Annotated[str, AfterValidator(_zone)]
    rescan: Cron
    maintenance: Cron
    quality_report: Cron
    collect_codings: Cron


class Maintenance(Section):
    """What is done at night."""

    check_gigabytes: Positive
    backup_folder: str
    backup_keys_folder: str
    backups_kept: Annotated[int, Field(ge=1)]
