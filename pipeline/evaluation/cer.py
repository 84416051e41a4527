"""How well the words were heard, in characters.

Only digits, Latin letters and whole Hangul syllables count, NFC and lower-cased: spacing in Korean is a matter of
taste, and punctuation is the recognizer's guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import jiwer
import numpy as np
from scipy.optimize import linear_sum_assignment

from pipeline.evaluation.utterances import Utterance
from pipeline.interview import normal_text

MOST_PAIRED = 6
"""Speakers found that are paired with true ones, or as many as truly speak: a diarizer that falls apart into dozens of
speakers would else be compared with each, for a figure that hardly moves."""

NOT_COUNTED = re.compile(r"[^0-9a-z가-힣]")


@dataclass(frozen=True, slots=True)
class Edits:
    """What makes one text into another; `total` are the characters of the truth."""

    total: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    def __add__(self, other: Edits) -> Edits:
        """Count by count."""
        return Edits(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Edits)))

    @property
    def errors(self) -> int:
        """All three kinds; the rate is this over `total`."""
        return self.substitutions + self.deletions + self.insertions


def counted(text: str) -> str:
    """The characters that count.

    >>> counted("네, OK… 3번 ㅋㅋ")
    '네ok3번'
    """
    return NOT_COUNTED.sub("", normal_text(text).lower())


def edits(truth: str, heard: str) -> Edits:
    """Fewest edits from `truth` to `heard`, both as `counted` gives them."""
    if not truth or not heard:
        return Edits(len(truth), deletions=len(truth), insertions=len(heard))
    found = jiwer.process_characters(truth, heard)
    return Edits(len(truth), found.substitutions, found.deletions, found.insertions)


def cer(truth: Iterable[Utterance], heard: Iterable[Utterance]) -> Edits:
    """Everybody's words in order of time, whoever said them."""
    return edits(_joined(truth), _joined(heard))


def cp_cer(truth: Sequence[Utterance], heard: Sequence[Utterance]) -> Edits:
    """Each speaker's words apart (cpCER): what goes to the wrong person counts as lost there and invented here.

    Speakers are paired so that the errors are fewest; who is left without a partner is wholly lost or invented. Of more
    than `MOST_PAIRED` heard speakers, those who say least are wholly invented.
    """
    said, found = _by_speaker(truth), sorted(_by_speaker(heard), key=len, reverse=True)
    paired = max(len(said), MOST_PAIRED)
    found, invented = found[:paired], sum(map(len, found[paired:]))
    size = max(len(said), len(found))
    said, found = said + [""] * (size - len(said)), found + [""] * (size - len(found))
    pairs = [[edits(one, other) for other in found] for one in said]
    costs = np.array([[pair.errors for pair in row] for row in pairs]).reshape(size, size)
    best = zip(*linear_sum_assignment(costs), strict=True)
    return sum((pairs[row][column] for row, column in best), Edits(insertions=invented))


def _joined(utterances: Iterable[Utterance]) -> str:
    return counted("".join(one.text for one in sorted(utterances, key=lambda one: one.start)))


def _by_speaker(utterances: Sequence[Utterance]) -> list[str]:
    speakers = sorted({one.speaker for one in utterances})
    return [_joined(one for one in utterances if one.speaker == speaker) for speaker in speakers]
