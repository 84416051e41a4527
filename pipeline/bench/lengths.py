"""Sessions of any length out of a folder's cases, strung together in their order, over and over: what length costs.

Speakers of one name are one person: string mixes of one cast. Repeated speech costs what new speech costs, but is
easier to tell apart: of these sessions read the costs, not the rates.
"""

from __future__ import annotations

import tempfile
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import numpy as np

from pipeline.bench.cases import Case
from pipeline.engines import plain_whisper
from pipeline.evaluation.utterances import Utterance
from pipeline.interview import SAMPLE_RATE


@contextmanager
def sessions(found: Sequence[Case], minutes: Sequence[float]) -> Iterator[Sequence[Case]]:
    """`found` itself, or one session for each of `minutes`, whose sound is removed in the end."""
    if not minutes or not found:
        yield found
        return
    with tempfile.TemporaryDirectory(prefix="chaerok-bench-") as folder:
        yield [strung(found, length, Path(folder) / f"{length:g}.wav") for length in minutes]


def strung(found: Sequence[Case], minutes: float, path: Path) -> Case:
    """One session of `minutes` at most, its sound written to `path` as mono WAV at 16 kHz."""
    truth: list[Utterance] = []
    samples = 0
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        for case, seconds in pieces(found, minutes * 60):
            sound = plain_whisper.decoded(case.audio)[: round(seconds * SAMPLE_RATE)]
            file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
            truth += shifted(case.truth, seconds, samples / SAMPLE_RATE)
            samples += len(sound)
    name, texts = f"{minutes:g} min", all(case.texts for case in found)
    return Case(name, path, samples / SAMPLE_RATE, tuple(truth), texts, minutes)


def pieces(found: Sequence[Case], seconds: float) -> Iterator[tuple[Case, float]]:
    """Each case and how much of it from its start; the last ends where nobody speaks, `seconds` at the latest."""
    left = seconds
    for case in cycle(found):
        taken = case.seconds if case.seconds <= left else silence_before(case.truth, left)
        if taken > 0:
            yield case, taken
        left -= taken
        if taken < case.seconds:
            return


def silence_before(truth: Sequence[Utterance], moment: float) -> float:
    """The latest time up to `moment` at which nobody is in the middle of speaking.

    >>> silence_before([Utterance(1, 4, "a", ""), Utterance(3, 6, "b", "")], 5)
    1
    """
    while under_way := [one.start for one in truth if one.start < moment < one.end]:
        moment = min(under_way)
    return moment


def shifted(truth: Sequence[Utterance], seconds: float, offset: float) -> list[Utterance]:
    """What is said in the first `seconds`, `offset` later."""
    within = (one for one in truth if one.start < seconds)
    return [one._replace(start=one.start + offset, end=min(one.end, seconds) + offset) for one in within]
