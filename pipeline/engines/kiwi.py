"""Recognizer: proper nouns and vocatives by morphology, with kiwipiepy (https://github.com/bab2min/kiwipiepy).

Kiwi tags words in their context: NNP a proper noun, JKV the vocative particle. What a proper noun names is decided by
the lexicon. It costs about 600 MB and 2 to 4 s to load: once in a process, at the first line. Scores: vocative .8; a
full name .75; a given name .75 beside a title, before a particle of persons (한테, 이랑) .7, alone .5; another word
beside a title, which may be a garbled name, .4; a place by its ending .75.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any

from pipeline.finding import Labelled
from pipeline.korean import coda, is_hangul, is_tail, tail_of, within_ending
from pipeline.lexicon import Lexicon, lexicon
from pipeline.people import Entry
from pipeline.transcript import Finding, Label

VERSION = version("kiwipiepy")
"""Of the morphology and its weights, which share it."""

_UNKNOWN = {2, 3}
"""Kiwi's ids of a common and a proper noun that its dictionary does not have."""
_PIECES = {"NNG", "NNP", "NNB", "NR", "MAG", "MM", "XPN", "XSN", "NP", "XR"}
_PERSONAL = (
    "한테",
    "에게",
    "께",
    "이가",
    "이는",
    "이를",
    "이도",
    "이한테",
    "이하고",
    "하고",
    "이랑",
    "랑",
    "보고",
    "더러",
    "네",
)


_TOLD = re.compile("이?(?:라고|라구|라는|란|라|라든|래|인데|였|었|에요|예요|여|고|구|입니다|야|죠|지|거든)")
"""The copula, and what names are quoted with."""


_WHERE = re.compile("(?:에서|에|으로|로|까지|부터)(?:도|는|서|만|요|의)?")
_VERB_ENDS = frozenset("믄데유지네고서꺼요러캉더니게여우라까가카맀겄쥬당제잉네께")
_NO_NAME_ENDS = frozenset("님분씨들방실말년병")

_ONLY_PEOPLE = ("한테", "에게", "이랑", "랑", "하고 ", "캉", "더러", "보고 ", "네가", "네는", "네 집", "네집", "네에")


@dataclass(frozen=True, slots=True)
class Token:
    """A morpheme: code points ``[start, end)`` of the line, its tag, and whether the dictionary has it."""

    form: str
    tag: str
    start: int
    end: int
    unknown: bool


@cache
def _kiwi() -> Any:
    from kiwipiepy import Kiwi  # slow to import

    return Kiwi(num_workers=1)


@lru_cache(maxsize=8192)
def morphemes(line: str) -> tuple[Token, ...]:
    """The morphemes of `line`. Kept for the next round over the same interview, within this process."""
    return tuple(Token(t.form, str(t.tag), t.start, t.start + t.len, t.id in _UNKNOWN) for t in _kiwi().tokenize(line))


@dataclass(frozen=True)
class Morphology:
    """Satisfies `Recognizer`."""

    words: Lexicon
    name: str = "kiwi"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """Proper nouns, by what they name. `known` plays no part."""
        return tuple(
            Finding(number, start, end, label, score, self.name)
            for number, line in enumerate(lines)
            for start, end, label, score in dict.fromkeys(self._line(line))
        )

    def _line(self, line: str) -> Iterator[Labelled]:
        tokens = morphemes(line)
        for at, token in enumerate(tokens):
            following = tokens[at + 1] if at + 1 < len(tokens) else None
            if following is not None and following.tag == "JKV" and following.start == token.end:
                yield from self._vocative(line, token)
            if _word_start(line, token.start):
                yield from self._shattered(line, tokens[at : at + 3])
            if (token.unknown or token.tag == "NNP") and _word_start(line, token.start):
                yield from self._strange(line, token)
            if token.tag in {"NNP", "NNG", "XR"} and _word_start(line, token.start):
                yield from self._noun(line, token)

    def _vocative(self, line: str, token: Token) -> Iterator[Labelled]:
        if token.tag in {"NNP", "NNG"} and token.form not in self.words.stoplist and len(token.form) < 5:
            named = self.words.is_given(token.form) or self.words.is_full(token.form) or token.tag == "NNP"
            yield token.start, token.end, Label.NAME, 0.8 if named else 0.5

    def _noun(self, line: str, token: Token) -> Iterator[Labelled]:
        form, start, end = token.form, token.start, token.end
        if form != line[start:end] or not all(map(is_hangul, form)) or len(form) < 2:
            return
        if len(form) == 3 and form.endswith("이") and coda(form[1]) and self.words.is_given(form[:2]):
            form, end = form[:2], end - 1
        if len(form) > 2 and form.endswith(("쌤", "샘", "님", "씨")):
            form, end = form[:-1], end - 1  # an unknown word to kiwi: 도연쌤
        if form in self.words.stoplist or self._explained(form):
            return
        common = token.tag == "NNG" and not token.unknown
        verb = common and line[end:].startswith(("하고", "보고"))  # 제대하고, 영화보고
        if self.words.is_given(form) and line[end:].startswith(_ONLY_PEOPLE) and not verb:
            yield start, end, Label.NAME, 0.5 if common else 0.6
        title = self.words.title_at(line, end)
        proper = token.tag == "NNP"
        if title is not None:
            yield from self._titled(token, form, end, title)
        elif proper or (token.unknown and token.tag == "NNG" and self.words.is_full(form)):
            yield from self._proper(line, form, start, end, token.unknown)

    def _shattered(self, line: str, pieces: tuple[Token, ...]) -> Iterator[Labelled]:
        """A full name that the dictionary does not have, and kiwi took for a row of nouns: 배+상득."""
        start = pieces[0].start
        end = start + 3
        within = [piece for piece in pieces if piece.start < end]
        whole = within[-1].end == end and len(within) > 1 and all(piece.tag in _PIECES for piece in within)
        if not whole or not self.words.is_full(line[start:end]):
            return
        if line[end - 1] in _NO_NAME_ENDS or line[start:end].endswith(tuple(self.words.titles)):
            return
        given = within[-1]
        if within[0].tag in {"MAG", "NP"}:
            return
        everyday = given.end - given.start == 2 and not given.unknown and given.tag in {"NNG", "MAG", "NP"}
        if everyday and not self.words.is_word(line[start + 1 : end]):
            return  # 한+사람
        rest = tail_of(line, end)
        told = self.words.title_at(line, end) or _TOLD.match(rest)
        if told or (is_tail(rest) and not (everyday or within[0].tag == "MM")):
            yield start, end, Label.NAME, 0.55 if told else 0.45

    def _strange(self, line: str, token: Token) -> Iterator[Labelled]:
        """A proper noun of the dictionary, and a noun that it does not have: whatever it names, a person must look."""
        end = token.end - (line[token.end - 1] in "쌤샘")
        form, rest = line[token.start : end], tail_of(line, token.end)
        if len(form) < 2 or not all(map(is_hangul, form)) or form in self.words.stoplist or self._explained(form):
            return
        if not is_tail(rest) or token.tag not in {"NNP", "NNG"}:
            return
        if token.unknown and (not rest or form[-1] in _VERB_ENDS) and len(form) < 4:
            return  # a verb as dialects end it
        if token.unknown and (within_ending(line, token.start, end) or self.words.known_beginning(line, token.start)):
            return
        if token.unknown and not _WHERE.fullmatch(rest):
            yield token.start, end, Label.NAME, 0.35
        else:
            yield token.start, end, Label.PLACE if token.tag == "NNP" else Label.ORG, 0.4

    def _titled(self, token: Token, form: str, end: int, title: str) -> Iterator[Labelled]:
        known_shape = self.words.is_given(form) or self.words.is_full(form)
        proper = token.tag == "NNP" or form in self.words.names_that_are_words
        if len(form) > 4 or form.endswith(self.words.titles_of_two):
            return
        if known_shape and (proper or token.unknown):
            yield token.start, end, Label.NAME, 0.75
        elif proper or token.unknown:
            yield token.start, end, Label.NAME, 0.5

    def _proper(self, line: str, form: str, start: int, end: int, unknown: bool) -> Iterator[Labelled]:
        rest = tail_of(line, end)
        if not is_tail(rest):
            return
        if form.endswith("산") and len(form) > 2 and unknown:
            yield start, end, Label.PLACE, 0.6
        elif self.words.is_full(form) and not (form[-1] in "동읍면리역" and form[:-1] in self.words.gazetteer):
            yield start, end, Label.NAME, 0.75
        elif form.endswith(("구", "동", "군", "읍", "면", "리", "시", "포", "도", "섬", "역")) and len(form) > 2:
            yield start, end, Label.PLACE, 0.75
        elif self.words.is_given(form):
            yield start, end, Label.NAME, 0.7 if rest.startswith(_PERSONAL) else 0.5

    def _explained(self, form: str) -> bool:
        """Whether the gazetteer knows the word as a place, or it sounds like a title."""
        return (
            self.words.garbled_title(form) is not None
            or form in self.words.cities | self.words.counties
            or form in self.words.districts
            or form.removesuffix("시") in self.words.cities
        )


def is_known_word(line: str, start: int, end: int) -> bool:
    """Whether a word of kiwi's dictionary, no proper noun, stands in `line` from `start` to `end` or beyond."""
    inside = [token for token in morphemes(line) if token.start < end and token.end > start]
    if not inside or inside[0].start != start or inside[0].unknown or inside[0].tag == "NNP":
        return False
    return inside[0].end >= end or inside[0].tag not in _PIECES


def _word_start(line: str, start: int) -> bool:
    return start == 0 or not is_hangul(line[start - 1])


def kiwi() -> Morphology:
    """The recognizer with the house's lexicon."""
    return Morphology(lexicon())


@lru_cache(maxsize=65536)
def weigh(text: str) -> float:
    """The log-likelihood (nats) of the likeliest reading of `text`."""
    return float(_kiwi().analyze(text, top_n=1)[0][1])
