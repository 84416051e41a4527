"""Codings come back from REFI projects as they were made, and what is no coding of ours is told."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from exports.hostile import CODEBOOK, CODINGS, RELEASED, SHORT, STUDY, study
from files import files
from hypothesis import given
from hypothesis import strategies as st

from pipeline.codes import Code, Codebook, Coding, Gathered, Unread, Why
from pipeline.documents import bracketed, codings, document, from_utf16, hashed, spans, sync_points, to_utf16, words_in
from pipeline.errors import CodingsUnreadable, FileMissing
from pipeline.gathering import refi
from pipeline.gathering.matching import quotes, united
from pipeline.package import Package, code_guid
from pipeline.printing import DEFAULT


def project(
    folder: Path, change: Callable[[dict[str, bytes]], None] = lambda members: None, coder: str = "anna"
) -> Path:
    with zipfile.ZipFile(io.BytesIO(files(study(coder), "qdpx")["qdpx"])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    path = folder / "back.qdpx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def in_project(old: bytes, new: bytes, count: int = -1) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        assert old in members["project.qde"]
        members["project.qde"] = members["project.qde"].replace(old, new, count)

    return change


def in_texts(change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    def changed(members: dict[str, bytes]) -> None:
        members.update({name: change(data) for name, data in members.items() if name.endswith(".txt")})

    return changed


def whys(read: Gathered) -> list[Why]:
    return [row.why for row in read.unread]


def test_every_coding_comes_back_as_it_was(tmp_path: Path) -> None:
    read = refi.codings(project(tmp_path), STUDY, CODEBOOK)
    assert read.unread == () and sorted(read.codings, key=repr) == sorted(CODINGS, key=repr)


def test_braces_and_capitals_in_guids_are_the_same_guids(tmp_path: Path) -> None:
    guid = code_guid("peers", "c2").encode()
    path = project(tmp_path, in_project(b'targetGUID="' + guid + b'"', b'targetGUID="{' + guid.upper() + b'}"'))
    assert refi.codings(path, STUDY, CODEBOOK).unread == ()


def test_the_other_folder_of_sources_is_read_too(tmp_path: Path) -> None:
    def moved(members: dict[str, bytes]) -> None:
        for name in [name for name in members if name.startswith("Sources/")]:
            members[name.replace("Sources", "sources")] = members.pop(name)

    assert len(refi.codings(project(tmp_path, moved), STUDY, CODEBOOK).codings) == len(CODINGS)


def test_a_byte_order_mark_moves_nothing(tmp_path: Path) -> None:
    path = project(tmp_path, in_texts(lambda text: b"\xef\xbb\xbf" + text))
    assert set(refi.codings(path, STUDY, CODEBOOK).codings) == set(CODINGS)


@pytest.mark.parametrize("unit", ["windows lines", "doubled line ends", "utf-16", "times of a .qda", "named"])
def test_offsets_in_another_program_s_units_are_followed(tmp_path: Path, unit: str) -> None:
    """On the second line, behind one line end and an emoji."""
    written = document(SHORT, DEFAULT, hashed if unit.startswith("times") else bracketed)
    coding = Coding("anna", "c3", "other-2", 1, 4, 7, "좋아요")
    ((start, end, _),) = spans(written, [coding])
    text, quote = written.text, "좋아요"
    if unit == "windows lines":
        start, end, text = start + 1, end + 1, text.replace("\n", "\r\n")
    elif unit == "doubled line ends":
        start, end = start + 1, end + 1
    elif unit == "named":
        quote = "인용 7"
    elif unit == "utf-16":
        start, end = to_utf16(text, start), to_utf16(text, end)
    source = f'<TextSource guid="{"1" * 8}-1111-4111-8111-{"1" * 12}" name="x" plainTextPath="internal://t.txt">'
    qde = (
        '<Project xmlns="urn:QDA-XML:project:1.0" name="p"><Users><User guid="00000000-0000-4000-8000-000000000001" '
        f'name="anna"/></Users><Sources>{source}<PlainTextSelection guid="00000000-0000-4000-8000-000000000002" '
        f'name="{quote}" startPosition="{start}" endPosition="{end}">'
        '<Coding guid="00000000-0000-4000-8000-000000000003" creatingUser="00000000-0000-4000-8000-000000000001">'
        f'<CodeRef targetGUID="{code_guid("peers", "c3")}"/></Coding></PlainTextSelection></TextSource>'
        "</Sources></Project>"
    )
    path = tmp_path / "a.qdpx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", qde)
        archive.writestr("sources/t.txt", text.encode())
    read = refi.codings(path, [SHORT], Codebook("peers", 1, (Code("c3", None, "회복"),)))
    assert read.codings == (coding,)


def test_where_most_selections_quote_the_text_one_that_does_not_is_told(tmp_path: Path) -> None:
    """Its offsets, or its name, are wrong: nobody knows which."""
    path = project(tmp_path, in_project(' name="안녕하세요"'.encode(), ' name="다른 말"'.encode()))
    read = refi.codings(path, STUDY, CODEBOOK)
    assert whys(read) == [Why.OUT_OF_RANGE] and len(read.codings) == len(CODINGS) - 1


@pytest.mark.parametrize(
    ("text", "quote", "alike"),
    [
        ("네 좋아요", "네 좋아요", True),
        ("네 좋아요", "네\n좋아요", True),
        ("네 좋아요 정말", "네 좋아…", True),
        ("네 좋아요 정말", "네 좋...", True),
        ("네 좋아요", "네 좋아", False),
        ("네 좋아요", "...", False),
        ("네 좋아요", "", False),
        ("그래요...", "그래요...", True),
    ],
)
def test_what_a_quote_means(text: str, quote: str, alike: bool) -> None:
    assert quotes(text, quote) is alike


def test_a_renamed_code_is_read_and_told(tmp_path: Path) -> None:
    read = refi.codings(project(tmp_path, in_project("가족의 낙인".encode(), "집안".encode())), STUDY, CODEBOOK)
    assert set(read.codings) == set(CODINGS) and whys(read) == [Why.RENAMED_CODE] and read.unread[0].coder == "anna"


def test_a_code_that_another_program_minted_anew_is_known_by_its_name(tmp_path: Path) -> None:
    new = b"aaaaaaaa-0000-4000-8000-000000000000"
    path = project(tmp_path, in_project(code_guid("peers", "c2").encode(), new))
    assert set(refi.codings(path, STUDY, CODEBOOK).codings) == set(CODINGS)
    twice = project(tmp_path, in_project(code_guid("peers", "c4").encode(), new))  # 침묵 stands twice in the tree
    assert whys(refi.codings(twice, STUDY, CODEBOOK)) == [Why.UNKNOWN_CODE]


def test_a_code_that_is_not_in_the_tree_is_told(tmp_path: Path) -> None:
    smaller = replace(CODEBOOK, codes=tuple(code for code in CODEBOOK.codes if code.id != "c6"))
    read = refi.codings(project(tmp_path), STUDY, smaller)
    assert whys(read) == [Why.UNKNOWN_CODE] and len(read.codings) == len(CODINGS) - 1


def test_a_document_that_is_not_ours_or_was_changed_is_told(tmp_path: Path) -> None:
    assert set(whys(refi.codings(project(tmp_path), (SHORT,), CODEBOOK))) == {Why.UNKNOWN_DOCUMENT}
    changed = project(tmp_path, in_texts(lambda text: text.replace("안녕".encode(), "잘가".encode())))
    read = refi.codings(changed, STUDY, CODEBOOK)
    assert set(whys(read)) == {Why.CHANGED_DOCUMENT} and read.codings == ()


@pytest.mark.parametrize(
    ("attribute", "value", "why"),
    [
        (b"startPosition", b"-1", Why.OUT_OF_RANGE),
        (b"endPosition", b"99999999", Why.OUT_OF_RANGE),
        (b"endPosition", b"0", Why.OUT_OF_RANGE),
        (b"endPosition", b"x", Why.UNREADABLE),
    ],
)
def test_an_offset_out_of_range_is_told(tmp_path: Path, attribute: bytes, value: bytes, why: Why) -> None:
    def change(members: dict[str, bytes]) -> None:
        head, tail = members["project.qde"].split(b" " + attribute + b'="', 1)
        members["project.qde"] = head + b" " + attribute + b'="' + value + tail[tail.index(b'"') :]

    read = refi.codings(project(tmp_path, change), STUDY, CODEBOOK)
    assert whys(read) == [why] and len(read.codings) == len(CODINGS) - 1


def test_two_users_of_one_name_are_told_and_nobody_s_codings_are_taken(tmp_path: Path) -> None:
    other = b'<User guid="00000000-0000-4000-8000-000000000009" name="anna"/></Users>'
    read = refi.codings(project(tmp_path, in_project(b"</Users>", other)), STUDY, CODEBOOK)
    assert read.codings == () and set(whys(read)) == {Why.SAME_CODER}


def test_a_coding_of_nobody_is_told(tmp_path: Path) -> None:
    guid = project_user(tmp_path)
    path = project(tmp_path, in_project(b'User guid="' + guid, b'User guid="' + b"0" * 8 + guid[8:]))
    assert set(whys(refi.codings(path, STUDY, CODEBOOK))) == {Why.UNKNOWN_CODER}


def project_user(folder: Path) -> bytes:
    with zipfile.ZipFile(project(folder)) as archive:
        return archive.read("project.qde").split(b'<User guid="')[1][:36]


BOMB = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Project xmlns="urn:QDA-XML:project:1.0" name="&b;"/>"""
OUTSIDE = b"""<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<Project xmlns="urn:QDA-XML:project:1.0">&a;</Project>"""


@pytest.mark.parametrize("data", [BOMB, OUTSIDE, b"", b"<Project", b"<Project/>", b"\xff\xfe", b'<a xmlns="urn:x"/>'])
def test_what_is_no_project_or_would_do_harm_is_refused(tmp_path: Path, data: bytes) -> None:
    path = project(tmp_path, lambda members: members.update({"project.qde": data}))
    with pytest.raises(CodingsUnreadable):
        refi.codings(path, STUDY, CODEBOOK)


@pytest.mark.parametrize("name", ["../../evil.txt", "/evil.txt", "Sources/../../evil.txt", "C:\\evil.txt"])
def test_a_path_out_of_the_archive_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    with pytest.raises(CodingsUnreadable, match="out of the archive"):
        refi.codings(project(inside, lambda members: members.update({name: b"evil"})), STUDY, CODEBOOK)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["back.qdpx"]


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.archives.LARGEST", 1 << 20)
    path = tmp_path / "a.qdpx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", b"<a/>")
        archive.writestr("Sources/a.txt", b"a" * (2 << 20))
    with pytest.raises(CodingsUnreadable, match="too large"):
        refi.codings(path, STUDY, CODEBOOK)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all"])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.qdpx").write_bytes(data)
    with pytest.raises(CodingsUnreadable):
        refi.codings(tmp_path / "a.qdpx", STUDY, CODEBOOK)
    with pytest.raises(FileMissing):
        refi.codings(tmp_path / "none.qdpx", STUDY, CODEBOOK)


def test_half_an_archive_is_refused(tmp_path: Path) -> None:
    path = project(tmp_path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(CodingsUnreadable):
        refi.codings(path, STUDY, CODEBOOK)


OPEN = b'<CodeBook xmlns="urn:QDA-XML:codebook:1.0">'

# --- code trees -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["qdc", "qdpx"])
def test_a_code_tree_comes_back_with_guids_for_ids_and_goes_out_with_the_same_ones(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    path.write_bytes(files(study(), form)[form])
    read = refi.codebook(path, "peers", 4)
    names = [(depth, code.name, code.colour, code.description) for depth, code in CODEBOOK.walk()]
    assert [(depth, code.name, code.colour, code.description) for depth, code in read.walk()] == names
    assert read.version == 4
    assert files(Package(STUDY, read), "qdc") == files(study(), "qdc")


@pytest.mark.parametrize(
    "data",
    [
        BOMB,
        OPEN + b'<Codes><Code guid="a" name="x"/><Code guid="b" name="x"/></Codes></CodeBook>',
        OPEN + b'<Codes><Code guid="a" name=""/></Codes></CodeBook>',
        b'<CodeBook xmlns="urn:QDA-XML:project:1.0"/>',
    ],
)
def test_what_is_no_code_tree_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.qdc").write_bytes(data)
    with pytest.raises(CodingsUnreadable):
        refi.codebook(tmp_path / "a.qdc", "peers")


# --- places in a document ---------------------------------------------------------------------------------------------

WRITTEN = document(RELEASED, DEFAULT)


@given(st.data())
def test_a_coding_goes_into_a_document_and_comes_back(data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([place for place in WRITTEN.places if place.end - place.start > 0]))
    length = place.end - place.start
    start = data.draw(st.integers(0, length - 1))
    end = data.draw(st.integers(start + 1, length))
    made = codings(WRITTEN, "a", "c1", place.start + start, place.start + end)
    for low, high, _ in spans(WRITTEN, made):
        assert (low, high) == (place.start + start, place.start + end)
    assert len(made) == (0 if WRITTEN.text[place.start + start : place.start + end].isspace() else 1)


def test_a_mark_over_several_lines_is_a_coding_on_each_and_on_no_label() -> None:
    first, second = WRITTEN.places[:2]
    found = words_in(WRITTEN, first.start + 3, second.start + 2)
    assert [(line.id, start, end) for line, start, end in found] == [
        ("id-1", 3, first.end - first.start),
        ("id-2", 0, 2),
    ]
    assert words_in(WRITTEN, second.head, second.start) == ()
    assert len(words_in(WRITTEN, 0, len(WRITTEN.text))) == len([ln for ln in RELEASED.lines if ln.text.strip()])


@given(st.text(), st.data())
def test_units_of_utf_16_are_code_points_again(text: str, data: st.DataObject) -> None:
    text = text.encode("utf-16", "ignore").decode("utf-16")
    offset = data.draw(st.integers(0, len(text)))
    assert from_utf16(text, to_utf16(text, offset)) == offset


@pytest.mark.parametrize("units", [-1, 2, 5])
def test_a_unit_that_is_none_is_refused(units: int) -> None:
    with pytest.raises(ValueError):
        from_utf16("가😀나", units)


def test_sync_points_rise() -> None:
    points = sync_points(WRITTEN)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(points))
    assert points[0] == (0, 3100) and WRITTEN.text[points[1][0] :].startswith("0002 ")


# --- several files ----------------------------------------------------------------------------------------------------


def test_files_of_two_coders_are_united_and_two_coders_of_one_name_are_not() -> None:
    mine = Gathered(CODINGS, (Unread("r1", Why.OUT_OF_RANGE, "anna"),))
    hers = Gathered(tuple(replace(one, coder="bora") for one in CODINGS))
    both = united({"one": mine, "two": hers})
    assert set(both.codings) == {*mine.codings, *hers.codings} and both.unread == (
        Unread("one: r1", Why.OUT_OF_RANGE, "anna"),
    )
    other = Gathered(CODINGS[:2])
    split = united({"one": mine, "two": other, "three": hers})
    assert set(split.codings) == set(hers.codings)
    assert [(row.row, row.why) for row in split.unread[1:]] == [("one", Why.SAME_CODER), ("two", Why.SAME_CODER)]
    assert united({"one": mine, "copy": mine}).codings == CODINGS, "the same file twice is one"
