"""Which voice prints are of one person, and how many people there are. Pure arithmetic; nothing here listens.

A voice print is a direction: two are compared by their cosine. Two groups of prints are compared by the cosine between
the directions that they scatter around, estimated as psychometricians correct a correlation for attenuation: the mean
cosine across the groups, over the geometric mean of the mean cosines within them. Noise scatters all prints and lowers
all three alike, so the figure is about 1 for two samples of one voice and well below it for two voices, at any noise
level and however few the prints: that is what tells how many people there are, and no absolute distance does.

Shapes: n prints, D numbers in each, k voices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]

SAMPLE = 800
"""Prints that are compared each with each; of more, so many are drawn evenly over the interview, and the rest go to the
nearest voice: cost and memory do not grow with the square of the interview's length."""

ROUNDS = 20
"""At the most, of moving prints to the voice that they are nearest to; after five nothing moves (measured)."""


NEIGHBOURS, LEAST_NEIGHBOURS = 0.02, 10
"""Of all prints, the share that each knows in the graph, and how many at the least."""

CONNECTION = 1e-3
"""Weight between any two prints, so that the graph is in one piece."""

LEAST_COHESION = 0.05
"""Groups that scatter more than that are no voices; it keeps the correction finite."""

STEADY = 0.5
"""A group whose prints are less than this share as alike as another's is no voice: laughter, doors, two at once."""

LEAST_SECONDS = (5.0, 2.0, 0.8)
"""How little somebody may say where the count is given: the first of which there are as many people."""

SMALL_BRANCHES = 30
"""Odd prints (laughter, a cough, a door) at the most that are passed over on the way to the voices."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What makes a voice where the number of speakers is not given.

    Somebody is heard for `least_seconds` and for `least_share` of the talk; groups of prints whose scatter-corrected
    cosine is at least `alike` are one voice; there are `most` voices at the most.
    """

    least_seconds: float = 5.0
    least_share: float = 0.01
    alike: float = 0.65
    most: int = 8


@dataclass(frozen=True)
class Evidence:
    """Prints (n, D), each heard for `seconds` (n,)."""

    prints: Floats
    seconds: Floats

    @cached_property
    def affinity(self) -> Floats:
        """The cosine of each with each (n, n)."""
        return np.asarray(self.prints @ self.prints.T)

    @cached_property
    def tree(self) -> Floats:
        """Who joins whom when the two groups that are most alike on average are joined, again and again."""
        from scipy.cluster.hierarchy import linkage  # slow to import, and most processes never hear anything
        from scipy.spatial.distance import squareform

        return np.asarray(linkage(squareform(np.clip(1.0 - self.affinity, 0.0, None), checks=False), "average"))

    def talk(self, labels: Labels) -> Floats:
        """Seconds of each label, in order of label."""
        return np.bincount(np.unique(labels, return_inverse=True)[1], self.seconds).astype(np.float64)

    def fit(self, labels: Labels) -> float:
        """Seconds, each weighted by how like its group's middle it is: what spherical k-means makes large."""
        return float(sum(np.linalg.norm(self.weighted[labels == label].sum(axis=0)) for label in np.unique(labels)))

    @cached_property
    def weighted(self) -> Floats:
        """Prints as long as they are heard."""
        return np.asarray(self.prints * self.seconds[:, None])


def unit(prints: npt.ArrayLike) -> Floats:
    """`prints` (n, D) at length 1; rows of zeros stay as they are."""
    rows = np.asarray(prints, dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0))


def voices(prints: Floats, seconds: Floats, speakers: int | None, limits: Limits) -> Floats:
    """The people behind `prints` (n, D; unit length, in order of time), each heard for `seconds` (n,): (k, D).

    One direction each. k is `speakers` where that is given and there are as many prints, else what `limits` say; 0 only
    where there are no prints.
    """
    drawn = sample(len(prints))
    evidence = Evidence(prints[drawn], seconds[drawn] * (len(prints) / max(len(drawn), 1)))
    most = min(limits.most if speakers is None else speakers, len(drawn))
    if most < 2:
        return centres(prints, np.zeros(len(prints), dtype=np.intp))
    labels = counted(evidence, most, limits) if speakers is None else best(evidence, most, limits)
    return centres(prints, nearest(prints, centres(evidence.prints, labels)))


def sample(prints: int) -> Labels:
    """Indices of at most `SAMPLE` of so many prints, evenly spread."""
    return np.linspace(0, max(prints - 1, 0), min(prints, SAMPLE)).round().astype(np.intp)


def centres(prints: Floats, labels: Labels) -> Floats:
    """The mean direction of each label's prints: (k, D)."""
    sums = [prints[labels == label].sum(axis=0) for label in np.unique(labels)]
    return unit(np.reshape(sums, (-1, prints.shape[1])))


def nearest(prints: Floats, directions: Floats) -> Labels:
    """For each print the direction with the largest cosine."""
    return np.asarray((prints @ directions.T).argmax(axis=1))


def counted(evidence: Evidence, most: int, limits: Limits) -> Labels:
    """The partition into the most voices that are unlike each other, at one with themselves and heard long enough."""
    found = np.zeros(len(evidence.prints), dtype=np.intp)
    least = max(limits.least_seconds, limits.least_share * evidence.seconds.sum())
    for count in range(2, most + 1):
        labels = best(evidence, count, limits, least)
        groups = compared(evidence.affinity, labels)
        steady = groups.within.min() >= STEADY * groups.within.max()
        if steady and evidence.talk(labels).min() >= least and groups.likest < limits.alike:
            found = labels
    return found


def best(evidence: Evidence, count: int, limits: Limits, *least: float) -> Labels:
    """Of the proposed partitions into `count` the one that fits best among those in which no two voices are alike."""
    tried = [settled(evidence.prints, labels) for labels in proposals(evidence, count, least or LEAST_SECONDS)]
    whole = [labels for labels in tried if len(np.unique(labels)) == count] or tried
    unlike = [labels for labels in whole if compared(evidence.affinity, labels).likest < limits.alike]
    return max(unlike or whole, key=evidence.fit)


def proposals(evidence: Evidence, count: int, least: Iterable[float]) -> Iterator[Labels]:
    """Spectral clustering tells people apart who all say something; the tree finds who says little."""
    yield spectral(evidence.affinity, count)
    for seconds in least:
        yield branches(evidence, count, seconds)


def settled(prints: Floats, labels: Labels) -> Labels:
    """`labels` after every print has gone to the voice that it is nearest to, until none moves."""
    for _ in range(ROUNDS):
        moved = nearest(prints, centres(prints, labels))
        if np.array_equal(moved, labels):
            break
        labels = moved
    return labels


class Compared(NamedTuple):
    """`within` (k,): the mean cosine inside each group; `likest`: how alike the two most alike are, corrected."""

    within: Floats
    likest: float


def compared(affinity: Floats, labels: Labels) -> Compared:
    """The groups of `labels` beside each other; `likest` is -1 where there is one only.

    A group of one print is taken to scatter as the others do.
    """
    names = np.unique(labels)
    member = (labels[:, None] == names).astype(float)
    sizes, sums = member.sum(axis=0), member.T @ affinity @ member
    inner, pairs = np.diag(sums) - sizes, sizes * (sizes - 1)
    usual = inner.sum() / max(pairs.sum(), 1)
    within = np.maximum(np.where(pairs > 0, inner / np.maximum(pairs, 1), usual), LEAST_COHESION)
    across = sums / np.outer(sizes, sizes) / np.sqrt(np.outer(within, within))
    return Compared(within, float(across[~np.eye(len(names), dtype=bool)].max(initial=-1.0)))


def spectral(affinity: Floats, count: int) -> Labels:
    """Normalised spectral clustering of the graph in which every print knows those that it is most alike."""
    from sklearn.cluster import spectral_clustering  # slow to import

    if count >= len(affinity):
        return np.arange(len(affinity))
    known = min(max(LEAST_NEIGHBOURS, round(NEIGHBOURS * len(affinity))), len(affinity) - 1)
    floor = np.partition(affinity, -known - 1, axis=1)[:, -known - 1, None]
    kept = np.where(affinity >= floor, np.maximum(affinity, 0.0), 0.0)
    graph = (kept + kept.T) / 2 + CONNECTION
    labels = spectral_clustering(graph, n_clusters=count, assign_labels="cluster_qr", random_state=0)
    return np.asarray(labels, dtype=np.intp)


def branches(evidence: Evidence, count: int, least_seconds: float) -> Labels:
    """The tree cut where it first has `count` branches heard for `least_seconds` each.

    What stands on smaller branches goes to the large one that it is most alike. One group where there is no such cut.
    """
    from scipy.cluster.hierarchy import fcluster  # as above

    total = len(evidence.prints)
    for cut in range(count, min(total, count + SMALL_BRANCHES) + 1):
        labels = np.unique(fcluster(evidence.tree, cut, "maxclust"), return_inverse=True)[1]
        large = np.flatnonzero(evidence.talk(labels) >= least_seconds)
        if len(large) >= count:
            means = np.stack([evidence.affinity[:, labels == name].mean(axis=1) for name in large], axis=1)
            return np.asarray(np.where(np.isin(labels, large), labels, large[means.argmax(axis=1)]))
    return np.zeros(total, dtype=np.intp)
