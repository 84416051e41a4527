"""The search finds what it says it finds: a leak test that looks for too little would be worse than none."""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import io
import json
import lzma
import pickle
import quopri
import random
import sqlite3
import unicodedata
import zipfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from leaks import searching
from leaks.romanised import romanised, syllable
from leaks.searching import Search

NAME, OTHER = "탁하윤", "옹채린"
NFD = unicodedata.normalize("NFD", NAME)
SEARCH = Search((NAME, OTHER))


def found(data: bytes) -> set[str]:
    return {trace.name for trace in SEARCH.bytes(data, "here")}


WRITTEN = {
    "utf-8": NAME.encode(),
    "nfd": NFD.encode(),
    "utf-16": NAME.encode("utf-16"),
    "utf-16, big end first": NAME.encode("utf-16-be"),
    "utf-16, nfd": NFD.encode("utf-16-le"),
    "utf-32": NAME.encode("utf-32-le"),
    "cp949": NAME.encode("cp949"),
    "json": json.dumps([NAME]).encode(),
    "json, nfd": json.dumps([NFD]).encode(),
    "json, upper case": json.dumps(NAME).upper().replace("\\U", "\\u").encode(),
    "json in json": json.dumps(json.dumps(NAME)).encode(),
    "python": ascii(NAME).encode(),
    "bytes as python shows them": repr(NAME.encode()).encode(),
    "pickle": pickle.dumps([NAME], 0),
    "html, decimal": NAME.encode("ascii", "xmlcharrefreplace"),
    "html, hexadecimal": "".join(f"&#x{ord(c):x};" for c in NAME).encode(),
    "html, upper case": "".join(f"&#x{ord(c):X};" for c in NFD).encode(),
    "percent": quote(NAME).encode(),
    "percent, lower case": quote(NFD).lower().encode(),
    "escape() of javascript": "".join(f"%u{ord(c):04X}" for c in NAME).encode(),
    "quoted-printable": quopri.encodestring(NAME.encode()),
    "octal": "".join(f"\\{unit:03o}" for unit in NAME.encode()).encode(),
    "hexadecimal": NAME.encode().hex().encode(),
    "hashed": hashlib.sha256(NAME.encode()).hexdigest().encode(),
    "hashed, nfd": hashlib.md5(NFD.encode()).hexdigest().encode(),
    "romanised": b"Tak Hayun",
    "romanised, in capitals": b"TAK HA-YUN",
    "romanised, surname last": b"Ha Yun Tak",
    "romanised, in a file's name": b"tak_hayun.wav",
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_every_form_is_found_and_is_that_name_s(written: bytes) -> None:
    assert found(b"before " + written + b" after") == {NAME}


@pytest.mark.parametrize("text", [
    NAME.encode(), NFD.encode(), NAME.encode("utf-16-le"), NFD.encode("utf-16-be"), NAME.encode("cp949"),
    json.dumps(NAME).encode(), pickle.dumps(NAME),
])  # fmt: skip
@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("after", range(3))
@pytest.mark.parametrize("coder", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_is_found_wherever_it_begins(text: bytes, before: int, after: int, coder) -> None:
    assert found(coder(b"\xff" * before + text + b"\xfe" * after)) == {NAME}


@pytest.mark.parametrize(
    "near",
    [
        "탁하은",
        "탁하 윤슬",
        "하윤",
        "택하윤",
        "tak ha",
        "tak hyun",
        base64.b64encode("탁하은입니다".encode()).decode(),
        "",
    ],
)
def test_what_is_only_like_it_is_not_found(near: str) -> None:
    assert found(near.encode()) == set()


def test_noise_holds_no_name() -> None:
    assert found(random.Random(5).randbytes(8 << 20)) == set()


@pytest.mark.parametrize("cut", range(-12, 13, 3))
def test_a_name_over_the_edge_of_two_chunks_is_found(cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "CHUNK", 64)
    assert found(b"x" * (64 + cut) + json.dumps(NAME).encode() + b"x" * 100) == {NAME}


def test_both_names_are_found_and_where() -> None:
    traces = SEARCH.bytes(f"{OTHER} {NAME}".encode(), "a/b")
    assert {(trace.name, trace.where, trace.form) for trace in traces} == {
        (NAME, "a/b", "NFC utf-8"),
        (OTHER, "a/b", "NFC utf-8"),
    }


def zipped(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return held.getvalue()


XML = f"<dc:creator>{NAME}</dc:creator>".encode() * 5
RUNS = (
    f"<?xml version='1.0'?><w:p><w:r><w:t>{NAME[:1]}</w:t></w:r><w:r><w:rPr/><w:t>{NAME[1:]}</w:t></w:r></w:p>".encode()
)


def stored(text: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute("CREATE TABLE said (text)")
        made.execute("INSERT INTO said VALUES (?)", ("가" * 3000 + text,))
        made.commit()
        return made.serialize()


PACKED = {
    "zip": zipped(core=XML),
    "zip in zip": zipped(a=b"x" * 99, project=zipped(core=XML)),
    "gzip": gzip.compress(XML),
    "gzip in zip": zipped(a=gzip.compress(XML)),
    "bzip2": bz2.compress(XML),
    "xz": lzma.compress(XML),
    "runs of Word": zipped(document=RUNS),
    "xml alone": RUNS,
    "database in zip": zipped(data=stored(NAME)),
    "name of a member": zipped(**{NAME: b""}),
}


@pytest.mark.parametrize("data", PACKED.values(), ids=PACKED)
def test_what_is_packed_is_found(data: bytes, tmp_path: Path) -> None:
    assert found(data) == {NAME}
    (tmp_path / "export").write_bytes(data)
    (trace, *_) = SEARCH.folder(tmp_path)
    assert trace.where.startswith("export")


def test_two_lines_are_no_name() -> None:
    lines = f"<?xml version='1.0'?><w:p><w:t>{NAME[:1]}</w:t></w:p><w:p><w:t>{NAME[1:]}</w:t></w:p>".encode()
    assert found(lines) == set()


def test_half_a_database_is_searched_as_it_is() -> None:
    assert found(zipped(data=stored("")[:5000] + NAME.encode())) == {NAME}


def test_half_an_archive_is_searched_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "half").write_bytes(zipped(core=XML)[:60] + NAME.encode())
    assert {trace.name for trace in SEARCH.folder(tmp_path)} == {NAME}


def test_what_cannot_be_looked_through_is_an_error() -> None:
    data = XML
    for _ in range(searching.DEEPEST + 1):
        data = gzip.compress(data)
    with pytest.raises(ValueError, match="too deep"):
        found(data)


def test_names_of_files_and_folders_are_searched_and_exempt_places_are_not(tmp_path: Path) -> None:
    (tmp_path / NFD).mkdir()
    (tmp_path / "review").mkdir()
    (tmp_path / "review" / "sheet").write_text(NAME)
    assert {trace.where for trace in SEARCH.folder(tmp_path, lambda where: where.startswith("review"))} == {
        f"{NFD} (its name)"
    }


def database(path: Path, *statements: str, pragma: str = "journal_mode = DELETE") -> sqlite3.Connection:
    made = sqlite3.connect(path)
    made.execute(f"PRAGMA {pragma}")
    for statement in statements:
        made.execute(statement)
        made.commit()
    return made


def test_a_cell_spread_over_pages_is_found(tmp_path: Path) -> None:
    def written(file: str, text: str) -> bytes:
        with closing(database(tmp_path / file, "CREATE TABLE said (text)", f"INSERT INTO said VALUES ('{text}')")):
            return (tmp_path / file).read_bytes()

    numbers = "".join(f"{number:04}" for number in range(3000))
    raw = written("numbers.db", numbers)
    edge = next(4 * n for n in range(2999) if numbers[4 * n : 4 * n + 8].encode() not in raw)
    assert NAME.encode() not in written("a.db", numbers[:edge] + NAME + numbers[edge + len(NAME.encode()) :])
    assert {trace.where for trace in SEARCH.folder(tmp_path)} == {"a.db: said"}


@pytest.mark.parametrize("secure", [True, False])
def test_what_was_deleted_is_found_unless_it_was_overwritten(secure: bool, tmp_path: Path) -> None:
    statements = "CREATE TABLE said (text)", f"INSERT INTO said VALUES ('{NAME}')", "DELETE FROM said"
    with closing(database(tmp_path / "a.db", *statements, pragma=f"secure_delete = {secure}")):
        pass
    assert bool(SEARCH.folder(tmp_path)) is not secure


def test_what_is_only_in_the_wal_is_found(tmp_path: Path) -> None:
    statements = "CREATE TABLE said (text)", f"INSERT INTO said VALUES ('{NAME}')"
    with closing(database(tmp_path / "a.db", *statements, pragma="journal_mode = WAL")):
        assert {trace.where for trace in SEARCH.folder(tmp_path)} >= {"a.db-wal", "a.db: said"}


@pytest.mark.parametrize(
    ("character", "latin"),
    [("김", "gim"), ("값", "gap"), ("읽", "ik"), ("양", "yang"), ("의", "ui"), ("쾌", "kwae"), ("빛", "bit")],
)
def test_syllables_in_latin_letters(character: str, latin: str) -> None:
    assert syllable(character) == latin


def test_names_in_latin_letters() -> None:
    assert {"gimminsu", "kim minsu", "minsu kim", "kim, min-su", "kim_min su"} <= set(romanised("김민수"))
    assert set(romanised("010")) == set()
