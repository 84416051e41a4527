from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import HANGUL, diarizations, transcriptions

from pipeline.hearing.attribution import NOBODY, choices, closes, overlap, plain
from pipeline.hearing.spans import plausible
from pipeline.speech import Diarization, Transcription, Turn, Word

REPAIR = 0.6
Row = tuple[float, float, str]


def words(*rows: tuple[str, float, float]) -> list[Word]:
    return [Word(text, start, end, 0.9) for text, start, end in rows]


def turns(*rows: Row, more: tuple[Row, ...] = ()) -> Diarization:
    exclusive = tuple(Turn(*row) for row in rows)
    return Diarization((*exclusive, *(Turn(*row) for row in more)), exclusive, (), True)


def who(heard: list[Word], diarization: Diarization, repair: float = REPAIR) -> str:
    return "".join(choice.speaker for choice in choices(heard, diarization, repair))


# --- the plain rule -------------------------------------------------------------------------------------------------


@given(diarizations(), transcriptions())
def test_the_plain_rule_takes_the_turn_that_a_word_shares_most_with_or_else_the_nearest(
    diarization: Diarization, transcription: Transcription
) -> None:
    for word, turn in zip(
        transcription.words, plain(transcription.words, sorted(diarization.exclusive, key=lambda turn: turn.start)),
        strict=True,
    ):  # fmt: skip
        shared = [overlap(word.start, word.end, turn) for turn in diarization.exclusive]
        assert (turn is None) == (not shared)
        assert turn is None or overlap(word.start, word.end, turn) == max(shared)


@pytest.mark.parametrize(
    ("start", "end", "speaker"),
    [(0, 1, "A"), (1.8, 2.1, "A"), (1.9, 2.2, "B"), (2.4, 2.6, "B"), (3.2, 3.4, "B"), (3.6, 3.8, "C"), (9, 9.5, "C"),
     (2, 2, "A"), (5, 5, "C"), (1.5, 4.5, "B")],
)  # fmt: skip
def test_a_word_alone_goes_by_the_plain_rule(start: float, end: float, speaker: str) -> None:
    diarization = turns((0, 2, "A"), (2, 3, "B"), (4, 6, "C"), more=((0, 6, "D"),))
    assert [turn and turn.speaker for turn in plain(words(("네", start, end)), diarization.exclusive)] == [speaker]


def test_a_short_turn_inside_a_long_neighbourhood_is_found() -> None:
    rows = [(float(i), i + 0.5, f"S{i % 3}") for i in range(3, 300)]
    heard = words(("네", 1.0, 1.2), ("응", 250.0, 250.4))
    assert who(heard, turns((0, 2.9, "long"), *rows)) == f"longS{250 % 3}"


@given(diarizations(), transcriptions())
def test_without_repair_the_plain_rule_is_all(diarization: Diarization, transcription: Transcription) -> None:
    heard = list(transcription.words)
    ruled = plain(heard, sorted(diarization.exclusive, key=lambda turn: turn.start))
    assert [one.speaker for one in choices(heard, diarization, 0.0)] == [
        turn.speaker if turn else NOBODY for turn in ruled
    ]


# --- what repair never does -----------------------------------------------------------------------------------------


@given(diarizations(), transcriptions())
def test_a_word_that_lies_well_inside_a_turn_is_never_moved(
    diarization: Diarization, transcription: Transcription
) -> None:
    heard = list(transcription.words)
    for word, choice in zip(heard, choices(heard, diarization, REPAIR), strict=True):
        for turn in diarization.exclusive:
            within = turn.start <= word.start and word.end <= turn.end and len(plausible(word)) == 1
            assert choice.speaker == turn.speaker or not within or word.end - word.start < REPAIR


@given(diarizations(), transcriptions(), st.permutations(("S1", "S2", "S3")))
def test_other_names_for_the_speakers_change_the_names_alone(
    diarization: Diarization, transcription: Transcription, names: list[str]
) -> None:
    other = dict(zip(("S1", "S2", "S3"), names, strict=True))
    renamed = replace(
        diarization,
        turns=tuple(replace(turn, speaker=other[turn.speaker]) for turn in diarization.turns),
        exclusive=tuple(replace(turn, speaker=other[turn.speaker]) for turn in diarization.exclusive),
    )
    heard = list(transcription.words)
    before, after = choices(heard, diarization, REPAIR), choices(heard, renamed, REPAIR)
    if diarization.exclusive:
        assert [replace(one, speaker=other[one.speaker]) for one in before] == after


@given(st.lists(st.tuples(HANGUL, st.sampled_from((0.6, 0.7, 0.8)), st.sampled_from((0.0, 0.2, 1.5)),
                          st.sampled_from("AB")), min_size=1, max_size=20))  # fmt: skip
def test_turns_that_are_the_words_give_the_words_back(said: list[tuple[str, float, float, str]]) -> None:
    heard, rows, at = [], [], 0.0
    for text, seconds, pause, speaker in said:
        at += pause
        heard.append(Word(f"{text}가", at, at + seconds, 0.9))
        rows.append((at, at + seconds, speaker))
        at += seconds
    assert who(heard, turns(*rows), repair=0.5) == "".join(row[2] for row in rows)


@given(transcriptions())
def test_where_one_person_speaks_nothing_is_close(transcription: Transcription) -> None:
    found = choices(list(transcription.words), turns((3, 9, "A"), (20, 30, "A")), REPAIR)
    assert all(one.speaker == "A" and one.margin == float("inf") for one in found)


def test_where_nobody_was_heard_somebody_speaks() -> None:
    assert who(words(("네", 0, 1)), turns()) == NOBODY
    assert who([], turns((0, 1, "A"))) == ""


# --- what repair does -----------------------------------------------------------------------------------------------

SAID = words(("연구를", 0.0, 0.6), ("하고", 0.6, 1.0), ("있었습니다.", 1.0, 1.5), ("그래서", 2.2, 2.7),
             ("우리가", 2.7, 3.2), ("해결하는", 3.2, 3.8))  # fmt: skip
CUT = words(("우리가", 0.0, 0.5), ("지금", 0.5, 0.9), ("문제를", 0.9, 1.4), ("해결하는", 1.4, 2.0), ("동네", 2.0, 2.5),
            ("사람들이", 2.5, 3.2))  # fmt: skip
DRIFTED = words(
    ("건강", 0.0, 0.6), ("중요하거든요.", 0.6, 1.4), ("저는", 1.4, 1.9), ("확실한", 3.5, 4.1), ("준비를", 4.1, 4.6)
)
BACK = words(("저희", 0.0, 0.4), ("회사", 0.4, 0.8), ("네", 0.9, 1.1), ("이름이", 1.2, 1.7), ("원래", 1.7, 2.1))


@pytest.mark.parametrize(
    ("heard", "diarization", "speakers"),
    [
        # the last word of a sentence under the next speaker's turn, by less than 0.6 s and by more
        (SAID, turns((0, 1.1, "A"), (1.1, 3.8, "B")), "AAABBB"),
        (words(*[(w.text, w.start, w.end) for w in SAID[:2]], ("있었습니다.", 1.0, 1.8), ("그래서", 2.2, 2.7)),
         turns((0, 1.1, "A"), (1.1, 3.8, "B")), "AABB"),
        # the first word of a sentence under the turn before, which ends late
        (SAID, turns((0, 2.65, "A"), (2.65, 3.8, "B")), "AAABBB"),
        # a change where neither a pause nor a sentence speaks for another place stays where the turns have it
        (CUT, turns((0, 0.9, "A"), (0.9, 3.2, "B")), "AABBBB"),
        (CUT, turns((0, 1.2, "A"), (1.2, 3.2, "B")), "AAABBB"),
        # the word before a pause that stands close to a sentence's end, at the very edge of that speaker's turn
        (DRIFTED, turns((0, 1.6, "A"), (3.4, 4.6, "B")), "AABBB"),
        (DRIFTED, turns((0, 1.9, "A"), (3.4, 4.6, "B")), "AAABB"),
        (DRIFTED, turns((0, 2.2, "A"), (2.3, 3.2, "A"), (3.4, 4.6, "B")), "AAABB"),
        # an island of one word goes to its neighbours, with and without an exclusive turn that flickers
        (CUT, turns((0, 0.9, "A"), (0.9, 1.3, "B"), (1.3, 3.2, "A")), "AAAAAA"),
        (CUT, turns((0, 0.9, "A"), (0.9, 1.7, "B"), (1.7, 3.2, "A")), "AAAAAA"),
        (CUT, turns((0, 0.9, "A"), (0.9, 2.0, "B"), (2.0, 3.2, "A")), "AABBAA"),
        # a back-channel with a turn of its own stays; one without goes with what is around it
        (BACK, turns((0, 0.8, "A"), (0.9, 1.1, "B"), (1.2, 2.1, "A")), "AABAA"),
        (BACK, turns((0, 0.7, "A"), (1.15, 1.3, "B"), (1.35, 2.1, "A")), "AABAA"),
        (BACK, turns((0, 2.1, "A"), (3, 9, "B")), "AAAAA"),
        # words under no turn go to the side to which they belong
        (SAID, turns((0, 0.6, "A"), (3.2, 3.8, "B")), "AAABBB"),
    ],
)  # fmt: skip
def test_speakers_change_where_people_do(heard: list[Word], diarization: Diarization, speakers: str) -> None:
    assert who(heard, diarization) == speakers


def test_a_word_of_nine_seconds_does_not_belong_to_who_speaks_in_between() -> None:
    heard = words(("제가", 0.0, 0.5), ("말한", 0.5, 9.5), ("것은", 9.5, 10.0))
    between = turns((0, 1.5, "A"), (2, 8, "B"), (8.5, 10, "A"))
    assert [turn and turn.speaker for turn in plain(heard, between.exclusive)] == ["A", "B", "A"]
    assert who(heard, between) == "AAA"


def test_neighbouring_words_are_moved_together_only_against_little() -> None:
    """Three words of 0.25 s would each be an easy move; together they are a turn."""
    heard = words(("제가", 0, 0.5), ("다", 0.5, 0.75), ("본", 0.75, 1.0), ("일", 1.0, 1.25), ("이라고", 1.25, 1.9))
    diarization = turns((0, 0.5, "A"), (0.5, 1.25, "B"), (1.25, 1.9, "A"))
    assert who(heard, diarization) == "ABBBA"
    assert who(heard, diarization, repair=0.9) == "AAAAA"


def test_what_was_close_is_told_from_what_was_not() -> None:
    heard = words(*(("우리가", at / 2, at / 2 + 0.5) for at in range(10)))
    margins = [one.margin for one in choices(heard, turns((0, 2.3, "A"), (2.3, 5, "B")), REPAIR)]
    assert margins[4] == pytest.approx(0.1)  # 0.3 s in one turn, 0.2 s in the other
    assert margins[3] == pytest.approx(
        0.1 + 0.5 + 0.03
    )  # ... and all of the word before, 0.3 s away from the other turn
    assert min(margins[:3] + margins[6:]) > 0.8
    assert all(one.margin > 0.4 for one in choices(SAID, turns((0, 1.3, "A"), (1.3, 3.8, "B")), REPAIR))


def test_a_shared_second_speaks_for_both() -> None:
    """The exclusive turn is one person's, but where the other was talking too a sentence may be finished."""
    rows = (0.0, 1.0, "A"), (1.0, 3.8, "B")
    alone = choices(SAID, turns(*rows), REPAIR)[2]
    shared = choices(SAID, turns(*rows, more=((0.0, 1.5, "A"),)), REPAIR)[2]
    assert (alone.speaker, shared.speaker) == ("A", "A")
    assert shared.margin > alone.margin


@pytest.mark.parametrize(
    ("text", "final"),
    [("했어요", True), ("요", False), ("가나요?", True), ("갔습니까", True), ("그러니까", False), ("할까", True),
     ("니까", False), ("봤다", True), ("없다", True), ("학교에다", False), ("좋네", True), ("동네", False),
     ("그러네요.", True), ("그렇군", True), ("아니구나", True), ("그런데", False), ("했다”", True), ("좋아.”", True),
     ("", False), ("3.5", False)],
)  # fmt: skip
def test_how_sentences_end(text: str, final: bool) -> None:
    assert closes(text) is final
