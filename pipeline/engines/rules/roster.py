"""Recognizer: the forms of the study register, as people say and recognizers of speech spell them.

Scores (0 to 1) say how rarely it is another word. A full name is .98, wherever it stands at least .6; a given name
.92 beside a title, with the suffix 이 .9, with the particle that its coda asks for .85, with another .45, glued into
a word .4. A given name that is a word too is .45 with its particle, unless a title, vocative or suffix shows it; behind
another surname than the known one it is .6, under no entry's form, because it may be another person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pipeline.engines.rules.applied import Hit
from pipeline.korean import agrees, coda, has_suffix, is_hangul, is_tail, is_vocative, tail_of
from pipeline.lexicon import Lexicon, lexicon
from pipeline.people import Entry, sought_forms
from pipeline.transcript import Finding, Label

_GLUED_BEFORE = {"우리", "울", "저희", "그", "저", "이", "또", "근데", "내", "니", "네"}
"""Words that a recognizer of speech glues to the name after them."""

_FILLERS = {"음 ", "어 "}
"""Surnames, but before a space hardly ever."""


@dataclass(frozen=True)
class Roster:
    """Satisfies `Recognizer`."""

    words: Lexicon
    name: str = "roster"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """Every place where a form of `known` may stand."""
        sought = [(entry.label, form) for entry in known for form in sought_forms(entry, self.words)]
        return tuple(
            Finding(number, start, end, label, score, self.name, meant)
            for label, form in dict.fromkeys(sought)
            for number, line in enumerate(lines)
            for start, end, score, meant in self._hits(line, label, form)
        )

    def _hits(self, line: str, label: Label, form: str) -> Iterator[Hit]:
        if form[0] not in line and label is not Label.STUDY:
            return iter(())
        if label is Label.STUDY:
            return _listed(line, form)
        if label is not Label.NAME:
            return _things(line, form)
        if " " in form:
            return _titled(line, form)
        if len(form) == 1:
            return self._syllable(line, form)
        if len(form) > 2:
            return self._full(line, form)
        return self._short(line, form)

    def _full(self, line: str, form: str) -> Iterator[Hit]:
        for match in _spaced(form).finditer(line):
            start, end = match.span()
            rest = tail_of(line, end)
            if " " in match.group() and not (is_tail(rest) or self.titled(line, end)):
                continue
            clear = not _glued(line, start) and (is_tail(rest) or self.titled(line, end))
            yield start, end, 0.98 if clear else 0.6, form

    def _short(self, line: str, form: str) -> Iterator[Hit]:
        for start in _places(line, form):
            end = start + len(form)
            score = self._score(line, form, end)
            before = _word_before(line, start)
            surname = self._surname_at(line, start)
            if before and surname is None and before not in _GLUED_BEFORE:
                score = 0.4 if score > 0.8 and not self.words.is_word(form) else 0.0
            elif before and surname is None:
                score = min(score, 0.6)
            if surname is not None and score:
                yield surname, end, 0.6, line[surname:start].strip() + form
            elif score:
                yield start, end, score, form

    def _score(self, line: str, form: str, end: int) -> float:
        """How surely a given name or nickname of two syllables that ends at `end` is meant; 0 where it is not."""
        rest = tail_of(line, end)
        if self.titled(line, end):
            return 0.92
        if has_suffix(rest):
            return 0.9
        if is_vocative(form, rest):
            return 0.85
        word = self.words.is_word(form)
        if agrees(form, rest):
            return 0.45 if word else 0.85
        if is_tail(rest):
            return 0.0 if word else 0.45
        return 0.0 if word else 0.4

    def _syllable(self, line: str, form: str) -> Iterator[Hit]:
        for start in _places(line, form):
            end = start + 1
            rest = tail_of(line, end)
            if _glued(line, start):
                continue
            word = self.words.is_word(form)
            if self.titled(line, end):
                yield start, end, 0.85, form
            elif has_suffix(rest) and coda(form):
                yield start, end, 0.8, form
            elif is_vocative(form, rest):
                yield start, end, 0.4 if word else 0.75, form
            elif rest.startswith("이") and coda(form) and agrees(form, rest):
                yield start, end, 0.35 if word or rest == "이" else 0.6, form

    def _surname_at(self, line: str, start: int) -> int | None:
        """Where a surname stands directly, or one space, before `start`: its own start."""
        match = re.search(r"(?<![가-힣])([가-힣]{1,2})\s?$", line[max(0, start - 4) : start])
        if match is None or not self.words.is_surname(match.group(1)) or match.group() in _FILLERS:
            return None
        return max(0, start - 4) + match.start(1)

    def titled(self, line: str, end: int) -> bool:
        """Whether an honorific or a title follows, after the suffix 이 or a space."""
        return self.words.title_at(line, end) is not None


@lru_cache(maxsize=4096)
def _spaced(form: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """`form` with any spacing between its letters, spaces inside never at a word's middle on the left."""
    return re.compile(r"\s?".join(map(re.escape, form)), flags)


@lru_cache(maxsize=4096)
def _before_title(surname: str, title: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![가-힣]){surname}(?=\s?{re.escape(title)})")


def _places(line: str, form: str) -> Iterator[int]:
    at = line.find(form)
    while at >= 0:
        yield at
        at = line.find(form, at + 1)


def _glued(line: str, start: int) -> bool:
    return start > 0 and is_hangul(line[start - 1])


def _word_before(line: str, start: int) -> str:
    """The Hangul that touches `start` on the left."""
    begin = start
    while begin > 0 and is_hangul(line[begin - 1]):
        begin -= 1
    return line[begin:start]


def _titled(line: str, form: str) -> Iterator[Hit]:
    for match in _before_title(*form.split(" ", 1)).finditer(line):
        yield match.start(), match.end(), 0.9, form


def _things(line: str, form: str) -> Iterator[Hit]:
    for match in _spaced(form).finditer(line):
        start, end = match.span()
        rest = tail_of(line, end)
        if len(form) > 2 and (not _glued(line, start) or len(form) > 3):
            yield start, end, 0.95 if is_tail(rest) else 0.75, form
        elif not _glued(line, start) and (agrees(form, rest) or rest[:1] in {"시", "역", "쪽"}):
            yield start, end, 0.9, form


def _listed(line: str, form: str) -> Iterator[Hit]:
    """Wherever the study's word stands, in any case of its letters: within a longer word it is doubtful."""
    for match in _spaced(form, re.IGNORECASE).finditer(line):
        start, end = match.span()
        alone = start == 0 or not line[start - 1].isalnum()
        sure = alone and (is_tail(tail_of(line, end)) or len(form) > 3)
        yield start, end, 0.95 if sure else 0.5, form


def roster() -> Roster:
    """The recognizer with the house's lexicon."""
    return Roster(lexicon())
