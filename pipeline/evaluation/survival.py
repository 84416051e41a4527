"""What becomes of the names that were said, from the audio to the draft: of those in the truth of a recording, how many
are left in what was heard, and how many of these were found there.

What was said and what was heard are aligned as they sound (`phonetics.said`), with the fewest edits (rapidfuzz); spaces
and punctuation do not count, digits are read one by one. A mention of the truth is *gone* where fewer than `LEAST_KEPT`
of its sounds are heard in its place: nobody would know it again. Of any other, what was heard in its place is covered
or stands in the draft, as in `pipeline.evaluation.names`: by sure mentions (*sure*), only with doubtful ones
(*doubtful*), or not wholly (*missed*).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from pipeline.evaluation.names import Truth
from pipeline.korean import is_hangul
from pipeline.phonetics import NONE, said
from pipeline.spelled import DIGITS
from pipeline.transcript import Mention, State

LEAST_KEPT = 0.5
"""Share of a mention's sounds. Set beside other talk of the same length, one mention in 25 keeps so much by chance."""
MOST_INSERTED = 2
"""Characters heard in the midst of a mention that was not said so: more of them are somebody else's words."""

_UNIT = re.compile("[가-힣]+|[0-9A-Za-z]")
_READ = dict(zip("0123456789", "공" + DIGITS, strict=True))
_ALIKE = str.maketrans("ㄲㅋㄸㅌㅃㅍㅆㅉㅊㅐㅒㅙㅞ", "ㄱㄱㄷㄷㅂㅂㅅㅈㅈㅔㅖㅚㅚ")
"""Sounds that recognizers write one for the other: 석 for 썩, 재 for 제."""


class Fate(StrEnum):
    """What became of a mention of the truth."""

    GONE = "gone"
    SURE = "sure"
    DOUBTFUL = "doubtful"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Trace:
    """What was heard in the place of `truth`: (line, offset) of its characters, and `kept` of its `sounds`."""

    truth: Truth
    heard: frozenset[tuple[int, int]]
    kept: int
    sounds: int

    @property
    def is_gone(self) -> bool:
        """Whether too little is left to be known again."""
        return self.kept == 0 or self.kept < LEAST_KEPT * self.sounds


class _Sound(NamedTuple):
    """A sound of the character `at` of `line`, the `character`th of those that count; a syllable's `heart` is its
    vowel."""

    sound: str
    line: int
    at: int
    character: int
    heart: bool


def traces(lines: Sequence[str], truth: Sequence[Sequence[Truth]], heard: Sequence[str]) -> tuple[Trace, ...]:
    """Every mention of the truth, in order, with what was heard of it.

    `lines` were said and `heard` was heard, each in order of time and in NFC, cut into lines as one likes. Raises
    ValueError where `lines` and `truth` differ in length.
    """
    spoken, found = _sounds(lines), _sounds(heard)
    partner = _aligned(spoken, found)
    by_line: list[list[int]] = [[] for _ in lines]
    for index, sound in enumerate(spoken):
        by_line[sound.line].append(index)
    return tuple(
        _trace(one, [index for index in of_line if one.start <= spoken[index].at < one.end], spoken, found, partner)
        for wanted, of_line in zip(truth, by_line, strict=True)
        for one in wanted
    )


def fate(trace: Trace, found: Sequence[Sequence[Mention]]) -> Fate:
    """What became of it, by the mentions found in each line that was heard."""
    if trace.is_gone:
        return Fate.GONE
    sure, doubtful = (covered_places(found, state) for state in (State.SURE, State.DOUBTFUL))
    if trace.heard <= sure:
        return Fate.SURE
    return Fate.DOUBTFUL if trace.heard <= sure | doubtful else Fate.MISSED


def unfounded(all_traces: Sequence[Trace], found: Sequence[Sequence[Mention]], state: State) -> int:
    """How many mentions of `state` stand where nothing of the truth was heard."""
    taken = {place for trace in all_traces for place in trace.heard}
    return sum(
        mention.state is state and not any((line, at) in taken for at in range(mention.start, mention.end))
        for line, mentions in enumerate(found)
        for mention in mentions
    )


def covered_places(found: Sequence[Sequence[Mention]], state: State) -> set[tuple[int, int]]:
    """(line, offset) of all that mentions of `state` cover."""
    standing = ((line, mention) for line, mentions in enumerate(found) for mention in mentions)
    return {(line, at) for line, one in standing if one.state is state for at in range(one.start, one.end)}


def _sounds(lines: Sequence[str]) -> list[_Sound]:
    sounds: list[_Sound] = []
    characters = 0
    for number, line in enumerate(lines):
        for unit in _UNIT.finditer(line):
            sounds += _of_unit(unit.group(), number, unit.start(), characters)
            characters += len(unit.group())
    return sounds


def _of_unit(unit: str, line: int, at: int, character: int) -> Iterator[_Sound]:
    """The sounds of a word, a digit or a Latin letter."""
    word = _READ.get(unit, unit)
    if not is_hangul(word[0]):
        yield _Sound(word.lower(), line, at, character, True)
        return
    for offset, syllable in enumerate(said(word)):
        for heart, sound in zip((False, True, False), syllable, strict=True):
            if sound != NONE:
                yield _Sound(sound.translate(_ALIKE), line, at + offset, character + offset, heart)


def _aligned(spoken: Sequence[_Sound], found: Sequence[_Sound]) -> dict[int, int]:
    """Sound said → sound heard in its place, where any was."""
    partner: dict[int, int] = {}
    for step in Levenshtein.opcodes([one.sound for one in spoken], [one.sound for one in found]):
        if step.tag in {"equal", "replace"}:
            partner |= zip(range(step.src_start, step.src_end), range(step.dest_start, step.dest_end), strict=True)
    return partner


def _trace(
    one: Truth, own: Sequence[int], spoken: Sequence[_Sound], found: Sequence[_Sound], partner: dict[int, int]
) -> Trace:
    """`own`: the mention's sounds."""
    matched = [(index, partner[index]) for index in own if index in partner]
    kept = sum(spoken[index].sound == found[other].sound for index, other in matched)
    heard = [found[other] for _, other in matched]
    places = {sound.character for sound in heard if sound.heart} or {sound.character for sound in heard}
    places = _filled(places)
    offsets = {sound.character: (sound.line, sound.at) for sound in found if sound.character in places}
    return Trace(one, frozenset(offsets.values()), kept, len(own))


def _filled(places: set[int]) -> set[int]:
    """With what was put in between."""
    ordered = sorted(places)
    return places | {
        n for low, high in pairwise(ordered) if high - low - 1 <= MOST_INSERTED for n in range(low + 1, high)
    }
