"""Recognizer: what only names bear: the vocative (민수야, 지훈아), the suffix 이 (민석이가), the household (슬기네가).

Scores: the suffix 이 before a particle that no other noun takes .75, vocatives .5 to .6, households .4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.engines.rules.applied import Hit, applied
from pipeline.korean import WORD, coda, has_suffix, is_vocative
from pipeline.lexicon import Lexicon, lexicon
from pipeline.people import Entry
from pipeline.transcript import Finding

_HOUSEHOLD = re.compile(
    r"(?<![가-힣])([가-힣]{2}?)(?:이?네)(?=가\s|는\s|도\s|에서|한테|\s?집|\s[가-힣]{0,2}집|\s?가게|\s?엄마|\s?식구)|(?<![가-힣])([가-힣]{2})(?=이집)"
)

_VERBAL = frozenset("려져어와여해워봐줘켜펴서")
"""Last syllables of a verb before 야, must: 기다려야, 봐야."""
_NEVER_CALLED = frozenset({"이유", "문제", "사이"})
"""Made like names, and said so: 이유야 많죠."""


@dataclass(frozen=True)
class Vocatives:
    """Satisfies `Recognizer`."""

    words: Lexicon
    name: str = "vocatives"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """Every name that its ending shows. `known` plays no part, so that what is found does not feed itself."""
        rules = (
            self._with_suffix,
            self._called,
            self._household,
        )
        return applied(rules, lines, self.name)

    def _with_suffix(self, line: str) -> Iterator[Hit]:
        for word in WORD.finditer(line):
            text = word.group()
            for length in (1, 2, 3):
                head, rest = text[:length], text[length:]
                if not (rest and coda(head) and has_suffix(rest)) or f"{head}이" in self.words.nouns_with_i:
                    continue
                if self.words.is_given(head) and not any(
                    f"{head}이".endswith(n) for n in self.words.nouns_with_i if len(n) > 2
                ):
                    yield (
                        word.start(),
                        word.start() + 2,
                        0.75 if head not in self.words.names_that_are_words else 0.5,
                        "",
                    )
                elif self.words.is_full(head):
                    yield word.start(), word.start() + 3, 0.75, ""
                elif self._bears_suffix(head):
                    yield word.start(), word.start() + length, 0.4, ""

    def _bears_suffix(self, head: str) -> bool:
        """Whether `head`, made like no name of two syllables, may be one all the same: 뚱이가; 준이가."""
        if len(head) == 1:
            return head in self.words.given_last and head not in self.words.titles
        return len(head) == 2 and not any(f"{head}이".endswith(n) for n in self.words.nouns_with_i)

    def _household(self, line: str) -> Iterator[Hit]:
        for match in _HOUSEHOLD.finditer(line):
            group = 1 if match[1] else 2
            if self.words.is_given(match[group]):
                yield match.start(group), match.end(group), 0.4, ""

    def _called(self, line: str) -> Iterator[Hit]:
        """Vocatives, where the coda agrees: 민수야, 지훈아."""
        for word in WORD.finditer(line):
            head, last = word.group()[:-1], word.group()[-1]
            if not head or not is_vocative(head, last):
                continue
            twice = line.count(word.group()) > 1
            if (
                head[-1] in _VERBAL
                or head in _NEVER_CALLED
                or (word.start() and self.words.is_word(head) and not twice)
            ):
                continue  # a name that is a word is called at the beginning, or is no name: 그게 이유야
            if self.words.is_full(head):
                yield word.start(), word.end() - 1, 0.6, ""
            elif self.words.is_given(head):
                yield word.start(), word.end() - 1, 0.5, ""


def vocatives() -> Vocatives:
    """The recognizer with the house's lexicon."""
    return Vocatives(lexicon())
