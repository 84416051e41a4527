"""Recognizer: what recognizers of speech cut in two, 늘푸름 센터 and 문 세라가, as others find it in one piece.

Where a word begins with what institutions end in, and where a lone surname stands before two syllables such as given
names have, the space is taken out and the line given to the others. What they find across it counts, as doubtful: the
space may be right. A surname is found by itself too, in case the given name behind it is sure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from pipeline.korean import is_tail
from pipeline.lexicon import Lexicon
from pipeline.people import Entry
from pipeline.transcript import Finding, Label

MOST = 0.5
"""The score, at most."""

KnownWord = Callable[[str, int, int], bool]
"""Whether ``line[start:end]`` is a word that the dictionary has, as it stands there."""


class Recognizing(Protocol):
    """A recognizer."""

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """Its findings."""


@dataclass(frozen=True)
class Rejoined:
    """Satisfies `Recognizer`."""

    recognizers: tuple[Recognizing, ...]
    words: Lexicon
    is_known_word: KnownWord
    name: str = "rejoined"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """What the others find across a space that may be none. `known` plays no part."""
        spaces = [(number, at) for number, line in enumerate(lines) for at in self._spaces(line)]
        joined = tuple(lines[number][:at] + lines[number][at + 1 :] for number, at in spaces)
        found = [finding for recognizer in self.recognizers for finding in recognizer(joined, ())]
        return tuple(dict.fromkeys(part for one in found for part in self._across(one, *spaces[one.line])))

    def _across(self, one: Finding, number: int, at: int) -> Iterator[Finding]:
        if not one.start < at < one.end or one.label not in {Label.NAME, Label.ORG}:
            return
        score = min(one.score, MOST)
        yield Finding(number, one.start, one.end + 1, one.label, score, self.name)
        if one.label is Label.NAME:
            yield Finding(number, one.start, at, one.label, score, self.name)

    def _spaces(self, line: str) -> Iterator[int]:
        for match in self._before_institution.finditer(line):
            if not self._is_explained(line, match.start(), match.end(1)):
                yield match.end(1)
        for match in self._behind_surname.finditer(line):
            start, end = match.end(), match.end() + 2
            if self.words.is_given(line[start:end]) and not self.is_known_word(line, start, end):
                yield match.start(1)

    def _is_explained(self, line: str, start: int, end: int) -> bool:
        """Whether a word of the dictionary stands there, alone or with particles."""
        return any(is_tail(line[cut:end]) and self.is_known_word(line, start, cut) for cut in range(start + 1, end + 1))

    @cached_property
    def _before_institution(self) -> re.Pattern[str]:
        """Companies' endings are everyday words as well (버스, 전기), and a particle of place ends a word."""
        ends = (ending for ending, kind in self.words.org_kinds if len(ending) > 1 and kind != "회사")
        return re.compile(
            rf"(?<![가-힣])([가-힣]+)(?<!까지|에서|부터|으로|에게|한테|하고) (?={'|'.join(map(re.escape, ends))})"
        )

    @cached_property
    def _behind_surname(self) -> re.Pattern[str]:
        alone = (self.words.surnames - self.words.surnames_that_determine) | self.words.compound_surnames
        return re.compile(rf"(?<![가-힣])(?:{'|'.join(sorted(alone))})( )(?=[가-힣]{{2}})")
