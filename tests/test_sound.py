from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import people, speech

from pipeline import sound
from pipeline.interview import SAMPLE_RATE
from pipeline.sound.microphones import microphones

NOISE = np.random.default_rng(7).standard_normal((SAMPLE_RATE * 36, 6))


def surveyed(samples: np.ndarray) -> sound.Survey:
    if samples.ndim == 1:
        samples = samples[:, None]
    return sound.together([sound.survey(block) for block in sound.blocks([samples.astype(np.float32)])])


def speech_dbfs(samples: np.ndarray) -> float:
    return sound.decibels(float(sound.loud(surveyed(samples).levels)[0]))


@given(st.lists(st.integers(0, 70_000), max_size=8), st.integers(1, 3))
def test_blocks_are_the_same_sound(sizes: list[int], channels: int) -> None:
    pieces = [np.full((size, channels), index, np.float32) for index, size in enumerate(sizes)]
    cut = list(sound.blocks(pieces))
    assert np.array_equal(np.concatenate([*cut, *pieces[:0], np.zeros((0, channels))]),
                          np.concatenate([*pieces, np.zeros((0, channels))]))  # fmt: skip
    assert all(len(block) == sound.BLOCK for block in cut[:-1])
    assert all(0 < len(block) <= sound.BLOCK for block in cut[-1:])


@given(st.integers(1, 400_000))
def test_the_figures_of_a_recording_do_not_depend_on_where_it_is_cut(samples: int) -> None:
    whole = surveyed(NOISE[:samples, :2] * 0.01)
    assert whole.samples == samples
    assert len(whole.levels) == len(whole.voice) == -(-samples // sound.FRAME)
    assert len(whole.peaks) == -(-samples // SAMPLE_RATE)
    assert whole.peaks.max(axis=0) == pytest.approx(np.abs(NOISE[:samples, :2]).max(axis=0) * 0.01)


@given(st.floats(-90, 0))
def test_a_level_is_the_decibels_of_its_frame(dbfs: float) -> None:
    loud = np.full(1600, 10 ** (dbfs / 20))
    (level,) = set(surveyed(loud).levels[:, 0].tolist())
    assert sound.LEAST_DBFS + sound.STEP_DB * level == pytest.approx(dbfs, abs=sound.STEP_DB / 2 + 1e-3)
    assert sound.power(np.array([[level]], np.uint8))[0, 0] == pytest.approx(10 ** (dbfs / 10), rel=0.07)


def test_digital_silence_has_no_power() -> None:
    assert surveyed(np.zeros(32_000)).levels.max() == 0
    assert sound.power(np.zeros((3, 1), np.uint8)).max() == 0


@pytest.mark.parametrize("busy", [0.2, 0.5, 0.9])
def test_the_level_of_speech_is_that_of_what_is_said_not_of_the_pauses(busy: float) -> None:
    assert speech_dbfs(speech(36, busy=busy)) == pytest.approx(-20, abs=2)
    assert speech_dbfs(speech(36, busy=busy) / 100) == pytest.approx(-60, abs=2)


def test_a_bang_is_not_taken_for_speech() -> None:
    knocked = speech(36) / 30
    knocked[SAMPLE_RATE : SAMPLE_RATE + 400] = 0.9
    assert speech_dbfs(knocked) == pytest.approx(speech_dbfs(speech(36) / 30), abs=1)


@pytest.mark.parametrize(("noise_dbfs", "least", "most"), [(-80, 35, 80), (-45, 15, 32), (-30, 3, 16), (-18, 0, 7)])
def test_signal_to_noise_falls_with_the_noise(noise_dbfs: float, least: float, most: float) -> None:
    noisy = speech(36) + NOISE[:, 0] * 10 ** (noise_dbfs / 20)
    assert least < sound.signal_to_noise_db(surveyed(noisy).voice) < most


def test_what_is_never_quiet_has_next_to_no_signal_to_noise() -> None:
    time = np.arange(36 * SAMPLE_RATE) / SAMPLE_RATE
    chord = sum(np.sin(2 * np.pi * hertz * time) for hertz in (262, 330, 392, 523)) * 0.1
    assert sound.signal_to_noise_db(surveyed(chord).voice) < 10
    assert sound.signal_to_noise_db(surveyed(np.zeros(SAMPLE_RATE)).voice) == 0


@pytest.mark.parametrize(
    ("zeros", "longest"), [([], 0), ([(5, 8)], 3), ([(5, 8), (20, 32)], 12), ([(0, 36)], 36), ([(24, 36)], 12)]
)
def test_the_longest_blank_is_digital_silence_in_one_piece(zeros: list[tuple[int, int]], longest: float) -> None:
    samples = NOISE[:, :2] * 1e-3
    samples[SAMPLE_RATE * 2 : SAMPLE_RATE * 4, 0] = 0  # in one channel alone
    for start, end in zeros:
        samples[start * SAMPLE_RATE : end * SAMPLE_RATE] = 0
    assert sound.longest_blank(surveyed(samples).levels) == pytest.approx(longest, abs=0.02)


def test_a_telephones_band_is_known_though_it_was_sampled_faster() -> None:
    wide = speech(20)
    spectrum = np.fft.rfft(wide)
    spectrum[int(len(spectrum) * 3400 / 8000) :] = 0
    narrow = np.fft.irfft(spectrum, len(wide))
    assert not sound.is_narrow(surveyed(wide))
    assert sound.is_narrow(surveyed(narrow))
    assert not sound.is_narrow(surveyed(np.zeros(SAMPLE_RATE)))


# --- channels -------------------------------------------------------------------------------------------------------

VOICE = speech(36)


@pytest.mark.parametrize(
    ("other", "shares"),
    [
        (VOICE, (0.5, 0.5)),
        (VOICE * 0.1, (0.5, 0.5)),
        (-VOICE, (0.5, -0.5)),
        (-0.1 * VOICE, (0.5, -0.5)),
        (VOICE * 0, (1, 0)),
        (NOISE[:, 0] * 1e-4, (1, 0)),
        (NOISE[:, 0] * 1e-2, (0.5, 0.5)),
        (np.roll(VOICE, 40), (0.5, 0.5)),
        (speech(36, pitch=210, seed=5), (0.5, 0.5)),
    ],
    ids=["copy", "quiet copy", "reversed", "quiet reversed", "silent", "hiss", "noise", "delayed", "another voice"],
)
def test_each_channels_share_of_the_mono_sound(other: np.ndarray, shares: tuple[float, float]) -> None:
    both = np.stack([VOICE, other], 1)
    found = sound.shares(surveyed(both))
    assert found.tolist() == list(shares)
    heard = sound.mixed(both.astype(np.float32), found, 1.0)
    assert np.abs(heard).max() > 0.2 * np.abs(VOICE).max() * 32768


@given(st.integers(1, 8))
def test_equal_shares_add_up_to_one(channels: int) -> None:
    assert sound.equal(channels).sum() == pytest.approx(1)


@given(st.lists(st.integers(-32768, 32767), min_size=1))
def test_sixteen_bits_of_one_channel_come_out_as_they_went_in(samples: list[int]) -> None:
    given_ = np.array(samples, np.float32)[:, None] / 32768
    assert sound.mixed(given_, sound.equal(1), 1.0).tolist() == samples


@given(st.floats(0.001, 100), st.floats(-1, 1), st.floats(-1, 1))
def test_amplified_sound_keeps_its_order_and_never_reaches_full_scale(gain: float, a: float, b: float) -> None:
    low, high = sorted((a, b))
    heard = sound.mixed(np.array([[low], [high]], np.float32), sound.equal(1), gain + 1).tolist()
    assert -32768 <= heard[0] <= heard[1] <= 32768
    small = sound.mixed(np.array([[0.1]], np.float32), sound.equal(1), 5.0)
    assert small.tolist() == [16384]


# --- microphones ----------------------------------------------------------------------------------------------------


def own(samples: np.ndarray) -> tuple[int, ...]:
    return microphones(surveyed(samples).voice, 0.65, 6.0)


@pytest.mark.parametrize("cross_talk_db", [-12, -16, -20, -40])
@pytest.mark.parametrize("noise_db", [-70, -50, -40])
@pytest.mark.parametrize("count", [2, 3])
def test_one_microphone_for_each_person_is_seen(count: int, cross_talk_db: float, noise_db: float) -> None:
    assert own(people(count, cross_talk_db, noise_db)) == tuple(range(count))


@pytest.mark.parametrize("gain_db", [-20, -10, 10])
def test_microphones_may_be_set_to_different_gains(gain_db: float) -> None:
    both = people(2, -14)
    both[:, 1] *= 10 ** (gain_db / 20)
    assert own(both) == (0, 1)


TWO = people(2, -16)


@pytest.mark.parametrize(
    ("samples", "channels"),
    [
        (np.stack([TWO[:, 0], TWO[:, 1], TWO[:, 0] * 0], 1), (0, 1)),
        (np.stack([TWO[:, 0], NOISE[:, 0] * 1e-4, TWO[:, 1], NOISE[:, 1] * 1e-4], 1), (0, 2)),
        (np.stack([TWO[:, 0] * 0.5, TWO[:, 1] * 0.5, TWO.sum(axis=1)], 1), (0, 1)),
        (np.stack([TWO[:, 0], TWO[:, 1], TWO[:, 0] * 0.5, TWO[:, 1] * 0.5], 1), None),
    ],
    ids=[
        "a third that is silent",
        "four, two of them not plugged in",
        "a third for the room",
        "the same again at -6 dB",
    ],
)
def test_more_channels_than_people(samples: np.ndarray, channels: tuple[int, ...] | None) -> None:
    found = own(samples)
    assert found == channels if channels else len(found) == 2 and {each % 2 for each in found} == {0, 1}


MONO = TWO.sum(axis=1)


@pytest.mark.parametrize(
    "samples",
    [
        MONO[:, None],
        np.stack([MONO, MONO], 1),
        np.stack([MONO, MONO * 0.1], 1),
        np.stack([MONO, -MONO], 1),
        np.stack([MONO, MONO * 0], 1),
        np.stack([MONO, NOISE[:, 0] * 1e-3], 1),
        np.stack([MONO, MONO + NOISE[:, 0] * 1e-3], 1),
        np.stack([MONO, np.roll(MONO, 9)], 1),
        people(2, -2),
        people(2, -4),
        np.stack([TWO[:, 0], TWO[:, 0] * 0.2 + NOISE[:, 0] * 1e-3], 1),
        np.stack([speech(36), speech(36)], 1) * np.array([1, 0.05]),
        NOISE[:, :2] * 0.01,
        np.zeros((SAMPLE_RATE * 3, 2)),
        np.zeros((100, 2)),
    ],
    ids=["mono", "false stereo", "quieter copy", "reversed", "dead", "hiss alone", "own hiss", "a pair apart",
         "a stereo microphone", "a wide one", "only one wears theirs", "one person", "noise", "silence", "too short"],
)  # fmt: skip
def test_no_microphone_of_ones_own(samples: np.ndarray) -> None:
    assert own(samples) == ()
