from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.daily import CRON, Maintenance, Run, Schedule
from pipeline.settings import load

GOOD = {"timezone": "Asia/Seoul", "rescan": "", "maintenance": "", "quality_report": "", "collect_codings": ""}


@pytest.mark.parametrize(
    "cron",
    ["", "* * * * *", "*/30 * * * *", "0 7 * * 1", "30 3 1,15 */2 0-6", "59 23 31 12 7", "8-18/2 0 1 1 0"],
)
def test_schedules_that_are_read(cron: str) -> None:
    assert Schedule.model_validate({**GOOD, "rescan": cron}).rescan == cron


@pytest.mark.parametrize(
    "cron",
    [
        *("* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 8"),
        *("*/0 * * * *", "5-1 * * * *", "a * * * *", "* * * * mon", "@daily", "1;2 * * * *", "-1 * * * *"),
        "1, * * * *",
    ],
)
def test_schedules_that_are_refused(cron: str) -> None:
    with pytest.raises(ValidationError):
        Schedule.model_validate({**GOOD, "maintenance": cron})


@given(st.tuples(*(st.integers(low, high) for low, high in CRON)))
def test_what_is_read_prefect_reads_too(fields: tuple[int, ...]) -> None:
    from prefect.client.schemas.schedules import CronSchedule

    cron = " ".join(map(str, fields))
    assert Schedule.model_validate({**GOOD, "rescan": cron}).rescan == cron
    assert CronSchedule(cron=cron).cron == cron


@pytest.mark.parametrize("zone", ["Asia/Soul", "", "../../etc/passwd"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError):
        Schedule.model_validate({**GOOD, "timezone": zone})


def test_the_defaults_are_valid_and_bounded() -> None:
    settings = load()
    assert isinstance(settings.run, Run) and isinstance(settings.maintenance, Maintenance)
    assert settings.run.heavy_slots == 1 and len(settings.run.again_after_minutes) == 3
    with pytest.raises(ValidationError):
        Run.model_validate({**settings.run.model_dump(), "heavy_slots": 0})
