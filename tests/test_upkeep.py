"""What is sealed is looked at, within a budget; what could not be made again is copied, and the copies open."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from faults import tree, with_room
from golden.walked import taken_in, to_the_store

from pipeline import upkeep
from pipeline.errors import BackupFailed, DiskFull
from pipeline.interview import InterviewId
from pipeline.places import Home
from pipeline.settings import load
from pipeline.stores.keyring import service_identity
from pipeline.stores.register import read_register, studies
from pipeline.walk import Walk

OWN = '[detect]\nrecognizers = ["roster", "patterns"]\n'
AT = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
ALL = 10**12


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    walk = taken_in("two_speakers", tmp_path_factory.mktemp("published"), OWN)
    to_the_store(walk)
    return walk


@pytest.fixture
def walk(published: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """A copy of a home with one published interview."""
    from dataclasses import replace

    from pipeline.stores.vault import Vault

    monkeypatch.setattr(upkeep, "AGAIN_SECONDS", 0)
    home = Home(tmp_path / "home")
    shutil.copytree(published.home.root, home.root)
    return replace(published, home=home, vault=Vault(home.vault, published.identity))


def check(walk: Walk, budget: int = ALL) -> upkeep.Checked:
    return upkeep.check(walk.home, walk.identity, budget)


def files_of(walk: Walk) -> list[Path]:
    return [path for path in walk.vault.folder(walk.interview).glob("[!.]*") if path.suffix != ".stamp"]


def test_what_is_whole_is_whole_and_its_size_is_said(walk: Walk) -> None:
    size = sum(path.stat().st_size for path in files_of(walk))
    assert check(walk) == upkeep.Checked(1, size, (), True)


def test_any_flipped_byte_of_any_sealed_file_is_found(walk: Walk) -> None:
    for path in files_of(walk):
        whole = path.read_bytes()
        for at in (0, 20, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert check(walk).damaged == (walk.interview,), (path.name, at)
        path.write_bytes(whole[:-1])
        assert check(walk).damaged == (walk.interview,), path.name
        path.write_bytes(whole)
    assert check(walk).damaged == ()


def test_a_file_that_is_gone_or_an_old_one_put_back_is_found(walk: Walk) -> None:
    for name in ("part01.blob", "recording.blob", "06-transcript", "12-released"):
        path = walk.vault.folder(walk.interview) / name
        path.rename(path.with_name(".aside"))
        assert check(walk).damaged == (walk.interview,), name
        path.with_name(".aside").rename(path)
    blob = walk.vault.folder(walk.interview) / "recording.blob"
    walk.vault.write_blob(walk.interview, "recording", [b"\0" * 320])  # sealed as it should be, and another sound
    assert blob.exists() and check(walk).damaged == (walk.interview,)


def test_what_a_crash_leaves_is_no_damage(walk: Walk) -> None:
    folder = walk.vault.folder(walk.interview)
    (folder / "12-released.stamp").unlink()
    (folder / ".06-transcript.99999999.abcd.tmp").write_bytes(b"half")
    (folder / "13-publication.stamp").unlink()
    (folder / "13-publication").unlink()
    assert check(walk).damaged == ()


def test_a_lost_key_is_damage_and_stops_nothing(walk: Walk) -> None:
    other = copied(walk, "P02")
    (walk.home.vault / other.study / "P02" / "participant.key").unlink()
    found = check(walk)
    assert (found.damaged, found.interviews, found.whole) == ((other,), 2, True)


def copied(walk: Walk, participant: str) -> InterviewId:
    """The same folder under another participant: it counts as one that was taken in, and opens nowhere."""
    other = InterviewId(walk.interview.study, participant, walk.interview.session)
    shutil.copytree(walk.vault.folder(walk.interview).parent, walk.vault.folder(other).parent)
    return other


def test_a_large_vault_is_covered_in_several_nights_and_begun_anew(walk: Walk) -> None:
    others = tuple(copied(walk, f"P{number}") for number in (2, 3, 4))
    size = sum(path.stat().st_size for path in files_of(walk))
    nights = [check(walk, 2 * size) for _ in range(4)]
    assert [night.interviews for night in nights] == [2, 2, 2, 2]
    assert not any(night.whole for night in nights)
    assert nights[0].damaged + nights[1].damaged == nights[2].damaged + nights[3].damaged == tuple(sorted(others))
    assert check(walk, 1).interviews == 1  # one at least, however little may be read
    assert check(walk).interviews == 3  # what is left of this round


def test_what_was_reached_may_be_unreadable(walk: Walk) -> None:
    for left in (b"", b"{", b"[]", b'{"reached": 7}'):
        (walk.home.vault / upkeep.REACHED).write_bytes(left)
        assert check(walk).interviews == 1
    assert check(Walk(walk.interview, Home(walk.home.root / "none"), *_rest(walk))).interviews == 0


def _rest(walk: Walk) -> tuple:  # type: ignore[type-arg]
    return (walk.vault, walk.identity, walk.settings, walk.study)


# --- copies ---------------------------------------------------------------------------------------------------------


def test_the_copies_open_without_the_home_and_lie_apart(walk: Walk) -> None:
    (walk.home.keys / "custody.log").write_bytes(b"{}\n")
    before = tree(walk.home.root)
    made = upkeep.backup(walk.home, walk.settings, AT)
    assert made.keys and made.store and made.keys.parent != made.store.parent
    assert {name: what for name, what in tree(walk.home.root).items() if not name.startswith("backups")} == before
    for path in (*made.keys.rglob("*"), *made.store.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0 or os.name == "nt", path
        assert path.suffix not in (".lock", ".tmp")
    shutil.rmtree(walk.home.registers)
    identity = service_identity(made.keys / "keys")
    [study] = studies(made.keys / "registers")
    assert read_register(made.keys / "registers", study, identity).entries
    assert (made.keys / "studies" / f"{study}.toml").exists() and (made.keys / "settings.toml").exists()
    assert (made.keys / "keys" / "custody.log").read_bytes() == b"{}\n"
    with closing(sqlite3.connect(made.store / "coding.sqlite")) as copy:
        assert copy.execute("SELECT count(*) FROM segment").fetchone()[0] > 0


def test_the_newest_are_kept_and_drafts_of_a_crash_go(walk: Walk) -> None:
    settings = walk.settings.model_copy(
        update={"maintenance": walk.settings.maintenance.model_copy(update={"backups_kept": 2})}
    )
    (walk.home.root / "backups" / "keys" / "20260101T000000Z.part").mkdir(parents=True)
    for day in range(4):
        upkeep.backup(walk.home, settings, AT + timedelta(days=day))
    for kind in ("keys", "store"):
        names = sorted(path.name for path in (walk.home.root / "backups" / kind).iterdir())
        assert names == ["20260304T033000Z", "20260305T033000Z"]


def test_a_store_that_is_written_to_meanwhile_is_copied_whole(walk: Walk) -> None:
    with closing(sqlite3.connect(walk.home.store / "coding.sqlite")) as writer:
        writer.execute("CREATE TABLE more (x)")
        writer.execute("INSERT INTO more VALUES (1)")  # not committed
        made = upkeep.backup(walk.home, walk.settings, AT)
    assert made.store
    with closing(sqlite3.connect(made.store / "coding.sqlite")) as copy:
        assert copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'segment'").fetchone()[0] == 1


def test_a_copy_that_does_not_open_is_an_error_and_earlier_ones_stay(walk: Walk) -> None:
    first = upkeep.backup(walk.home, walk.settings, AT)
    assert first.keys and first.store
    register = next(walk.home.registers.glob("*.register"))
    register.write_bytes(register.read_bytes()[:-1])
    with pytest.raises(BackupFailed, match="SealBroken"):
        upkeep.backup(walk.home, walk.settings, AT + timedelta(days=1))
    store = walk.home.store / "coding.sqlite"
    shutil.copyfile(first.keys / "registers" / register.name, register)
    store.write_bytes(store.read_bytes()[:100] + b"\0" * 3000)
    with pytest.raises(BackupFailed, match="integrity_check"):
        upkeep.backup(walk.home, walk.settings, AT + timedelta(days=2))
    assert first.keys.exists() and [path.name for path in first.store.parent.iterdir()] == [first.store.name]


def test_a_full_disk_leaves_no_half_copy(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    with_room(monkeypatch, 100)
    with pytest.raises(DiskFull):
        upkeep.backup(walk.home, walk.settings, AT)
    assert list((walk.home.root / "backups" / "keys").iterdir()) == []


def test_a_home_without_anything_has_nothing_to_copy(tmp_path: Path) -> None:
    assert upkeep.backup(Home(tmp_path), load(), AT) == upkeep.Copied(None, None)


FAKE = """#!/bin/sh
[ "$PGPASSWORD" = secret ] || exit 3
case "$0 $*" in *secret*) exit 4;; esac
for word in "$@"; do case "$word" in --file=*) echo dump > "${word#--file=}";; esac; done
"""


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for pg_dump")
def test_a_postgresql_store_is_dumped_where_its_tool_is_there(
    walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+psycopg://coder:secret@db.example/coding"
    settings = walk.settings.model_copy(
        update={"publish": walk.settings.publish.model_copy(update={"database_url": url})}
    )
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert upkeep.backup(walk.home, settings, AT).why == "pg_dump"
    for name, text in (("pg_dump", FAKE), ("pg_restore", FAKE)):
        tool = tmp_path / "bin" / name
        tool.parent.mkdir(exist_ok=True)
        tool.write_text(text)
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin:/usr/bin")
    made = upkeep.backup(walk.home, settings, AT + timedelta(days=1))
    assert made.store and (made.store / "coding.dump").read_text() == "dump\n"
    (tmp_path / "bin" / "pg_restore").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(BackupFailed, match="pg_restore"):
        upkeep.backup(walk.home, settings, AT + timedelta(days=2))
