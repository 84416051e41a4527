"""Echo: a name that was begun before it was said, 태 아니 그 태호가, 박 박 뭐더라 박성태 과장님, 윤 윤 과장님.

Where a name is found, the words before it are read backwards, over what speakers say while they search. A word of at
most three syllables that begins the name is its beginning; behind nothing but a space it must be so to the letter,
where somebody searched or said 아니 it may be cut off within a syllable (강유 아니 강윤서). Score .5: such a fragment
may also be another word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.engines.rules.searching import SEARCHING, TAKEN_BACK, WHATEVER
from pipeline.korean import WORD
from pipeline.lexicon import Lexicon, lexicon
from pipeline.transcript import Finding, Label

FROM, SCORE = 0.4, 0.5
"""What is found with at least the one is looked before, and its beginnings found with the other."""
_LONGEST = 3
_SEARCHED = 4
"""Words of searching between a beginning and the name, at most."""
_SEARCHING = re.compile(
    rf"{SEARCHING}|{WHATEVER}|{TAKEN_BACK}|참|맞다|누[가-힣]{{1,3}}|그니까|그러니까|긍께|그라니까|있잖아요?|이름이|성함이|성이|아니라"
)


@dataclass(frozen=True)
class Begun:
    """Satisfies `Echo`."""

    words: Lexicon
    name: str = "begun"

    def __call__(self, lines: tuple[str, ...], found: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The beginnings of the names in `found`."""
        named = dict.fromkeys(
            (one.line, one.start, one.end) for one in found if one.label is Label.NAME and one.score >= FROM
        )
        return tuple(
            dict.fromkeys(
                Finding(number, *span, Label.NAME, SCORE, self.name)
                for number, start, end in named
                for span in self._before(lines[number], start, end)
            )
        )

    def _before(self, line: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        name = line[start:end]
        names, searched = (name, *self.words.givens(name)), 0
        words = [*WORD.finditer(line[:start])]
        then = start
        for word in reversed(words):
            if line[word.end() : then].strip(" ,.") or word.end() == then:
                return
            then = word.start()
            if searched < _SEARCHED and _SEARCHING.fullmatch(word.group()):
                searched += 1
            elif any(self._begins(word.group(), one, searched > 0) for one in names):
                yield word.span()
                searched = 0
            else:
                return

    def _begins(self, word: str, name: str, searched: bool) -> bool:
        if len(word) > _LONGEST or word in self.words.never_a_fragment:
            return False
        if len(word) > 1 and word in self.words.stoplist:
            return False
        if word == name:
            return len(name) == 1
        return name.startswith(word) or (searched and cut_off(word, name))


def cut_off(begun: str, name: str) -> bool:
    """Whether `begun` is the beginning of `name`, cut off within a syllable: 강유 of 강윤서, 기 of 규민.

    >>> [cut_off(begun, "강윤서") for begun in ("강유", "강", "가", "감자", "강윤서")]
    [True, True, True, False, False]
    """
    if len(begun) > len(name) or begun == name:
        return False
    whole, last = begun[:-1], begun[-1]
    onset = unicodedata.normalize("NFD", last)[0]
    return name.startswith(whole) and unicodedata.normalize("NFD", name[len(whole)])[0] == onset


def begun() -> Begun:
    """The echo with the house's lexicon."""
    return Begun(lexicon())
