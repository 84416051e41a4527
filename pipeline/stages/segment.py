"""`Attribution` → `Transcript`: numbered lines that one person said, with ids that outlive re-runs.

A line ends where the speaker changes, where they pause, or where it grows too long; a long line is cut at the last end
of a sentence before the limit. A line keeps the id of the line that it was before, matched by time and text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.fuzz import ratio

from pipeline.interview import Attribution, Gap, Role, SpokenWord
from pipeline.transcript import Descent, Segment, Transcript

SENTENCE_END = (".", "?", "!", "…")
SAME_TIME = 0.5
"""Share of the longer of two lines' time that they must share to be the same line (notes: ids by > 50 % overlap)."""
SAME_TEXT = 40.0
"""rapidfuzz ratio, 0 to 100: a corrected or differently heard line still scores above it, another sentence below."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where lines end; the numbers and their reasons are in config/default.toml."""

    max_pause_seconds: float
    max_seconds: float
    max_characters: int


Line = tuple[SpokenWord, ...]


def segment(
    attribution: Attribution, previous: Transcript | None, mint: Callable[[], str], limits: Limits
) -> Transcript:
    """Lines in order of time. `previous` is the transcript before, whose ids are kept; `mint` makes new ones."""
    lines = [line for run in _runs(attribution.words, limits) for line in _cut(run, limits)]
    roles = roles_of(attribution.words)
    fresh = [
        Segment(
            id="",
            line=number,
            speaker=line[0].speaker,
            role=roles[line[0].speaker],
            start=line[0].start,
            end=max(word.end for word in line),
            text=" ".join(word.text for word in line),
            words=line,
        )
        for number, line in enumerate(lines, start=1)
    ]
    named = keep_ids(fresh, previous.segments if previous else (), mint)
    return Transcript(tuple(s for s, _ in named), _ledger(attribution.gaps), tuple(d for _, d in named))


def _ledger(gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    return tuple(sorted(gaps, key=lambda gap: gap.start))


def _runs(words: Sequence[SpokenWord], limits: Limits) -> list[Line]:
    """Words of one speaker without a long pause between them."""
    runs: list[list[SpokenWord]] = []
    for word in words:
        last = runs[-1][-1] if runs else None
        if last and last.speaker == word.speaker and word.start - last.end <= limits.max_pause_seconds:
            runs[-1].append(word)
        else:
            runs.append([word])
    return [tuple(run) for run in runs]


def _cut(run: Line, limits: Limits) -> list[Line]:
    """The run in lines within the limits; a single word beyond them stays whole."""
    lines: list[Line] = []
    while run:
        fit = _fitting(run, limits)
        ends = [count for count in range(1, fit + 1) if run[count - 1].text.endswith(SENTENCE_END)]
        count = fit if fit == len(run) or not ends else ends[-1]
        lines.append(run[:count])
        run = run[count:]
    return lines


def _fitting(run: Line, limits: Limits) -> int:
    """How many words from the start of the run fit into a line; at least one."""
    characters = -1
    for count, word in enumerate(run):
        characters += 1 + len(word.text)
        if count and (characters > limits.max_characters or word.end - run[0].start > limits.max_seconds):
            return count
    return len(run)


def roles_of(words: Sequence[SpokenWord]) -> dict[str, Role]:
    """Speaker → role. Who asks most for their talk is the interviewer; of the others, who talks most the participant.

    A first guess from question marks and talk share alone; a person can change it in the correction sheet.
    """
    talk: dict[str, int] = {}
    asked: dict[str, int] = {}
    for word in words:
        talk[word.speaker] = talk.get(word.speaker, 0) + 1
        asked[word.speaker] = asked.get(word.speaker, 0) + word.text.endswith("?")
    if len(talk) < 2:
        return dict.fromkeys(talk, Role.PARTICIPANT)
    asker = max(talk, key=lambda who: (asked[who] / talk[who], -talk[who]))
    teller = max((who for who in talk if who != asker), key=lambda who: talk[who])
    return {
        who: Role.INTERVIEWER if who == asker else Role.PARTICIPANT if who == teller else Role.UNKNOWN for who in talk
    }


def keep_ids(
    fresh: Sequence[Segment], previous: Sequence[Segment], mint: Callable[[], str]
) -> list[tuple[Segment, Descent]]:
    """`fresh` with the ids of the lines that they were before, and how each came about.

    Pairs are taken best first, one to one, where they share more than half of the longer one's time and are alike.
    What is left has ancestors where it shares most of its own time with an old line (`split`), or most of two old
    lines' time (`merged`); else it is `new`.
    """
    near = _finder(previous)
    pairs = sorted(
        (
            (_share(new, old), alike, new.speaker == old.speaker, new.line, old.line)
            for new in fresh
            for old in near(new)
            if _share(new, old) > SAME_TIME and (alike := ratio(new.text, old.text)) >= SAME_TEXT
        ),
        reverse=True,
    )
    by_line = {old.line: old for old in previous}
    kept: dict[int, Segment] = {}
    used: set[int] = set()
    for *_, line, old_line in pairs:
        if line not in kept and old_line not in used:
            kept[line] = by_line[old_line]
            used.add(old_line)
    return [_named(new, kept.get(new.line), near(new), mint) for new in fresh]


def _named(
    new: Segment, old: Segment | None, near: Sequence[Segment], mint: Callable[[], str]
) -> tuple[Segment, Descent]:
    if old is not None:
        version = old.version + (
            (new.text, new.start, new.end, new.speaker) != (old.text, old.start, old.end, old.speaker)
        )
        return replace(new, id=old.id, version=version), Descent(old.id, "kept", (old.id,))
    fresh = mint()
    swallowed = tuple(o.id for o in near if _shared(new, o) > SAME_TIME * (o.end - o.start))
    if len(swallowed) > 1:
        return replace(new, id=fresh), Descent(fresh, "merged", swallowed)
    within = tuple(o.id for o in near if _shared(new, o) > SAME_TIME * (new.end - new.start))
    return replace(new, id=fresh), Descent(fresh, "split" if within else "new", within)


def _finder(previous: Sequence[Segment]) -> Callable[[Segment], list[Segment]]:
    """Which of `previous` share time with a segment; by bisection, so that three hours cost what one does, thrice."""
    ordered = sorted(previous, key=lambda old: old.start)
    starts = [old.start for old in ordered]
    longest = max((old.end - old.start for old in ordered), default=0.0)

    def near(new: Segment) -> list[Segment]:
        around = ordered[bisect_left(starts, new.start - longest) : bisect_right(starts, new.end)]
        return [old for old in around if _share(new, old) > 0]

    return near


def _shared(one: Segment, other: Segment) -> float:
    return min(one.end, other.end) - max(one.start, other.start)


def _share(one: Segment, other: Segment) -> float:
    """Share of the longer one's time that both have; 1.0 for the same span, even where it has no length."""
    if (one.start, one.end) == (other.start, other.end):
        return 1.0
    return _shared(one, other) / max(one.end - one.start, other.end - other.start, 1e-9)
