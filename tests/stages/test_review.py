from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import HANGUL, line, spoken, transcriptions

from pipeline.interview import Role
from pipeline.speech import Gap, SpokenWord
from pipeline.stages.review import realigned, review
from pipeline.transcript import Corrections, Descent, Ruling, TextCorrection, Transcript

FIRST = line("오늘 날씨가 좋내요", 1, start=0, end=3, speaker="S1")
SECOND = line("네 정말 그래요", 2, start=4, end=7, speaker="S2")
TRANSCRIPT = Transcript((FIRST, SECOND), (Gap(8, 9, "no words"),), (Descent("id-1", "new"), Descent("id-2", "new")))
FITS = TextCorrection("id-1", "오늘 날씨가 좋내요", "오늘 날씨가 좋네요")
STALE = TextCorrection("id-1", "어제 날씨가 좋내요", "어제 날씨가 좋네요")
ELSEWHERE = TextCorrection("id-9", "오늘 날씨가 좋내요", "오늘 날씨가 좋네요")


# --- corrections ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [None, Corrections()])
def test_without_corrections_it_is_the_transcript(given: Corrections | None) -> None:
    reviewed = review(TRANSCRIPT, given)
    assert (reviewed.segments, reviewed.gaps, reviewed.lineage) == (
        TRANSCRIPT.segments, TRANSCRIPT.gaps, TRANSCRIPT.lineage
    )  # fmt: skip
    assert (reviewed.rulings, reviewed.orphans) == ((), ())


@pytest.mark.parametrize(
    ("texts", "result", "orphans"),
    [
        ((FITS,), "오늘 날씨가 좋네요", ()),
        ((STALE,), "오늘 날씨가 좋내요", (STALE,)),
        ((ELSEWHERE,), "오늘 날씨가 좋내요", (ELSEWHERE,)),
        ((STALE, FITS, ELSEWHERE), "오늘 날씨가 좋네요", (STALE, ELSEWHERE)),
        ((FITS, STALE), "오늘 날씨가 좋네요", (STALE,)),
        ((replace(FITS, after="다른 말"), FITS), "오늘 날씨가 좋네요", ()),
    ],
    ids=["fits", "stale", "elsewhere", "all", "stale later", "twice"],
)
def test_what_fits_is_applied_and_what_does_not_is_an_orphan(
    texts: tuple[TextCorrection, ...], result: str, orphans: tuple[TextCorrection, ...]
) -> None:
    reviewed = review(TRANSCRIPT, Corrections(texts))
    assert reviewed.segments[0].text == result
    assert reviewed.orphans == orphans
    assert reviewed.segments[1] == SECOND


@given(st.lists(st.tuples(st.sampled_from(("id-1", "id-2", "id-3")), HANGUL, HANGUL), max_size=4))
def test_no_correction_is_ever_lost(rows: list[tuple[str, str, str]]) -> None:
    texts = tuple(TextCorrection(*row) for row in rows)
    transcript = Transcript((replace(FIRST, text="가"), replace(SECOND, text="나")))
    reviewed = review(transcript, Corrections(texts))
    present = {segment.id: segment.text for segment in transcript.segments}
    fitting = {c.segment: c.after for c in texts if present.get(c.segment) == c.before}
    assert set(reviewed.orphans) == {c for c in texts if present.get(c.segment) != c.before}
    assert {s.id: s.text for s in reviewed.segments} == present | fitting


def test_a_corrected_line_has_a_new_version_and_its_place() -> None:
    corrected = review(TRANSCRIPT, Corrections((FITS,))).segments[0]
    assert (corrected.id, corrected.line, corrected.version) == ("id-1", 1, 2)
    assert (corrected.start, corrected.end, corrected.speaker) == (0, 3, "S1")
    assert corrected.text == " ".join(word.text for word in corrected.words)


def test_roles_go_to_all_lines_of_a_voice() -> None:
    roles = (("S2", Role.INTERVIEWER), ("S9", Role.UNKNOWN))
    reviewed = review(TRANSCRIPT, Corrections(roles=roles))
    assert [segment.role for segment in reviewed.segments] == [Role.PARTICIPANT, Role.INTERVIEWER]
    assert [segment.version for segment in reviewed.segments] == [1, 1]


@pytest.mark.parametrize(
    ("roles", "left"),
    [
        ((), ("roles", "unheard")),
        ((("S1", Role.INTERVIEWER),), ("roles", "unheard")),
        ((("S1", Role.INTERVIEWER), ("S2", Role.UNKNOWN)), ("unheard",)),
    ],
)
def test_a_person_who_says_what_every_voice_is_settles_the_roles(
    roles: tuple[tuple[str, Role], ...], left: tuple[str, ...]
) -> None:
    flagged = replace(TRANSCRIPT, flags=("roles", "unheard"))
    assert review(flagged, Corrections(roles=roles)).flags == left
    assert review(flagged, None).flags == flagged.flags


def test_rulings_are_handed_on() -> None:
    ruling = Ruling("id-1", "날씨", None)
    assert review(TRANSCRIPT, Corrections(rulings=(ruling,))).rulings == (ruling,)


# --- words under corrected text -------------------------------------------------------------------------------------


@st.composite
def heard(draw: st.DrawFn) -> tuple[SpokenWord, ...]:
    words = draw(transcriptions().filter(lambda t: t.words)).words
    return tuple(SpokenWord(w.text, w.start, w.end, w.probability, "S1") for w in words)


@st.composite
def corrected(draw: st.DrawFn) -> tuple[tuple[SpokenWord, ...], list[str]]:
    """Words, and a person's texts for them: some kept, some changed, some gone, some new."""
    words = draw(heard())
    texts: list[str] = []
    for word in words:
        texts += draw(st.sampled_from(([word.text], [word.text], ["딴말"], [], [word.text, "더"], ["새", "말"])))
    return words, texts


@given(corrected())
def test_realigned_words_are_the_texts_in_order_with_times_that_run_on(
    case: tuple[tuple[SpokenWord, ...], list[str]],
) -> None:
    words, texts = case
    result = realigned(words, texts)
    assert [word.text for word in result] == texts
    assert all(before.start <= after.start for before, after in pairwise(result))
    assert all(word.start <= word.end for word in result)
    if result:
        assert words[0].start <= result[0].start and result[-1].end <= max(word.end for word in words)


@given(heard())
def test_unchanged_words_keep_everything(words: tuple[SpokenWord, ...]) -> None:
    assert realigned(words, [word.text for word in words]) == words


@pytest.mark.parametrize(
    ("texts", "times"),
    [
        ("하나 둘 셋", [(0, 1), (1, 2), (2, 3)]),
        ("하나 다른 셋", [(0, 1), (1, 2), (2, 3)]),
        ("하나 다른 말 셋", [(0, 1), (1, 1.5), (1.5, 2), (2, 3)]),
        ("하나 셋", [(0, 1), (2, 3)]),
        ("영 하나 둘 셋", [(0, 0), (0, 1), (1, 2), (2, 3)]),
        ("하나 둘 셋 넷", [(0, 1), (1, 2), (2, 3), (3, 3)]),
        ("전혀", [(0, 3)]),
        ("", []),
    ],
)
def test_times_of_corrected_words(texts: str, times: list[tuple[float, float]]) -> None:
    result = realigned(spoken("하나 둘 셋", 0, 3), texts.split())
    assert [(word.start, word.end) for word in result] == times


def test_what_a_person_wrote_is_certain() -> None:
    result = realigned(spoken("하나 둘", 0, 2), ["하나", "두울"])
    assert [word.probability for word in result] == [0.9, 1.0]
