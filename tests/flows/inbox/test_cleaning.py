from __future__ import annotations

import os
from pathlib import Path

import pytest
from dropping import drop, note, seen, settled_scan
from lab import Lab

from flows.inbox import journal
from flows.inbox.cleaning import DAY_SECONDS, clean
from flows.inbox.gathering import alone
from pipeline.errors import InboxGone

DONE = "처리됨/면담.flac"


@pytest.fixture
def taken(lab: Lab, submitted, clock, monkeypatch) -> Lab:
    """One original that was put away just now."""
    drop(lab)
    assert settled_scan(lab, clock) == {"taken": 1}
    now = (lab.home.inbox / f"{DONE}.사유.txt").stat().st_mtime
    monkeypatch.setattr(journal, "now", lambda: now + lab.days * DAY_SECONDS)
    return lab


@pytest.fixture(autouse=True)
def days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lab, "days", 14, raising=False)


def after(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    monkeypatch.setattr(Lab, "days", days, raising=False)


def test_an_original_leaves_when_its_time_has_come_and_not_before(taken: Lab, monkeypatch) -> None:
    for days in (0, 13.99, -400):
        after(monkeypatch, days)
        assert clean(taken.home) == {"kept": 1} and DONE in seen(taken)
    after(monkeypatch, 14)
    assert clean(taken.home) == {"removed": 1}
    assert seen(taken) == [] and not (taken.home.inbox / "처리됨").exists()
    assert clean(taken.home) == {}
    walk = taken.walk("lab-P01-S1")
    assert walk.vault.has_blob(walk.interview, "part01")


def damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "spoil", ["the copy is damaged", "the copy is gone", "the original is another", "no interview"]
)
def test_without_an_equal_copy_in_the_vault_it_stays_and_says_so(taken: Lab, spoil: str) -> None:
    walk = taken.walk("lab-P01-S1")
    blob = walk.vault.folder(walk.interview) / "part01.blob"
    if spoil == "the copy is damaged":
        damaged(blob)
    elif spoil == "the copy is gone":
        blob.unlink()
    elif spoil == "no interview":
        walk.vault.discard(walk.interview)
    else:
        damaged(taken.home.inbox / DONE)
    assert clean(taken.home) == {"unverified": 1}
    assert DONE in seen(taken) and "확인하지 못해 지우지 않았습니다" in note(taken, f"{DONE}.사유.txt")


def test_whose_note_was_removed_is_counted_from_now_on(taken: Lab) -> None:
    (taken.home.inbox / f"{DONE}.사유.txt").unlink()
    assert clean(taken.home)["removed"] == 0 and DONE in seen(taken)
    old = journal.now() - 15 * DAY_SECONDS
    os.utime(taken.home.inbox / f"{DONE}.사유.txt", (old, old))
    assert clean(taken.home) == {"removed": 1}


def test_duplicates_and_failures_are_for_people_to_remove(taken: Lab, clock, monkeypatch) -> None:
    after(monkeypatch, 0)
    drop(taken)
    assert settled_scan(taken, clock) == {"duplicate": 1}
    drop(taken, "빈.flac", 2, "P02-S1").write_bytes(b"")
    assert settled_scan(taken, clock) == {"failed": 1}
    after(monkeypatch, 400)
    assert clean(taken.home) == {"removed": 1}
    assert {"중복/면담.flac", "실패/빈.flac"} <= set(seen(taken))


def test_the_journal_forgets_what_is_over(taken: Lab, monkeypatch) -> None:
    assert [entry.became for entry in journal.read(taken.home.inbox)] == ["handed"]
    after(monkeypatch, 30)
    clean(taken.home)
    assert journal.read(taken.home.inbox) == ()


def test_nothing_is_removed_while_somebody_is_at_the_inbox(taken: Lab) -> None:
    with alone(taken.home) as is_alone:
        assert is_alone and clean(taken.home) == {}
    assert DONE in seen(taken)


def test_an_inbox_that_is_gone_is_an_error(taken: Lab) -> None:
    taken.home.inbox.rename(taken.home.root / "away")
    with pytest.raises(InboxGone):
        clean(taken.home)
