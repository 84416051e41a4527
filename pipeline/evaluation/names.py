"""How well names are found, as counts: rates are for tables, with their n.

A mention of the truth is *covered* where found mentions cover every code point of it but spaces: nothing of it leaks.
It is `sure` where sure mentions alone do so, `doubtful` where it takes doubtful ones, else `missed`. A found mention is
`right` where it overlaps a mention of the truth of its own label, `other` where only one of another label (the text is
replaced all the same), else `false`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from pipeline.transcript import Finding, Label, Mention, State


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one label, over any number of lines."""

    sure: int = 0
    doubtful: int = 0
    missed: int = 0
    right_sure: int = 0
    right_doubtful: int = 0
    other_sure: int = 0
    other_doubtful: int = 0
    false_sure: int = 0
    false_doubtful: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Count by count."""
        return Counts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Counts)))

    @property
    def wanted(self) -> int:
        """Mentions of the truth."""
        return self.sure + self.doubtful + self.missed

    @property
    def right(self) -> int:
        """Found mentions of the right label."""
        return self.right_sure + self.right_doubtful

    @property
    def found(self) -> int:
        """Found mentions, right ones and others."""
        return self.right + self.other_sure + self.other_doubtful + self.false_sure + self.false_doubtful


@dataclass(frozen=True, slots=True)
class NamesScore:
    """`counts` by label; `plain` lines have nothing to find, of which `touched_sure` and `touched` had a mention."""

    counts: tuple[tuple[Label, Counts], ...]
    plain: int
    touched: int
    touched_sure: int
    leaking: int
    """Lines in which something of the truth is not covered."""

    def __add__(self, other: NamesScore) -> NamesScore:
        """Of the lines of both."""
        counts = tuple(
            (label, mine + theirs) for (label, mine), (_, theirs) in zip(self.counts, other.counts, strict=True)
        )
        sums = (self.plain + other.plain, self.touched + other.touched, self.touched_sure + other.touched_sure)
        return NamesScore(counts, *sums, self.leaking + other.leaking)

    @property
    def names(self) -> Counts:
        """Of people."""
        return dict(self.counts)[Label.NAME]

    @property
    def others(self) -> Counts:
        """Of all other labels."""
        return sum((counts for label, counts in self.counts if label is not Label.NAME), Counts())


Truth = Finding
"""A mention of the truth; its score and recognizer say nothing."""


def score_names(
    lines: Sequence[str], truth: Sequence[Sequence[Truth]], found: Sequence[Sequence[Mention]]
) -> NamesScore:
    """Compare line by line. Raises ValueError where the three differ in length."""
    counts = {label: Counts() for label in Label}
    plain = touched = touched_sure = leaking = 0
    for line, wanted, mentions in zip(lines, truth, found, strict=True):
        standing = [mention for mention in mentions if mention.state is not State.REJECTED]
        outcomes = [(one.label, covered(line, one, standing)) for one in wanted]
        for label, outcome in outcomes:
            counts[label] += outcome
        for mention in standing:
            counts[mention.label] += judged(mention, wanted)
        leaking += any(outcome.missed for _, outcome in outcomes)
        if not wanted:
            plain += 1
            touched += bool(standing)
            touched_sure += any(mention.state is State.SURE for mention in standing)
    return NamesScore(tuple(counts.items()), plain, touched, touched_sure, leaking)


def covered(line: str, wanted: Truth, mentions: Iterable[Mention]) -> Counts:
    """One mention of the truth, as sure, doubtful or missed."""
    needed = {at for at in range(wanted.start, wanted.end) if not line[at].isspace()}
    by_state: dict[State, set[int]] = {State.SURE: set(), State.DOUBTFUL: set(), State.REJECTED: set()}
    for mention in mentions:
        by_state[mention.state].update(range(mention.start, mention.end))
    if needed <= by_state[State.SURE]:
        return Counts(sure=1)
    return Counts(doubtful=1) if needed <= by_state[State.SURE] | by_state[State.DOUBTFUL] else Counts(missed=1)


def judged(mention: Mention, truth: Iterable[Truth]) -> Counts:
    """One found mention, as right, of another label, or false."""
    labels = {one.label for one in truth if one.start < mention.end and mention.start < one.end}
    verdict = "right" if mention.label in labels else "other" if labels else "false"
    return Counts(**{f"{verdict}_{mention.state.value}": 1})
