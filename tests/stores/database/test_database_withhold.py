"""A release that is taken back: coders do not read it, nothing of what it showed is left, and every coding is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from test_database import INTERVIEW, A, B, add_coding, everything, rows

from pipeline.errors import InterviewUnknown, StoreUnreachable
from pipeline.interview import InterviewId
from pipeline.stores.database import broken_audit_entry, lines, publish, sqlite_in, withhold
from pipeline.stores.database.opening import in_transaction
from pipeline.transcript import Released

MakeRelease = Callable[..., Released]

SHOWN = (("a", "그때 까치랑 까치 형이 왔어요."), ("b", "네, 안녕하세요."), ("c", "까치요."))
HIDDEN = (("a", "그때 [이름1]이랑 [이름1] 형이 왔어요."), ("b", "네, 안녕하세요."), ("c", "[이름1]요."))
NAMES = {"a": ("까치",), "c": ("까치",)}


def texts(url: str) -> list[str]:
    return [said for (said,) in rows(url, "SELECT text FROM segment_version ORDER BY id")]


def test_nobody_reads_it_and_what_it_showed_is_blotted_out(url: str, release: MakeRelease) -> None:
    publish(release(SHOWN), A, url)
    withhold(INTERVIEW, "", NAMES, url)
    with pytest.raises(InterviewUnknown):
        lines(url, INTERVIEW)
    assert rows(url, "SELECT count(*) FROM current_lines") == [(0,)]
    assert texts(url) == ["그때 ○○랑 ○○ 형이 왔어요.", "네, 안녕하세요.", "○○요."]
    assert rows(url, "SELECT status FROM transcript") == [("withdrawn",)]
    audit = rows(url, "SELECT actor, action, subject, facts FROM audit ORDER BY position")
    assert len(audit) == 2 and audit[-1][:3] == ("pipeline", "quarantine", str(INTERVIEW))
    assert "까치" not in str(audit) and broken_audit_entry(url) is None


def test_done_again_it_changes_nothing(url: str, release: MakeRelease) -> None:
    publish(release(SHOWN), A, url)
    withhold(INTERVIEW, "", NAMES, url)
    before = everything(url)
    withhold(INTERVIEW, "", NAMES, url)
    assert everything(url) == before


def test_every_coding_stays_on_its_segment_and_its_place(url: str, release: MakeRelease) -> None:
    publish(release(SHOWN), A, url)
    coding = in_transaction(url, lambda session: add_coding(session, "c"), write=True)
    around = "UPDATE coding SET start_cp = 1, end_cp = 3, exact = '치요', prefix = '까', suffix = '.'"
    in_transaction(url, lambda session: session.execute(text(around)) and None, write=True)
    withhold(INTERVIEW, "", NAMES, url)
    columns = "id, start_cp, end_cp, exact, prefix, suffix, deleted_at"
    assert rows(url, f"SELECT {columns} FROM coding") == [(coding, 1, 3, "○요", "○", ".", None)]
    assert publish(release(HIDDEN), B, url) == 2
    again = (
        "SELECT segment.uid, now.text FROM coding JOIN segment_version old ON old.id = coding.segment_version_id"
        " JOIN segment ON segment.id = old.segment_id JOIN current_lines now ON now.segment = segment.uid"
    )
    assert rows(url, again) == [("c", "[이름1]요.")], "by its segment it is found in the next release"
    assert rows(url, "SELECT version, status FROM transcript ORDER BY version") == [(1, "withdrawn"), (2, "current")]


def test_a_release_that_is_newer_already_stays(url: str, release: MakeRelease) -> None:
    kept = (HIDDEN[0], HIDDEN[1], SHOWN[2])  # whoever approved it left the last one as it is
    publish(release(SHOWN), A, url)
    publish(release(kept), B, url)
    withhold(INTERVIEW, B, NAMES, url)
    assert [line.text for line in lines(url, INTERVIEW)] == [said for _, said in kept]
    assert "그때 ○○랑 ○○ 형이 왔어요." in texts(url)
    assert rows(url, "SELECT version, status FROM transcript ORDER BY version") == [(1, "superseded"), (2, "current")]


def test_versions_before_it_are_blotted_out_too(url: str, release: MakeRelease) -> None:
    publish(release(SHOWN), A, url)
    publish(release((("a", "그때 까치가 왔어요."), *SHOWN[1:])), B, url)
    withhold(INTERVIEW, "", NAMES, url)
    assert not [said for said in texts(url) if "까치" in said]


def test_other_interviews_and_other_segments_stay(url: str, release: MakeRelease) -> None:
    other = InterviewId("peers", "P04", "S1")
    publish(release(SHOWN), A, url)
    publish(release(SHOWN, interview=other), B, url)
    withhold(INTERVIEW, "", {"a": ("까치",)}, url)
    assert [line.text for line in lines(url, other)] == [said for _, said in SHOWN]
    assert "까치요." in texts(url)


def test_an_interview_that_was_never_there_is_no_error_and_no_entry(url: str, release: MakeRelease) -> None:
    publish(release(SHOWN), A, url)
    before = everything(url)
    withhold(InterviewId("peers", "P09", "S1"), "", NAMES, url)
    assert everything(url) == before


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable):
        withhold(INTERVIEW, "", NAMES, sqlite_in(tmp_path / "store"))
    assert not (tmp_path / "store").exists()


def test_no_byte_of_it_is_left_in_the_file(tmp_path: Path, release: MakeRelease) -> None:
    url = sqlite_in(tmp_path)
    publish(release(SHOWN), A, url)
    in_transaction(url, lambda session: add_coding(session, "c"), write=True)
    withhold(INTERVIEW, "", NAMES, url)
    for path in tmp_path.iterdir():
        assert "까치".encode() not in path.read_bytes()
    with sqlite3.connect(tmp_path / "coding.sqlite") as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
