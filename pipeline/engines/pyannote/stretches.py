"""What the segmentation network heard in its windows, laid on one time line: speech, and stretches of one voice each.

The network tells up to three voices apart in each window, and calls them 0, 1 and 2 as it likes: who is 0 in one window
may be 2 in the next. Frames are those of the network, counted from the recording's start. Pure arithmetic.

Shapes: W windows, `FRAMES` frames in each, `VOICES` voices in each, T frames in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from pipeline.interview import SAMPLE_RATE

Ints = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

WINDOW = 10 * SAMPLE_RATE
"""Samples that the network hears at once."""

FRAMES, VOICES = 589, 3
"""Of one window."""

HOP, FIRST = 270, 360
"""Samples from one frame to the next, and before the middle of the first begins to count: its receptive field is
centred on sample 495."""

NOBODY = -1


class Stretch(NamedTuple):
    """Frames ``[start, end)`` in which one voice alone is heard. `changed`: the voice before it was another."""

    start: int
    end: int
    changed: bool


@dataclass(frozen=True)
class Windows:
    """`active` (W, FRAMES, VOICES): who speaks when in each window; `starts` (W,): its first frame, ascending."""

    active: Flags
    starts: Ints

    @cached_property
    def total(self) -> int:
        """Frames in all."""
        return int(self.starts[-1]) + FRAMES if len(self.starts) else 0

    @cached_property
    def speaking(self) -> Ints:
        """How many people speak in each frame (T,): the mean over the windows that hear it, rounded."""
        heard, windows = np.zeros(self.total), np.zeros(self.total)
        for active, start in zip(self.active, self.starts, strict=True):
            heard[start : start + FRAMES] += active.sum(axis=1)
            windows[start : start + FRAMES] += 1
        return np.rint(heard / np.maximum(windows, 1)).astype(np.intp)

    @cached_property
    def central(self) -> Ints:
        """The window in whose middle each frame is, or whose middle is nearest (T,)."""
        middles = (self.starts[1:] + self.starts[:-1] + FRAMES) / 2
        return np.searchsorted(middles, np.arange(self.total), side="right").astype(np.intp)


def samples(frame: float) -> int:
    """The sample at which a frame begins."""
    return FIRST + round(frame * HOP)


def seconds(frame: float) -> float:
    """The time at which a frame begins."""
    return (FIRST + frame * HOP) / SAMPLE_RATE


def window_starts(length: int, step: int) -> Ints:
    """First frames of windows `step` frames apart over so many samples; the last one ends with the recording.

    Of a recording shorter than a window there is one.
    """
    last = max(0, (length - WINDOW) // HOP)
    starts = np.arange(0, last, step)
    return np.append(starts, last).astype(np.intp)


def solo(windows: Windows) -> Ints:
    """The voice that speaks alone in each frame, as its central window calls it; `NOBODY` where none or two do (T,)."""
    frames = np.arange(windows.total)
    voices = windows.active[windows.central, frames - windows.starts[windows.central]]
    return np.where(voices.sum(axis=1) == 1, voices.argmax(axis=1), NOBODY)


def links(windows: Windows) -> Ints:
    """(W - 1, VOICES): what each voice of a window is called in the next: who spoke with whom at the same time most."""
    called = np.tile(np.arange(VOICES), (max(len(windows.starts) - 1, 0), 1))
    for number, step in enumerate(np.diff(windows.starts)):
        if step < FRAMES:
            here, there = windows.active[number][step:], windows.active[number + 1][: FRAMES - step]
            shared = here.T.astype(float) @ there.astype(float)
            called[number] = linear_sum_assignment(-shared)[1]
    return called


def tracks(windows: Windows) -> Ints:
    """`solo` with every window's voices called as the first window calls them, link by link (T,)."""
    names = np.empty((len(windows.starts), VOICES), dtype=np.intp)
    names[:1] = np.arange(VOICES)
    for number, called in enumerate(links(windows)):
        names[number + 1, called] = names[number]
    alone = solo(windows)
    return np.where(alone == NOBODY, NOBODY, names[windows.central, np.maximum(alone, 0)])


def pure(windows: Windows, least: int) -> list[Stretch]:
    """Stretches of one voice, at least so many frames long, in order."""
    track = tracks(windows)
    edges = np.flatnonzero(np.diff(track, prepend=NOBODY, append=NOBODY))
    found, before = [], NOBODY
    for start, end in pairwise(edges):
        voice = int(track[start])
        if voice != NOBODY and end - start >= least:
            found.append(Stretch(int(start), int(end), voice != before))
            before = voice
    return found
