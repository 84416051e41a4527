from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import object_store as stores
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import PlaceUnreachable, SettingsInvalid
from pipeline.objects import PART, ObjectPlace, bucket


@pytest.fixture(scope="module")
def place(object_store: str) -> ObjectPlace:
    return stores.fresh(object_store) / "one"


@settings(max_examples=25)
@given(st.lists(st.binary(max_size=40)), st.integers(0, 60), st.integers(0, 60))
def test_what_was_written_is_read_back_whole_and_from_anywhere(
    place: ObjectPlace, pieces: list[bytes], at: int, size: int
) -> None:
    place.write(iter([b"head", *pieces]))
    whole = b"head" + b"".join(pieces)
    assert place.read_bytes() == whole and place.beginning(3) == whole[:3]
    with place.open() as stream:
        assert stream.seek(0, os.SEEK_END) == len(whole)
        assert stream.seek(at) == at and stream.read(size) == whole[at : at + size]


def large() -> Iterator[bytes]:
    yield from (bytes([number]) * (1 << 20) for number in range(20))


def test_what_is_large_goes_up_in_parts_and_is_there_at_the_end_alone(place: ObjectPlace) -> None:
    place.write([b"before"])

    def watched() -> Iterator[bytes]:
        for piece in large():
            assert place.read_bytes() == b"before"
            yield piece

    place.write(watched())
    with place.open() as stream:
        stream.seek(PART + 100)
        assert stream.read(4) == bytes([8]) * 4
        assert stream.seek(0, os.SEEK_END) == 20 << 20


@pytest.mark.parametrize("sent", [0, 3, 17])
def test_a_write_that_breaks_off_leaves_what_was_there_and_no_parts(place: ObjectPlace, sent: int) -> None:
    def broken() -> Iterator[bytes]:
        for number, piece in enumerate(large()):
            if number == sent:
                raise ValueError("no more")
            yield piece

    place.write([b"before"])
    with pytest.raises(ValueError, match="no more"):
        place.write(broken())
    assert place.read_bytes() == b"before"
    name = place.key.partition("/")[0]
    assert "<Upload>" not in httpx.get(f"{place.endpoint}/{name}?uploads", trust_env=False).text


def test_a_stream_never_mixes_two_versions(place: ObjectPlace) -> None:
    place.write(large())
    with place.open() as stream:
        assert stream.read(10) == bytes(10)
        place.write([b"x" * (20 << 20)])
        with pytest.raises(PlaceUnreachable):
            stream.seek(10 << 20)
            stream.read(10)


FILES = ("a/P1/S1/01-source", "a/P1/S1/01-source.stamp", "a/P1/S1/.x.lock", "a/P1/participant.key",
         "b/P2/S1/part01.blob", "b/P2/S1/part[1].blob", "b.key", "b.people/1.key", "b/P2/S1/failure-merge")  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "pattern"),
    [("", "*/*/*/01-source"), ("", "*/*/participant.key"), ("", "*.key"), ("", "*.people/*.key"), ("a/P1", "*/[!.]*"),
     ("a/P1", "*/*"), ("b/P2/S1", "part*.blob"), ("b/P2/S1", "part[[]1].blob"), ("b/P2/S1", "failure-*"), ("c", "*"),
     ("", "a*/*"), ("a/P1/S1", "01-source")],
)  # fmt: skip
def test_patterns_match_what_they_match_in_a_folder(
    object_store: str, tmp_path: Path, folder: str, pattern: str
) -> None:
    there = stores.fresh(object_store)
    for name in FILES:
        (there / name).write([b"x"])
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    expected = {path.relative_to(tmp_path).as_posix() for path in (tmp_path / folder).glob(pattern) if path.is_file()}
    below = there / folder if folder else there
    assert {path.relative_to(there).as_posix() for path in below.glob(pattern)} == expected


def test_a_place_names_its_parts_as_a_path_does() -> None:
    path, place = Path("lab/vault/a.b/c.key"), ObjectPlace("lab/vault/a.b/c.key", "e")
    assert (place.name, place.stem, place.suffix) == (path.name, path.stem, path.suffix)
    for ours, theirs in [(place.parent, path.parent), (place.with_name("x"), path.with_name("x")),
                         (place.with_suffix(".lock"), path.with_suffix(".lock")),
                         (place / "y", path / "y")]:  # fmt: skip
        assert (ours.key, ours.endpoint) == (theirs.as_posix(), "e")
    assert str(place) == "s3://lab/vault/a.b/c.key"


def test_what_is_there_and_what_is_not(object_store: str) -> None:
    root = stores.fresh(object_store)
    assert not root.exists() and root.versions() == {}
    (root / "a" / "b").write([b"1"])
    (root / "ab").write([b"2"])
    assert root.is_dir() and not root.is_file() and (root / "a").is_dir()
    assert not (root / "a" / "b").is_dir() and (root / "a" / "b").is_file()
    before = root.versions()
    assert before.keys() == {"ab"}
    (root / "ab").write([b"3"])
    assert root.versions() != before
    (root / "a").clear()
    (root / "a").unlink()
    assert not (root / "a").exists() and (root / "ab").exists()
    for read in ((root / "a").read_bytes, (root / "a").open, lambda: (root / "a").beginning(3)):
        with pytest.raises(FileNotFoundError):
            read()


def test_many_objects_come_in_pages(object_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = stores.fresh(object_store)
    for number in range(5):
        (root / f"{number}.key").write([b"x"])
    real = root._all.call_s3
    monkeypatch.setattr(root._all, "call_s3", lambda method, **given: real(method, **{"MaxKeys": 2, **given}))
    assert [path.name for path in root.glob("*.key")] == [f"{number}.key" for number in range(5)]


def test_a_conditional_write_meets_the_state_it_names_or_does_nothing(object_store: str) -> None:
    place = stores.fresh(object_store) / "lease"
    first = place.put(b"1", None)
    assert first and place.put(b"2", None) is None
    assert place.put(b"3", '"of another"') is None and place.read_bytes() == b"1"
    second = place.put(b"4", first)
    assert second and place.put(b"5", first) is None and place.read_bytes() == b"4"
    seen = place.seen()
    assert seen and seen[0] == second and -2 <= seen[1] <= 5
    place.unlink()
    assert place.put(b"6", second) is None and place.seen() is None


def test_a_store_that_cannot_be_reached_is_said_without_its_words(
    object_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.objects.TIMES", {"connect_timeout": 1, "retries": {"max_attempts": 0}})
    with pytest.raises(PlaceUnreachable) as nobody:
        bucket("s3://lab/vault", "http://127.0.0.1:9")
    with pytest.raises(PlaceUnreachable) as missing:
        bucket("s3://no-such-bucket-here/vault", object_store)
    assert missing.value.facts == {"path": "s3://no-such-bucket-here", "why": "no such bucket"}
    assert nobody.value.facts["path"] == "s3://lab" and str(nobody.value.facts["why"]).endswith("Error")
    for error in (nobody, missing):
        assert stores.CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in str(error.value)


@pytest.mark.parametrize("where", ["s3://", "s3:///"])
def test_a_bucket_needs_a_name(where: str) -> None:
    with pytest.raises(SettingsInvalid):
        bucket(where, "")


@pytest.mark.skipif(os.name == "nt", reason="file modes")
def test_credentials_that_others_may_read_are_not_used(
    object_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    file.chmod(0o640)
    with pytest.raises(SettingsInvalid, match="chmod 600"):
        bucket("s3://lab/vault", f"{object_store}/")
    file.chmod(0o600)
    with pytest.raises(PlaceUnreachable, match="no such bucket"):
        bucket("s3://lab/vault", f"{object_store}/")
