from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.attempts import ALIVE, FAULTS, Past, again

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WAITS = [timedelta(minutes=minutes) for minutes in (0, 10, 60)]
MINE = "lab-P01-S1:given:"


def run(type: str, minutes_ago: float, name: str = "", key: str = MINE, ours: bool = False) -> Past:
    return Past(f"id{minutes_ago}", key + "x", type, name or type.title(), ours, NOW - timedelta(minutes=minutes_ago))


CASES = {
    "never run": ([], 0.0),
    "cut off by us": ([run("CRASHED", 1, ours=True)], 0.0),
    "stopped with the lab": ([run("CANCELLED", 1, ours=True)], 0.0),
    "a person cancelled it": ([run("CANCELLED", 1)], None),
    "cancelled, and then given something": ([run("CANCELLED", 1, key="lab-P01-S1:before:")], 0.0),
    "a person cancelled it, then the lab was stopped": ([run("CANCELLED", 5), run("CRASHED", 1, ours=True)], 0.0),
    "the first fault": ([run("CRASHED", 1)], 0.0),
    "the second": ([run("CRASHED", 30), run("FAILED", 4)], 6.0),
    "the second, long ago": ([run("CRASHED", 30), run("FAILED", 11)], 0.0),
    "the third": ([run("CRASHED", 50), run("FAILED", 40), run("FAILED", 30)], 30.0),
    "the fourth": ([run("FAILED", ago) for ago in (5000, 4000, 3000, 2000)], None),
    "four, of which the lab had one": (
        [*(run("FAILED", ago) for ago in (500, 400, 300)), run("CRASHED", 1, ours=True)],
        0.0,
    ),
    "four of other inputs": ([run("FAILED", ago, key="lab-P01-S1:before:") for ago in (5, 4, 3, 2)], 0.0),
    "flagged is no fault": ([run("FAILED", ago, "Flagged") for ago in (5, 4, 3, 2)], 0.0),
    "done, and due again (settings)": ([run("COMPLETED", 3)], 0.0),
}  # fmt: skip


@pytest.mark.parametrize(("runs", "minutes"), CASES.values(), ids=CASES)
def test_when_it_is_run_again(runs: list[Past], minutes: float | None) -> None:
    found = again(runs, MINE, WAITS, NOW)
    assert (found and found[0]) == (None if minutes is None else timedelta(minutes=minutes))


def test_who_starts_the_lab_again_wants_what_has_failed_too() -> None:
    runs = [run("FAILED", ago) for ago in (5, 4, 3, 2)]
    assert again(runs, MINE, WAITS, NOW) is None
    assert again(runs, MINE, WAITS, NOW, anew=True) == (timedelta(0), "after:id2")
    assert again([*runs, run("RUNNING", 1)], MINE, WAITS, NOW, anew=True) is None


PASTS = st.lists(
    st.builds(
        run,
        st.sampled_from(sorted(ALIVE | FAULTS | {"COMPLETED", "CANCELLED"})),
        st.integers(0, 500),
        key=st.sampled_from([MINE, "lab-P01-S1:before:"]),
        ours=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda past: past.id,
)


@given(PASTS, st.booleans())
def test_it_is_bounded_and_asking_twice_asks_for_the_same(runs: list[Past], anew: bool) -> None:
    found = again(runs, MINE, WAITS, NOW, anew=anew)
    assert found == again(runs[::-1], MINE, WAITS, NOW, anew=anew)
    if any(past.type in ALIVE for past in runs):
        assert found is None
    faults = [past for past in runs if past.type in FAULTS and past.key.startswith(MINE) and not past.ours]
    if len(faults) > len(WAITS) and not anew:
        assert found is None
    if found is not None:
        assert found[0] <= max(WAITS)
        newest = max(
            (past for past in runs if past.key.startswith(MINE)), key=lambda past: (past.at, past.id), default=None
        )
        assert found[1] == (f"after:{newest.id}" if newest else "first")  # a new run, a new attempt
