"""REFI-QDA project (.qdpx) and codebook (.qdc), for ATLAS.ti, MAXQDA, NVivo, QualCoder and Quirkos.

Shaped by what these programs were seen to stumble over (the project's notes on coding stores): codings lie on
TextSources with LF line ends, no byte order mark and a ``plainTextPath`` alone; sound is an AudioSource whose
Transcript has SyncPoints and no codings; every element that may says who made it and when. Read back in tests by
pyrefiqda and ourselves; none of the programs was run on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import BinaryIO

from lxml import etree

from pipeline.archives import Content, zipped_into
from pipeline.codes import Codebook
from pipeline.documents import Document, document, spans, sync_points
from pipeline.errors import CodesMissing
from pipeline.interview import InterviewId
from pipeline.package import ORIGIN, Copy, Package, code_guid, guid
from pipeline.printing import head, shown
from pipeline.refi import CODEBOOK, INTERNAL, PROJECT, faults
from pipeline.transcript import Released

Element = etree._Element


def project(package: Package) -> Callable[[BinaryIO], object]:
    """The archive: ``project.qde`` and ``Sources/<guid>.txt|.wav``; the same bytes for the same package."""
    root, members = _project(package)
    texts = {name: content if isinstance(content, bytes) else b"" for name, content in members.items()}
    if wrong := faults(root, texts):
        raise ValueError(wrong[0])  # a bug of ours: it names guids alone
    return partial(zipped_into, members={"project.qde": _bytes(root), **members}, stored=(".wav",))


def codebook(package: Package) -> bytes:
    """The code tree alone, as XML. Raises CodesMissing."""
    if not (package.codebook and package.codebook.codes):
        raise CodesMissing(study=package.study)
    return tree(package.codebook)


def tree(codes: Codebook) -> bytes:
    """A code tree, as XML."""
    root = etree.Element(f"{{{CODEBOOK}}}CodeBook", {"origin": ORIGIN}, {None: CODEBOOK})
    _codes(root, codes)
    return _bytes(root)


def text_guid(released: Released) -> str:
    """Of the document: another draft is another document, so that no program lays old codings on a new text."""
    return guid("text", released.interview, released.provenance.draft_sha256)


def _bytes(root: Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _add(parent: Element, tag: str, /, **attributes: object) -> Element:
    """A child in its parent's namespace."""
    namespace = etree.QName(parent).namespace
    return etree.SubElement(parent, f"{{{namespace}}}{tag}", {key: str(value) for key, value in attributes.items()})


def _described(parent: Element, text: str) -> None:
    if text:
        _add(parent, "Description").text = text


def _project(package: Package) -> tuple[Element, dict[str, Content]]:
    user = guid("user", package.study, package.coder or ORIGIN)
    at = f"{package.at:%Y-%m-%dT%H:%M:%SZ}"
    name = f"{package.study} {shown(package.coder)}".strip()
    about = {"name": name, "origin": ORIGIN, "creatingUserGUID": user, "creationDateTime": at}
    root = etree.Element(f"{{{PROJECT}}}Project", about, {None: PROJECT})
    _add(_add(root, "Users"), "User", guid=user, name=shown(package.coder) or ORIGIN)
    if package.codebook and package.codebook.codes:
        _codes(_add(root, "CodeBook"), package.codebook)
    _cases(root, package)
    made = {"creatingUser": user, "creationDateTime": at}
    sources, members = _add(root, "Sources"), dict[str, Content]()
    for released in package.releases:
        written = document(released, package.convention)
        members |= _text_source(sources, package, released, written, made)
        if copy := package.copy_of(released.interview):
            members |= _audio_source(sources, copy, written, made)
    _described(root, f"{ORIGIN} {package.study}")
    return root, members


def _codes(parent: Element, tree: Codebook) -> None:
    elements: dict[str | None, Element] = {None: _add(parent, "Codes")}
    for _, code in tree.walk():
        colour = {"color": code.colour} if code.colour else {}
        identity = code_guid(tree.study, code.id)
        element = _add(elements[code.parent], "Code", guid=identity, name=shown(code.name), isCodable="true", **colour)
        _described(element, shown(code.description))
        elements[code.id] = element


def _cases(root: Element, package: Package) -> None:
    """A case a participant, with what its newest release says of the person, and its documents."""
    names = list(dict.fromkeys(name for released in package.releases for name, _ in released.attributes))
    variables = {name: guid("variable", package.study, name) for name in names}
    if names:
        parent = _add(root, "Variables")
        for name, identity in variables.items():
            _add(parent, "Variable", guid=identity, name=shown(name), typeOfVariable="Text")
    cases = _add(root, "Cases")
    for participant in package.participants:
        theirs = [released for released in package.releases if released.interview.participant == participant]
        case = _add(cases, "Case", guid=guid("case", package.study, participant), name=participant)
        newest = max(theirs, key=lambda released: released.provenance.approved_at)
        for name, value in newest.attributes:
            held = _add(case, "VariableValue")
            _add(held, "VariableRef", targetGUID=variables[name])
            _add(held, "TextValue").text = shown(value)
        for released in theirs:
            _add(case, "SourceRef", targetGUID=text_guid(released))
            if package.copy_of(released.interview):
                _add(case, "SourceRef", targetGUID=_audio_guid(released.interview))


def _text_source(
    sources: Element, package: Package, released: Released, written: Document, made: Mapping[str, str]
) -> dict[str, Content]:
    identity = text_guid(released)
    path = f"{INTERNAL}{identity}.txt"
    source = _add(sources, "TextSource", guid=identity, name=written.name, plainTextPath=path, **made)
    _described(source, "\n".join(head(released)))
    mine = (one for one, of, _ in package.placed() if of is released)
    marks = sorted({((start, end), one.code, one.memo) for start, end, one in spans(written, mine)})
    for (start, end), together in groupby(marks, key=itemgetter(0)):
        group = list(together)
        chosen = guid("selection", package.coder, identity, start, end)
        place = {"startPosition": start, "endPosition": end, "name": written.text[start:end]}
        selection = _add(source, "PlainTextSelection", guid=chosen, **place, **made)
        _described(selection, "\n".join(dict.fromkeys(shown(memo) for _, _, memo in group if memo)))
        for code in dict.fromkeys(code for _, code, _ in group):
            coding = _add(selection, "Coding", guid=guid("coding", chosen, code), **made)
            _add(coding, "CodeRef", targetGUID=code_guid(package.study, code))
    return {f"Sources/{identity}.txt": written.text.encode()}


def _audio_guid(interview: InterviewId) -> str:
    return guid("audio", interview)


def _audio_source(sources: Element, copy: Copy, written: Document, made: Mapping[str, str]) -> dict[str, Content]:
    identity = _audio_guid(written.interview)
    text = guid("transcript", identity, written.text)
    path = f"{INTERNAL}{identity}.wav"
    source = _add(sources, "AudioSource", guid=identity, name=f"{written.name}.wav", path=path, **made)
    plain = f"{INTERNAL}{text}.txt"
    transcript = _add(source, "Transcript", guid=text, name=f"{written.name}.txt", plainTextPath=plain, **made)
    for position, time in sync_points(written):
        _add(transcript, "SyncPoint", guid=guid("sync", text, position), timeStamp=time, position=position)
    return {f"Sources/{text}.txt": written.text.encode(), f"Sources/{identity}.wav": copy.wav}
