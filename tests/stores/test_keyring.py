from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from faults import leavings, with_room

from pipeline.errors import DiskFull, KeyMissing, KeyWrong
from pipeline.stores.keyring import DATA_KEY, Identity, data_key, make_service_identity, service_identity


def test_a_data_key_is_made_once(tmp_path: Path) -> None:
    identity, path = Identity.fresh(), tmp_path / "P01" / "participant.key"
    made = data_key(path, identity, make=True)
    assert len(made) == DATA_KEY
    assert data_key(path, identity, make=True) == data_key(path, identity) == made
    assert made not in path.read_bytes()


def test_two_data_keys_differ(tmp_path: Path) -> None:
    identity = Identity.fresh()
    assert data_key(tmp_path / "a.key", identity, make=True) != data_key(tmp_path / "b.key", identity, make=True)


def test_many_at_once_get_the_same_key(tmp_path: Path) -> None:
    identity, keys = Identity.fresh(), []
    work = [
        threading.Thread(target=lambda: keys.append(data_key(tmp_path / "a.key", identity, make=True)))
        for _ in range(8)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert len(keys) == 8 and len(set(keys)) == 1


def test_no_key_is_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing):
        data_key(tmp_path / "a.key", Identity.fresh())
    assert not (tmp_path / "a.key").exists()


def test_another_identity_does_not_open_it(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    data_key(path, Identity.fresh(), make=True)
    with pytest.raises(KeyWrong) as wrong:
        data_key(path, Identity.fresh(), make=True)
    assert wrong.value.facts == {"path": path}


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "garbage", "too short a key"])
def test_a_damaged_wrapped_key_is_a_wrong_key(tmp_path: Path, damage: str) -> None:
    identity, path = Identity.fresh(), tmp_path / "a.key"
    data_key(path, identity, make=True)
    whole = path.read_bytes()
    flipped = whole[:-1] + bytes([whole[-1] ^ 1])
    path.write_bytes(
        {"empty": b"", "cut": whole[:-1], "flipped": flipped, "garbage": b"\0" * 300,
         "too short a key": identity.wrap(b"short")}[damage]
    )  # fmt: skip
    with pytest.raises(KeyWrong):
        data_key(path, identity)


def test_the_service_identity_is_made_once_and_read_again(tmp_path: Path) -> None:
    made = make_service_identity(tmp_path / "keys")
    assert make_service_identity(tmp_path / "keys") == service_identity(tmp_path / "keys") == made


def test_a_missing_identity_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing) as missing:
        service_identity(tmp_path)
    assert missing.value.facts == {"path": tmp_path / "service.key"}


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"age1notasecret", b"\xff\xfe\0", "비밀".encode(), b"AGE-SECRET-KEY-1X"]
)
def test_what_is_no_identity_is_a_wrong_key(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "service.key").write_bytes(content)
    with pytest.raises(KeyWrong):
        service_identity(tmp_path)


def test_white_space_around_the_identity_does_not_matter(tmp_path: Path) -> None:
    identity = Identity.fresh()
    (tmp_path / "service.key").write_text(f"  {identity.secret}\r\n\n", "ascii")
    assert service_identity(tmp_path) == identity


def test_the_secret_is_never_shown() -> None:
    identity = Identity.fresh()
    assert identity.secret.startswith("AGE-SECRET-KEY-1")
    assert "AGE" not in repr(identity) + str(identity) + f"{identity}" + repr([identity])


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_only_the_owner_may_read_keys(tmp_path: Path) -> None:
    make_service_identity(tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "service.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("room", [0, 10])
def test_a_full_disk_makes_no_half_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    identity = Identity.fresh()
    with_room(monkeypatch, room)
    with pytest.raises(DiskFull):
        make_service_identity(tmp_path / "keys")
    with pytest.raises(DiskFull):
        data_key(tmp_path / "a.key", identity, make=True)
    assert not (tmp_path / "keys" / "service.key").exists() and not (tmp_path / "a.key").exists()
    assert leavings(tmp_path) == []
