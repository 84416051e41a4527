"""Who speaks when, out of the levels of one microphone for each person: no network, a second for an hour.

What a microphone hears of the others (cross-talk) is learned from the recording itself: while one person leads, the
others' levels are theirs heard from afar. That and each microphone's own noise taken off, what is left in a
microphone is its person. Of two who speak at once, both are left.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.errors import EngineFailed
from pipeline.interview import Audio, EngineId, Progress
from pipeline.sound import FRAMES, STRETCH, Figures, Levels, floor, loud, power, runs, smoothed
from pipeline.speech import SpeakerTurns, Turn

Active = npt.NDArray[np.bool_]
"""(frames, microphones)."""

NAME, VERSION = "channels", "1"
AROUND = 7
"""Frames of 10 ms over which levels are taken together: sound reaches two microphones within less."""
NOISE_FRAMES = 60 * FRAMES
"""How much of the recording tells the noise of its time: a window is opened, a fan switched on."""
LEADS_DB, SURE_DB = 10.0, 10.0
SILENCE = 1e-12
BRIDGED_ANYWAY = 0.3
"""Of the longest pause that belongs to a turn: what is bridged even where somebody else speaks in it."""


@dataclass(frozen=True, slots=True)
class ChannelDiarizer:
    """A `Diarizer`. A person speaks where their microphone has, in decibels: `over_noise_db` more than its noise,
    `over_others_db` more than what it hears of the others, and at most `under_own_db` less than its loud speech.

    A turn has, somewhere, `SURE_DB` more than that over noise; it is at least `least_seconds` long, and pauses of up to
    `bridged_seconds` in which nobody speaks belong to it.
    """

    over_noise_db: float = 3.0
    over_others_db: float = 5.0
    under_own_db: float = 35.0
    bridged_seconds: float = 0.8
    least_seconds: float = 0.2

    @property
    def engine(self) -> EngineId:
        """Nothing foreign: this file."""
        return EngineId(NAME, VERSION)

    def __call__(self, audio: Audio, speakers: int | None, progress: Progress) -> SpeakerTurns:
        """Turns that may overlap, and exclusive turns. Raises EngineFailed where `speakers` are not the microphones."""
        count = audio.recording.microphones
        if count < 2 or speakers not in (None, count):
            raise EngineFailed(engine=NAME, why=f"{count} microphones for {speakers or 'any number of'} speakers")
        levels = np.frombuffer(audio.levels(), np.uint8).reshape(-1, count)
        if len(levels) < STRETCH:
            return SpeakerTurns((), ())
        own, active = self.heard(levels)
        leader = own.argmax(axis=1)[:, None] == np.arange(count)
        exclusive = active & (leader | ~(active & leader).any(axis=1, keepdims=True))
        exclusive &= exclusive.cumsum(axis=1) == 1
        progress(1.0)
        end = audio.recording.seconds
        labels = _labels(active)
        return SpeakerTurns(_turns(active, labels, end), _turns(exclusive, labels, end))

    def heard(self, levels: Levels) -> tuple[Figures, Active]:
        """(frames, microphones): how loud each person is, as a share of their loud speech; and whether they speak."""
        around = _moving(power(levels), AROUND)
        noise = _noise(levels)
        over, loudest = np.maximum(around - noise, 0), np.maximum(loud(levels), SILENCE)
        mixing = _cross_talk(over, loudest)
        own = np.maximum(np.linalg.solve(mixing, over.T).T, 0)
        others = own @ (mixing - np.eye(len(mixing))).T
        weak = (own > noise * _ratio(self.over_noise_db)) & (own > loudest * _ratio(-self.under_own_db))
        weak &= over > others * _ratio(self.over_others_db)
        sure = weak & (own > noise * _ratio(self.over_noise_db + SURE_DB))
        return own / loudest, self._whole(weak, sure)

    def _whole(self, weak: Active, sure: Active) -> Active:
        """`weak` without what is never `sure` or too short, and with its pauses bridged."""
        least, most = round(self.least_seconds * FRAMES), round(self.bridged_seconds * FRAMES)
        kept = np.zeros_like(weak)
        for who in range(weak.shape[1]):
            for begin, end in runs(weak[:, who]):
                kept[begin:end, who] = end - begin >= least // 4 and sure[begin:end, who].any()
        whole = kept.copy()
        for who in range(weak.shape[1]):
            spans = runs(kept[:, who])
            for (_, begin), (end, _) in pairwise(spans):
                alone = not np.delete(kept[begin:end], who, axis=1).any()
                if end - begin <= (most if alone else most * BRIDGED_ANYWAY):
                    whole[begin:end, who] = True
            for begin, end in runs(whole[:, who]):
                whole[begin:end, who] = end - begin >= least
        return whole


def _ratio(decibels: float) -> float:
    return float(10 ** (decibels / 10))


def _moving(figures: Figures, width: int) -> Figures:
    kernel = np.ones(width) / width
    return np.stack([np.convolve(column, kernel)[width // 2 :][: len(column)] for column in figures.T], axis=1)


def _noise(levels: Levels) -> Figures:
    """Each microphone's noise at each frame, of its minute; no more than twice that of the whole recording."""
    stretches = smoothed(levels, STRETCH)
    whole = floor(stretches)
    pieces = np.array_split(stretches, max(1, len(levels) // NOISE_FRAMES))
    each = np.stack([np.clip(floor(piece), whole / 2, whole * 2) for piece in pieces])
    return np.asarray(np.repeat(each, [len(piece) for piece in np.array_split(levels, len(each))], axis=0))


def _cross_talk(over: Figures, loudest: Figures) -> Figures:
    """(microphones, people): what each microphone hears of each person, as a share of what that person's own does."""
    levelled = over / loudest
    leader = levelled.argmax(axis=1)
    mixing = np.eye(len(loudest))
    for who in range(len(loudest)):
        led = over[(leader == who) & (levelled[:, who] > _ratio(-LEADS_DB))]
        if len(led):
            mixing[:, who] = np.median(led / led[:, [who]], axis=0)
    return mixing if np.linalg.cond(mixing) < 1e3 else np.eye(len(loudest))


def _labels(active: Active) -> tuple[str, ...]:
    """S1 for the microphone that is heard first, and so on."""
    first = [int(column.argmax()) if column.any() else len(active) for column in active.T]
    order = sorted(range(len(first)), key=lambda who: first[who])
    return tuple(f"S{order.index(who) + 1}" for who in range(len(first)))


def _turns(active: Active, labels: tuple[str, ...], end: float) -> tuple[Turn, ...]:
    """In order of time."""
    turns = [
        Turn(begin / FRAMES, min(finish / FRAMES, end), label)
        for column, label in zip(active.T, labels, strict=True)
        for begin, finish in runs(column)
    ]
    return tuple(sorted(turns, key=lambda turn: (turn.start, turn.end, turn.speaker)))
