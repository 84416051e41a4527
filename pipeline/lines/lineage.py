"""Ids that outlive re-runs: a line keeps the id of the line that it was before, matched by time and text."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace

from rapidfuzz.fuzz import ratio

from pipeline.transcript import Descent, Segment

SAME_TIME = 0.5
"""Share of the longer of two lines' time that they must share to be the same line (notes: ids by > 50 % overlap)."""
SAME_TEXT = 40.0
"""rapidfuzz ratio, 0 to 100: a corrected or differently heard line still scores above it, another sentence below."""


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


def traced_back(lineage: Sequence[Descent], before: Sequence[Descent]) -> tuple[Descent, ...]:
    """`lineage` with the ancestors of the ancestors, as `before`, the lineage of the transcript before, has them.

    Nearest first. Done every time, a transcript knows all ancestors of its lines, those of drafts that nobody ever
    released among them: two releases may be several transcripts apart, and codings have to find their way.
    """
    above = {descent.id: descent.ancestors for descent in before}
    return tuple(
        replace(
            descent,
            ancestors=tuple(
                dict.fromkeys((*descent.ancestors, *(old for near in descent.ancestors for old in above.get(near, ()))))
            ),
        )
        for descent in lineage
    )


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
