"""Who speaks: voice prints of stretches of one voice decide, and the segmentation network says where voices change.

Segmentation alone takes one person for another in about one second of a hundred (measured), also where a voice changes
without a pause; a voice print of a second and a half hardly ever does. So every excerpt of which there is a voice print
votes for itself, changing speakers costs more where no change was heard than where one was, and the cheapest story of
the whole interview is told (Viterbi). What has no voice print (a short answer, two at once) goes by what the windows
around it call its voice.

Shapes: T frames of the segmentation network, n excerpts, k people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from pipeline import sound
from pipeline.engines.pyannote.stretches import (
    FRAMES,
    HOP,
    NOBODY,
    VOICES,
    Flags,
    Ints,
    Stretch,
    Windows,
    links,
    samples,
)
from pipeline.hearing.clustering import Floats
from pipeline.interview import SAMPLE_RATE

MEL = 160
"""Samples from one frame of a filter bank to the next."""

LENGTHS = (150, 125, 100, 75, 50, 35)
"""Frames of 10 ms that an excerpt may have, the longest that fits: few lengths, because torch keeps a plan for each."""


MERGED = 25
"""Frames of 10 ms: a stretch so little longer than its excerpt needs no second."""

AROUND = 80
"""Frames of the segmentation looked at again on both sides of a change that it did not hear: 1.35 seconds."""

CLEAR = 0.2
"""A cosine so much larger than the next is clear: most excerpts of one person are at 0.3 or more (measured)."""

FINE_LENGTH, FINE_HOP = 75, 25
"""Frames of 10 ms of the excerpts that are then taken, and from one to the next."""

LINKED_SECONDS = 2.0
"""After a longer pause the network's windows no longer say whether the voice is the one before."""


class Excerpt(NamedTuple):
    """What a voice print is made of: `length` frames of 10 ms from frame `mel`.

    It speaks for frames ``[start, end)`` of the segmentation, and lies in the stretch of that number.
    """

    mel: int
    length: int
    start: int
    end: int
    stretch: int


def excerpts(stretches: Sequence[Stretch], hop: int) -> list[Excerpt]:
    """Excerpts that cover the stretches, at most `hop` frames of 10 ms apart, in order; none of the shortest ones."""
    return [one for number, stretch in enumerate(stretches) for one in cut(stretch.start, stretch.end, number, hop)]


def cut(start: int, end: int, number: int, hop: int, longest: int = LENGTHS[0]) -> list[Excerpt]:
    """Excerpts of at most `longest` that cover the frames ``[start, end)`` of the segmentation, in stretch `number`."""
    first, last = -(-samples(start) // MEL), samples(end) // MEL
    length = next((length for length in LENGTHS if length <= min(last - first, longest)), None)
    if length is None:
        return []
    spare = last - first - length
    more = -(-spare // hop) if spare >= MERGED else 0
    begins = np.linspace(0, spare, more + 1).round() if more else np.array([spare // 2])
    middles = (begins[1:] + begins[:-1] + length) / 2 / (last - first)
    bounds = np.array([start, *(start + middles * (end - start)).round(), end], dtype=int)
    return [
        Excerpt(first + int(begin), length, int(left), int(right), number)
        for begin, (left, right) in zip(begins, pairwise(bounds), strict=True)
    ]


def unsure(leads: Ints, stretches: Sequence[Stretch], given: Sequence[Excerpt], cosines: Floats) -> list[Excerpt]:
    """Short excerpts, close together, wherever a stretch may be of two people.

    That is around each change of `leads` (T,) inside a stretch, and where an excerpt is nearly as like one person as
    another: `cosines` (n, k), k at least 2.
    """
    second, first = np.partition(cosines, -2, axis=1)[:, -2:].T
    places: dict[int, list[int]] = {}
    for one, margin in zip(given, first - second, strict=True):
        if margin < CLEAR:
            places.setdefault(one.stretch, []).extend((one.start, one.end))
    for number, stretch in enumerate(stretches):
        spoken = stretch.start + np.flatnonzero(leads[stretch.start : stretch.end] != NOBODY)
        for change in spoken[1:][np.diff(leads[spoken]) != 0]:
            around = max(stretch.start, int(change) - AROUND), min(stretch.end, int(change) + AROUND)
            places.setdefault(number, []).extend(around)
    found = [cut(min(ends), max(ends), number, FINE_HOP, FINE_LENGTH) for number, ends in sorted(places.items())]
    return [one for few in found for one in few]


def instead(given: Sequence[Excerpt], fine: Sequence[Excerpt]) -> list[tuple[int, Excerpt]]:
    """What is left of `given` beside the frames of `fine`, each with its index; in order."""
    zones: dict[int, tuple[int, int]] = {}
    for one in fine:
        start, end = zones.get(one.stretch, (one.start, one.end))
        zones[one.stretch] = min(start, one.start), max(end, one.end)
    left: list[tuple[int, Excerpt]] = []
    for index, one in enumerate(given):
        start, end = zones.get(one.stretch, (one.end, one.end))
        sides = (one._replace(end=min(one.end, start)), one._replace(start=max(one.start, end)))
        left += [(index, side) for side in sides if side.start < side.end]
    return left


@dataclass(frozen=True, slots=True)
class Costs:
    """What it costs to change speakers, in seconds of full likeness (cosine 1 against 0).

    `within`: inside a stretch of one voice; `between`: from one stretch to the next of the same voice; `changed`: where
    another voice was heard.
    """

    within: float = 0.2
    between: float = 0.1
    changed: float = 0.05


def who_speaks(
    windows: Windows,
    stretches: Sequence[Stretch],
    given: Sequence[Excerpt],
    prints: Floats,
    people: Floats,
    costs: Costs = Costs(),
) -> tuple[Ints, Flags]:
    """Who leads in each frame (T,), `NOBODY` where none speaks, and who speaks in it (T, k)."""
    known = likeness(windows, given, prints, people)
    soft, named = votes(windows, voices_likeness(windows, known))
    leads = story(windows, stretches, given, np.where(known.any(axis=1, keepdims=True), known, soft), costs)
    return leads, speaking(windows, leads, named)


def likeness(windows: Windows, given: Sequence[Excerpt], prints: Floats, people: Floats) -> Floats:
    """How much each frame sounds like each person (T, k): the cosine of its excerpt, 0 where it lies in none."""
    known = np.zeros((windows.total, len(people)))
    for excerpt, row in zip(given, prints @ people.T, strict=True):
        known[excerpt.start : excerpt.end] = row
    return known


def voices_likeness(windows: Windows, known: Floats) -> Floats:
    """How much each window's voices sound like each person (W, VOICES, k), by the frames where they speak alone.

    A voice that has no excerpt in its window takes the likeness that it has in the windows beside.
    """
    means = np.zeros((len(windows.starts), VOICES, known.shape[1]))
    heard = np.asarray(known.any(axis=1))
    for number, (active, start) in enumerate(zip(windows.active, windows.starts, strict=True)):
        alone = active & (active.sum(axis=1, keepdims=True) == 1) & heard[start : start + FRAMES, None]
        sums = alone.T.astype(float) @ known[start : start + FRAMES]
        means[number] = sums / np.maximum(alone.sum(axis=0), 1)[:, None]
    called = links(windows)
    numbers = range(len(called))
    for here, there, pairs in [(n, n + 1, called[n]) for n in numbers] + [
        (n + 1, n, np.argsort(called[n])) for n in reversed(numbers)
    ]:
        unknown = ~means[there][pairs].any(axis=1)
        means[there][pairs[unknown]] = means[here][unknown]
    return means


def votes(windows: Windows, means: Floats) -> tuple[Floats, Floats]:
    """Per frame and person (T, k): the mean likeness of who speaks by each window, and how many windows name them.

    Two voices of one window are two people as long as there are people enough.
    """
    people = means.shape[2]
    soft, named = np.zeros((windows.total, people)), np.zeros((windows.total, people))
    count = np.zeros((windows.total, 1))
    for active, start, alike in zip(windows.active, windows.starts, means, strict=True):
        present = np.flatnonzero(active.any(axis=0))
        who = alike.argmax(axis=1)
        rows, columns = linear_sum_assignment(-alike[present])
        who[present[rows]] = columns
        frames = slice(start, start + FRAMES)
        soft[frames] += active.astype(float) @ alike
        named[frames] += active.astype(float) @ np.eye(people)[who]
        count[frames] += 1
    return soft / np.maximum(count, 1), named


def story(
    windows: Windows, stretches: Sequence[Stretch], given: Sequence[Excerpt], alike: Floats, costs: Costs
) -> Ints:
    """Who leads in each frame where somebody speaks, else `NOBODY` (T,). `alike` (T, k) is each frame's likeness."""
    inside, piece = (np.full(windows.total, NOBODY) for _ in range(2))
    for number, stretch in enumerate(stretches):
        inside[stretch.start : stretch.end] = number
    for number, excerpt in enumerate(given):
        piece[excerpt.start : excerpt.end] = number
    speech = windows.speaking > 0
    keys = np.stack([speech, inside, piece])
    edges = np.flatnonzero(np.diff(keys, prepend=-2, append=-2).any(axis=0))
    units = [(start, end) for start, end in pairwise(edges) if speech[start]]
    if not units:
        return np.full(windows.total, NOBODY)
    first, last = (np.array(ends) for ends in zip(*units, strict=True))
    sums = np.vstack([np.zeros(alike.shape[1]), np.cumsum(alike, axis=0)])
    gains = (sums[last] - sums[first]) * (HOP / SAMPLE_RATE)
    leads = cheapest(gains, changing(inside[first], first[1:] - last[:-1], stretches, costs))
    told = np.full(windows.total, NOBODY)
    for (start, end), who in zip(units, leads, strict=True):
        told[start:end] = who
    return told


def changing(inside: Ints, gaps: Ints, stretches: Sequence[Stretch], costs: Costs) -> Floats:
    """What a change of speaker costs before each unit but the first; `gaps` are the frames without speech before it."""
    before, after = inside[:-1], inside[1:]
    changed = np.array([*(stretch.changed for stretch in stretches), False])[after]  # the last is NOBODY's
    paused = gaps * HOP / SAMPLE_RATE > LINKED_SECONDS
    apart = np.where(changed | paused, costs.changed, costs.between)
    return np.where((before == after) & (after != NOBODY), costs.within, apart)


def cheapest(gains: Floats, costs: Floats) -> list[int]:
    """The path through `gains` (units, k) with the largest sum, less `costs` (units - 1,) of each change (Viterbi)."""
    best, came = gains[0], []
    for gain, cost in zip(gains[1:], costs, strict=True):
        other = int(best.argmax())
        stay = best >= best[other] - cost
        came.append(np.where(stay, np.arange(len(best)), other))
        best = np.where(stay, best, best[other] - cost) + gain
    path = [int(best.argmax())]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return path[::-1]


def speaking(windows: Windows, told: Ints, named: Floats) -> Flags:
    """Who speaks in each frame (T, k): who leads, and where several speak whom most windows name beside."""
    people = named.shape[1]
    active = np.equal.outer(told, np.arange(people))
    several = np.flatnonzero(windows.speaking > 1)
    others = np.where(active[several], -1.0, named[several])
    ranked = np.argsort(-others, axis=1, kind="stable")
    for place in range(min(VOICES, people) - 1):
        who = ranked[:, place]
        more = (windows.speaking[several] > place + 1) & (others[np.arange(len(several)), who] > 0)
        active[several[more], who[more]] = True
    return active


def runs(active: Flags) -> list[tuple[int, int, int]]:
    """(first frame, end, column) of every stretch in which a column of (T, k) is on."""
    return [(start, end, column) for column, on in enumerate(active.T) for start, end in sound.runs(on)]
