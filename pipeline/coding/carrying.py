"""Codings carried from one release to the next: by segment id and descent, by time, and always by the words themselves.

The line of a coding is aligned with its neighbours around it, so that words which went over to the next line are found
there; its own context tells one 네 from another. What is found is judged apart from how it was found: it is
moved only where descent or the words leave no doubt, and else for a person.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from rapidfuzz.distance import Indel, Levenshtein

from pipeline.coding.anchors import Anchor, Carried, Passage, Place

AROUND_MS = 4000
"""Of a line: what is aligned with it. Lines are at most about 15 s; jitter of a new transcription is below 0.5 s."""
SURE = 0.8
"""Likeness from which a passage of the same descent is the same beyond doubt: one word in five may be another."""
LIKELY = 0.5
"""Likeness from which it may be the same. Korean lines of other content stay below .4 (tests/coding)."""
SHORT = 6
"""Code points: a shorter quote proves nothing by itself, its neighbours must agree."""
CONTEXT = 8
"""Code points on either side that are looked at for that."""
TELLING = 12
"""Code points of a quote that, where it stands word for word once in all of the transcript, is worth showing."""
GAP = "\n"
"""Between lines in an aligned text; no line has one in it."""


def carry(
    placed: Sequence[Sequence[Place]],
    old: Sequence[Passage],
    new: Sequence[Passage],
    ancestors: Mapping[str, frozenset[str]],
) -> tuple[Carried, ...]:
    """Where each coding, given by its places in `old`, lies in `new`.

    `ancestors` has for a segment of `new` those of `old` that it comes from (`descent`); a segment that kept its id
    need not be in it. Raises KeyError for a place in no line of `old`, ValueError for one out of its line.
    """
    before, after = _Transcript.of(old), _Transcript.of(new)
    return tuple(_joined([_part(place, before, after, ancestors) for place in places]) for places in placed)


def descent(
    generations: Sequence[Mapping[str, Sequence[str]]], known: frozenset[str] | set[str]
) -> dict[str, frozenset[str]]:
    """For each segment of the newest transcript the segments of an older one, `known`, that it comes from.

    `generations` has for each transcript since, oldest first, its segments with their direct ancestors: several
    releases apart they are composed. An id that is known is its own ancestor, and is not looked behind.
    """
    if not generations:
        return {}
    reached: dict[str, frozenset[str]] = {id: frozenset([id]) for id in known}
    for generation in generations:
        made = {
            id: frozenset().union(*(reached.get(each, frozenset()) for each in above))
            for id, above in generation.items()
            if id not in known
        }
        reached = {**reached, **made}
    return {id: reached[id] for id in generations[-1] if reached.get(id)}


@dataclass(frozen=True, slots=True)
class _Transcript:
    """Lines in order of time, found by segment or by time."""

    lines: tuple[Passage, ...]
    at: Mapping[str, int]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, lines: Sequence[Passage]) -> _Transcript:
        ordered = tuple(sorted(lines, key=lambda line: line.start_ms))
        at = {line.segment: index for index, line in enumerate(ordered)}
        return cls(ordered, at, tuple(accumulate((line.end_ms for line in ordered), max)))

    def during(self, start_ms: int, end_ms: int) -> list[Passage]:
        """The lines that share time with it, in order."""
        found = []
        for line in self.lines[bisect_left(self.ends, start_ms) :]:
            if line.start_ms > end_ms:
                break
            if line.end_ms >= start_ms:
                found.append(line)
        return found

    def said(self, quote: str, segment: str) -> bool:
        """Whether that segment is in here, with these words in it."""
        return segment in self.at and quote in self.lines[self.at[segment]].text


@dataclass(frozen=True, slots=True)
class _Found:
    """Places, how like the quote they are, and how like its neighbourhood theirs is; 0 to 1."""

    places: tuple[Place, ...]
    likeness: float
    context: float


def _part(place: Place, old: _Transcript, new: _Transcript, ancestors: Mapping[str, frozenset[str]]) -> Carried:
    """One place of a coding."""
    line = old.lines[old.at[place.segment]]
    if not 0 <= place.start < place.end <= len(line.text):
        raise ValueError(f"no place in its line: {place.start} to {place.end} of {len(line.text)}")
    quote = line.text[place.start : place.end]
    same = new.lines[new.at[line.segment]] if line.segment in new.at else None
    if same and same.text == line.text and same.role == line.role:
        return Carried(Anchor.EXACT, (place,), 1.0)

    def comes_from_it(other: Passage) -> bool:
        return other.segment == line.segment or line.segment in ancestors.get(other.segment, ())

    around = old.during(line.start_ms - AROUND_MS, line.end_ms + AROUND_MS)
    times = min(each.start_ms for each in around), max(each.end_ms for each in around)
    near = {each.segment for each in new.during(*times)}
    there = [each for each in new.lines if each.segment in near or comes_from_it(each)]
    aligned = _aligned(place, quote, around, there)
    judged = _judged(place, quote, line, aligned, {each.segment: each for each in there}, comes_from_it)
    if judged.state is Anchor.MOVED and any(
        old.said(quote, p.segment) for p in judged.places if p.segment != line.segment
    ):
        return replace(judged, state=Anchor.FUZZY)  # that line said the same before: it may be its own words
    if judged.state is Anchor.ORPHAN and len(quote) >= TELLING and (elsewhere := _alone(quote, new.lines)):
        return Carried(Anchor.FUZZY, (elsewhere,), 1.0)
    return judged


def _judged(
    place: Place,
    quote: str,
    line: Passage,
    found: _Found | None,
    there: Mapping[str, Passage],
    comes_from_it: Callable[[Passage], bool],
) -> Carried:
    """How sure what was found is."""
    if found is None or found.likeness < LIKELY:
        return Carried(Anchor.ORPHAN)
    lines = [there[each.segment] for each in found.places]
    same_speaker = all(each.role == line.role for each in lines)
    in_its_context = found.context >= LIKELY
    if found.places == (place,) and lines[0].text[place.start : place.end] == quote and same_speaker:
        return Carried(Anchor.EXACT if in_its_context or len(quote) >= SHORT else Anchor.FUZZY, found.places, 1.0)
    certain = found.likeness == 1.0 and (in_its_context or len(quote) >= TELLING)
    if found.likeness >= SURE and all(map(comes_from_it, lines)):
        certain = certain or in_its_context or len(quote) >= SHORT
    return Carried(Anchor.MOVED if certain and same_speaker else Anchor.FUZZY, found.places, found.likeness)


def _aligned(place: Place, quote: str, around: Sequence[Passage], there: Sequence[Passage]) -> _Found | None:
    """By the alignment of all the lines around it."""
    one, other = GAP.join(line.text for line in around), GAP.join(line.text for line in there)
    heads = _heads(around)
    first = heads[[line.segment for line in around].index(place.segment)] + place.start
    where = _mapped(first, first + len(quote), one, other)
    places, likeness = _best(quote, _by_line(where, there), {line.segment: line.text for line in there})
    if not places:
        return None
    begins = dict(zip((line.segment for line in there), _heads(there), strict=True))
    start, end = begins[places[0].segment] + places[0].start, begins[places[-1].segment] + places[-1].end
    return _Found(places, likeness, _likeness(_sides(one, first, first + len(quote)), _sides(other, start, end)))


def _sides(text: str, start: int, end: int) -> str:
    """What stands before and after it."""
    return text[max(0, start - CONTEXT) : start] + text[end : end + CONTEXT]


def _mapped(start: int, end: int, one: str, other: str) -> list[tuple[int, bool]]:
    """Where the characters ``[start, end)`` of `one` went in `other`, and whether they are the same there."""
    went = []
    for step in Levenshtein.opcodes(one, other):
        if step.tag in ("equal", "replace"):
            inside = range(max(step.src_start, start), min(step.src_end, end))
            shift, same = step.dest_start - step.src_start, step.tag == "equal"
            went += [(at + shift, same) for at in inside if one[at] != GAP]
    return went


def _heads(lines: Sequence[Passage]) -> list[int]:
    """Where each line begins in the text that they make together."""
    return [0, *accumulate(len(line.text) + 1 for line in lines)][: len(lines)]


def _by_line(where: Sequence[tuple[int, bool]], lines: Sequence[Passage]) -> tuple[Place, ...]:
    """The span of what was found in each line that has any of its very characters."""
    places = []
    for head, line in zip(_heads(lines), lines, strict=True):
        inside = [(at - head, same) for at, same in where if head <= at < head + len(line.text)]
        if any(same for _, same in inside):
            places.append(Place(line.segment, min(at for at, _ in inside), max(at for at, _ in inside) + 1))
    return tuple(places)


def _best(quote: str, places: Sequence[Place], texts: Mapping[str, str]) -> tuple[tuple[Place, ...], float]:
    """The places without those at either end that make them less like the quote, and how like it they are."""

    def alike(some: Sequence[Place]) -> float:
        return _likeness(quote, " ".join(texts[place.segment][place.start : place.end] for place in some))

    kept = tuple(places)
    while len(kept) > 1 and alike(shorter := max(kept[1:], kept[:-1], key=alike)) > alike(kept):
        kept = shorter
    return kept, alike(kept)


def _alone(quote: str, lines: Sequence[Passage]) -> Place | None:
    """Where it stands word for word, if that is once in all lines."""
    spots = [(line, line.text.find(quote)) for line in lines if quote in line.text]
    if len(spots) != 1 or spots[0][0].text.count(quote) > 1:
        return None
    ((line, start),) = spots
    return Place(line.segment, start, start + len(quote))


def _likeness(one: str, other: str) -> float:
    """0 to 1, white space left aside: Korean spaces are set anew by whoever corrects."""
    return Indel.normalized_similarity("".join(one.split()), "".join(other.split()))


def _joined(parts: Sequence[Carried]) -> Carried:
    """A coding of several places: as sure as its least sure one, and where only some are left, for a person."""
    if len(parts) == 1:
        return parts[0]
    kept = [part for part in parts if part.places]
    places = tuple(dict.fromkeys(place for part in kept for place in part.places))
    if not kept:
        return Carried(Anchor.ORPHAN)
    order = list(Anchor)
    worst = max((part.state for part in kept), key=order.index) if len(kept) == len(parts) else Anchor.FUZZY
    return Carried(worst, places, min(part.likeness for part in parts))
