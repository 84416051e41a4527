"""Floors for invented interviews: a little below what was measured, so that a change for the worse fails."""

from __future__ import annotations

import pytest
from measured import HERE, covered, interview, right, together

pytestmark = pytest.mark.engines

SETS = {
    "read": [
        *["A1", "B2", "C1", "D2", "E1", "E2", "F1", "F2", "G1", "G3", "G6", "G8", "H1", "H2", "H3", "H4", "K1", "K2"]
    ],
    "not read": [*["A2", "B1", "C2", "D1", "G2", "G4", "G5", "G7", "K3", "K4", "L1", "L2", "L3", "L4"]],
}
FLOORS = {  # per cent: names covered and right, other labels covered and right; plain lines touched, at most
    "read": (95, 79, 94, 82, 22),
    "not read": (90, 78, 91, 79, 19),
}
WORST_NAMES, WORST_OTHERS = 76, 82
"""Per cent covered of the interview in which least is."""


@pytest.mark.parametrize("which", list(SETS))
def test_interviews_are_covered(which: str) -> None:
    score = together(map(interview, SETS[which]))
    names_covered, names_right, others_covered, others_right, touched = FLOORS[which]
    assert covered(score.names) >= names_covered and right(score.names) >= names_right
    assert covered(score.others) >= others_covered and right(score.others) >= others_right
    assert 100 * score.touched / score.plain <= touched


@pytest.mark.parametrize("name", [name for names in SETS.values() for name in names])
def test_no_interview_is_lost(name: str) -> None:
    score = interview(name)
    assert covered(score.names) >= WORST_NAMES and covered(score.others) >= WORST_OTHERS


def test_every_interview_is_in_a_set() -> None:
    files = [path.stem for path in (HERE / "interviews").glob("*.txt")]
    assert sorted(name for names in SETS.values() for name in names) == sorted(files)
