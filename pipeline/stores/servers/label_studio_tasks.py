"""A document as a task of Label Studio: a paragraph for each line, regions in it, and the labels of a project.

Offsets are within a paragraph, whose number is a string; a coder's browser counts UTF-16 units, so that a region says
itself, by the words that it quotes, which unit it was made in (read and run: 1.23.2). A label has the code's id as its
alias: that is what a region bears, whatever the label is called by now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lxml import etree

from pipeline.codes import Code, Codebook, Why
from pipeline.documents import Document, from_utf16, to_utf16
from pipeline.stores.servers.contract import Spans
from pipeline.stores.servers.labels import document_name, tag_paths
from pipeline.stores.servers.ledger import Mark, Sent

CONTROL, TEXT = "code", "text"
"""Names of the labels and of the paragraphs in the configuration of our projects."""
Region = dict[str, Any]


def task(sent: Sent, audio_url: str = "") -> dict[str, Any]:
    """The document as a task's data; `audio_url` may name ``{interview}``."""
    heads = [sent.document.text[place.head : place.start].rstrip(": ") for place in sent.document.places]
    lines: list[dict[str, Any]] = [
        {"author": head, "text": _words(sent.document, number)} for number, head in enumerate(heads)
    ]
    if audio_url:  # what a paragraph plays; without sound its head tells the time
        for line, place in zip(lines, sent.document.places, strict=True):
            line |= {"start": place.line.start, "end": place.line.end}
    data = {"release": sent.release, "name": document_name(sent.interview, sent.version), "lines": lines}
    return {**data, "audio": audio_url.format(interview=sent.interview)} if audio_url else data


def _words(document: Document, number: int) -> str:
    place = document.places[number]
    return document.text[place.start : place.end]


# --- labels -----------------------------------------------------------------------------------------------------------


def configuration(audio: bool) -> str:
    """Of a new project, without labels."""
    root = etree.Element("View")
    if audio:
        etree.SubElement(root, "Audio", name="audio", value="$audio")
    etree.SubElement(root, "Header", value="$name")
    etree.SubElement(root, "ParagraphLabels", name=CONTROL, toName=TEXT)
    shown = {"name": TEXT, "value": "$lines", "layout": "dialogue", "nameKey": "author", "textKey": "text"}
    told = {"saveTextResult": "yes"}  # the words of a region: they tell in which unit it counts
    etree.SubElement(root, "Paragraphs", shown | told | ({"audioUrl": "$audio"} if audio else {}))
    return str(etree.tostring(root, encoding="unicode"))


def labelled(configured: str, book: Codebook, called: Mapping[str, str]) -> str:
    """The configuration with a label for every code; one that is called as it was sent is called as the study does now.

    What else stands there stays. Raises ValueError where our labels are not in it.
    """
    root, labels = _labels(configured)
    there = {label.get("alias"): label for label in labels}
    codes = {code.id: code for code in book.codes}
    for id, path in tag_paths(book).items():
        label = there.get(id)
        if label is None:
            etree.SubElement(labels, "Label", {"value": path, "alias": id} | _coloured(codes[id]))
        elif label.get("value") == called.get(id):
            label.set("value", path)
    return str(etree.tostring(root, encoding="unicode"))


def _coloured(code: Code) -> dict[str, str]:
    return {"background": code.colour} if code.colour else {}


def labels_in(configured: str) -> dict[str, str]:
    """What each code is called there, by its id; a label of a coder's own is its own id. Raises ValueError."""
    _, labels = _labels(configured)
    named = [(label.get("alias"), label.get("value") or "") for label in labels]
    return {str(alias or value): str(value) for alias, value in named}


def _labels(configured: str) -> tuple[etree._Element, etree._Element]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(configured.encode(), parser)
    except etree.XMLSyntaxError:
        raise ValueError("no XML") from None
    found = root.find(f".//ParagraphLabels[@name='{CONTROL}']")
    if found is None or root.find(f".//Paragraphs[@name='{TEXT}']") is None:
        raise ValueError("our labels are not in it")
    return root, found


# --- regions ----------------------------------------------------------------------------------------------------------


def regions(document: Document, spans: Spans) -> list[Region]:
    """The spans as a browser would have made them, one for each code."""
    return [_region(document, *span, code) for span, codes in sorted(spans.items()) for code in sorted(codes)]


def _region(document: Document, start: int, end: int, code: str) -> Region:
    first = max(n for n, place in enumerate(document.places) if place.start <= start)
    last = max(n for n, place in enumerate(document.places) if place.start < end)
    one, other = _words(document, first), _words(document, last)
    low = to_utf16(one, start - document.places[first].start)
    high = to_utf16(other, min(end, document.places[last].end) - document.places[last].start)
    place = {"start": str(first), "end": str(last), "startOffset": low, "endOffset": high}
    quote = document.text[start:end] if first == last else "\n\n".join(_pieces(document, first, last, start, end))
    value = {**place, "text": quote, "paragraphlabels": [code]}
    name = f"chaerok-{start}-{end}-{code}"
    return {"id": name, "from_name": CONTROL, "to_name": TEXT, "type": "paragraphlabels", "value": value}


def _pieces(document: Document, first: int, last: int, start: int, end: int) -> Iterator[str]:
    for place in document.places[first : last + 1]:
        yield document.text[max(start, place.start) : min(end, place.end)]


def marks(region: Region, document: Document | None, codes: Mapping[str, str]) -> Iterator[Mark]:
    """What a region is, one for each of its labels; `codes` as of `labels_in`."""
    value, id = region.get("value"), str(region.get("id", ""))
    labels = value.get("paragraphlabels") if isinstance(value, dict) else None
    if region.get("from_name") != CONTROL or not isinstance(value, dict) or not isinstance(labels, list):
        yield Mark(id, 0, 0, None, "", Why.UNREADABLE)
        return
    place, why = _place(value, document) if document else ((0, 0), Why.UNKNOWN_DOCUMENT)
    for label in labels:
        known = next((code for code, called in codes.items() if label in (code, called)), None)
        yield Mark(f"{id}.{label}", *place, known, codes.get(known or "", str(label)), why)


def _place(value: Mapping[str, Any], document: Document) -> tuple[tuple[int, int], Why | None]:
    """The document's code points; of the two units the first in which the region is on what it quotes."""
    units: tuple[Callable[[str, int], int], ...] = (from_utf16, _code_points)
    for unit in units:
        try:
            first, last = int(value["start"]), int(value["end"])
            if not 0 <= first <= last < len(document.places):
                break
            low = unit(_words(document, first), int(value["startOffset"]))
            high = unit(_words(document, last), int(value["endOffset"]))
        except (ValueError, KeyError, TypeError):
            continue
        start, end = document.places[first].start + low, document.places[last].start + high
        quoted = value.get("text")
        if start < end and (not isinstance(quoted, str) or _quotes(quoted, _pieces(document, first, last, start, end))):
            return (start, end), None
    return (0, 0), Why.OUT_OF_RANGE


def _code_points(text: str, offset: int) -> int:
    if not 0 <= offset <= len(text):
        raise ValueError("past the end")
    return offset


def _quotes(quoted: str, said: Iterator[str]) -> bool:
    """Whether a quote is what was said. Over several paragraphs a browser puts their times between (run)."""
    left, pieces = _letters(quoted), [letters for piece in said if (letters := _letters(piece))]
    if len(pieces) < 2:
        return left == "".join(pieces)
    if not (left.startswith(pieces[0]) and left.endswith(pieces[-1])):
        return False
    for piece in pieces:
        _, found, left = left.partition(piece)
        if not found:
            return False
    return True


def _letters(text: str) -> str:
    return "".join(text.split())
