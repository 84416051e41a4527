"""Recognizer: what recognizers of speech cut in two, 늘푸름 센터 and 문 세라가, as others find it in one piece.

Where a word stands before the kind of an institution (병원, 정신 건강 복지 센터), and where a lone surname stands
before two syllables such as given names have, the spaces are taken out and the line given to the others. What they find
across the first of them counts, as doubtful: the spaces may be right. A surname is found by itself too, in case the
given name behind it is sure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, takewhile

from pipeline.finding import Finds, KnownWord
from pipeline.korean import WORD, is_tail
from pipeline.lexicon import Lexicon, is_generic
from pipeline.people import Entry
from pipeline.transcript import Finding, Label

MOST = 0.5
"""The score, at most."""

EndsInParticle = Callable[[str, int], bool]
"""Whether a particle, or a verb's ending, ends at a place of a line."""
Spaces = tuple[int, ...]
"""Where in a line spaces are that may be none."""

_PARTS = 4
"""Words of an institution's kind, at most."""
_ENDS_LIKE_ELSEWHERE = re.compile("(?:(?:까지|에서|부터|으로|에게|한테|하고)[예요]?|[고데]예)$")


@dataclass(frozen=True)
class Rejoined:
    """Satisfies `Recognizer`."""

    recognizers: tuple[Finds, ...]
    words: Lexicon
    is_known_word: KnownWord
    ends_in_particle: EndsInParticle
    name: str = "rejoined"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """What the others find across spaces that may be none. `known` plays no part."""
        spaces = [(number, at) for number, line in enumerate(lines) for at in dict.fromkeys(self._spaces(line))]
        joined = tuple(_without(lines[number], at) for number, at in spaces)
        found = [finding for recognizer in self.recognizers for finding in recognizer(joined, ())]
        return tuple(dict.fromkeys(part for one in found for part in self._across(one, *spaces[one.line])))

    def _across(self, one: Finding, number: int, at: Spaces) -> Iterator[Finding]:
        if not one.start < at[0] < one.end or one.label not in {Label.NAME, Label.ORG}:
            return
        score = min(one.score, MOST)
        end = one.end + sum(space - before < one.end for before, space in enumerate(at))
        yield Finding(number, one.start, end, one.label, score, self.name)
        if one.label is Label.NAME:
            yield Finding(number, one.start, at[0], one.label, score, self.name)

    def _spaces(self, line: str) -> Iterator[Spaces]:
        words = [*WORD.finditer(line)] if self._ending.search(line) else []
        for index, word in enumerate(words):
            behind = self._kind(line, word, words[index + 1 : index + 1 + _PARTS])
            if behind is not None and not self._is_explained(line, *word.span()):
                yield word.end(), *behind
        for match in self._behind_surname.finditer(line):
            start, end = match.end(), match.end() + 2
            if self.words.is_given(line[start:end]) and not self.is_known_word(line, start, end):
                yield (match.start(1),)

    def _kind(self, line: str, word: re.Match[str], behind: list[re.Match[str]]) -> Spaces | None:
        """The spaces within the kind of an institution that stands behind `word`; None where none does."""
        ends = (word.end(), *(one.end() for one in behind))
        apart = zip(ends, behind, strict=False)
        near = [*takewhile(lambda pair: pair[1].start() == pair[0] + 1, apart)]
        texts = accumulate(one.group() for _, one in near)
        for count, text in enumerate(texts):
            if self._is_kind(text):
                return tuple(one.end() for _, one in near[:count])
        return None

    def _is_kind(self, text: str) -> bool:
        """Whether an institution's kind begins `text`, or is all of it but particles: 센터장님, 건강복지센터에서."""
        for ending in self.words.org_endings_in(text):
            head, _, tail = text.rpartition(ending)
            if ending in self._endings and (not head or (is_tail(tail) and is_generic(head, self.words.generic))):
                return True
        return False

    def _is_explained(self, line: str, start: int, end: int) -> bool:
        """Whether a word of the dictionary stands there, alone or with particles, or whatever ends in one."""
        if _ENDS_LIKE_ELSEWHERE.search(line[start:end]) or self.ends_in_particle(line, end):
            return True
        return any(is_tail(line[cut:end]) and self.is_known_word(line, start, cut) for cut in range(start + 1, end + 1))

    @cached_property
    def _endings(self) -> frozenset[str]:
        """Companies' endings are everyday words as well (버스, 전기)."""
        return frozenset(ending for ending, kind in self.words.org_kinds if len(ending) > 1 and kind != "회사")

    @cached_property
    def _ending(self) -> re.Pattern[str]:
        """What every line has in which there is something to find: most have not."""
        return re.compile(" [가-힣]*?(?:" + "|".join(map(re.escape, sorted(self._endings))) + ")")

    @cached_property
    def _behind_surname(self) -> re.Pattern[str]:
        alone = (self.words.surnames - self.words.surnames_that_determine) | self.words.compound_surnames
        return re.compile(rf"(?<![가-힣])(?:{'|'.join(sorted(alone))})( )(?=[가-힣]{{2}})")


def _without(line: str, at: Spaces) -> str:
    return "".join(letter for index, letter in enumerate(line) if index not in at)
