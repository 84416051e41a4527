"""REFI-QDA: valid by its schema, by a referential check, and read back by another's reader."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import xmlschema
from exports.hostile import CODINGS, EMPTY, SHORT, STUDY, study
from files import SCHEMAS, files
from lxml import etree
from pyrefiqda import RefiCodebook, RefiProject

from pipeline.codes import Codebook
from pipeline.documents import document
from pipeline.errors import CodesMissing
from pipeline.interview import ReleasedAudio
from pipeline.package import Copy, Package, code_guid
from pipeline.printing import Convention, shown
from pipeline.refi import PROJECT, faults, parsed

XSD = SCHEMAS / "refi-qda" / "Project.xsd"
needs_schema = pytest.mark.skipif(not XSD.exists(), reason="Project.xsd of REFI-QDA is not beside the repository")

PCM = bytes(range(256)) * 125
COPY = Copy(
    ReleasedAudio(SHORT.interview, "b", "aa" * 32, 16_000, "cc" * 32, 1, 0.5, 0.0), lambda: (PCM[:100], PCM[100:])
)
"""A second of it."""

CODEBOOK_XSD = """
<xsd:schema xmlns="urn:QDA-XML:codebook:1.0" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
 targetNamespace="urn:QDA-XML:codebook:1.0" elementFormDefault="qualified">
 <xsd:element name="CodeBook"><xsd:complexType><xsd:sequence>
  <xsd:element name="Codes"><xsd:complexType><xsd:sequence>
   <xsd:element name="Code" type="CodeType" maxOccurs="unbounded"/></xsd:sequence></xsd:complexType></xsd:element>
  </xsd:sequence><xsd:attribute name="origin" type="xsd:string"/></xsd:complexType></xsd:element>
 <xsd:complexType name="CodeType"><xsd:sequence>
   <xsd:element name="Description" type="xsd:string" minOccurs="0"/>
   <xsd:element name="Code" type="CodeType" minOccurs="0" maxOccurs="unbounded"/></xsd:sequence>
  <xsd:attribute name="guid" use="required"><xsd:simpleType><xsd:restriction base="xsd:token">
   <xsd:pattern value="[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"/>
   </xsd:restriction></xsd:simpleType></xsd:attribute>
  <xsd:attribute name="name" type="xsd:string" use="required"/>
  <xsd:attribute name="isCodable" type="xsd:boolean" use="required"/>
  <xsd:attribute name="color"><xsd:simpleType><xsd:restriction base="xsd:token">
   <xsd:pattern value="#[A-Fa-f0-9]{6}"/></xsd:restriction></xsd:simpleType></xsd:attribute>
 </xsd:complexType>
</xsd:schema>"""
"""What the notes on coding stores tell of the codebook's schema."""

PACKAGES = {
    "study": study(),
    "coder": study("anna"),
    "one": Package((SHORT,)),
    "empty": Package((EMPTY,)),
    "no codes": Package((SHORT,), Codebook("peers", 1)),
    "audio": study("anna", copies=(COPY,)),
}


def project(package: Package) -> tuple[bytes, dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(files(package, "qdpx")["qdpx"])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return members.pop("project.qde"), members


@needs_schema
@pytest.mark.parametrize("package", PACKAGES.values(), ids=PACKAGES)
def test_a_project_is_valid_by_its_schema(package: Package) -> None:
    data, _ = project(package)
    etree.XMLSchema(etree.parse(XSD)).assertValid(etree.fromstring(data))
    xmlschema.XMLSchema(str(XSD)).validate(io.BytesIO(data))


@pytest.mark.parametrize("package", PACKAGES.values(), ids=PACKAGES)
def test_a_project_refers_to_what_is_there(package: Package) -> None:
    data, members = project(package)
    assert faults(parsed(data, PROJECT), members) == ()


def loaded(package: Package, folder: Path):
    (folder / "a.qdpx").write_bytes(files(package, "qdpx")["qdpx"])
    return RefiProject.load(folder / "a.qdpx", str(folder / "unpacked"))


def text_of(source, folder: Path) -> str:
    name = source.plain_text_path.removeprefix("internal://")
    return (folder / "unpacked" / "Sources" / name).read_bytes().decode()


def test_another_s_reader_finds_every_document_and_coding(tmp_path: Path) -> None:
    read = loaded(study("anna"), tmp_path)
    sources = {source.name: source for source in read.sources.text_source}
    convention = Convention()
    assert {name: text_of(source, tmp_path) for name, source in sources.items()} == {
        str(released.interview): document(released, convention).text for released in STUDY
    }
    quotes = sorted(
        (coding.code_ref.target_guid, text_of(source, tmp_path)[one.start_position : one.end_position])
        for source in sources.values()
        for one in source.plain_text_selection
        for coding in one.coding
    )
    assert quotes == sorted((code_guid("peers", coding.code), shown(coding.quote)) for coding in CODINGS)
    assert [user.name for user in read.users.user] == ["anna"]


def test_cases_hold_the_participants_attributes_and_documents(tmp_path: Path) -> None:
    read = loaded(study(), tmp_path)
    names = {variable.guid: variable.name for variable in read.variables.variable}
    cases = {case.name: case for case in read.cases.case}
    assert set(cases) == {"P01", "P02"}
    values = {names[one.variable_ref.target_guid]: one.text_value for one in cases["P01"].variable_value}
    assert values == {"나이대": "30대", "진단 <&>": "=조현병"}
    sources = {source.guid: source.name for source in read.sources.text_source}
    assert [sources[ref.target_guid] for ref in cases["P01"].source_ref] == ["peers-P01-S1", "peers-P01-S2"]


def test_sound_comes_with_points_in_its_text_and_carries_no_codings(tmp_path: Path) -> None:
    read = loaded(study("anna", copies=(COPY,)), tmp_path)
    (sound,) = read.sources.audio_source
    (transcript,) = sound.transcript
    text = text_of(transcript, tmp_path)
    points = [(text[point.position : point.position + 4], point.time_stamp) for point in transcript.sync_point]
    assert points == [("0001", 200), ("0002", 751_900)]
    assert not sound.coding and not transcript.transcript_selection
    wav = (tmp_path / "unpacked" / "Sources" / sound.path.removeprefix("internal://")).read_bytes()
    assert wav[:4] == b"RIFF" and wav[44:] == PCM and len(wav) == 44 + 2 * 16_000


def test_a_coder_s_project_holds_nothing_of_another_s() -> None:
    anna, bora = (project(study(coder)) for coder in ("anna", "bora"))
    assert b"anna" in anna[0] and b"anna" not in bora[0] and b"PlainTextSelection" not in bora[0]
    assert anna[1] == bora[1], "both read the same"


def test_another_draft_is_another_document_and_the_same_one_is_the_same() -> None:
    later = replace(SHORT, provenance=replace(SHORT.provenance, draft_sha256="ff" * 32))
    assert project(Package((SHORT,)))[1].keys() == project(Package((SHORT,), coder="b"))[1].keys()
    assert project(Package((SHORT,)))[1].keys().isdisjoint(project(Package((later,)))[1])


def test_a_codebook_is_valid_and_keeps_the_tree(tmp_path: Path) -> None:
    data = files(study(), "qdc")["qdc"]
    etree.XMLSchema(etree.fromstring(CODEBOOK_XSD)).assertValid(etree.fromstring(data))
    (tmp_path / "a.qdc").write_bytes(data)
    read = RefiCodebook.load(tmp_path / "a.qdc")
    stigma, recovery = read.codes.code
    assert (stigma.name, stigma.color, stigma.description) == ("낙인", "#FF0000", "남이 보는 눈 <&>")
    assert [code.name for code in stigma.code] == ["가족의 낙인", "침묵"] and recovery.name == "회복 😀"


def test_without_codes_there_is_no_codebook() -> None:
    for package in (Package((SHORT,)), Package((SHORT,), Codebook("peers", 1))):
        with pytest.raises(CodesMissing):
            files(package, "qdc")


# --- the check itself -------------------------------------------------------------------------------------------------


def guid_of(data: bytes, tag: bytes) -> bytes:
    return data.split(b"<" + tag + b' guid="')[1][:36]


NOWHERE = b"00000000-0000-4000-8000-000000000000"


def elsewhere(data: bytes, attribute: bytes, guid: bytes) -> bytes:
    """The first such attribute, at another guid."""
    at = data.index(attribute + b'="') + len(attribute) + 2
    return data[:at] + guid + data[at + 36 :]


def spoilt(data: bytes, how: str) -> bytes:
    first = data.index(b"<PlainTextSelection")
    head, tail = data[:first], data[first:]
    return {
        "guid twice": lambda: data.replace(guid_of(data, b"Case"), guid_of(data, b"User"), 1),
        "CodeRef to nothing": lambda: elsewhere(data, b"<CodeRef targetGUID", NOWHERE),
        "SourceRef to nothing": lambda: elsewhere(data, b"<SourceRef targetGUID", guid_of(data, b"Code")),
        "VariableRef to nothing": lambda: elsewhere(data, b"<VariableRef targetGUID", NOWHERE),
        "creatingUser is no": lambda: elsewhere(data, b"creatingUser", guid_of(data, b"Code")),
        "no file": lambda: data.replace(b"internal://", b"internal://x", 1),
        "out of range": lambda: head + tail.replace(b'endPosition="', b'endPosition="99999999', 1),
        "name is not": lambda: head + tail.replace(b' name="', b' name="-', 1),
        "sync points do not rise": lambda: data.replace(b'timeStamp="751900"', b'timeStamp="100"'),
        "sync point out": lambda: data.replace(b'timeStamp="751900" position="', b'timeStamp="751900" position="99'),
    }[how]()


@pytest.mark.parametrize(
    "how",
    [
        *("guid twice", "CodeRef to nothing", "SourceRef to nothing", "VariableRef to nothing", "creatingUser is no"),
        *("no file", "out of range", "name is not", "sync points do not rise", "sync point out"),
    ],
)
def test_what_the_schema_does_not_see_is_a_fault(how: str) -> None:
    data, members = project(study("anna", copies=(COPY,)))
    broken = spoilt(data, how)
    assert broken != data
    found = faults(parsed(broken, PROJECT), members)
    assert any(fault.startswith(how) for fault in found), found


@pytest.mark.parametrize("spoil", [lambda text: text.replace(b"\n", b"\r\n"), lambda text: b"\xff" + text])
def test_a_text_that_programs_count_otherwise_is_a_fault(spoil) -> None:
    data, members = project(study("anna"))
    assert faults(parsed(data, PROJECT), {name: spoil(text) for name, text in members.items()})
