"""From codes to themes: what each part of the code tree gathers, and how soon interviews stop bringing new codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.codes import Code, Codebook

LEVELS = ("범주", "하위 범주", "하위 주제", "코드")
"""Category, subcategory, sub-theme, code: what a tree of four floors calls them, from the top."""


@dataclass(frozen=True, slots=True)
class Said:
    """A coding as themes need it: which code (id) says what of which line of whom. `unit` is "peers-P01-S1 u0042".

    A coding that covers several lines is there once for each, with the same `coding`.
    """

    coding: int
    code: str
    participant: str
    interview: str
    unit: str
    quote: str
    coder: str = ""


@dataclass(frozen=True, slots=True)
class Theme:
    """A code with all that it gathers, the codes below it included; in `said` each line once, in order of place.

    `depth` from 0 at the top; `codes` that were used, of those without codes below them.
    """

    code: Code
    depth: int
    path: tuple[str, ...]
    codes: int
    codings: int
    lines: int
    participants: tuple[str, ...]
    interviews: tuple[str, ...]
    said: tuple[Said, ...]


def gathered(book: Codebook, said: Sequence[Said]) -> tuple[Theme, ...]:
    """Every code of the tree, each before those below it. What bears a code that is not in the tree is left out."""
    by_code: dict[str, list[Said]] = {}
    for each in said:
        by_code.setdefault(each.code, []).append(each)
    order = {id(each): place for place, each in enumerate(said)}
    return tuple(_theme(book, depth, code, by_code, order) for depth, code in book.walk())


def _theme(
    book: Codebook, depth: int, code: Code, by_code: Mapping[str, Sequence[Said]], order: Mapping[int, int]
) -> Theme:
    below = [code, *(each for _, each in book.walk(code.id))]
    mine = sorted((each for one in below for each in by_code.get(one.id, ())), key=lambda each: order[id(each)])
    leaves = [each for each in below if not book.children(each.id)]
    return Theme(
        code,
        depth,
        tuple(each.name for each in book.path(code.id)),
        sum(leaf.id in by_code for leaf in leaves),
        len({each.coding for each in mine}),
        len({each.unit for each in mine}),
        tuple(sorted({each.participant for each in mine})),
        tuple(sorted({each.interview for each in mine})),
        tuple({(each.unit, each.quote): each for each in mine}.values()),
    )


def level_names(themes: Iterable[Theme]) -> tuple[str, ...]:
    """What the floors of the tree are called, from the top: the last is always 코드."""
    floors = max((theme.depth for theme in themes), default=0) + 1
    if floors <= len(LEVELS):
        return (*LEVELS[: floors - 1], LEVELS[-1])
    return (*(f"{floor}단계" for floor in range(1, floors)), LEVELS[-1])


def checked_themes(book: Codebook, themes: Sequence[Theme]) -> tuple[Theme, ...]:
    """The themes that are taken back to participants: those right above codes, or the codes of a tree of one floor."""
    right_above = {code.parent for code in book.codes if not book.children(code.id)} - {None}
    if not right_above:
        return tuple(themes)
    return tuple(theme for theme in themes if theme.code.id in right_above)


@dataclass(frozen=True, slots=True)
class Yield:
    """What an interview brought: codes that no interview before it had, and how many there are by then."""

    interview: str
    new: int
    total: int


def saturation(said: Iterable[Said], order: Sequence[str]) -> tuple[Yield, ...]:
    """New codes by interview, in the order in which they were held (Guest, Bunce & Johnson 2006, Field Methods 18:59).

    An interview of `order` without codings brings nothing; one that is not in `order` comes last.
    """
    codes: dict[str, set[str]] = {interview: set() for interview in order}
    for each in said:
        codes.setdefault(each.interview, set()).add(each.code)
    seen, found = set[str](), []
    for interview, mine in codes.items():
        new = mine - seen
        seen |= new
        found.append(Yield(interview, len(new), len(seen)))
    return tuple(found)


def by_participant(theme: Theme) -> Counter[str]:
    """Lines of each participant in a theme."""
    return Counter(participant for participant, _ in {(each.participant, each.unit) for each in theme.said})
