"""How sound sounds, in figures: its levels over time, what is wrong with it, and how its channels become one.

Everything is taken from one pass over the sound, ten seconds at a time; what is kept is 200 bytes a second and channel.
Sound is (samples, channels) at `SAMPLE_RATE`, full scale 1.0. A level is a byte: decibels above `LEAST_DBFS` in steps
of `STEP_DB`, of the mean square of a frame of 10 ms; 0 is digital silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.interview import SAMPLE_RATE

Sound = npt.NDArray[np.float32]
Figures = npt.NDArray[np.float64]
Levels = npt.NDArray[np.uint8]
"""(frames, channels)."""

FRAME = SAMPLE_RATE // 100
FRAMES = SAMPLE_RATE // FRAME
"""Frames in a second."""
BLOCK = 10 * SAMPLE_RATE
THINNED = 4
LEAST_DBFS, STEP_DB = -100.0, 0.5
EMPHASIS = 0.97
FULL = 0.97
"""Full scale, less what resampling and lossy codecs take off a flat top."""
SPECTRA, WINDOW = 1, 1024
"""Short spectra taken of each second, and their length in samples."""
LOW_HZ, HIGH_HZ = (300.0, 3400.0), (4200.0, 7600.0)
"""The telephone's band, and what no telephone of 8 kHz has."""
NARROW_DB = -40.0
"""High band under low band, of speech that was never sampled faster than 8 kHz; wide-band speech has -15 to -30."""
LOUD_DB = 15.0
"""Frames within this of the loudest hundredth are taken for speech."""
DEAD_DB = 40.0
"""A channel whose speech is this far below the best channel's is a cable without its microphone."""
OPPOSED = -0.3
"""Correlation with the best channel below which a channel runs against it."""
NEAR_FULL = 0.8
"""Where the soft limit sets in."""
STRETCH = 5
"""Frames over which levels are taken together where single ones would flicker: 50 ms."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Figures of a stretch of sound, by channel where they are arrays."""

    samples: int
    levels: Levels
    voice: Levels
    """Levels of the band in which voices are loud."""
    peaks: Sound
    """(seconds, channels): the largest sample of each."""
    full: npt.NDArray[np.int64]
    """Samples at full scale."""
    products: Figures
    """(channels, channels): sums of products in that band."""
    low: float
    high: float
    """Power in the two bands of the channels' spectra."""


def blocks(pieces: Iterable[Sound]) -> Iterator[Sound]:
    """The same sound cut into blocks of `BLOCK` samples; what is left over at the end is the last."""
    held: list[Sound] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size < BLOCK:
            continue
        whole = np.concatenate(held)
        cut = size - size % BLOCK
        yield from (whole[at : at + BLOCK] for at in range(0, cut, BLOCK))
        held, size = [whole[cut:]], size - cut
    if size:
        yield np.concatenate(held)


def survey(sound: Sound) -> Survey:
    """The figures of a block."""
    lacking = -len(sound) % SAMPLE_RATE
    padded = np.pad(sound, ((0, lacking), (0, 0))) if lacking else sound
    channels = np.ascontiguousarray(padded.T)
    size = np.abs(channels)
    voice = _voice_band(channels)
    frames = -(-len(sound) // FRAME)
    low, high = _bands(channels)
    return Survey(
        samples=len(sound),
        levels=_levels(channels, FRAME)[:frames],
        voice=_levels(voice, FRAME // THINNED)[:frames],
        peaks=size.reshape(len(size), -1, SAMPLE_RATE).max(axis=2).T,
        full=(size >= FULL).sum(axis=1),
        products=(voice @ voice.T).astype(np.float64),
        low=low,
        high=high,
    )


def _voice_band(channels: Sound) -> Sound:
    """About 200 to 2000 Hz, at a quarter of the rate: for energies it does no harm that the rest folds into it.

    The mean of four samples takes away hiss, the difference of neighbours hum, wind and handling.
    """
    thin = (channels[:, 0::4] + channels[:, 1::4] + channels[:, 2::4] + channels[:, 3::4]) / np.float32(THINNED)
    thin[:, 1:] -= np.float32(EMPHASIS) * thin[:, :-1]
    return np.asarray(thin, np.float32)


def _levels(channels: Sound, frame: int) -> Levels:
    framed = channels.reshape(len(channels), -1, frame)
    return quantised(np.einsum("cfs,cfs->fc", framed, framed) / np.float32(frame))


def quantised(power: npt.NDArray[np.floating[Any]]) -> Levels:
    """Levels of mean squares."""
    with np.errstate(divide="ignore"):
        steps = (10 * np.log10(power) - LEAST_DBFS) / STEP_DB
    return np.asarray(np.clip(np.rint(steps), 0, 255), np.uint8)


def power(levels: Levels) -> Figures:
    """Mean squares of levels; 0 for digital silence."""
    table = 10 ** ((LEAST_DBFS + STEP_DB * np.arange(256)) / 10)
    table[0] = 0.0
    return np.asarray(table[levels])


def _bands(channels: Sound) -> tuple[float, float]:
    """Power in the telephone's band and above it, by `SPECTRA` short spectra a second."""
    at = np.arange(0, channels.shape[1], SAMPLE_RATE // SPECTRA)
    windows = channels[:, at[:, None] + np.arange(WINDOW)] * np.hanning(WINDOW).astype(np.float32)
    spectra = np.fft.rfft(windows, axis=2)
    by_bin = (spectra.real**2 + spectra.imag**2).sum(axis=(0, 1))
    hertz = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    low, high = (float(by_bin[(hertz >= least) & (hertz < most)].sum()) for least, most in (LOW_HZ, HIGH_HZ))
    return low, high


def together(surveys: Sequence[Survey]) -> Survey:
    """The figures of stretches one after the other, at least one, with the same channels."""
    return Survey(
        samples=sum(each.samples for each in surveys),
        levels=np.concatenate([each.levels for each in surveys]),
        voice=np.concatenate([each.voice for each in surveys]),
        peaks=np.concatenate([each.peaks for each in surveys]),
        full=np.sum([each.full for each in surveys], axis=0),
        products=np.sum([each.products for each in surveys], axis=0),
        low=sum(each.low for each in surveys),
        high=sum(each.high for each in surveys),
    )


def best_channel(whole: Survey) -> Survey:
    """The figures of the channel that hears best, alone."""
    best = [int(loud(whole.voice).argmax())]
    return replace(
        whole,
        levels=whole.levels[:, best],
        voice=whole.voice[:, best],
        peaks=whole.peaks[:, best],
        full=whole.full[best],
        products=whole.products[np.ix_(best, best)],
    )


# --- what is wrong with it ------------------------------------------------------------------------------------------


def loud(levels: Levels) -> Figures:
    """Mean square of each channel's loud frames: speech, in a recording of speech. A bang counts as they do."""
    found = power(levels)
    most = np.percentile(found, 99, axis=0)
    chosen = (found >= most * 10 ** (-LOUD_DB / 10)) & (found > 0)
    return np.asarray((np.minimum(found, most) * chosen).sum(axis=0) / np.maximum(chosen.sum(axis=0), 1))


def decibels(ratio: float) -> float:
    """10 log10, and `LEAST_DBFS` at the least."""
    return max(LEAST_DBFS, 10 * float(np.log10(ratio))) if ratio > 0 else LEAST_DBFS


def smoothed(levels: Levels, frames: int) -> Figures:
    """Mean squares over stretches of that many frames, one after the other."""
    whole = len(levels) // frames * frames
    return np.asarray(power(levels[:whole]).reshape(-1, frames, levels.shape[1]).mean(axis=1))


def floor(stretches: Figures) -> Figures:
    """Each channel's noise: its tenth percentile where it is not digitally silent."""
    sounding = np.where(stretches > 0, stretches, np.nan)
    there = ~np.isnan(sounding).all(axis=0)
    found = np.zeros(stretches.shape[1])
    found[there] = np.nanpercentile(sounding[:, there], 10, axis=0)
    return found


def signal_to_noise_db(voice: Levels) -> float:
    """Speech above the noise in its pauses, in the channel where that is most; pauses may be digitally silent.

    What is never quiet for 50 ms has next to none.
    """
    stretches = smoothed(voice, STRETCH)
    if not len(stretches):
        return 0.0
    speech, noise = loud(voice), np.percentile(stretches, 10, axis=0)
    return max(decibels(a) - decibels(b) for a, b in zip(speech, noise, strict=True))


def longest_blank(levels: Levels) -> float:
    """Seconds of the longest stretch of digital silence in all channels at once."""
    return max((end - begin for begin, end in runs((levels == 0).all(axis=1))), default=0) / FRAMES


def runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """``[first, past the last)`` of every stretch in which `flags` (n,) are on.

    >>> runs(np.array([True, True, False, True]))
    [(0, 2), (3, 4)]
    """
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def is_narrow(survey: Survey) -> bool:
    """True where nothing is above the telephone's band."""
    return survey.low > 0 and survey.high < survey.low * 10 ** (NARROW_DB / 10)


# --- many channels to one -------------------------------------------------------------------------------------------


def equal(channels: int) -> Figures:
    """Shares of channels that are all alike."""
    return np.full(channels, 1 / channels)


def shares(survey: Survey) -> Figures:
    """What of each channel goes into the mono sound; without anything odd, equal shares that add up to 1.

    A dead channel is left out. One that runs against the best is turned over: a reversed wire, or a recorder that
    writes its second channel inverted, would cancel the voice.
    """
    levels = loud(survey.voice)
    best = int(levels.argmax())
    live = levels >= levels[best] * 10 ** (-DEAD_DB / 10)
    energy = np.sqrt(np.diag(survey.products) * survey.products[best, best])
    against = survey.products[best] < OPPOSED * energy
    signs = np.where(against & (np.arange(len(levels)) != best), -1.0, 1.0)
    return np.asarray(live * signs / live.sum())


def mixed(sound: Sound, shares: Figures, gain: float) -> npt.NDArray[np.int16]:
    """One channel of 16-bit samples. Where it is amplified, what comes near full scale is limited, never cut."""
    mono = sound @ (shares * gain).astype(np.float32)
    if gain != 1:
        size = np.abs(mono)
        over = size > NEAR_FULL
        room = 1 - NEAR_FULL
        mono[over] = np.sign(mono[over]) * (NEAR_FULL + room * np.tanh((size[over] - NEAR_FULL) / room))
    return np.clip(np.rint(mono * 32768), -32768, 32767).astype("<i2")
