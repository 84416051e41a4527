"""Echo: what is a name, a place or an institution somewhere in the interview is sought in all of it.

It is doubtful wherever it comes again. Of a full name its given name is sought too; where that is a word as well, only
as names stand (하늘이가, 하늘아); and nothing where the context speaks against it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.engines.context import Judge
from pipeline.korean import has_suffix, is_hangul, is_tail, is_vocative, occurrences, tail_of
from pipeline.transcript import Finding, Label

FROM, SCORE = 0.5, 0.4
"""What is found with at least the one is sought again, and found with the other."""
_WORD_TOO = 0.12
"""The likelihood from which a word is doubted, where it is somebody's name in the same interview: 나라도 그날 왔제."""
_SHAPED = frozenset({Label.RRN, Label.EMAIL, Label.PHONE, Label.DOB, Label.ADDRESS})
_OF_PEOPLE = ("한테", "에게", "께", "랑", "이랑", "하고", "더러", "보고", "네가", "네는", "네 ")


@dataclass(frozen=True)
class Again:
    """Satisfies `Echo`."""

    judge: Judge
    name: str = "again"

    def __call__(self, lines: tuple[str, ...], found: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Every place of what is `found`, those where it was found among them."""
        return tuple(
            Finding(number, start, end, label, SCORE, self.name)
            for form, label in sorted(self._forms(lines, found))
            for number, line in enumerate(lines)
            for start, end in occurrences(line, form)
            if self._may_be(form, label, line, start, end)
        )

    def _forms(self, lines: tuple[str, ...], found: tuple[Finding, ...]) -> set[tuple[str, Label]]:
        words = self.judge.sources.words
        forms = set()
        for finding in found:
            if finding.label in _SHAPED or finding.score < FROM:
                continue
            text = lines[finding.line][finding.start : finding.end]
            givens = words.givens(text) if words.is_full(text) and finding.label is Label.NAME else ()
            forms |= {(form, finding.label) for form in (text, *givens)}
        return {(form, label) for form, label in forms if len(form) > 1 and form not in words.stoplist}

    def _may_be(self, form: str, label: Label, line: str, start: int, end: int) -> bool:
        words, rest = self.judge.sources.words, tail_of(line, end)
        if start > 0 and is_hangul(line[start - 1]):
            return False
        if words.title_at(line, end):
            return True
        if label is Label.NAME and words.is_word(form):
            shown = has_suffix(rest) or is_vocative(form, rest) or rest.startswith(_OF_PEOPLE)
            return shown or (is_tail(rest) and self.judge.likelihood(line, start, end, label) >= _WORD_TOO)
        return is_tail(rest) and not self.judge.against(line, start, end, label)
