"""A document as Taguette has it: HTML with a paragraph for each line, and places in it as UTF-8 bytes of its text.

Taguette counts bytes of text nodes; tags do not count, entities count as what they stand for (read in taguette.extract,
1.5.2, and run). Line ends are no text there: between paragraphs stands nothing.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate


def rendered(text: str) -> bytes:
    """The document's text as a page, a ``<p>`` a line. `text` has no control characters but LF (`printing.shown`)."""
    lines = text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")
    body = "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines)
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>{body}</body></html>'.encode()


def text_in(contents: str) -> str:
    """The text of what Taguette kept of such a page; line ends are none there."""
    return html.unescape(re.sub(r"<[^>]*>", "", contents))


def to_native(text: str, start: int, end: int) -> tuple[int, int]:
    """Code points ``[start, end)`` of the document's text in Taguette's bytes.

    >>> to_native("가\\n나😀", 2, 4)
    (3, 10)
    """
    before = len(text[:start].replace("\n", "").encode())
    return before, before + len(text[start:end].replace("\n", "").encode())


def from_native(text: str, start: int, end: int) -> tuple[int, int]:
    """Taguette's bytes as code points ``[start, end)`` of the document's text; never from or to a line end.

    Raises ValueError for what is out of the text, empty, backwards, or within a character.

    >>> from_native("가\\n나😀", 3, 10)
    (2, 4)
    """
    ends, at = _bytes(text)
    first, last = bisect_left(ends, start), bisect_left(ends, end)
    if not 0 <= start < end or end > ends[-1] or ends[first] != start or ends[last] != end:
        raise ValueError("no place in the text")
    return at[first], at[last - 1] + 1


@lru_cache(maxsize=8)
def _bytes(text: str) -> tuple[list[int], list[int]]:
    """Bytes before each character and after the last, without line ends; and where each is in the text."""
    at = [place for place, character in enumerate(text) if character != "\n"]
    return [0, *accumulate(len(text[place].encode()) for place in at)], at
