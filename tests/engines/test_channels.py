from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import people

from pipeline import sound
from pipeline.engines.channels import ChannelDiarizer
from pipeline.errors import EngineFailed
from pipeline.interview import SAMPLE_RATE, Audio, Recording
from pipeline.speech import Turn

TENTHS = 10


def audio(levels: np.ndarray) -> Audio:
    """A recording of which nothing but the levels can be read."""
    samples = len(levels) * sound.FRAME
    recording = Recording("recording", "", samples, 1.0, "", microphones=levels.shape[1], levels_blob="levels")

    def read(start: int, stop: int) -> bytes:
        raise AssertionError("the sound itself is not needed")

    return Audio(recording, read, np.ascontiguousarray(levels).tobytes)


def levels_of(samples: np.ndarray) -> np.ndarray:
    return sound.together([sound.survey(block) for block in sound.blocks([samples.astype(np.float32)])]).voice


def found(levels: np.ndarray, speakers: int | None = None) -> tuple[tuple[Turn, ...], tuple[Turn, ...]]:
    shares: list[float] = []
    answer = ChannelDiarizer()(audio(levels), speakers, shares.append)
    assert shares in ([], [1.0])
    return answer.turns, answer.exclusive


def at(turns: tuple[Turn, ...], second: float) -> set[str]:
    return {turn.speaker for turn in turns if turn.start <= second < turn.end}


@pytest.mark.parametrize("noise_db", [-65, -45])
@pytest.mark.parametrize("cross_talk_db", [-12, -20])
@pytest.mark.parametrize("count", [2, 3])
def test_each_second_is_given_to_the_one_who_speaks(count: int, cross_talk_db: float, noise_db: float) -> None:
    turns, exclusive = found(levels_of(people(count, cross_talk_db, noise_db)), count)
    assert {turn.speaker for turn in turns} == {f"S{who + 1}" for who in range(count)}
    for tenth in range(36 * TENTHS):
        second = tenth / TENTHS
        if 0.4 < second % 4 < 3.6:
            assert at(turns, second) == at(exclusive, second) == {f"S{int(second // 4) % count + 1}"}, second


@pytest.mark.parametrize("gain_db", [-25, -10, 15])
def test_microphones_may_be_set_to_different_gains(gain_db: float) -> None:
    both = people(2, -14)
    both[:, 1] *= 10 ** (gain_db / 20)
    turns, _ = found(levels_of(both))
    assert [at(turns, second) for second in (2, 6, 10, 14)] == [{"S1"}, {"S2"}, {"S1"}, {"S2"}]


def test_two_who_speak_at_once_are_both_heard_and_one_of_them_is_exclusive() -> None:
    turns, exclusive = found(levels_of(people(2, -16, overlap=1.5)))
    together = [second for second in np.arange(3, 33, 0.05) if 2.8 < second % 4 < 3.8]
    assert np.mean([len(at(turns, second)) == 2 for second in together]) > 0.8
    assert {len(at(exclusive, second)) for second in np.arange(0, 36, 0.01)} <= {0, 1}


def test_who_is_heard_first_is_the_first_speaker() -> None:
    turns, _ = found(levels_of(people(2, -16)[:, ::-1]))
    assert turns[0].speaker == "S1" and at(turns, 6) == {"S2"}


def test_a_fan_that_is_switched_on_is_nobody() -> None:
    both = people(2, -16, seconds=180)
    fan = np.random.default_rng(1).standard_normal(len(both) - 60 * SAMPLE_RATE) * 10 ** (-52 / 20)
    both[60 * SAMPLE_RATE :] += fan[:, None]
    turns, _ = found(levels_of(both))
    assert [at(turns, second) for second in (90, 94, 162, 166)] == [{"S1"}, {"S2"}, {"S1"}, {"S2"}]
    assert sum(turn.end - turn.start for turn in turns) < 200


def test_a_click_is_no_turn() -> None:
    both = np.random.default_rng(1).standard_normal((SAMPLE_RATE * 30, 2)) * 10 ** (-70 / 20)
    voice = people(2, -16, seconds=16)
    both[: len(voice)] += voice
    both[20 * SAMPLE_RATE : 20 * SAMPLE_RATE + 80, 0] += 0.5
    turns, _ = found(levels_of(both))
    assert not [turn for turn in turns if turn.start > 17]


@pytest.mark.parametrize(("count", "speakers"), [(2, 3), (3, 2), (2, 1)])
def test_other_people_than_microphones_are_refused(count: int, speakers: int) -> None:
    with pytest.raises(EngineFailed, match=f"{count} microphones for {speakers} speakers"):
        found(np.zeros((100, count), np.uint8), speakers)


def test_without_microphones_of_their_own_it_is_the_wrong_engine() -> None:
    with pytest.raises(EngineFailed, match="1 microphones"):
        found(np.zeros((100, 1), np.uint8))


@given(st.integers(0, 700), st.integers(2, 4), st.integers(0, 2**32 - 1))
def test_turns_are_in_order_within_the_recording_and_of_one_speaker_disjoint(
    frames: int, count: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 200, (frames // 20 + 1, count), dtype=np.uint8)
    levels = np.repeat(coarse, 20, axis=0)[:frames]
    turns, exclusive = found(levels)
    end = frames / sound.FRAMES
    assert list(turns) == sorted(turns, key=lambda turn: turn.start)
    assert all(0 <= turn.start < turn.end <= end for turn in (*turns, *exclusive))
    assert {turn.speaker for turn in exclusive} <= {turn.speaker for turn in turns}
    for one in turns:
        same = [turn for turn in turns if turn.speaker == one.speaker and turn != one]
        assert all(turn.end <= one.start or turn.start >= one.end for turn in same)
    for one, following in pairwise(exclusive):
        assert one.end <= following.start + 1e-9


def test_nothing_said_is_no_turn() -> None:
    assert found(np.zeros((500, 2), np.uint8)) == ((), ())
    assert found(np.zeros((0, 2), np.uint8)) == ((), ())


def test_the_engine_has_a_version() -> None:
    engine = ChannelDiarizer().engine
    assert (engine.name, engine.weights, engine.demo_grade) == ("channels", (), False) and engine.version
