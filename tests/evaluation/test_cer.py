from __future__ import annotations

import unicodedata
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.cer import Edits, cer, counted, cp_cer, edits
from pipeline.evaluation.utterances import Utterance

TEXTS = st.text("가나다 .", max_size=9)
TALK = st.lists(
    st.builds(Utterance, st.integers(0, 99).map(float), st.just(0.0), st.sampled_from("abcd"), TEXTS), max_size=6
)


def talk(*said: tuple[str, str]) -> list[Utterance]:
    return [Utterance(float(at), at + 1.0, speaker, text) for at, (speaker, text) in enumerate(said)]


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("네, 그래요.", "네그래요"),
        ("OK 3번!", "ok3번"),
        (unicodedata.normalize("NFD", "한국"), "한국"),
        ("ㅋㅋ ㅠ", ""),
        ("漢字 été １", "t"),
    ],
    ids=["punctuation", "Latin and digits", "NFD", "jamo alone", "other scripts"],
)
def test_what_counts(text: str, characters: str) -> None:
    assert counted(text) == characters


@pytest.mark.parametrize(
    ("truth", "heard", "expected"),
    [
        ("", "", Edits()),
        ("가나", "", Edits(2, deletions=2)),
        ("", "가나", Edits(0, insertions=2)),
        ("가나다", "가다", Edits(3, deletions=1)),
        ("가나다", "가마다", Edits(3, substitutions=1)),
        ("가나다", "가나다라", Edits(3, insertions=1)),
    ],
)
def test_edits(truth: str, heard: str, expected: Edits) -> None:
    assert edits(truth, heard) == expected


def levenshtein(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row = row, [at]
        for index, second in enumerate(other, 1):
            row.append(min(row[-1] + 1, before[index] + 1, before[index - 1] + (letter != second)))
    return row[-1]


@given(st.text("가나다라", max_size=12), st.text("가나다라", max_size=12))
def test_edits_are_the_fewest(truth: str, heard: str) -> None:
    found = edits(truth, heard)
    assert found.errors == levenshtein(truth, heard)
    assert len(truth) - found.deletions + found.insertions == len(heard)


def test_the_cer_asks_what_was_said_and_not_who_said_it() -> None:
    truth = talk(("a", "안녕하세요."), ("b", "네."))
    heard = [Utterance(9.0, 10.0, "S1", "네"), Utterance(0.0, 1.0, "S1", "안녕 하세요")]
    assert cer(truth, heard) == Edits(6)


@pytest.mark.parametrize(
    ("heard", "errors"),
    [
        (talk(("S2", "안녕하세요"), ("S1", "네네")), 0),
        (talk(("S1", "안녕하세요네네")), 4),
        (talk(("S1", "안녕하세요"), ("S2", "네네"), ("S3", "예")), 1),
        (talk(("S1", "안녕하세"), ("S2", "요네네")), 2),
        ([], 7),
    ],
    ids=["other labels", "one speaker for two", "one too many", "a word on the wrong side", "nothing"],
)
def test_the_cp_cer_asks_who_said_it(heard: list[Utterance], errors: int) -> None:
    found = cp_cer(talk(("a", "안녕하세요"), ("b", "네네")), heard)
    assert (found.total, found.errors) == (7, errors)


@given(TALK, TALK)
def test_the_cp_cer_is_that_of_the_best_pairing(truth: list[Utterance], heard: list[Utterance]) -> None:
    def texts(utterances: list[Utterance]) -> list[str]:
        ordered = sorted(utterances, key=lambda one: one.start)
        own = [[one.text for one in ordered if one.speaker == who] for who in {one.speaker for one in utterances}]
        return [counted("".join(words)) for words in own] + [""] * (4 - len(own))

    said, found = texts(truth), texts(heard)
    best = min(sum(map(levenshtein, said, order)) for order in permutations(found))
    assert cp_cer(truth, heard).errors == best
    assert cp_cer(truth, truth).errors == 0


MANY = [(f"S{at}", "가" * (9 - at)) for at in range(8)]
"""Eight speakers, each a character shorter than the one before: nine to two."""


@pytest.mark.parametrize(
    ("truth", "errors"),
    [
        ([("a", "나" * 9)], 9 + 8 + 7 + 6 + 5 + 4 + 3 + 2),
        ([("a", "가" * 9), ("b", "가" * 8)], 7 + 6 + 5 + 4 + 3 + 2),
        ([("a", "가가")], 42),  # the eighth would be right, and is not asked; the sixth, of four, is nearest
        (MANY[:6], 3 + 2),
        (MANY[:7], 2),
        (MANY, 0),
    ],
    ids=["nobody right", "two right", "right beyond the sixth", "six", "seven truly speak", "eight truly speak"],
)
def test_of_more_than_six_who_were_found_the_rest_is_invented(truth: list[tuple[str, str]], errors: int) -> None:
    assert cp_cer(talk(*truth), talk(*MANY)).errors == errors


def test_counts_add_up() -> None:
    assert Edits(5, 1, 2, 3) + Edits(5, 1, 0, 0) == Edits(10, 2, 2, 3)
    assert Edits(5, 1, 2, 3).errors == 6
