"""Each format comes back whole from the field's own reader, hostile as the transcript may be."""

from __future__ import annotations

import csv
import html
import io
import unicodedata
import warnings
import zipfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import srt
import webvtt
from docx import Document
from docx.oxml.ns import qn
from exports.hostile import CODEBOOK, CODINGS, EMPTY, LINES, PLAIN, RELEASED, SHORT, STUDY, line, study
from files import FORMS, files
from hwpx import HwpxDocument
from openpyxl import load_workbook
from praatio import textgrid
from pympi.Elan import Eaf

from pipeline import exports
from pipeline.archives import EPOCH
from pipeline.exports.commas import FORMULA, HEAD
from pipeline.interview import Role
from pipeline.package import Package
from pipeline.printing import Convention, clock, labels, shown, speakers, tiers
from pipeline.transcript import AUTOMATIC, Released
from pipeline.workbook import LONGEST

CONVENTION = Convention()
SHOWN = {released.interview: [shown(line.text) for line in released.lines] for released in STUDY}
LABELS = labels(RELEASED, CONVENTION)


def test_what_is_shown_is_as_long_as_what_was_said() -> None:
    for text in (ln.text for ln in LINES):
        assert len(shown(text)) == len(unicodedata.normalize("NFC", text))
    assert shown("가\ud800\x85\u2028\ufffe\t\r\n나") == "가\ufffd\ufffd\ufffd\ufffd  나"


# --- the convention ---------------------------------------------------------------------------------------------------


def test_several_of_one_role_are_numbered_and_an_unknown_role_keeps_its_label() -> None:
    more = replace(
        SHORT, lines=(*SHORT.lines, line(3, "저도요", 800, 801, "S4"), line(4, "…", 801, 802, "S3", Role.UNKNOWN))
    )
    assert labels(SHORT, CONVENTION) == ("연구자", "참여자")
    assert labels(more, CONVENTION) == ("연구자", "참여자 1", "참여자 2", "S3")


def test_turns_are_numbered_as_in_counselling() -> None:
    said = [("S1", Role.INTERVIEWER), ("S1", Role.INTERVIEWER), ("S2", Role.PARTICIPANT), ("S1", Role.INTERVIEWER)]
    lines = tuple(line(n, "네", n, n + 1, *who) for n, who in enumerate(said, start=1))
    counselling = Convention("상담자", "내담자", "turns")
    assert labels(replace(SHORT, lines=lines), counselling) == ("상담자1", "상담자1", "내담자1", "상담자2")
    two = (*lines, line(5, "네", 5, 6, "S4"), line(6, "네", 6, 7, "S2"))
    assert labels(replace(SHORT, lines=two), counselling)[-2:] == ("내담자 2-1", "내담자 1-2")


def test_a_tier_has_no_overlap_and_nothing_is_lost() -> None:
    made = tiers(RELEASED, CONVENTION)
    for intervals in made.values():
        assert all(start < end for start, end, _ in intervals)
        assert all(one[1] <= other[0] for one, other in pairwise(intervals))
    assert sorted(line.line for intervals in made.values() for _, _, line in intervals) == [line.line for line in LINES]
    assert {name.split(" (")[0] for name in made} == set(speakers(RELEASED, CONVENTION).values())


# --- readers' programs ------------------------------------------------------------------------------------------------


def docx_of(released: Released) -> tuple[Document, list[str]]:
    made = Document(io.BytesIO(exports.rendered(released, "docx")))
    return made, [paragraph.text for paragraph in made.paragraphs]


def test_word_holds_every_line_with_number_time_and_speaker() -> None:
    made, paragraphs = docx_of(RELEASED)
    wanted = [
        f"{line.line:04d} [{clock(line.start)}]\t{label}: {shown(line.text)}"
        for line, label in zip(LINES, LABELS, strict=True)
    ]
    assert [text for text in paragraphs if text[:4].isdigit()] == wanted
    assert "\t(잘 안 들림 00:03:20)" in paragraphs and paragraphs[0] == "peers-P01-S1"
    assert all(style.element.rPr.rFonts.get(qn("w:eastAsia")) for style in (made.styles["Normal"],))
    bold = [run.text for paragraph in made.paragraphs for run in paragraph.runs if run.bold]
    assert bold == list(LABELS)


def test_word_shows_the_study_s_own_labels() -> None:
    package = Package((SHORT,), convention=Convention("상담자", "내담자", "turns"))
    text = "\n".join(p.text for p in Document(io.BytesIO(exports.rendered(package, "docx"))).paragraphs)
    assert "상담자1: " in text and "내담자1: " in text and "연구자" not in text


def test_an_empty_transcript_is_a_document_with_a_head() -> None:
    _, paragraphs = docx_of(EMPTY)
    assert paragraphs[0] == "peers-P02-S1" and len(paragraphs) == 2


def test_word_names_nobody_in_its_properties(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "secretuser")
    properties = docx_of(RELEASED)[0].core_properties
    assert (properties.author, properties.last_modified_by) == ("Chaerok", "Chaerok")
    assert properties.created == properties.modified == RELEASED.provenance.approved_at.replace(microsecond=0)


@pytest.mark.parametrize("released", [RELEASED, SHORT, EMPTY], ids=lambda released: str(released.interview))
def test_hangul_holds_every_line_and_names_nobody(released: Released) -> None:
    with HwpxDocument.open(io.BytesIO(files(released, "hwpx")["hwpx"])) as read:
        assert read.validate().ok
        texts = [paragraph.text for paragraph in read.paragraphs]
        metadata = read.parts.metadata
        (title,) = [paragraph.text for paragraph in read.paragraphs if paragraph.text == str(released.interview)]
    called = labels(released, CONVENTION)
    wanted = [
        f"{ln.line:04d} [{clock(ln.start)}] {label}: {shown(ln.text)}"
        for ln, label in zip(released.lines, called, strict=True)
    ]
    assert [text for text in texts if text[:4].isdigit()] == wanted
    assert metadata is not None and (metadata.title, metadata.creator) == (title, "Chaerok")


def written(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def sheets(package: Package) -> dict[str, list[tuple[object, ...]]]:
    book = load_workbook(io.BytesIO(exports.rendered(package, "xlsx")))
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)
    assert (book.properties.creator, book.properties.lastModifiedBy) == ("Chaerok", None)
    return {sheet.title: [tuple("" if v is None else v for v in row) for row in sheet.values] for sheet in book}


def test_a_workbook_holds_every_line_of_the_study() -> None:
    rows = sheets(study())["원고"][1:]
    said: dict[tuple[object, object], str] = {}
    for row in rows:
        assert len(str(row[7]).encode("utf-16-le")) // 2 <= LONGEST
        said[row[0], row[1]] = said.get((row[0], row[1]), "") + str(row[7])
    wanted = {(str(r.interview), ln.line): shown(ln.text) for r in STUDY for ln in r.lines}
    assert said == wanted


def test_a_workbook_holds_the_tree_and_the_coder_s_own_codings() -> None:
    pages = sheets(study("anna"))
    assert [row[2] for row in pages["코드"][1:]] == [
        "낙인", "낙인 > 가족의 낙인", "낙인 > 가족의 낙인 > =말하지 않음", "낙인 > 침묵", "회복 😀", "회복 😀 > 침묵"
    ]  # fmt: skip
    assert {(row[3], row[4], row[5], row[7], row[8]) for row in pages["코딩"][1:]} == {
        (shown(one.quote), one.start, one.end, one.segment, one.code) for one in CODINGS
    }
    assert pages["면담"][1][-2:] == ("30대", "=조현병")


def test_what_is_coded_by_another_is_in_nobody_s_package() -> None:
    with pytest.raises(ValueError, match="another coder"):
        Package(STUDY, CODEBOOK, "bora", CODINGS)
    assert len(sheets(study("bora"))["코딩"]) == 1
    assert sheets(study("bora"))["원고"] == sheets(study("anna"))["원고"]


def table(package: Package) -> list[dict[str, str]]:
    data = exports.rendered(package, "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_table_holds_every_line_and_no_formula() -> None:
    rows = table(study())
    assert tuple(rows[0]) == HEAD
    assert not any(cell.startswith(FORMULA) for row in rows for cell in row.values())
    read = [
        row["text"][1:] if row["text"][:1] == "'" and row["text"][1:].startswith(FORMULA) else row["text"]
        for row in rows
    ]
    assert read == [text for released in STUDY for text in SHOWN[released.interview]]
    assert table(Package((EMPTY,))) == []


def test_subtitles_hold_every_line_with_its_voice() -> None:
    captions = webvtt.from_string(exports.rendered(RELEASED, "vtt").decode()).captions
    assert [int(caption.identifier) for caption in captions] == [line.line for line in LINES]
    assert [html.unescape(caption.text) for caption in captions] == SHOWN[RELEASED.interview]
    assert [caption.voice for caption in captions] == list(LABELS)
    assert all(
        caption.start_in_seconds <= caption.end_in_seconds and caption.start < caption.end for caption in captions
    )
    assert not webvtt.from_string(exports.rendered(EMPTY, "vtt").decode()).captions


def test_subrip_holds_every_line() -> None:
    read = list(srt.parse(exports.rendered(RELEASED, "srt").decode()))
    wanted = [f"{label}: {text}".strip() for label, text in zip(LABELS, SHOWN[RELEASED.interview], strict=True)]
    assert [(cue.index, cue.content.strip()) for cue in read] == list(
        zip([ln.line for ln in LINES], wanted, strict=True)
    )
    assert all(cue.start < cue.end for cue in read)
    assert list(srt.parse(exports.rendered(EMPTY, "srt").decode())) == []


def test_elan_has_a_tier_a_speaker(tmp_path: Path) -> None:
    with warnings.catch_warnings(action="ignore"):  # it stumbles over version numbers
        read = Eaf(written(tmp_path / "a.eaf", exports.rendered(RELEASED, "eaf")))
    wanted = {
        name: sorted((start, end, f"{ln.line:04d} {shown(ln.text)}") for start, end, ln in intervals)
        for name, intervals in tiers(RELEASED, CONVENTION).items()
    }
    tiered = {
        name: sorted(tuple(a)[:3] for a in read.get_annotation_data_for_tier(name)) for name in read.get_tier_names()
    }
    assert tiered == wanted
    assert read.adocument["DATE"] == "2026-05-04T23:59:58+00:00" and read.adocument["AUTHOR"] == "Chaerok"


def test_praat_has_a_tier_a_speaker(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_bytes(exports.rendered(RELEASED, "TextGrid"))
    read = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    for name, intervals in tiers(RELEASED, CONVENTION).items():
        entries = [(round(e.start * 1000), round(e.end * 1000), e.label) for e in read.getTier(name).entries]
        assert entries == [(start, end, f"{ln.line:04d} {shown(ln.text)}".strip()) for start, end, ln in intervals]
    assert read.maxTimestamp == pytest.approx(RELEASED.provenance.seconds)
    path.write_bytes(exports.rendered(EMPTY, "TextGrid"))
    assert textgrid.openTextgrid(str(path), includeEmptyIntervals=False).tierNames == ("참여자",)


def test_nvivo_s_form_is_a_table_with_as_many_tabs_in_each_row_in_order_of_time() -> None:
    data = exports.rendered(RELEASED, "nvivo").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data, newline=""), "excel-tab", quoting=csv.QUOTE_NONE))
    assert rows[0] == ["Timespan", "Content", "Speaker", "Line"]
    assert {row.count("\t") for row in data.splitlines() if row} == {3}
    assert [(row[1], int(row[3])) for row in rows[1:]] == [(shown(ln.text), ln.line) for ln in LINES]
    assert [row[0] for row in rows[1:]] == sorted(row[0] for row in rows[1:])
    assert rows[1][0] == "00:00:03.1 - 00:00:07.6"


def test_maxqda_s_form_is_paragraphs_with_times() -> None:
    paragraphs = exports.rendered(RELEASED, "maxqda").decode("utf-8-sig").rstrip("\n").split("\n\n")
    wanted = [f"[{clock(ln.start)}] {label}: {shown(ln.text)}" for ln, label in zip(LINES, LABELS, strict=True)]
    assert paragraphs == wanted and paragraphs[0] == f"[00:00:03] 연구자: {PLAIN}"


# --- all of them ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", exports.FORMATS)
def test_archives_tell_no_time_of_their_own(form: str) -> None:
    for data in files(study("anna"), form).values():
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                assert {info.date_time for info in archive.infolist()} == {EPOCH}
                assert not any(b"python-docx" in archive.read(info) for info in archive.infolist())


ONE_FILE = {"xlsx", "csv", "qdpx", "qda"}


@pytest.mark.parametrize("form", sorted({*FORMS} - ONE_FILE))
def test_of_a_study_there_is_a_file_for_each_interview(form: str) -> None:
    made = files(study(), form)
    assert sorted(made) == [
        f"{released.interview}.{exports.ENDINGS.get(form, form)}"
        for released in sorted(STUDY, key=lambda r: r.interview)
    ]
    assert made[f"{SHORT.interview}.{exports.ENDINGS.get(form, form)}"] == exports.rendered(SHORT, form)


def said_in(data: bytes) -> str:
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return html.unescape("".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist()))
    return data.decode("utf-8", "replace")


@pytest.mark.parametrize("form", sorted({*FORMS} - {"json"}))  # it has approved_by
def test_a_release_for_which_no_person_stands_says_so(form: str) -> None:
    automatic = replace(SHORT, provenance=replace(SHORT.provenance, approved_by=AUTOMATIC))
    assert any("자동 공개" in said_in(data) for data in files(automatic, form).values())
    assert not any("자동 공개" in said_in(data) for data in files(SHORT, form).values())
