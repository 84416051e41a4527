"""What is compared: who said what, when."""

from __future__ import annotations

from typing import NamedTuple


class Utterance(NamedTuple):
    """What `speaker` said from `start` to `end`, in seconds."""

    start: float
    end: float
    speaker: str
    text: str
