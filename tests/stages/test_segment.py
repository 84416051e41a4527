from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import attributions, diarizations, spoken

from pipeline.engines.rules.sentences import MarkedSentences
from pipeline.interview import Role
from pipeline.lines.cutting import Limits
from pipeline.speech import Attribution, Diarization, Gap, SpokenWord, Turn
from pipeline.stages.segment import segment
from pipeline.transcript import RoleGuess, Segment, Transcript

LIMITS = Limits(
    max_pause_seconds=1.2,
    breath_seconds=0.6,
    max_seconds=15.0,
    max_characters=200,
    short_characters=15,
    backchannel_seconds=1.5,
    role_sure_from=0.95,
)
TIGHT = replace(LIMITS, max_pause_seconds=0.5, max_seconds=3.0, max_characters=20)
NOBODY_SPEAKS = Diarization((), (), (), True)
GUIDE = ("하루 일과를 편하게 말씀해 주시겠어요?", "앞으로 바라는 점이 있다면요?")


def minting(prefix: str = "id") -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{prefix}-{next(numbers)}"


def lines(
    attribution: Attribution,
    limits: Limits = LIMITS,
    previous: Transcript | None = None,
    diarization: Diarization = NOBODY_SPEAKS,
    questions: tuple[str, ...] = (),
) -> Transcript:
    mint = minting("new" if previous else "old")
    return segment(attribution, diarization, previous, mint, limits, questions, MarkedSentences())


def said(*rows: tuple[str, float, float, str]) -> Attribution:
    return Attribution(tuple(word for text, start, end, who in rows for word in spoken(text, start, end, who)), ())


@st.composite
def with_gaps(draw: st.DrawFn) -> Attribution:
    """Words in order of time, and unheard stretches between and under them."""
    spans = draw(st.lists(st.tuples(st.integers(0, 400), st.integers(10, 60)), max_size=5))
    gaps = tuple(Gap(start / 10, (start + length) / 10, "no words") for start, length in spans)
    return replace(draw(attributions()), gaps=gaps)


# --- nothing is lost ------------------------------------------------------------------------------------------------


@given(with_gaps(), st.sampled_from((LIMITS, TIGHT)))
def test_no_word_is_lost_or_invented(attribution: Attribution, limits: Limits) -> None:
    transcript = lines(attribution, limits)
    heard = [line for line in transcript.segments if line.words]
    for who in {word.speaker for word in attribution.words}:
        mine = [word for word in attribution.words if word.speaker == who]
        assert [word for line in heard if line.speaker == who for word in line.words] == mine
    assert sorted(" ".join(line.text for line in heard).split()) == sorted(word.text for word in attribution.words)
    assert len(transcript.segments) - len(heard) == len(attribution.gaps) == len(transcript.gaps)


@given(with_gaps(), diarizations())
def test_lines_are_numbered_in_order_of_time_and_say_what_their_words_say(
    attribution: Attribution, diarization: Diarization
) -> None:
    transcript = lines(attribution, diarization=diarization)
    assert [line.line for line in transcript.segments] == list(range(1, len(transcript.segments) + 1))
    assert [line.start for line in transcript.segments] == sorted(line.start for line in transcript.segments)
    for line in transcript.segments:
        if line.words:
            assert line.text == " ".join(word.text for word in line.words)
            assert (line.start, line.end) == (line.words[0].start, max(word.end for word in line.words))
    assert {line.speaker for line in transcript.segments} == {guess.speaker for guess in transcript.roles}
    role = {guess.speaker: guess.role for guess in transcript.roles}
    assert all(line.role is role[line.speaker] for line in transcript.segments)


def test_nothing_said_is_no_line() -> None:
    assert lines(Attribution((), ())) == Transcript(())


# --- speech that nobody understood ----------------------------------------------------------------------------------

TALK = said(("그래서 제가", 0, 2, "S1"), ("집에 갔는데", 3, 5, "S1"), ("네 그러셨군요", 6, 8, "S2"))


def turns(*rows: tuple[float, float, str]) -> Diarization:
    return Diarization(tuple(Turn(*row) for row in rows), (), ("S1", "S2"), True)


def test_a_gap_is_a_line_without_words_and_cuts_the_line_in_which_it_falls() -> None:
    attribution = replace(TALK, gaps=(Gap(2.0, 3.0, "no words"),))
    found = lines(attribution, diarization=turns((0, 5, "S1"), (6, 8, "S2"))).segments
    assert [(line.text, line.speaker, bool(line.words)) for line in found] == [
        ("그래서 제가", "S1", True),
        ("(잘 안 들림 00:00:02)", "S1", False),
        ("집에 갔는데", "S1", True),
        ("네 그러셨군요", "S2", True),
    ]
    assert len(lines(TALK).segments) == 2
    assert len({line.id for line in found}) == 4


@pytest.mark.parametrize(
    ("start", "end", "diarization", "speaker"),
    [
        (8.5, 10, turns((0, 5, "S1"), (6, 9, "S2"), (9, 10, "S1")), "S1"),
        (8.5, 10, turns((0, 5, "S1"), (6, 9.5, "S2"), (9.3, 10, "S1")), "S2"),
        (8.5, 10, turns((0, 5, "S1")), "S2"),
        (5.2, 5.9, turns((0, 5, "S1")), "S1"),
        (8.5, 10, turns((8.6, 10, "S3")), "S3"),
    ],
)
def test_a_gap_is_whose_turn_covers_most_of_it_else_the_last_speakers(
    start: float, end: float, diarization: Diarization, speaker: str
) -> None:
    found = lines(replace(TALK, gaps=(Gap(start, end, "no words"),)), diarization=diarization).segments
    assert [line.speaker for line in found if not line.words] == [speaker]


@pytest.mark.parametrize(("start", "clock"), [(0.0, "00:00:00"), (751.9, "00:12:31"), (36_605.2, "10:10:05")])
def test_a_gaps_line_says_when(start: float, clock: str) -> None:
    (line,) = lines(Attribution((), (Gap(start, start + 2, "no words"),))).segments
    assert (line.text, line.start, line.end, line.role) == (f"(잘 안 들림 {clock})", start, start + 2, Role.UNKNOWN)


def test_the_ledger_is_in_order_of_time() -> None:
    gaps = (Gap(5, 7, "no words"), Gap(1, 3, "no words"))
    assert lines(Attribution((), gaps)).gaps == gaps[::-1]


def test_a_gap_keeps_its_id_when_the_words_around_it_change() -> None:
    before = lines(replace(TALK, gaps=(Gap(2.0, 3.0, "no words"),)))
    words = (replace(TALK.words[0], text="그러다가"), *TALK.words[1:])
    after = lines(Attribution(words, (Gap(2.1, 3.0, "no words"),)), previous=before)
    assert [line.id for line in after.segments] == [line.id for line in before.segments]


# --- pauses ---------------------------------------------------------------------------------------------------------


def test_a_pause_is_silence_since_anybody_spoke() -> None:
    attribution = said(
        ("하나", 1, 2, "S1"), ("둘", 4, 6, "S2"), ("셋", 5, 5.5, "S1"), ("넷", 9, 10, "S1"), ("다섯", 13, 14, "S2")
    )
    gaps = (Gap(11.0, 12.5, "no words"),)
    found = lines(replace(attribution, gaps=gaps)).segments
    assert [(line.text, line.pause) for line in found] == [
        ("하나", 0), ("둘", 2), ("셋", 0), ("넷", 3), ("(잘 안 들림 00:00:11)", 1), ("다섯", 0.5)
    ]  # fmt: skip


@given(with_gaps())
def test_no_pause_is_negative_and_none_reaches_over_speech(attribution: Attribution) -> None:
    spans = [(word.start, word.end) for word in attribution.words] + [(gap.start, gap.end) for gap in attribution.gaps]
    for line in lines(attribution).segments:
        assert line.pause >= 0
        assert not any(
            start < line.start and end > line.start - line.pause + 1e-9 for start, end in spans if line.pause
        )


# --- questions and roles --------------------------------------------------------------------------------------------

INTERVIEW = said(
    ("안녕하세요 오늘 면담을 맡았습니다", 0, 3, "S1"), ("네 안녕하세요", 4, 5, "S2"),
    ("하루 일과를 말씀해 주시겠어요", 6, 8, "S1"), ("저는 아침에 일어나서 병원에 갑니다", 9, 13, "S2"),
    ("그때 기분은 어떠세요", 14, 16, "S1"), ("좋아요 제가 좋아하는 일이라서요", 17, 20, "S2"),
    ("앞으로 바라는 점이 있으신가요", 21, 23, "S1"), ("사람이 더 있으면 좋겠어요", 24, 27, "S2"),
)  # fmt: skip


def test_lines_stand_under_the_question_that_was_asked_last() -> None:
    transcript = lines(INTERVIEW, questions=GUIDE)
    assert [line.question for line in transcript.segments] == [0, 0, 1, 1, 1, 1, 2, 2]
    assert {line.question for line in lines(INTERVIEW).segments} == {0}


def test_a_participant_who_repeats_a_question_asks_none() -> None:
    echo = spoken("하루 일과를 말씀드리면 되나요?", 28, 30, "S2")
    asked_again = spoken("하루 일과를 말씀해 주시겠어요?", 28, 30, "S1")
    for words, question in ((echo, 2), (asked_again, 1)):
        transcript = lines(replace(INTERVIEW, words=(*INTERVIEW.words, *words)), questions=GUIDE)
        assert transcript.segments[-1].question == question


def test_an_interview_has_its_roles_and_no_flag() -> None:
    transcript = lines(INTERVIEW, questions=GUIDE)
    assert [(guess.speaker, guess.role) for guess in transcript.roles] == [
        ("S1", Role.INTERVIEWER), ("S2", Role.PARTICIPANT)
    ]  # fmt: skip
    assert transcript.flags == () and transcript.listen == ()


def test_a_voice_of_whom_no_word_was_heard_has_no_role_and_flags_nothing() -> None:
    talk = replace(INTERVIEW, gaps=(Gap(30, 32, "no words"),))
    transcript = lines(talk, diarization=turns((30, 32, "S9")), questions=GUIDE)
    assert transcript.roles[-1] == RoleGuess("S9", Role.UNKNOWN, 0.0, False)
    assert transcript.segments[-1].role is Role.UNKNOWN and transcript.flags == ()


def test_unsure_roles_are_flagged_and_still_given() -> None:
    transcript = lines(said(("저는 산에 갔어요", 0, 3, "S1"), ("저도 산에 갔어요", 4, 7, "S2")))
    assert transcript.flags == ("roles",)
    assert {guess.role for guess in transcript.roles} == {Role.INTERVIEWER, Role.PARTICIPANT}


def test_the_enrolled_voice_reaches_the_roles() -> None:
    talk = said(("저는 산에 갔어요", 0, 3, "S1"), ("저도 산에 갔어요", 4, 7, "S2"))
    for asker, teller in (("S1", "S2"), ("S2", "S1")):
        likeness = ((asker, 0.8), (teller, 0.1))
        transcript = lines(talk, diarization=replace(NOBODY_SPEAKS, likeness=likeness))
        roles = {guess.speaker: guess.role for guess in transcript.roles}
        assert roles == {asker: Role.INTERVIEWER, teller: Role.PARTICIPANT} and transcript.flags == ()


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
