from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import attributions, diarizations, spoken, transcriptions

from pipeline.interview import Attribution, Diarization, Gap, Role, SpokenWord, Transcription
from pipeline.stages.merge import merge
from pipeline.stages.segment import Limits, roles_of, segment
from pipeline.transcript import Segment, Transcript

LIMITS = Limits(max_pause_seconds=1.2, max_seconds=15.0, max_characters=200)
TIGHT = Limits(max_pause_seconds=0.5, max_seconds=3.0, max_characters=20)


def minting(prefix: str = "id") -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{prefix}-{next(numbers)}"


def lines(attribution: Attribution, limits: Limits = LIMITS, previous: Transcript | None = None) -> Transcript:
    return segment(attribution, previous, minting("new" if previous else "old"), limits)


def said(*rows: tuple[str, float, float, str]) -> Attribution:
    return Attribution(tuple(word for text, start, end, who in rows for word in spoken(text, start, end, who)), ())


# --- nothing is lost ------------------------------------------------------------------------------------------------


@given(diarizations(), transcriptions(), st.sampled_from((LIMITS, TIGHT)))
def test_no_word_is_lost_invented_or_reordered_from_transcription_to_segments(
    diarization: Diarization, transcription: Transcription, limits: Limits
) -> None:
    transcript = lines(merge(diarization, transcription, 1.0), limits)
    words = [word for s in transcript.segments for word in s.words]
    assert [(w.text, w.start, w.end) for w in words] == [(w.text, w.start, w.end) for w in transcription.words]
    assert " ".join(s.text for s in transcript.segments).split() == [w.text for w in transcription.words]


@given(attributions(), st.sampled_from((LIMITS, TIGHT)))
def test_a_line_is_one_speaker_without_a_long_pause_within_the_limits(attribution: Attribution, limits: Limits) -> None:
    transcript = lines(attribution, limits)
    for number, line in enumerate(transcript.segments, start=1):
        assert line.line == number and line.words
        assert {word.speaker for word in line.words} == {line.speaker}
        assert line.text == " ".join(word.text for word in line.words)
        assert (line.start, line.end) == (line.words[0].start, max(word.end for word in line.words))
        assert all(b.start - a.end <= limits.max_pause_seconds for a, b in pairwise(line.words))
        if len(line.words) > 1:
            assert len(line.text) <= limits.max_characters
            assert line.words[-1].end - line.start <= limits.max_seconds
    assert [line.start for line in transcript.segments] == sorted(line.start for line in transcript.segments)


@given(attributions())
def test_a_line_ends_only_where_it_must(attribution: Attribution) -> None:
    for a, b in pairwise(lines(attribution).segments):
        changed = a.speaker != b.speaker
        paused = b.start - a.words[-1].end > LIMITS.max_pause_seconds
        whole_length = len(a.text) + 1 + len(b.text) > LIMITS.max_characters
        assert changed or paused or whole_length or b.words[-1].end - a.start > LIMITS.max_seconds


@pytest.mark.parametrize(
    ("words", "cut"),
    [
        ("하나 둘 셋.", ["하나 둘 셋."]),
        ("하나 둘. 셋 넷 다섯 여섯 일곱 여덟", ["하나 둘.", "셋 넷 다섯 여섯 일곱 여덟"]),
        ("하나? 둘! 셋 넷 다섯 여섯 일곱 여덟", ["하나? 둘!", "셋 넷 다섯 여섯 일곱 여덟"]),
        ("하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉", ["하나 둘 셋 넷 다섯 여섯 일곱 여덟", "아홉"]),
        ("가" * 50, ["가" * 50]),
    ],
)
def test_a_long_line_is_cut_at_the_last_sentence_that_fits(words: str, cut: list[str]) -> None:
    limits = replace(TIGHT, max_seconds=99)
    assert [line.text for line in lines(said((words, 0, 2, "S1")), limits).segments] == cut


def test_the_ledger_is_in_order_of_time() -> None:
    gaps = (Gap(5, 7, "no words"), Gap(1, 3, "no words"))
    assert lines(Attribution((), gaps)).gaps == gaps[::-1]


def test_nothing_said_is_no_line() -> None:
    assert lines(Attribution((), ())) == Transcript(())


# --- roles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "roles"),
    [
        ([], {}),
        ([("네 그래요", "S1")], {"S1": Role.PARTICIPANT}),
        ([("어때요?", "S1"), ("좋아요 정말 좋아요", "S2")], {"S1": Role.INTERVIEWER, "S2": Role.PARTICIPANT}),
        ([("좋아요 정말 좋아요", "S1"), ("왜요?", "S2")], {"S1": Role.PARTICIPANT, "S2": Role.INTERVIEWER}),
        ([("아 네", "S1"), ("저는 잘 지내요", "S2")], {"S1": Role.INTERVIEWER, "S2": Role.PARTICIPANT}),
        ([("왜요?", "S1"), ("좋아요 참 좋아요", "S2"), ("맞아요 네", "S3")],
         {"S1": Role.INTERVIEWER, "S2": Role.PARTICIPANT, "S3": Role.UNKNOWN}),
    ],
)  # fmt: skip
def test_who_asks_interviews_and_who_tells_takes_part(rows: list[tuple[str, str]], roles: dict[str, Role]) -> None:
    assert roles_of([word for text, who in rows for word in spoken(text, speaker=who)]) == roles


@given(attributions())
def test_at_most_one_interviewer_and_one_participant(attribution: Attribution) -> None:
    roles = list(roles_of(attribution.words).values())
    assert roles.count(Role.INTERVIEWER) <= 1 and roles.count(Role.PARTICIPANT) <= 1


# --- ids ------------------------------------------------------------------------------------------------------------


def shape(segments: tuple[Segment, ...]) -> list[tuple[object, ...]]:
    return [(s.text, s.start, s.end, s.speaker) for s in segments]


@given(attributions(), st.sampled_from((LIMITS, TIGHT)))
def test_walking_again_keeps_every_id_and_version(attribution: Attribution, limits: Limits) -> None:
    before = lines(attribution, limits)
    after = lines(attribution, limits, before)
    assert after.segments == before.segments
    assert {descent.how for descent in after.lineage} <= {"kept"}


@given(attributions(), attributions())
def test_ids_are_unique_and_the_lineage_is_closed(one: Attribution, other: Attribution) -> None:
    before = lines(one)
    after = lines(other, TIGHT, before)
    ids, known = [s.id for s in after.segments], {s.id for s in before.segments}
    assert len(set(ids)) == len(ids)
    assert [descent.id for descent in after.lineage] == ids
    for descent in after.lineage:
        assert set(descent.ancestors) <= known
        assert (descent.id in known) == (descent.how == "kept")
        assert len(descent.ancestors) in {"kept": {1}, "new": {0}, "merged": set(range(2, 99))}.get(
            descent.how, set(range(1, 99))
        )


@given(attributions(), attributions())
def test_a_kept_line_has_a_new_version_exactly_where_it_changed(one: Attribution, other: Attribution) -> None:
    before = lines(one)
    old = {s.id: s for s in before.segments}
    for line in lines(other, LIMITS, before).segments:
        if line.id in old:
            same = shape((line,)) == shape((old[line.id],))
            assert line.version == old[line.id].version + (not same)
        else:
            assert line.version == 1


@given(attributions(), st.integers(0, 24), st.integers(0, 24))
def test_lines_far_from_a_change_keep_their_ids(attribution: Attribution, at: int, new: int) -> None:
    """One word heard differently: every line but its own is the same line as before."""
    before = lines(attribution)
    if at >= len(attribution.words):
        return
    changed = replace(attribution.words[at], text="딴말" * (new % 3 + 1))
    words = (*attribution.words[:at], changed, *attribution.words[at + 1 :])
    after = lines(replace(attribution, words=words), LIMITS, before)
    old, now = ids_by_words(before), ids_by_words(after)
    for said_words in old.keys() & now.keys():
        if attribution.words[at] not in said_words and changed not in said_words:
            assert now[said_words] == old[said_words]


def ids_by_words(transcript: Transcript) -> dict[tuple[SpokenWord, ...], set[str]]:
    """Lines that are alike in everything cannot be told apart: their ids together."""
    ids: dict[tuple[SpokenWord, ...], set[str]] = {}
    for line in transcript.segments:
        ids.setdefault(line.words, set()).add(line.id)
    return ids


THREE = said(("네 안녕하세요", 0, 2, "S1"), ("저는 잘 지내고 있어요", 3, 8, "S2"), ("그렇군요 고마워요", 9, 11, "S1"))


@pytest.mark.parametrize("shift", [-0.3, 0.02, 0.4])
def test_ids_survive_words_that_shift_a_little(shift: float) -> None:
    before = lines(THREE)
    moved = tuple(replace(w, start=max(0.0, w.start + shift), end=w.end + shift) for w in THREE.words)
    after = lines(Attribution(moved, ()), LIMITS, before)
    assert [s.id for s in after.segments] == [s.id for s in before.segments]
    assert [s.version for s in after.segments] == [2, 2, 2]


@pytest.mark.parametrize(
    ("rows", "how"),
    [
        ([("네 안녕하세요", 0, 2, "S1"), ("저는 잘 지내고 있어요", 3, 8, "S2"), ("그렇군요 고마워요", 9, 11, "S1")],
         ["kept", "kept", "kept"]),
        ([("네 안녕하세요", 0, 2, "S1"), ("저는 잘 지냈고 있었어요", 3, 8, "S2")], ["kept", "kept"]),
        ([("네 안녕하세요", 0, 2, "S1"), ("오늘은 비가 온다고 합니다", 3, 8, "S2")], ["kept", "split"]),
        ([("네 안녕하세요 저는 잘 지내고 있어요 그렇군요 고마워요", 0, 11, "S1")], ["merged"]),
        ([("저는 잘", 3, 5, "S2"), ("지내고 있어요", 6.5, 8, "S2")], ["split", "split"]),
        ([("완전히 다른 곳", 20, 22, "S2")], ["new"]),
    ],
)  # fmt: skip
def test_how_lines_come_from_those_before(rows: list[tuple[str, float, float, str]], how: list[str]) -> None:
    after = lines(said(*rows), LIMITS, lines(THREE))
    assert [descent.how for descent in after.lineage] == how


def test_a_line_that_moved_down_keeps_its_id() -> None:
    more = said(("아", 2.2, 2.5, "S2"), *[("저는 잘 지내고 있어요", 3, 8, "S2")])
    before = lines(THREE)
    words = sorted((*THREE.words, *more.words[:1]), key=lambda word: word.start)
    after = lines(Attribution(tuple(words), ()), replace(LIMITS, max_pause_seconds=0.1), before)
    ids = {s.text: s.id for s in after.segments}
    assert all(ids[s.text] == s.id for s in before.segments)


def test_a_word_without_length_keeps_its_line() -> None:
    instant = Attribution((SpokenWord("네", 5.0, 5.0, 0.5, "S1"),), ())
    before = lines(instant)
    assert lines(instant, LIMITS, before).segments == before.segments


def test_two_who_say_the_same_at_once_keep_each_their_line() -> None:
    both = said(("네 맞아요", 1, 2, "S1"), ("네 맞아요", 1, 2, "S2"))
    words = (both.words[0], both.words[1], both.words[2], both.words[3])
    ordered = Attribution(tuple(sorted(words, key=lambda word: word.speaker)), ())
    before = lines(ordered)
    after = lines(Attribution((*spoken("아", 0, 0.2, "S3"), *ordered.words), ()), LIMITS, before)
    kept = {(s.speaker, s.text): s.id for s in after.segments}
    assert all(kept[s.speaker, s.text] == s.id for s in before.segments)
