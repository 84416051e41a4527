"""Recognizer: what sounds like a name of the study's register, as recognizers of speech garble names.

Suggested, never merged: a person decides whether 김문수 is 김민수 misheard or somebody else (of 42 garbled names and 40
other people's, a weighted distance of .5 finds 37 and joins none, of 1.0 finds all and joins 6: so it only doubts). A
name of two syllables is close to too many words: it must sound nearly the same, be no word of the dictionary, and bear
out its context. A longer one is like few words: its context is garbled as well as it is, and so may be its particle
(고테민하거), so that neither speaks against it, unless a noun with a particle stands there (나라에서).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.finding import KnownWord
from pipeline.korean import WORD, is_hangul, is_tail, tail_of
from pipeline.lexicon import Lexicon
from pipeline.people import Entry, sought_forms
from pipeline.phonetics import distance
from pipeline.transcript import Finding, Label

FARTHEST = {2: 0.5, 3: 0.8, 4: 1.0}
"""Of a form of so many syllables; beside a title half as much again. A coda may go to the next syllable."""
TITLED, CODA = 1.5, 0.8
GARBLED = 2
"""Syllables behind a name of three or more that need be no particle."""
SCORE, SHORT_SCORE = 0.5, 0.45
"""Of a long name, and of one of two syllables, which its context may refute."""


@dataclass(frozen=True)
class Variants:
    """Satisfies `Recognizer`."""

    words: Lexicon
    is_known_word: KnownWord
    name: str = "variants"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """Every word that begins with what sounds like a name of `known`, and is not that name."""
        forms: dict[str, Label] = {}
        for entry in known:
            if entry.label in (Label.NAME, Label.STUDY):
                forms |= {form: entry.label for form in sought_forms(entry, self.words) if _sounded(form)}
        begun: dict[str, list[str]] = {}
        return tuple(
            Finding(number, start, end, forms[form], self._score(line, start, end), self.name)
            for number, line in enumerate(lines)
            for (start, end), form in {
                (start, end): form for start, end, form in self._line(line, sorted(forms), begun)
            }.items()
        )

    def _line(self, line: str, forms: list[str], begun: dict[str, list[str]]) -> Iterator[tuple[int, int, str]]:
        """`begun`: by first syllable, the forms that may begin with it; filled here, for most forms begin otherwise."""
        for match in WORD.finditer(line):
            first = match.group()[0]
            if first not in begun:
                begun[first] = [
                    form for form in forms if distance(first, form[0]) <= FARTHEST[len(form)] * TITLED + CODA
                ]
            for form in begun[first]:
                end = match.start() + len(form)
                if end <= match.end() and self._like(line, match.start(), end, form):
                    yield match.start(), end, form

    def _like(self, line: str, start: int, end: int, form: str) -> bool:
        heard = line[start:end]
        if heard == form:
            return False
        far, farthest = distance(heard, form), FARTHEST[len(form)]
        if far > farthest * TITLED or heard in self.words.stoplist:
            return False
        titled, behind = self.words.title_at(line, end) is not None, tail_of(line, end)
        if far > farthest * (TITLED if titled else 1.0):
            return False
        if titled or not is_tail(behind):
            return titled or (len(behind) <= GARBLED and self._stands(line, start, end))
        return not self.is_known_word(line, start, end)

    def _score(self, line: str, start: int, end: int) -> float:
        return SCORE if self._stands(line, start, end) else SHORT_SCORE

    def _stands(self, line: str, start: int, end: int) -> bool:
        """Whether the word is long enough to stand for itself, and no noun with a particle."""
        whole = end + len(tail_of(line, end))
        return end - start > 2 and not any(
            is_tail(line[cut:whole]) and self.is_known_word(line, start, cut) for cut in range(start + 2, end + 1)
        )


def _sounded(form: str) -> bool:
    return len(form) in FARTHEST and all(map(is_hangul, form))
