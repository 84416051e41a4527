"""Another recognizer without its guesses that are unlikely in their context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pipeline.engines.context import BELIEVED, Judge
from pipeline.korean import is_hangul
from pipeline.people import Entry
from pipeline.transcript import Finding, Label


class Recognizing(Protocol):
    """A recognizer."""

    @property
    def name(self) -> str:
        """Its name."""

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """Its findings."""


@dataclass(frozen=True)
class Sceptic:
    """Satisfies `Recognizer`; goes by the other's name.

    Findings of at least `BELIEVED`, which more than the word itself bears out, are left alone, and so is what does not
    begin a word.
    """

    recognizer: Recognizing
    judge: Judge

    @property
    def name(self) -> str:
        """The other's."""
        return self.recognizer.name

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """What the other finds, without what it only guesses and nothing bears out."""
        found = self.recognizer(lines, known)
        return tuple(
            finding for finding in found if finding.score >= BELIEVED or self._likely(lines[finding.line], finding)
        )

    def _likely(self, line: str, finding: Finding) -> bool:
        start, end = finding.start, finding.end
        inside = start > 0 and is_hangul(line[start - 1])
        if inside or not all(map(is_hangul, line[start:end])):
            return True
        if finding.label is Label.ORG or finding.label not in self.judge.coefficients:
            return not self.judge.is_verb(line, start)
        floor = self.judge.coefficients[finding.label].withdrawn_below
        return self.judge.likelihood(line, start, end, finding.label) >= floor
