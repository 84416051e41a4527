"""Where there is speech: Silero's voice activity detection, the network that faster-whisper ships inside its package.

It hears the recording block by block and carries its memory across, so that nothing grows with the length and the
answer is that for the whole recording at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.hearing.listening import Samples, Voice, sound
from pipeline.hearing.spans import Span
from pipeline.interview import SAMPLE_RATE, Audio

FRAME, CONTEXT, MEMORY = 512, 64, 128
"""Samples of a frame and of what is heard again before it; size of the network's memory."""

BLOCK_FRAMES = 2048
"""Frames heard at once: 65 s."""

HYSTERESIS = 0.15
"""Speech lasts until its probability is so much below the threshold at which it begins; Silero's own."""


@dataclass(frozen=True, slots=True)
class Silero:
    """Settings as in config/default.toml, ``[transcribe]``, there with ``voice_`` before their names."""

    threshold: float
    perhaps_threshold: float
    pause_seconds: float
    least_seconds: float

    def __call__(self, audio: Audio) -> Voice:
        """Where in `audio` somebody speaks, and where somebody may."""
        shares, end = probabilities(audio), audio.recording.seconds
        surely, perhaps = (
            tuple((round(start, 3), min(round(stop, 3), end)) for start, stop in found)
            for found in (
                voiced(shares, threshold, self.pause_seconds, self.least_seconds)
                for threshold in (self.threshold, self.perhaps_threshold)
            )
        )
        return Voice(surely, perhaps)


def probabilities(audio: Audio) -> npt.NDArray[np.float32]:
    """Of speech, for every frame of 32 ms; the last one is filled up with zeros."""
    from faster_whisper.vad import get_vad_model

    session = get_vad_model().session
    h = c = np.zeros((1, 1, MEMORY), np.float32)
    before, found = np.zeros(CONTEXT, np.float32), [np.zeros(0, np.float32)]
    for start in range(0, audio.recording.samples, BLOCK_FRAMES * FRAME):
        block = sound(audio, start, min(start + BLOCK_FRAMES * FRAME, audio.recording.samples))
        frames = _frames(block, before)
        output, h, c = session.run(None, {"input": frames, "h": h, "c": c})
        found.append(np.asarray(output, np.float32).reshape(-1))
        before = frames[-1, -CONTEXT:]
    return np.concatenate(found)


def _frames(block: Samples, before: Samples) -> Samples:
    """(frames, context and frame): each frame with the samples that precede it."""
    filled = np.pad(block, (0, -len(block) % FRAME)).reshape(-1, FRAME)
    contexts = np.concatenate([before[None], filled[:-1, -CONTEXT:]])
    return np.concatenate([contexts, filled], axis=1)


def voiced(shares: npt.NDArray[np.float32], threshold: float, pause: float, least: float) -> list[Span]:
    """Spans of speech by the probability of each frame.

    Speech begins at `threshold` and ends where `pause` seconds stay below the threshold less `HYSTERESIS`; spans
    shorter than `least` seconds are none.
    """
    second = FRAME / SAMPLE_RATE
    spans: list[Span] = []
    begin: int | None = None
    end: int | None = None
    for at, share in enumerate([*shares.tolist(), *[0.0] * (int(pause / second) + 2)]):
        if share >= threshold:
            begin, end = at if begin is None else begin, None
        elif begin is not None and share < max(threshold - HYSTERESIS, 0.01):
            end = at if end is None else end
            if (at - end) * second >= pause:
                spans.append((begin * second, end * second))
                begin = end = None
    return [(start, stop) for start, stop in spans if stop - start >= least]
