"""REFI-QDA 1.0, the exchange format of coders' programs: what writing and reading it share, and a referential check.

The schema (QDA-XML 1.0, 18 March 2019) sees neither references into nothing, nor a guid twice, a source without text or
offsets outside it: `faults` does. Positions are code points of a text with LF line ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

from lxml import etree

from pipeline.archives import Unpackable

PROJECT, CODEBOOK = "urn:QDA-XML:project:1.0", "urn:QDA-XML:codebook:1.0"
INTERNAL = "internal://"
FOLDERS = ("Sources/", "sources/")
"""Where programs keep a project's files: NVivo and this house the first, MAXQDA the second."""

SOURCES = frozenset({"TextSource", "PictureSource", "PDFSource", "AudioSource", "VideoSource"})
SELECTIONS = frozenset(
    {
        "PlainTextSelection",
        "PictureSelection",
        "PDFSelection",
        "AudioSelection",
        "VideoSelection",
        "TranscriptSelection",
    }
)
REFERENCES: Mapping[str, frozenset[str]] = {
    "CodeRef": frozenset({"Code"}),
    "MemberCode": frozenset({"Code"}),
    "SourceRef": SOURCES,
    "MemberSource": SOURCES,
    "SelectionRef": SELECTIONS,
    "VariableRef": frozenset({"Variable"}),
    "NoteRef": frozenset({"Note"}),
    "MemberNote": frozenset({"Note"}),
}
"""Element → what its targetGUID names."""
ATTRIBUTES: Mapping[str, str] = {
    "creatingUser": "User",
    "modifyingUser": "User",
    "creatingUserGUID": "User",
    "modifyingUserGUID": "User",
    "fromSyncPoint": "SyncPoint",
    "toSyncPoint": "SyncPoint",
}
"""Attribute → what it names."""
PATHS = ("path", "plainTextPath", "richTextPath", "currentPath")


def parsed(data: bytes, namespace: str) -> etree._Element:
    """The root of an XML file from elsewhere. Nothing is fetched, and no entity is known but XML's own five.

    Raises Unpackable: no XML, one with a document type (which is how entity bombs come), or of another namespace.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Unpackable("XML") from None
    if root.getroottree().docinfo.doctype:
        raise Unpackable("a document type")
    if etree.QName(root).namespace != namespace:
        raise Unpackable("namespace")
    return root


def kind(element: etree._Element) -> str:
    """Its name without the namespace; empty for a comment."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def all_of(root: etree._Element, *kinds: str) -> Iterator[etree._Element]:
    """Every element of these kinds, in order."""
    return (element for element in root.iter() if kind(element) in kinds)


def member(path: str, names: Mapping[str, object]) -> str | None:
    """The archive's member that an ``internal://`` path means; None where there is none."""
    file = path.removeprefix(INTERNAL)
    return next((folder + file for folder in FOLDERS if folder + file in names), None)


def text_of(source: etree._Element, members: Mapping[str, bytes]) -> str | None:
    """The text of a TextSource or Transcript as it is, without a byte order mark; None where there is none."""
    inline = next((child.text or "" for child in source if kind(child) == "PlainTextContent"), None)
    if inline is not None:
        return inline
    name = member(source.get("plainTextPath", ""), members)
    try:
        return members[name].decode("utf-8-sig") if name else None
    except UnicodeDecodeError:
        return None


def faults(root: etree._Element, members: Mapping[str, bytes]) -> tuple[str, ...]:
    """What is wrong with a project beyond its schema: one line each, with guids and no words. Empty: nothing is."""
    kinds = {element.get("guid"): kind(element) for element in root.iter() if element.get("guid")}
    counts = Counter(element.get("guid") for element in root.iter() if element.get("guid"))
    found = [f"guid twice: {guid}" for guid, count in counts.items() if count > 1]
    for element in root.iter():
        found += _dangling(element, kinds)
        found += [f"no file: {element.get(name)}" for name in PATHS if not _is_there(element.get(name), members)]
    for source in all_of(root, "TextSource", "Transcript"):
        found += _text_faults(source, members)
    return tuple(found)


def _dangling(element: etree._Element, kinds: Mapping[str | None, str]) -> Iterator[str]:
    wanted = REFERENCES.get(kind(element))
    if wanted is not None and kinds.get(element.get("targetGUID")) not in wanted:
        yield f"{kind(element)} to nothing of its kind: {element.get('targetGUID')}"
    for name, target in ATTRIBUTES.items():
        if element.get(name) is not None and kinds.get(element.get(name)) != target:
            yield f"{name} is no {target}: {element.get(name)}"


def _is_there(path: str | None, members: Mapping[str, bytes]) -> bool:
    return path is None or not path.startswith(INTERNAL) or member(path, members) is not None


def _text_faults(source: etree._Element, members: Mapping[str, bytes]) -> Iterator[str]:
    guid, inline = source.get("guid"), any(kind(child) == "PlainTextContent" for child in source)
    text = text_of(source, members)
    if inline == (source.get("plainTextPath") is not None) or text is None:
        yield f"not one text: {guid}"
        return
    if "\r" in text:
        yield f"line ends: {guid}"
    for selection in all_of(source, "PlainTextSelection"):
        start, end = int(selection.get("startPosition", -1)), int(selection.get("endPosition", -1))
        if not 0 <= start < end <= len(text):
            yield f"out of range: {selection.get('guid')}"
        elif selection.get("name") != text[start:end]:
            yield f"name is not the text: {selection.get('guid')}"
    points = [(int(p.get("position", -1)), int(p.get("timeStamp", -1))) for p in all_of(source, "SyncPoint")]
    if any(not 0 <= position <= len(text) or time < 0 for position, time in points):
        yield f"sync point out of range: {guid}"
    if any(later[0] <= earlier[0] or later[1] <= earlier[1] for earlier, later in pairwise(points)):
        yield f"sync points do not rise: {guid}"
