"""`Reviewed` × `Register` → `Mentions`: what names somebody, how surely, and on whose word.

Recognizers find, this unites: of findings on one place, one mention. Its score is the best recognizer's, plus .1 for
each other recognizer that says the same of the same span, at most .99. Where spans overlap, one wins: what a reviewer
ruled; identifiers with a shape (RRN, e-mail, telephone, birth date, address); then the sure before the doubtful, of the
sure what the study lists before ORG before NAME before PLACE, of the doubtful the longer. What a sure loser covered
beyond the winner stays, as doubtful, and so does what a doubtful one covered that holds the winner (응우옌 티 around a
sure 란, 시장 behind a sure 구포).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

from pipeline.finding import Echo, Recognizer
from pipeline.korean import evened, is_tail, occurrences
from pipeline.people import Entry, Register
from pipeline.transcript import Finding, Label, Mention, Mentions, Reviewed, Ruling, State

_SHAPES = (Label.RRN, Label.EMAIL, Label.PHONE, Label.DOB, Label.ADDRESS)
_RANK = (*_SHAPES, Label.STUDY, Label.ORG, Label.NAME, Label.PLACE)
_SHAPED = frozenset(_SHAPES)
_AGREEMENT = 0.1
_MOST = 0.99
AGAIN = "again"
"""The evidence of an echo: that it is a name elsewhere is no proof that it is one here."""
REVIEWER = "reviewer"
"""The evidence of a mention that a person ruled."""


@dataclass(frozen=True)
class Once:
    """A recognizer that the register tells nothing, asked once about the same lines: satisfies `Recognizer`."""

    recognizer: Recognizer

    @property
    def name(self) -> str:
        """The recognizer's."""
        return self.recognizer.name

    @cached_property
    def _found(self) -> Callable[[tuple[str, ...]], tuple[Finding, ...]]:
        return lru_cache(maxsize=1)(partial(self.recognizer, known=()))

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """What it finds; detection and enlisting take turns, and only what knows the register has something new."""
        return self._found(lines)


def detect(
    reviewed: Reviewed,
    register: Register,
    recognizers: tuple[Recognizer, ...],
    sure_from: float,
    doubtful_from: float,
    echoes: tuple[Echo, ...] = (),
) -> Mentions:
    """Every mention in order of place, none overlapping; what a reviewer rejected stays in the list, as `REJECTED`.

    Scores of at least `sure_from` are sure, of at least `doubtful_from` doubtful; lower ones are dropped.
    """
    lines = tuple(segment.text for segment in reviewed.segments)
    found = find(lines, register.entries, recognizers, sure_from, doubtful_from, _by_line(reviewed), echoes)
    return Mentions(
        tuple(
            replace(mention, segment=segment.id)
            for segment, mentions in zip(reviewed.segments, found, strict=True)
            for mention in mentions
        )
    )


def find(
    lines: tuple[str, ...],
    known: tuple[Entry, ...],
    recognizers: tuple[Recognizer, ...],
    sure_from: float,
    doubtful_from: float,
    rulings: tuple[tuple[Ruling, ...], ...] = (),
    echoes: tuple[Echo, ...] = (),
) -> tuple[tuple[Mention, ...], ...]:
    """The mentions of each line (their `segment` is empty), as `detect` describes them. `rulings`: those of each line.

    Offsets are of the lines as given, which may be in NFD; recognizers see NFC.
    """
    forms = [evened(line) for line in lines]
    texts = tuple(text for text, _ in forms)
    first = tuple(finding for recognizer in recognizers for finding in recognizer(texts, known))
    further = tuple(finding for echo in echoes for finding in echo(texts, first))
    findings: list[list[Finding]] = [[] for _ in lines]
    for finding in (*first, *further):
        findings[finding.line].append(finding)
    ruled = rulings or ((),) * len(lines)
    return tuple(
        tuple(_placed(mention, line, offsets) for mention in _line(text, found, of_line, sure_from, doubtful_from))
        for line, (text, offsets), found, of_line in zip(lines, forms, findings, ruled, strict=True)
    )


def _by_line(reviewed: Reviewed) -> tuple[tuple[Ruling, ...], ...]:
    return tuple(
        tuple(ruling for ruling in reviewed.rulings if ruling.segment == segment.id) for segment in reviewed.segments
    )


def _placed(mention: Mention, line: str, offsets: tuple[int, ...]) -> Mention:
    start, end = offsets[mention.start], offsets[mention.end]
    return replace(mention, start=start, end=end, text=line[start:end])


def _line(
    text: str, findings: Iterable[Finding], rulings: tuple[Ruling, ...], sure_from: float, doubtful_from: float
) -> list[Mention]:
    """The mentions of one line."""
    candidates = [_mention(text, same, sure_from) for same in _agreeing(findings)]
    candidates = [candidate for candidate in candidates if candidate.score >= doubtful_from]
    granted = [
        Mention("", start, end, text[start:end], ruling.label, State.SURE, 1.0, (REVIEWER,))
        for ruling in rulings
        if ruling.label is not None
        for start, end in occurrences(text, ruling.quote)
    ]
    refused = [span for ruling in rulings if ruling.label is None for span in occurrences(text, ruling.quote)]
    rejected = [c for c in candidates if any(start <= c.start and c.end <= end for start, end in refused)]
    kept = [candidate for candidate in candidates if candidate not in rejected]
    standing = _without_overlap(text, [*granted, *kept])
    free = _without_overlap(text, [replace(mention, state=State.REJECTED) for mention in rejected])
    shown = [mention for mention in free if not any(_overlap(mention, other) for other in standing)]
    return sorted((*standing, *shown), key=lambda mention: mention.start)


def _agreeing(findings: Iterable[Finding]) -> list[list[Finding]]:
    """The findings that say the same of the same span, together."""
    groups: dict[tuple[int, int, Label], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.start, finding.end, finding.label), []).append(finding)
    return list(groups.values())


def _mention(text: str, same: list[Finding], sure_from: float) -> Mention:
    best = max(same, key=lambda finding: (finding.score, bool(finding.form), finding.form))
    evidence = tuple(sorted({finding.recognizer for finding in same}))
    score = max(best.score, min(_MOST, best.score + _AGREEMENT * (len({*evidence} - {AGAIN}) - 1)))
    form = best.form or max(finding.form for finding in same)
    state = State.SURE if score >= sure_from else State.DOUBTFUL
    return Mention("", best.start, best.end, text[best.start : best.end], best.label, state, score, evidence, form)


def _overlap(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end


def _strength(mention: Mention) -> tuple[object, ...]:
    sort = 0 if mention.evidence == (REVIEWER,) else 1 if mention.label in _SHAPED else 2
    unsure = sort == 2 and mention.state is not State.SURE
    rank, length = _RANK.index(mention.label), mention.start - mention.end
    return sort, unsure, length if unsure else rank, rank if unsure else length, -mention.score, mention.start


def _without_overlap(text: str, mentions: Iterable[Mention]) -> list[Mention]:
    """The strongest of those that overlap, and what those others covered beyond them that are sure or hold them."""
    chosen: list[Mention] = []
    for mention in sorted(mentions, key=_strength):
        free = [(mention.start, mention.end)]
        for other in chosen:
            free = [part for start, end in free for part in _outside(start, end, other)]
        whole = free == [(mention.start, mention.end)]
        if whole:
            chosen.append(mention)
        elif mention.state is State.SURE or any(_holds(mention, other) for other in chosen):
            chosen += [_rest(mention, text, *part) for part in free if _speaks(mention, text, *part)]
    return chosen


def _holds(mention: Mention, other: Mention) -> bool:
    """Whether `other` is in `mention`, and of its label (란 of 응우옌 티 란) or at its beginning (구포 of 구포시장)."""
    inside = mention.start <= other.start and other.end <= mention.end
    return inside and (mention.label is other.label or mention.start == other.start)


def _outside(start: int, end: int, other: Mention) -> list[tuple[int, int]]:
    if other.end <= start or end <= other.start:
        return [(start, end)]
    parts = [(start, other.start), (other.end, end)]
    return [part for part in parts if part[0] < part[1]]


def _rest(mention: Mention, text: str, start: int, end: int) -> Mention:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    end -= len(part) - len(part.rstrip())
    return replace(mention, start=start, end=end, text=text[start:end], state=State.DOUBTFUL, form="")


def _speaks(mention: Mention, text: str, start: int, end: int) -> bool:
    """Whether the rest tells anything: two digits of a shape do not, nor does what may be the winner's particle."""
    read = sum(character.isalnum() for character in text[start:end])
    if mention.state is not State.SURE and start > mention.start and is_tail(text[start:end]):
        return False
    return read > 2 if mention.label in _SHAPED else read > 0
