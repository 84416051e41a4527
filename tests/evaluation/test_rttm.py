from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.rttm import read, written
from pipeline.speech import Turn

MILLISECONDS = st.integers(0, 10_000_000).map(lambda thousandths: thousandths / 1000)


@given(st.lists(st.builds(Turn, MILLISECONDS, MILLISECONDS, st.sampled_from(("S1", "SPEAKER_00")))))
def test_what_is_written_is_read_to_the_millisecond(turns: list[Turn]) -> None:
    back = read(written(turns, "recording"))
    assert [turn.speaker for turn in back] == [turn.speaker for turn in turns]
    assert [turn.start for turn in back] == pytest.approx([turn.start for turn in turns])
    assert [turn.end for turn in back] == pytest.approx([turn.end for turn in turns], abs=0.001)


def test_lines_of_other_types_are_no_turns() -> None:
    assert read("SPKR-INFO a 1 <NA> <NA> <NA> unknown S1 <NA> <NA>\n\n") == ()
