"""Stretches of a recording as the networks want them: floats, read when they are asked for."""

from __future__ import annotations

import numpy as np

from pipeline.hearing.listening import Samples, sound
from pipeline.interview import Audio


def samples_of(audio: Audio, start: int, stop: int) -> Samples:
    """Samples ``[start, stop)``; silence after the end. Raises EngineFailed where it is cut off before that."""
    held = sound(audio, start, max(start, min(stop, audio.recording.samples)))
    return np.pad(held, (0, stop - start - len(held)))
