"""Sound with stretches taken out: a tone or silence in their place, and nothing of what was there. Pure.

Within a stretch no sample depends on the recording; farther than `FADE` from every stretch all samples are the
recording's own. In between it fades out and in, so that nothing clicks. Samples are mono s16 at `SAMPLE_RATE`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.interview import SAMPLE_RATE, Audio

Samples = npt.NDArray[np.int16]
Range = tuple[int, int]
"""Samples ``[first, past the last)``."""

BLOCK = 10 * SAMPLE_RATE
FADE = SAMPLE_RATE // 200
"""5 ms: longer than a click, shorter than any sound of speech."""
TONE_HZ = 1000.0
"""What listeners know as a bleep. It is above the pitch of voices, and telephones carry it."""
TONE_PEAK = 0.1
"""-20 dBFS, as loud (RMS -23 dBFS) as loud speech that `normalise` amplified: it tells, and does not startle."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """Ranges to take out: replaced words, and speech that nobody has read. Each sorted; all of them disjoint."""

    words: tuple[Range, ...]
    speech: tuple[Range, ...]


def cut_out(audio: Audio, cuts: Cuts, *, bleep: bool) -> Iterator[bytes]:
    """The recording as s16le without `cuts`, as long as it was, ten seconds at a time.

    With `bleep` there is a tone in the place of words; everything else is silence.
    """
    total = audio.recording.samples
    for start in range(0, total, BLOCK):
        block = np.frombuffer(audio.read(start, min(start + BLOCK, total)), "<i2")
        yield without(block, start, cuts, bleep=bleep).astype("<i2").tobytes()


def without(block: Samples, first: int, cuts: Cuts, *, bleep: bool) -> Samples:
    """`block`, which begins at sample `first` of the recording, without `cuts`."""
    gain, tone = np.ones(len(block)), np.zeros(len(block))
    words = _near(cuts.words, first, len(block))
    for start, stop in (*words, *_near(cuts.speech, first, len(block))):
        _fade(gain, start - first, stop - first)
    for start, stop in words if bleep else ():
        at = np.arange(max(start, first), min(stop, first + len(block)))
        tone[at - first] = _tone(at, start, stop)
    return np.where(gain == 1, block, np.rint(block * gain + tone * 32767)).astype(np.int16)


def _near(ranges: Sequence[Range], first: int, length: int) -> Sequence[Range]:
    """Those that reach into the block with their fades; `ranges` are sorted and disjoint."""
    begin = bisect_left(ranges, first - FADE, key=lambda one: one[1])
    end = bisect_left(ranges, first + length + FADE, key=lambda one: one[0])
    return ranges[begin:end]


def _fade(gain: npt.NDArray[np.float64], start: int, stop: int) -> None:
    """Lower `gain` to nothing from `start` to `stop`, and in `FADE` samples (raised cosine) before and after."""
    at = np.arange(max(0, start - FADE), min(len(gain), stop + FADE))
    if len(at):
        distance = np.clip(np.maximum(start - at, at - stop + 1), 0, FADE)
        gain[at] = np.minimum(gain[at], 0.5 - 0.5 * np.cos(np.pi * distance / FADE))


def _tone(at: npt.NDArray[np.int_], start: int, stop: int) -> npt.NDArray[np.float64]:
    """The tone within ``[start, stop)``, by the recording's clock: the same in whatever blocks it is made."""
    envelope = np.clip(np.minimum(at - start + 1, stop - at) / FADE, 0, 1)
    return np.asarray(TONE_PEAK * envelope * np.sin(2 * np.pi * TONE_HZ / SAMPLE_RATE * at))
