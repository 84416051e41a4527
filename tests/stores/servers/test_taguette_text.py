from __future__ import annotations

import pytest
from hostile_texts import LINES
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from pipeline.stores.servers.taguette_text import from_native, rendered, text_in, to_native

TEXTS = st.lists(LINES, max_size=6).map(lambda lines: "".join(f"{line}\n" for line in lines))


def counted(page: bytes) -> bytes:
    """What Taguette counts: the bytes of the text nodes of the body."""
    return html.document_fromstring(page).body.text_content().encode()


@given(TEXTS, st.data())
def test_a_place_comes_back_as_it_went(text: str, data: st.DataObject) -> None:
    spots = [place for place, letter in enumerate(text) if letter != "\n"]
    if not spots:
        return
    start = data.draw(st.sampled_from(spots))
    end = data.draw(st.sampled_from([place for place in spots if place >= start])) + 1
    assert from_native(text, *to_native(text, start, end)) == (start, end)


@given(TEXTS, st.data())
def test_bytes_are_those_of_the_text_that_taguette_reads(text: str, data: st.DataObject) -> None:
    page = rendered(text)
    assert counted(page) == text.replace("\n", "").encode()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = to_native(text, start, end)
    assert counted(page)[first:last].decode() == text[start:end].replace("\n", "")


@given(TEXTS)
def test_what_was_sent_is_known_again(text: str) -> None:
    body = rendered(text).decode().partition("<body>")[2].partition("</body>")[0]
    assert text_in(body) == text.replace("\n", "")
    assert text_in(body.replace("&gt;", ">")) == text.replace("\n", "") or ">" in text  # as another writer escapes


@given(TEXTS, st.integers(-5, 400), st.integers(-5, 400))
def test_any_other_offset_is_refused_or_is_a_place(text: str, start: int, end: int) -> None:
    try:
        first, last = from_native(text, start, end)
    except ValueError:
        return
    assert to_native(text, first, last) == (start, end)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (0, 3, (0, 1)),
        (3, 6, (2, 3)),  # from the second line, not from the end of the first
        (0, 6, (0, 3)),
        (6, 10, (3, 4)),
        (1, 3, None),  # within a syllable
        (6, 8, None),  # within an emoji
        (0, 0, None),
        (3, 0, None),
        (-3, 3, None),
        (0, 11, None),
        (99, 120, None),
    ],
)
def test_bytes_as_code_points(start: int, end: int, found: tuple[int, int] | None) -> None:
    text = "가\n나😀\n"
    if found is None:
        with pytest.raises(ValueError):
            from_native(text, start, end)
    else:
        assert from_native(text, start, end) == found


def test_an_empty_transcript_has_no_place() -> None:
    assert counted(rendered("")) == b""
    with pytest.raises(ValueError):
        from_native("", 0, 1)


def test_a_very_long_line_is_one_paragraph() -> None:
    text = "가나😀" * 30_000 + "\n"
    assert rendered(text).count(b"<p>") == 1
    assert from_native(text, *to_native(text, 50_000, 80_000)) == (50_000, 80_000)
