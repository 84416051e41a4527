"""What is left of a recording, sample by sample."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.interview import SAMPLE_RATE, Audio, Recording
from pipeline.sound import cutting_out
from pipeline.sound.cutting_out import BLOCK, FADE, TONE_PEAK, Cuts, Range, Samples, cut_out, without

MOST = 4_000
"""Samples in a recording of these tests."""
EITHER = st.booleans()


@st.composite
def ranges(draw: st.DrawFn) -> Cuts:
    """Cuts that may touch each other and the ends, and be shorter than a fade."""
    edges = sorted(draw(st.lists(st.integers(0, MOST), unique=True, max_size=12)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    words = [draw(EITHER) for _ in pairs]
    return Cuts(
        tuple(pair for pair, is_word in zip(pairs, words, strict=True) if is_word),
        tuple(pair for pair, is_word in zip(pairs, words, strict=True) if not is_word),
    )


def noise(seed: int, length: int = MOST) -> Samples:
    return np.random.default_rng(seed).integers(-32768, 32768, length, np.int16)


def inside(cuts: Cuts, length: int, around: int = 0) -> np.ndarray:
    found = np.zeros(length, bool)
    for start, stop in (*cuts.words, *cuts.speech):
        found[max(0, start - around) : stop + around] = True
    return found


def audio_of(samples: Samples) -> Audio:
    recording = Recording("recording", "", len(samples), 1.0, "")
    return Audio(recording, lambda start, stop: samples[start:stop].tobytes())


@given(ranges(), EITHER, st.integers(0, 9))
def test_nothing_of_the_recording_is_left_within_a_cut(cuts: Cuts, bleep: bool, seed: int) -> None:
    one, other = (without(noise(seed + more), 0, cuts, bleep=bleep) for more in (0, 100))
    cut = inside(cuts, MOST)
    assert (one[cut] == other[cut]).all()
    silent = inside(Cuts((), cuts.speech if bleep else (*cuts.words, *cuts.speech)), MOST)
    assert not one[silent].any()


@given(ranges(), EITHER, st.integers(0, 9))
def test_everything_beyond_the_fades_is_the_recordings_own(cuts: Cuts, bleep: bool, seed: int) -> None:
    given = noise(seed)
    made = without(given, 0, cuts, bleep=bleep)
    kept = ~inside(cuts, MOST, around=FADE)
    assert len(made) == len(given)
    assert (made[kept] == given[kept]).all()


@given(ranges(), EITHER)
def test_no_sample_is_louder_than_the_recording_or_the_tone(cuts: Cuts, bleep: bool) -> None:
    full = np.where(np.arange(MOST) // 7 % 2, 32767, -32768).astype(np.int16)
    made = without(full, 0, cuts, bleep=bleep)
    assert (np.abs(made.astype(int)) <= np.abs(full.astype(int))).all()
    cut = inside(cuts, MOST)
    assert np.abs(made[cut].astype(int)).max(initial=0) <= round(TONE_PEAK * 32767)


@given(ranges(), EITHER, st.lists(st.integers(1, MOST - 1), unique=True, max_size=4))
def test_blocks_of_any_length_give_the_same_sound(cuts: Cuts, bleep: bool, at: list[int]) -> None:
    given, edges = noise(1), [0, *sorted(at), MOST]
    parts = [without(given[a:b], a, cuts, bleep=bleep) for a, b in itertools.pairwise(edges)]
    assert (np.concatenate(parts) == without(given, 0, cuts, bleep=bleep)).all()


@pytest.mark.parametrize("bleep", [True, False])
@pytest.mark.parametrize("cut", [(0, 800), (MOST - 800, MOST), (1000, 2000), (0, MOST), (1000, 1010), (1004, 2004)])
def test_nothing_clicks_where_a_cut_begins_or_ends(cut: Range, bleep: bool) -> None:
    """From sample to sample a steady sound changes by no more than the fade or the tone itself does."""
    steady = np.full(MOST, 20_000, np.int16)
    made = without(steady, 0, Cuts((cut,), ()), bleep=bleep).astype(int)
    fading = 20_000 * np.pi / (2 * FADE)
    sounding = TONE_PEAK * 32767 * (2 * np.pi * cutting_out.TONE_HZ / SAMPLE_RATE + 1 / FADE) if bleep else 0
    assert np.abs(np.diff(made)).max() <= fading + sounding + 2


def test_the_tone_is_one_of_its_frequency_and_level() -> None:
    made = without(noise(1, SAMPLE_RATE), 0, Cuts(((0, SAMPLE_RATE),), ()), bleep=True) / 32767
    spectrum = np.abs(np.fft.rfft(made))
    assert spectrum.argmax() == cutting_out.TONE_HZ
    assert 20 * np.log10(np.sqrt(np.mean(made**2))) == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("length", [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK + 5])
def test_a_copy_is_as_long_as_the_recording_and_made_block_by_block(length: int) -> None:
    given = noise(3, length)
    cuts = Cuts(((10, 400), (BLOCK - 100, BLOCK + 100)), ((BLOCK + 300, BLOCK + 500),))
    pieces = list(cut_out(audio_of(given), cuts, bleep=True))
    assert max(map(len, pieces), default=0) <= 2 * BLOCK
    made = np.frombuffer(b"".join(pieces), "<i2")
    assert (made == without(given, 0, cuts, bleep=True)).all()
    assert len(made) == length


def test_without_cuts_a_copy_is_the_recording() -> None:
    given = noise(4)
    assert b"".join(cut_out(audio_of(given), Cuts((), ()), bleep=True)) == given.tobytes()
