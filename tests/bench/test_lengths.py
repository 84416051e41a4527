from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from pipeline.bench.cases import Case
from pipeline.bench.lengths import pieces, sessions, shifted, silence_before, strung
from pipeline.evaluation.utterances import Utterance


def case(seconds: float, *spans: tuple[float, float], name: str = "a", texts: bool = True) -> Case:
    return Case(name, Path(f"{name}.flac"), seconds, tuple(Utterance(*span, "S1", "네") for span in spans), texts)


@pytest.mark.parametrize(
    ("moment", "silent"),
    [(0.5, 0.5), (1, 1), (2, 1), (4, 4), (5, 1), (9, 9), (7, 7), (6.5, 1)],
    ids=["before", "at the start", "within", "where another begins", "within two", "after", "at the end", "the longer"],
)
def test_the_last_silence(moment: float, silent: float) -> None:
    truth = [Utterance(1, 4, "a", ""), Utterance(3, 7, "b", "")] if moment not in (4,) else [Utterance(1, 4, "a", "")]
    assert silence_before(truth, moment) == silent


@pytest.mark.parametrize(
    ("seconds", "taken"),
    [
        (5, [("a", 4), ("b", 1)]),
        (4, [("a", 4)]),
        (14, [("a", 4), ("b", 6), ("a", 4)]),
        (0.5, [("a", 0.5)]),
        (2, [("a", 1)]),
    ],
    ids=["the second in part", "one whole", "over and over", "before anybody speaks", "in a turn"],
)
def test_which_pieces(seconds: float, taken: list[tuple[str, float]]) -> None:
    found = [case(4, (1, 3)), case(6, (1, 5), name="b")]
    assert [(one.name, length) for one, length in pieces(found, seconds) if length] == taken


SPANS = st.lists(
    st.tuples(st.floats(0, 9), st.floats(0, 4)).map(lambda span: (span[0], min(span[0] + span[1], 10.0))), max_size=6
)


@given(st.lists(SPANS, min_size=1, max_size=3), st.floats(0.5, 70))
def test_pieces_fill_the_length_and_cut_nobody_short(spans: list[list[tuple[float, float]]], seconds: float) -> None:
    found = [case(10.0, *each) for each in spans]
    taken = list(pieces(found, seconds))
    total = sum(length for _, length in taken)
    assert total <= seconds + 1e-6
    assert seconds - total <= 10.0
    for one, length in taken:
        assert not any(said.start < length < said.end for said in one.truth)


def test_turns_are_shifted_and_those_that_were_cut_away_are_gone() -> None:
    truth = [Utterance(0, 1, "a", "네"), Utterance(2, 3.5, "b", "예"), Utterance(3, 4, "a", "음")]
    assert shifted(truth, 3, 100) == [Utterance(100, 101, "a", "네"), Utterance(102, 103, "b", "예")]


@pytest.fixture
def tone(tmp_path: Path) -> Case:
    """Two seconds of silence and one of sound, said to be 네."""
    sound = np.concatenate([np.zeros(32_000), 0.5 * np.sin(np.arange(16_000) / 5)])
    soundfile.write(tmp_path / "tone.flac", sound, 16_000)
    return Case("tone", tmp_path / "tone.flac", 3.0, (Utterance(2.0, 3.0, "S1", "네"),), True)


def test_the_sound_is_where_the_truth_says(tone: Case, tmp_path: Path) -> None:
    made = strung([tone], 8 / 60, tmp_path / "out.wav")
    sound, rate = soundfile.read(made.audio)
    assert (made.name, made.seconds, made.minutes, rate) == ("0.133333 min", 8.0, 8 / 60, 16_000)
    assert [(one.start, one.end, one.text) for one in made.truth] == [(2, 3, "네"), (5, 6, "네")]
    for one in made.truth:
        assert np.abs(sound[int(one.start * rate) + 800 : int(one.end * rate) - 800]).max() > 0.4
        assert np.abs(sound[int((one.start - 2) * rate) + 800 : int(one.start * rate) - 800]).max() < 0.01
    assert len(sound) == 8 * rate


def test_sound_of_another_rate_and_two_channels(tone: Case, tmp_path: Path) -> None:
    sound, _ = soundfile.read(tone.audio)
    soundfile.write(tmp_path / "other.wav", np.stack([sound, sound], axis=1).repeat(3, axis=0), 48_000)
    other = Case("other", tmp_path / "other.wav", 3.0, tone.truth, True)
    made = strung([tone, other], 0.1, tmp_path / "out.wav")
    assert made.seconds == pytest.approx(6.0, abs=0.01)
    assert [one.start for one in made.truth] == pytest.approx([2, 5], abs=0.01)


def test_sessions_are_there_as_long_as_they_are_heard(tone: Case) -> None:
    with sessions([tone], (0.1, 0.2)) as made:
        assert [round(one.seconds) for one in made] == [6, 12]
        audio = [one.audio for one in made]
        assert all(path.is_file() for path in audio)
    assert not any(path.exists() for path in audio)


def test_without_lengths_or_cases_there_is_nothing_to_string(tone: Case) -> None:
    with sessions([tone], ()) as same, sessions([], (10,)) as none:
        assert (list(same), list(none)) == ([tone], [])


def test_one_case_without_text_leaves_the_session_without(tone: Case, tmp_path: Path) -> None:
    silent = Case("b", tone.audio, 3.0, (), False)
    assert not strung([tone, silent], 0.1, tmp_path / "out.wav").texts
