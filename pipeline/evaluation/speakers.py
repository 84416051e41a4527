"""How many people speak, in truth and as found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heads:
    """Speakers of one interview."""

    truth: int
    found: int

    @property
    def right(self) -> bool:
        """The counts agree; whether the people do is what the DER says."""
        return self.truth == self.found


def heads(truth: Iterable[str], found: Iterable[str]) -> Heads:
    """Counted from the speaker of every utterance.

    >>> heads(["가", "나", "가"], ["S1"])
    Heads(truth=2, found=1)
    """
    return Heads(len(set(truth)), len(set(found)))
