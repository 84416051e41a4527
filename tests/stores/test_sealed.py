from __future__ import annotations

import io
import itertools
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import leavings, tree, with_room
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.errors import DiskFull, PlaceUnwritable, SealBroken
from pipeline.stores import sealed
from pipeline.stores.sealed import CHUNK, HEADER, MAGIC, TAG, identity, private_folder, seal, unseal, write_atomically

KEY, OTHER = b"k" * 32, b"o" * 32
PLACE = "peers/P01/S1/01-source"
EDGES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK)


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "sealed"


def plain(size: int) -> bytes:
    """Bytes that differ from place to place."""
    return bytes(itertools.islice(itertools.cycle(range(251)), size))


def opened(path: Path, key: bytes = KEY, place: str = PLACE) -> bytes:
    with unseal(path, key, place) as stream:
        return stream.read()


# --- what goes in comes out -----------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=300) | st.sampled_from(EDGES).map(plain), max_size=5))
@example([])
@example([b""])
def test_any_bytes_in_any_pieces_come_back(path: Path, pieces: list[bytes]) -> None:
    seal(path, pieces, KEY, PLACE)
    assert opened(path) == b"".join(pieces)


@pytest.mark.parametrize("size", EDGES)
def test_a_file_is_as_long_as_it_must_be(path: Path, size: int) -> None:
    seal(path, [plain(size)], KEY, PLACE)
    assert path.stat().st_size == HEADER + size + TAG * max(1, -(-size // CHUNK))


Move = tuple[int, int]
MOVES = st.lists(
    st.tuples(st.sampled_from((io.SEEK_SET, io.SEEK_CUR, io.SEEK_END)), st.integers(-4 * CHUNK, 4 * CHUNK))
    | st.tuples(st.just(-1), st.integers(-1, 2 * CHUNK)),
    max_size=12,
)


@settings(max_examples=60)
@given(st.sampled_from(EDGES), MOVES)
def test_any_pattern_of_seeking_and_reading_is_that_of_a_plain_file(path: Path, size: int, moves: list[Move]) -> None:
    data = plain(size)
    seal(path, [data], KEY, PLACE)
    with unseal(path, KEY, PLACE) as stream, io.BytesIO(data) as truth:
        for whence, amount in moves:
            if whence < 0:
                assert stream.read(amount) == truth.read(amount)
            else:
                base = {io.SEEK_SET: 0, io.SEEK_CUR: truth.tell(), io.SEEK_END: size}[whence]
                truth.seek(max(0, base + amount))
                stream.seek(max(0, base + amount) if whence == io.SEEK_SET else amount, whence)
            assert stream.tell() == truth.tell()


def test_an_end_that_was_sought_before_anything_was_read_is_the_end(path: Path) -> None:
    seal(path, [plain(CHUNK + 7)], KEY, PLACE)
    with unseal(path, KEY, PLACE) as stream:
        assert stream.seek(-7, io.SEEK_END) == CHUNK
        assert stream.read() == plain(CHUNK + 7)[-7:]


def test_the_same_bytes_are_never_sealed_alike(path: Path) -> None:
    seal(path, [b"same"], KEY, PLACE)
    first = path.read_bytes()
    seal(path, [b"same"], KEY, PLACE)
    second = path.read_bytes()
    assert first[HEADER:] != second[HEADER:]
    assert b"same" not in first + second


def test_its_identity_is_its_salt(path: Path) -> None:
    salt = seal(path, [b"x"], KEY, PLACE)
    assert identity(path) == salt == path.read_bytes()[len(MAGIC) : HEADER].hex()


@pytest.mark.parametrize("content", [b"", b"CHRK1", b"CHRK1" + b"s" * 31, b"XXXXX" + b"s" * 64])
def test_what_is_not_sealed_has_no_identity_and_does_not_open(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert identity(path) is None
    with pytest.raises(SealBroken):
        opened(path)


def test_a_missing_file_has_no_identity(tmp_path: Path) -> None:
    assert identity(tmp_path / "none") is None


# --- what was tampered with does not --------------------------------------------------------------------------------


def broken(path: Path, content: bytes, key: bytes = KEY, place: str = PLACE) -> bool:
    path.write_bytes(content)
    try:
        opened(path, key, place)
    except SealBroken as error:
        assert error.facts == {"path": path}
        return True
    return False


@settings(max_examples=150)
@given(st.sampled_from((0, 1, 100, CHUNK, CHUNK + 5)), st.floats(0, 1), st.integers(1, 255))
def test_any_flipped_byte_is_noticed(path: Path, size: int, at: float, flip: int) -> None:
    seal(path, [plain(size)], KEY, PLACE)
    content = bytearray(path.read_bytes())
    content[round(at * (len(content) - 1))] ^= flip
    assert broken(path, bytes(content))


def test_every_byte_of_a_small_file_counts(path: Path) -> None:
    seal(path, [b"\xea\xb9\x80"], KEY, PLACE)
    content = path.read_bytes()
    for index in range(len(content)):
        assert broken(path, content[:index] + bytes([content[index] ^ 1]) + content[index + 1 :]), index


@settings(max_examples=60)
@given(st.sampled_from((0, 1, CHUNK, CHUNK + 5, 2 * CHUNK, 3 * CHUNK)), st.floats(0, 1, exclude_max=True))
def test_any_truncation_is_noticed(path: Path, size: int, share: float) -> None:
    seal(path, [plain(size)], KEY, PLACE)
    content = path.read_bytes()
    assert broken(path, content[: int(share * len(content))])


def chunks(content: bytes) -> list[bytes]:
    body, step = content[HEADER:], CHUNK + TAG
    return [body[start : start + step] for start in range(0, len(body), step)]


@pytest.mark.parametrize(
    "order", [(1, 0, 2), (0, 2, 1), (0, 1), (0, 2), (1, 2), (0,), (2,), (0, 1, 2, 2), (0, 0, 1, 2), (0, 1, 1, 2), ()]
)
def test_chunks_cannot_be_dropped_repeated_or_reordered(path: Path, order: tuple[int, ...]) -> None:
    seal(path, [plain(2 * CHUNK + 9)], KEY, PLACE)
    content = path.read_bytes()
    parts = chunks(content)
    assert len(parts) == 3
    assert broken(path, content[:HEADER] + b"".join(parts[index] for index in order))


def test_chunks_of_another_file_do_not_fit(path: Path) -> None:
    seal(path, [plain(CHUNK + 1)], KEY, PLACE)
    other = path.read_bytes()
    seal(path, [plain(CHUNK + 1)], KEY, PLACE)
    content = path.read_bytes()
    assert broken(path, content[:HEADER] + chunks(other)[0] + chunks(content)[1])


@pytest.mark.parametrize("more", [b"\0", b"\0" * TAG, b"\0" * (CHUNK + TAG)])
def test_nothing_can_be_appended(path: Path, more: bytes) -> None:
    seal(path, [plain(10)], KEY, PLACE)
    assert broken(path, path.read_bytes() + more)


@pytest.mark.parametrize(
    "place", ["peers/P01/S1/01-sourc", "peers/P01/S2/01-source", "", PLACE + " "], ids=["name", "session", "none", " "]
)
def test_a_file_that_was_moved_does_not_open(path: Path, place: str) -> None:
    seal(path, [b"x"], KEY, PLACE)
    assert broken(path, path.read_bytes(), place=place)


@pytest.mark.parametrize("size", EDGES)
def test_another_key_does_not_open_it(path: Path, size: int) -> None:
    seal(path, [plain(size)], KEY, PLACE)
    assert broken(path, path.read_bytes(), key=OTHER)


def test_bytes_before_a_damaged_chunk_can_still_be_read(path: Path) -> None:
    seal(path, [plain(2 * CHUNK)], KEY, PLACE)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with unseal(path, KEY, PLACE) as stream:
        assert stream.read(CHUNK) == plain(CHUNK)
        with pytest.raises(SealBroken):
            stream.read()


# --- whole or not at all --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [0, 1, HEADER, HEADER + CHUNK, HEADER + CHUNK + 2 * TAG])
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, before: bytes | None
) -> None:
    path = tmp_path / "deep" / "file"
    if before is not None:
        private_folder(path.parent)
        path.write_bytes(before)
    with_room(monkeypatch, room)
    with pytest.raises(DiskFull) as full:
        seal(path, [plain(CHUNK), plain(100)], KEY, PLACE)
    assert full.value.facts == {"path": path}
    assert tree(path.parent) == ({} if before is None else {"file": tree(path.parent)["file"]})
    assert before is None or path.read_bytes() == before


def test_room_for_just_the_file_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_room(monkeypatch, HEADER + 100 + TAG)
    seal(tmp_path / "file", [plain(100)], KEY, PLACE)
    assert opened(tmp_path / "file") == plain(100)


def test_a_disk_that_fills_up_at_the_sync_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    disk = with_room(monkeypatch, None)
    disk.fsync = full  # type: ignore[attr-defined]
    with pytest.raises(DiskFull):
        write_atomically(tmp_path / "file", [b"x"])
    assert tree(tmp_path) == {}


def test_it_is_on_the_disk_before_it_is_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, bytes, bool]] = []

    def synced(descriptor: int) -> None:
        (temporary,) = tmp_path.iterdir()
        seen.append((temporary.suffix, temporary.read_bytes(), (tmp_path / "file").exists()))

    monkeypatch.setattr(os, "fsync", synced)
    write_atomically(tmp_path / "file", [b"whole"])
    assert seen == [(".tmp", b"whole", False)]


def test_an_error_in_the_middle_of_the_pieces_leaves_nothing(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield plain(CHUNK * 2)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        seal(tmp_path / "file", pieces(), KEY, PLACE)
    assert tree(tmp_path) == {}


def test_a_folder_where_the_file_should_be_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file" / "in the way").mkdir(parents=True)
    with pytest.raises(PlaceUnwritable):
        write_atomically(tmp_path / "file", [b"x"])
    assert leavings(tmp_path) == []


def test_a_file_where_the_folder_should_be_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "folder").write_bytes(b"")
    with pytest.raises(PlaceUnwritable):
        write_atomically(tmp_path / "folder" / "file", [b"x"])


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="only a plain user may be refused")
def test_a_folder_that_may_not_be_written_is_a_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PlaceUnwritable):
        write_atomically(tmp_path / "file", [b"x"])


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_only_the_owner_may_read(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    write_atomically(path, [b"x"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@given(st.lists(st.binary(max_size=3 * CHUNK), max_size=4))
@settings(max_examples=20)
def test_only_the_last_chunk_is_marked_and_all_others_are_full(pieces: list[bytes]) -> None:
    cut = list(sealed._chunks(pieces))
    assert [last for _, last in cut] == [False] * (len(cut) - 1) + [True]
    assert all(len(chunk) == CHUNK for chunk, last in cut if not last)
    assert b"".join(chunk for chunk, _ in cut) == b"".join(pieces)


# --- renewing the data key ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", EDGES)
def test_what_is_sealed_anew_opens_with_the_new_key_alone_and_keeps_its_salt(path: Path, size: int) -> None:
    salt = seal(path, [plain(size)], KEY, PLACE)
    sealed.reseal(path, OTHER + KEY, PLACE)
    assert opened(path, OTHER) == opened(path, OTHER + KEY) == opened(path, KEY + OTHER) == plain(size)
    assert identity(path) == salt
    with pytest.raises(SealBroken):
        opened(path, KEY)


def test_with_several_keys_the_first_seals_and_each_opens(path: Path) -> None:
    third = b"t" * 32
    seal(path, [plain(10)], OTHER + KEY, PLACE)
    assert opened(path, KEY + third + OTHER) == opened(path, OTHER) == plain(10)
    for wrong in (KEY, KEY + third):
        with pytest.raises(SealBroken):
            opened(path, wrong)


def test_what_is_damaged_is_not_sealed_anew(path: Path) -> None:
    seal(path, [plain(3 * CHUNK)], KEY, PLACE)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    before = path.read_bytes()
    with pytest.raises(SealBroken):
        sealed.reseal(path, OTHER + KEY, PLACE)
    assert path.read_bytes() == before and leavings(path.parent) == []
