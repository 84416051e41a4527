"""What is published can be read back, once, in versions, with its identities kept."""

from __future__ import annotations

import hashlib
import sqlite3
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from pipeline.errors import InterviewUnknown
from pipeline.interview import InterviewId, Role
from pipeline.speech import Gap
from pipeline.stores.database import interviews, lines, publish, schema, sqlite_in
from pipeline.stores.database.columns import Status
from pipeline.stores.database.opening import in_transaction
from pipeline.transcript import Descent, Pseudonymized, Released

MakeRelease = Callable[..., Released]

INTERVIEW = InterviewId("peers", "P03", "S1")
A, B, C = "1" * 64, "2" * 64, "3" * 64
FIRST = (("a", "안녕하세요."), ("b", "네, 안녕하세요."), ("c", "[이름1] 씨는요?"))
SECOND = (("a", "안녕하세요."), ("x", "음."), ("b", "네, 안녕하셨어요."))


def rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    """What a query gives."""
    return in_transaction(url, lambda session: [tuple(row) for row in session.execute(text(sql))], write=False)


def everything(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, and what PostgreSQL's counters stand at."""
    tables = {name: rows(url, f"SELECT * FROM {name} ORDER BY 1, 2") for name in schema.Study.metadata.tables}
    counters = "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"
    return {**tables, "counters": rows(url, counters) if url.startswith("postgresql") else []}


def add_coding(session: Session, uid: str) -> int:
    """Code the first characters of a segment as it stands in the current transcript; the coding's id."""
    place = session.execute(
        text("SELECT transcript_id, segment_version_id, text FROM current_lines WHERE segment = :uid"), {"uid": uid}
    ).one()
    study = session.scalars(select(schema.Study)).one()
    coder, book = schema.Coder(study_id=study.id, name="coder1"), schema.Codebook(study_id=study.id, version=1)
    session.add_all([coder, book])
    session.flush()
    code = schema.Code(codebook_id=book.id, name="낙인")
    session.add(code)
    session.flush()
    coding = schema.Coding(
        code_id=code.id,
        coder_id=coder.id,
        transcript_id=place.transcript_id,
        segment_version_id=place.segment_version_id,
        start_cp=0,
        end_cp=2,
        exact=place.text[:2],
        created_at=datetime(2026, 5, 5, tzinfo=UTC),
    )
    session.add(coding)
    session.flush()
    return coding.id


def test_a_release_comes_back_line_by_line(url: str, release: MakeRelease) -> None:
    assert publish(release(FIRST), A, url) == 1
    found = lines(url, INTERVIEW)
    assert [(line.line, line.number, line.segment, line.text) for line in found] == [
        (1, "u0001", "a", "안녕하세요."),
        (2, "u0002", "b", "네, 안녕하세요."),
        (3, "u0003", "c", "[이름1] 씨는요?"),
    ]
    assert (found[0].speaker, found[0].role) == ("참여자1", Role.PARTICIPANT)
    assert (found[0].start_ms, found[0].end_ms) == (194_000, 195_001), "97 * 2.0 s, and 1.0006 s later, in whole ms"


def test_the_list_of_interviews_tells_figures(url: str, release: MakeRelease) -> None:
    other = InterviewId("peers", "P01", "S2")
    publish(release(FIRST), A, url)
    publish(release((), interview=other, gaps=()), A, url)
    assert [(str(t.interview), t.version, t.lines, t.demo_grade, t.release_sha256) for t in interviews(url)] == [
        ("peers-P01-S2", 1, 0, True, A),
        ("peers-P03-S1", 1, 3, True, A),
    ]
    assert lines(url, other) == (), "an interview without a line is known, and empty"


@pytest.mark.parametrize("unknown", ["peers-P03-S2", "peers-P04-S1", "other-P03-S1"])
def test_an_unknown_interview_is_an_error(sqlite: str, release: MakeRelease, unknown: str) -> None:
    publish(release(FIRST), A, sqlite)
    with pytest.raises(InterviewUnknown, match=unknown):
        lines(sqlite, InterviewId.parse(unknown))


def test_the_same_release_again_changes_nothing(url: str, release: MakeRelease) -> None:
    publish(release(FIRST), A, url)
    publish(release(SECOND), B, url)
    before = everything(url)
    assert publish(release(SECOND), B, url) == 2
    assert everything(url) == before


def test_the_same_release_again_changes_no_byte_of_the_file(tmp_path: Path, release: MakeRelease) -> None:
    url = sqlite_in(tmp_path / "store")
    publish(release(FIRST), A, url)
    (file,) = (tmp_path / "store").iterdir()
    before = hashlib.sha256(file.read_bytes()).digest()
    publish(release(FIRST), A, url)
    assert [hashlib.sha256(path.read_bytes()).digest() for path in file.parent.iterdir()] == [before]


def test_a_new_release_is_a_new_version(url: str, release: MakeRelease) -> None:
    publish(release(FIRST), A, url)
    assert publish(release(SECOND), B, url) == 2
    versions = rows(url, "SELECT version, status, parent_id, release_sha256 FROM transcript ORDER BY version")
    assert versions == [(1, "superseded", None, A), (2, "current", 1, B)]
    assert [(line.number, line.text) for line in lines(url, INTERVIEW)] == [
        ("u0001", "안녕하세요."),
        ("u0001a", "음."),
        ("u0002", "네, 안녕하셨어요."),
    ]


def test_unchanged_segments_keep_their_version_and_gone_ones_their_identity(url: str, release: MakeRelease) -> None:
    publish(release(FIRST), A, url)
    publish(release(SECOND), B, url)
    versions = "SELECT uid, version, text FROM segment_version JOIN segment ON segment.id = segment_id"
    assert rows(url, f"{versions} ORDER BY uid, version") == [
        ("a", 1, "안녕하세요."),
        ("b", 1, "네, 안녕하세요."),
        ("b", 2, "네, 안녕하셨어요."),
        ("c", 1, "[이름1] 씨는요?"),
        ("x", 1, "음."),
    ]


def test_a_segment_that_comes_back_is_the_one_that_it_was(url: str, release: MakeRelease) -> None:
    for texts, sha in ((FIRST, A), (SECOND, B), (FIRST, C)):
        publish(release(texts), sha, url)
    assert [line.number for line in lines(url, INTERVIEW)] == ["u0001", "u0002", "u0003"]
    assert rows(url, "SELECT count(*) FROM segment_version") == [(5,)]


def test_a_coding_outlives_its_passage(url: str, release: MakeRelease) -> None:
    publish(release(FIRST), A, url)
    coding = in_transaction(url, lambda session: add_coding(session, "c"), write=True)
    publish(release(SECOND), B, url)
    joined = (
        "SELECT coding.id, exact, text, uid, status, anchor_state FROM coding"
        " JOIN segment_version v ON v.id = segment_version_id JOIN segment ON segment.id = segment_id"
        " JOIN transcript ON transcript.id = transcript_id"
    )
    assert rows(url, joined) == [(coding, "[이", "[이름1] 씨는요?", "c", "superseded", "exact")]


@pytest.mark.parametrize("status", ["superseded", "withdrawn"])
def test_text_taken_back_does_not_return_when_sent_twice(url: str, release: MakeRelease, status: str) -> None:
    publish(release(FIRST), A, url)
    taken_back = update(schema.Transcript).values(status=Status(status))
    in_transaction(url, lambda session: session.execute(taken_back) and None, write=True)
    assert publish(release(FIRST), A, url) == 1
    with pytest.raises(InterviewUnknown):
        lines(url, INTERVIEW)
    assert publish(release(SECOND), B, url) == 2


def test_lineage_gaps_and_provenance_are_kept(url: str, release: MakeRelease) -> None:
    descents = (Descent("a", "kept", ("a",)), Descent("x", "merged", ("draft1", "c")), Descent("b", "new"))
    publish(release(SECOND, lineage=descents, gaps=(Gap(0.0, 1.2346, "overlap"),)), A, url)
    assert rows(url, "SELECT segment_uid, how, ancestor_uid FROM lineage ORDER BY id") == [
        ("a", "kept", "a"),
        ("x", "merged", "draft1"),
        ("x", "merged", "c"),
        ("b", "new", None),
    ]
    assert rows(url, "SELECT start_ms, end_ms, reason FROM gap") == [(0, 1235, "overlap")]
    assert rows(url, "SELECT sha256, duration_ms FROM recording") == [("cd" * 32, 12346)]
    (provenance,) = in_transaction(url, lambda s: s.scalars(select(schema.Transcript.provenance)).all(), write=False)
    assert provenance["engines"]["transcribe"]["weights"] == [["model.bin", "ab" * 32]]
    assert provenance["approved_at"] == "2026-05-04T03:02:01+00:00"


def test_a_participant_is_as_the_newest_release_says(url: str, release: MakeRelease) -> None:
    publish(release(FIRST, attributes=(("age band", "30s"), ("diagnosis", "bipolar"))), A, url)
    publish(release(FIRST, attributes=(("age band", "40s"), ("years since", "7"))), B, url)
    facts = rows(url, "SELECT name, value FROM participant_attribute ORDER BY name")
    assert facts == [("age band", "40s"), ("years since", "7")]


def test_a_corrected_role_does_not_rewrite_the_version_before(url: str, release: MakeRelease) -> None:
    publish(release(FIRST), A, url)
    publish(release(FIRST, role=Role.INTERVIEWER), B, url)
    assert {line.role for line in lines(url, INTERVIEW)} == {Role.INTERVIEWER}
    spoken = (
        "SELECT DISTINCT version, role FROM transcript_line JOIN transcript t ON t.id = transcript_id"
        " JOIN (SELECT id, speaker_id FROM segment_version) v ON v.id = segment_version_id"
        " JOIN speaker ON speaker.id = speaker_id ORDER BY version"
    )
    assert rows(url, spoken) == [(1, "participant"), (2, "interviewer")]


def test_interviews_with_the_same_segment_ids_are_apart(url: str, release: MakeRelease) -> None:
    publish(release(FIRST), A, url)
    publish(release((("a", "다른 사람"),), interview=InterviewId("peers", "P04", "S1")), A, url)
    assert [line.text for line in lines(url, INTERVIEW)] == [said for _, said in FIRST]


def test_text_is_kept_in_nfc_by_code_points(url: str, release: MakeRelease) -> None:
    said = "각설이 🙋🏽‍♀️ <b>&'\"\\ =1+1\r\n끝"
    publish(release((("a", unicodedata.normalize("NFD", said)),)), A, url)
    (line,) = lines(url, INTERVIEW)
    assert line.text == said.replace("\r\n", "\n")
    assert rows(url, "SELECT length(text) FROM current_lines") == [(len(line.text),)]


def test_a_coder_can_read_the_file_with_plain_sqlite3(tmp_path: Path, release: MakeRelease) -> None:
    publish(release(FIRST), A, sqlite_in(tmp_path))
    connection = sqlite3.connect(tmp_path / "coding.sqlite")
    said = connection.execute("SELECT number, speaker, role, text FROM current_lines WHERE session = 'S1'").fetchone()
    connection.close()
    assert said == ("u0001", "참여자1", "participant", "안녕하세요.")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), max_size=8))
@settings(max_examples=25, deadline=None)
def test_any_text_comes_back_as_it_went_in(
    tmp_path_factory: pytest.TempPathFactory, release: MakeRelease, texts: list[str]
) -> None:
    url = sqlite_in(tmp_path_factory.getbasetemp() / "any")
    sha = hashlib.sha256(repr(texts).encode()).hexdigest()
    interview = InterviewId("peers", "P03", f"S{sha[:16]}")
    publish(release([(chr(97 + index), said) for index, said in enumerate(texts)], interview=interview), sha, url)
    normal = [unicodedata.normalize("NFC", said.replace("\r\n", "\n").replace("\r", "\n")) for said in texts]
    assert [line.text for line in lines(url, interview)] == normal


# --- what does not enter ---------------------------------------------------------------------------------------------


def test_only_a_release_enters(sqlite: str, tmp_path: Path, release: MakeRelease) -> None:
    draft = Pseudonymized(INTERVIEW, (), (), (), 0, 0)
    for kept_back in (draft, None, release(()).lines, object()):
        with pytest.raises(TypeError, match="takes a Released and nothing else"):
            publish(kept_back, A, sqlite)  # type: ignore[arg-type]
    assert not (tmp_path / "store").exists()


def test_a_release_that_no_step_makes_is_refused(sqlite: str, tmp_path: Path, release: MakeRelease) -> None:
    wrong: tuple[Released, ...] = (
        release((("a", "한 번"), ("a", "두 번"))),
        release((("a", "zero \0"),)),
        release((("a", "half \ud83d"),)),
    )
    for refused in wrong:
        with pytest.raises(ValueError, match="release") as caught:
            publish(refused, A, sqlite)
        assert not isinstance(caught.value, UnicodeError), "which would carry the text along"
    assert not (tmp_path / "store").exists()
