"""The workbook of `chaerok themes`: the tree with counts, quotes, lines by participant, saturation. For coders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.coding.themes import Said, Theme, Yield, by_participant, level_names
from pipeline.workbook import Page, written

COUNTS = ("쓰인 코드", "코딩", "줄", "참여자 수", "면담 수", "참여자")
WIDTHS = {"인용": 90, "참여자": 30, "설명": 50, "줄 번호": 22}


def theme_book(themes: Sequence[Theme], yields: Sequence[Yield], strangers: Sequence[Said] = ()) -> bytes:
    """`strangers` are codings whose code is not in the tree."""
    levels = level_names(themes)
    widths = {**WIDTHS, **dict.fromkeys(levels, 26)}
    people = sorted({who for theme in themes for who in theme.participants})
    matrix = [(*_path(theme, levels), *(by_participant(theme)[who] or "" for who in people)) for theme in themes]
    quotes = [
        (*_path(theme, levels), each.participant, each.unit, each.quote)
        for theme in themes
        for each in theme.said
        if each.code == theme.code.id
    ]
    pages = [
        Page("주제", (*levels, *COUNTS, "설명"), [_row(theme, levels) for theme in themes], widths),
        Page("인용", (*levels, "참여자", "줄 번호", "인용"), quotes, widths),
        Page("참여자별 줄", (*levels, *people), matrix, widths),
        Page("포화", ("면담", "새 코드", "누적"), [(y.interview, y.new, y.total) for y in yields], {"면담": 22}),
    ]
    if strangers:
        rows = [(each.code, each.participant, each.unit, each.quote) for each in strangers]
        pages.append(Page("코드북에 없음", ("코드 id", "참여자", "줄 번호", "인용"), rows, widths))
    return written(pages)


def _row(theme: Theme, levels: Sequence[str]) -> tuple[Any, ...]:
    counts = theme.codes, theme.codings, theme.lines, len(theme.participants), len(theme.interviews)
    return (*_path(theme, levels), *counts, ", ".join(theme.participants), theme.code.description)


def _path(theme: Theme, levels: Sequence[str]) -> tuple[str, ...]:
    """Each name of the path in its column; a code without codes below it in the last one."""
    filled = [*theme.path, *[""] * (len(levels) - len(theme.path))]
    return tuple(filled)
