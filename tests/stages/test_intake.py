from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from pipeline.errors import FileEmpty, FileMissing, NotAudio, SealBroken
from pipeline.interview import Consent, Declared, InterviewId, Sheet
from pipeline.stages.intake import PIECE, inspected, intake

SHEET = Sheet(InterviewId("peers", "P01", "S1"), Consent(True, True))
TEN_SECONDS = Declared(10.0, 2, 44100, "aac")


def ten_seconds(stream: BinaryIO) -> Declared:
    return TEN_SECONDS


def nothing(stream: BinaryIO) -> None:
    return None


@dataclass
class Shelf:
    """A vault in memory; `spoil` is what the copy becomes."""

    held: dict[str, bytes] = field(default_factory=dict)
    spoil: Callable[[bytes], bytes] = lambda data: data

    def write(self, name: str, pieces: Iterable[bytes]) -> tuple[str, int]:
        data = b"".join(pieces)
        self.held[name] = self.spoil(data)
        return hashlib.sha256(data).hexdigest(), len(data)

    def open(self, name: str) -> BinaryIO:
        return io.BytesIO(self.held[name])


def test_parts_are_sealed_in_order_each_where_the_one_before_ended(tmp_path: Path) -> None:
    files = (tmp_path / "b.m4a", tmp_path / "a.m4a")
    contents = (b"first", b"x" * (2 * PIECE + 7))
    for path, content in zip(files, contents, strict=True):
        path.write_bytes(content)
    shelf = Shelf()
    source = intake(files, SHEET, ten_seconds, shelf)
    assert (source.interview, source.sheet) == (SHEET.interview, SHEET)
    assert [part.offset for part in source.parts] == [0.0, 10.0]
    assert [part.blob for part in source.parts] == ["part01", "part02"]
    assert [part.sha256 for part in source.parts] == [hashlib.sha256(content).hexdigest() for content in contents]
    assert [part.size for part in source.parts] == [5, 2 * PIECE + 7]
    assert {(p.seconds, p.channels, p.sample_rate, p.codec) for p in source.parts} == {(10.0, 2, 44100, "aac")}
    assert shelf.held == {"part01": contents[0], "part02": contents[1]}
    assert [path.read_bytes() for path in files] == list(contents)


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: b"", lambda data: data + b"\0"])
def test_a_copy_that_differs_is_noticed(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.m4a"
    path.write_bytes(b"sound")
    with pytest.raises(SealBroken):
        intake((path,), SHEET, ten_seconds, Shelf(spoil=spoil))


@pytest.mark.parametrize(
    ("make", "error"),
    [(lambda path: None, FileMissing), (lambda path: path.mkdir(), FileMissing), (lambda path: path.touch(), FileEmpty),
     (lambda path: path.symlink_to(path.with_name("gone")), FileMissing)],
    ids=["missing", "folder", "empty", "dangling link"],
)  # fmt: skip
def test_what_cannot_be_read_is_named(tmp_path: Path, make: Callable[[Path], None], error: type[Exception]) -> None:
    path = tmp_path / "a.m4a"
    make(path)
    with pytest.raises(error) as raised:
        inspected(path, ten_seconds)
    assert raised.value.facts == {"path": path}  # type: ignore[attr-defined]


def test_what_holds_no_audio_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    path.write_bytes(b"text")
    with pytest.raises(NotAudio):
        inspected(path, nothing)


def test_a_bad_second_file_is_an_error(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.m4a", tmp_path / "b.m4a"
    good.write_bytes(b"sound")
    with pytest.raises(FileMissing):
        intake((good, bad), SHEET, ten_seconds, Shelf())
