"""Another recognizer without its guesses that are unlikely in their context."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.engines.context import BELIEVED, Judge
from pipeline.finding import Recognizer
from pipeline.korean import is_hangul
from pipeline.people import Entry
from pipeline.transcript import Finding, Label

_GUESS = 0.4
"""The score of what may be a verb."""


@dataclass(frozen=True)
class Sceptic:
    """Satisfies `Recognizer`; goes by the other's name.

    Findings of at least `BELIEVED`, which more than the word itself bears out, are left alone, and so is what does not
    begin a word.
    """

    recognizer: Recognizer
    judge: Judge

    @property
    def name(self) -> str:
        """The other's."""
        return self.recognizer.name

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """What the other finds, without what it only guesses and nothing bears out."""
        found = (self._doubted(lines[one.line], one) for one in self.recognizer(lines, known))
        return tuple(one for one in found if one.score >= BELIEVED or self._likely(lines[one.line], one))

    def _doubted(self, line: str, finding: Finding) -> Finding:
        """`finding`, or no more than a guess where it may well be a verb: 보믄, of a participant 지우 지우니까."""
        begins = finding.start == 0 or not is_hangul(line[finding.start - 1])
        if finding.score < BELIEVED or finding.label is not Label.NAME or not begins:
            return finding
        return replace(finding, score=_GUESS) if self.judge.doubted(line, finding.start, finding.end) else finding

    def _likely(self, line: str, finding: Finding) -> bool:
        start, end = finding.start, finding.end
        if start > 0 and is_hangul(line[start - 1]):
            return not self.judge.cuts_a_word(line, start, end)
        if not all(map(is_hangul, line[start:end])):
            return True
        if finding.label is Label.ORG or finding.label not in self.judge.coefficients:
            return not (self.judge.is_verb(line, start) or self.judge.ends_a_sentence(line, end))
        floor = self.judge.coefficients[finding.label].withdrawn_below
        return self.judge.likelihood(line, start, end, finding.label) >= floor
