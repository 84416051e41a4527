"""Pictures for the paper: the tree of themes, the saturation curve. SVG keeps text as text; PNG needs a Korean font.

Nothing that was said stands in them: names of codes, and counts.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from pipeline.coding.themes import Theme, Yield, level_names

FONTS = (
    "Noto Sans CJK KR", "Noto Sans CJK JP", "Noto Sans KR", "NanumGothic", "NanumBarunGothic", "Malgun Gothic",
    "Apple SD Gothic Neo", "AppleGothic", "Source Han Sans KR", "UnDotum", "Baekmuk Gulim",
)  # fmt: skip
"""Fonts with Hangul, the likeliest first: on Linux, Windows and macOS."""
ROW_INCHES, COLUMN_INCHES = 0.24, 3.2
LONGEST = 26
"""Characters of a code's name that are drawn."""

Form = Literal["svg", "png"]


def korean_font() -> str | None:
    """A font of this machine that has Hangul; None where none is known. Looks past matplotlib's list: it may be old."""
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    if found := next((name for name in FONTS if name in there), None):
        return found
    for path in font_manager.findSystemFonts():
        try:
            name = font_manager.get_font(path).family_name
        except (OSError, RuntimeError):  # a file that FreeType cannot read
            continue
        if name in FONTS:
            font_manager.fontManager.addfont(path)
            return name
    return None


def tree_picture(themes: Sequence[Theme], title: str, form: Form = "svg") -> bytes:
    """The tree from left to right, with lines and participants of each theme. Names are cut after 26 characters.

    An SVG looks right wherever a Korean font is, whether or not this machine has one. Raises ValueError for a PNG where
    there is none (`korean_font`): it would be full of empty boxes.
    """
    rows = _rows(themes)
    height = max(2.0, ROW_INCHES * (max(rows, default=0.0) + 3))
    columns = max((theme.depth for theme in themes), default=0) + 1
    with _canvas(COLUMN_INCHES * columns, height, form) as figure:
        axes = figure.add_axes((0.01, 0.0, 0.98, 0.98))
        axes.set_axis_off()
        axes.set_xlim(0, columns)
        axes.set_ylim(max(rows, default=0.0) + 1, -2)
        for depth, name in enumerate(level_names(themes)):
            axes.text(depth + 0.02, -1.2, name, fontsize=11, va="center")
        last: dict[int, float] = {}
        for theme, row in zip(themes, rows, strict=True):
            if theme.depth:
                start = last[theme.depth - 1]
                axes.plot([theme.depth - 0.14, theme.depth - 0.07, theme.depth - 0.07, theme.depth],
                          [start, start, row, row], color="0.6", linewidth=0.8)  # fmt: skip
            last[theme.depth] = row
            counts = f"{theme.lines}줄, {len(theme.participants)}명"
            axes.text(theme.depth + 0.02, row, f"{_short(theme.code.name)} ({counts})", va="center", fontsize=8)
        axes.set_title(title)
        return _saved(figure, form)


def _rows(themes: Sequence[Theme]) -> list[float]:
    """Where each theme stands: leaves one below the other, the rest in the middle of what is below them."""
    rows = [0.0] * len(themes)
    row = 0.0
    for at, theme in enumerate(themes):
        if at + 1 == len(themes) or themes[at + 1].depth <= theme.depth:
            rows[at], row = row, row + 1
    for at in reversed(range(len(themes))):
        below = []
        for other in range(at + 1, len(themes)):
            if themes[other].depth <= themes[at].depth:
                break
            if themes[other].depth == themes[at].depth + 1:
                below.append(rows[other])
        if below:
            rows[at] = (below[0] + below[-1]) / 2
    return rows


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def saturation_picture(yields: Sequence[Yield], title: str, form: Form = "svg") -> bytes:
    """Codes known after each interview as a line, new ones as bars. Raises as `tree_picture` does."""
    with _canvas(max(4.0, 0.45 * len(yields) + 2), 3.5, form) as figure:
        axes = figure.add_subplot()
        places = list(range(1, len(yields) + 1))
        axes.bar(places, [each.new for each in yields], color="0.75", label="새 코드")
        axes.plot(places, [each.total for each in yields], marker="o", color="0.1", label="누적")
        axes.set_xticks(places, [each.interview for each in yields], rotation=90, fontsize=7)
        axes.set_ylabel("코드 수")
        axes.set_ylim(bottom=0)
        axes.legend(loc="center right", frameon=False)
        axes.set_title(title)
        figure.tight_layout()
        return _saved(figure, form)


@contextmanager
def _canvas(width: float, height: float, form: Form) -> Iterator[Any]:
    """A figure without a window, in a Korean font, with text kept as text; the same input gives the same bytes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    font = korean_font()
    if form == "png" and font is None:
        raise ValueError("no Korean font")
    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "chaerok",
        "font.family": [font or "sans-serif"],
        "font.size": 9,
        "text.parse_math": False,  # a dollar sign in a code's name is one
        "axes.unicode_minus": False,
    }
    with rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # in an SVG the reader's font has it
        yield Figure(figsize=(width, height))


def _saved(figure: Any, form: Form) -> bytes:
    target = io.BytesIO()
    metadata = {"Date": None} if form == "svg" else {"Software": None}
    figure.savefig(target, format=form, dpi=110, metadata=metadata)
    return target.getvalue()
