"""Content validity of themes by what participants answer to them on a scale of four.

Polit & Beck 2006, The content validity index: are you sure you know what's being reported? Res Nurs Health 29:489-497:

* I-CVI of an item: the share of raters who answer 3 or 4 (relevant). Of five raters or fewer all must; of six and more
  at least .78 should (Lynn 1986, Nurs Res 35:382; the paper above).
* S-CVI/Ave of the whole: the mean of the items' I-CVI; .90 and more is called excellent there.
* S-CVI/UA: the share of items on which all agree. Reported beside it, for the two are often confused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SCALE = {1: "전혀 맞지 않음", 2: "별로 맞지 않음", 3: "대체로 맞음", 4: "아주 잘 맞음"}
"""What a participant ticks: how well a theme fits what they told."""
RELEVANT = 3
FEW_RATERS, FEW_NEED, MANY_NEED = 5, 1.0, 0.78


@dataclass(frozen=True, slots=True)
class Answer:
    """A rater's answer to an item, 1 to 4."""

    rater: str
    item: str
    relevance: int

    def __post_init__(self) -> None:
        """Refuse what is off the scale: raises ValueError."""
        if self.relevance not in SCALE:
            raise ValueError(f"an answer is one of {', '.join(map(str, SCALE))}")


@dataclass(frozen=True, slots=True)
class ItemValidity:
    """An item's I-CVI, and whether it is as high as its number of raters asks for."""

    item: str
    raters: int
    index: float

    @property
    def enough(self) -> bool:
        """By Lynn's rule."""
        return self.index >= (FEW_NEED if self.raters <= FEW_RATERS else MANY_NEED)


@dataclass(frozen=True, slots=True)
class Validity:
    """Of all items; None where there are none."""

    items: tuple[ItemValidity, ...]
    average: float | None
    unanimous: float | None


def content_validity(answers: Iterable[Answer], items: Sequence[str] = ()) -> Validity:
    """The indices, in the order of `items` (else of the answers). An item that nobody answered is left out.

    Raises ValueError where a rater answers an item twice.
    """
    given: dict[str, dict[str, int]] = {item: {} for item in items}
    for answer in answers:
        of_item = given.setdefault(answer.item, {})
        if answer.rater in of_item:
            raise ValueError("a rater answered an item twice")
        of_item[answer.rater] = answer.relevance
    found = tuple(
        ItemValidity(item, len(marks), sum(mark >= RELEVANT for mark in marks.values()) / len(marks))
        for item, marks in given.items()
        if marks
    )
    if not found:
        return Validity((), None, None)
    average = sum(each.index for each in found) / len(found)
    return Validity(found, average, sum(each.index == 1 for each in found) / len(found))
