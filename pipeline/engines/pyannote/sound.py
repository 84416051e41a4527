"""Stretches of a recording as the networks want them: floats, read when they are asked for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.errors import EngineFailed
from pipeline.interview import Audio

Sound = npt.NDArray[np.float32]
"""Mono, -1 to 1."""


def samples_of(audio: Audio, start: int, stop: int) -> Sound:
    """Samples ``[start, stop)``; silence after the end. Raises EngineFailed where it is cut off before that."""
    end = min(stop, audio.recording.samples)
    sound = np.zeros(stop - start, dtype=np.float32)
    if start < end:
        held = np.frombuffer(audio.read(start, end), dtype="<i2")
        if len(held) != end - start:
            raise EngineFailed(engine="pyannote", why="the recording is shorter than it says")
        np.multiply(held, 1 / 32768, out=sound[: end - start], dtype=np.float32)
    return sound
