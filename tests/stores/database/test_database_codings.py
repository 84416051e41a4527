"""Code trees in versions, and codings taken in from coders' programs: all of it or nothing, and once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from test_database import INTERVIEW, A, B, everything, rows

from pipeline.codes import Code, Codebook, Coding, Gathered, Unread, Why
from pipeline.coding.anchors import Anchor
from pipeline.errors import CodebookFrozen, CodeInUse, PlaceBusy, StoreRefused, StoreUnreachable
from pipeline.interview import InterviewId
from pipeline.stores.database import opening, publish, sqlite_in
from pipeline.stores.database.books import codebook, freeze, put_codebook
from pipeline.stores.database.gathering import Taken, take
from pipeline.stores.database.opening import in_transaction
from pipeline.stores.database.placed import placed
from pipeline.transcript import Released

MakeRelease = Callable[..., Released]

BOOK = Codebook(
    "peers",
    1,
    (
        Code("k1", None, "낙인", "#AA0000", "남이 찍는 것"),
        Code("k2", "k1", "자기 낙인"),
        Code("k3", "k1", "숨김"),
        Code("k4", None, "회복"),
    ),
)
SAID = (("a", "안녕하세요."), ("b", "처음에는 병이 있다는 걸 숨겼어요."), ("c", "지금은 괜찮아요."))


def coding(coder: str, code: str, segment: str, quote: str, *, version: int = 1) -> Coding:
    start = dict(SAID)[segment].index(quote)
    return Coding(coder, code, segment, version, start, start + len(quote), quote)


HIDING = coding("김코더", "k3", "b", "숨겼어요")
STIGMA = coding("이코더", "k2", "b", "병이 있다는 걸")
WELL = coding("김코더", "k4", "c", "괜찮아요")


@pytest.fixture
def store(url: str, release: MakeRelease) -> str:
    publish(release(SAID), A, url)
    put_codebook(url, BOOK)
    return url


# --- code trees -----------------------------------------------------------------------------------------------------


def test_a_codebook_comes_back_as_it_went_in(url: str) -> None:
    put_codebook(url, BOOK)
    assert codebook(url, "peers") == BOOK
    assert codebook(url, "peers", 2) is None and codebook(url, "others") is None


def test_the_same_again_changes_nothing(url: str) -> None:
    put_codebook(url, BOOK)
    before = everything(url)
    put_codebook(url, BOOK)
    assert everything(url) == before


def test_a_codebook_that_is_not_frozen_may_change_in_every_way(url: str) -> None:
    put_codebook(url, BOOK)
    changed = replace(
        BOOK,
        codes=(
            Code("k4", None, "낙인", "#00AA00"),  # two names swapped
            Code("k1", None, "회복"),
            Code("k3", None, "숨김"),
            Code("k5", "k3", "자기 낙인", "", "새로"),
        ),
    )
    put_codebook(url, changed)
    assert codebook(url, "peers") == changed
    assert rows(url, "SELECT count(*) FROM code") == [(4,)]


def test_a_new_version_leaves_the_old_one(url: str) -> None:
    put_codebook(url, BOOK)
    second = replace(BOOK, version=2, codes=(*BOOK.codes[:3], replace(BOOK.codes[3], name="회복의 길")))
    put_codebook(url, second)
    assert codebook(url, "peers") == second and codebook(url, "peers", 1) == BOOK


def test_a_frozen_codebook_stays_as_it_is(url: str) -> None:
    put_codebook(url, BOOK)
    assert freeze(url, "peers", 1) and not freeze(url, "peers", 7)
    before = everything(url)
    put_codebook(url, BOOK)
    with pytest.raises(CodebookFrozen, match="version 1"):
        put_codebook(url, replace(BOOK, codes=BOOK.codes[:3]))
    assert everything(url) == before and codebook(url, "peers") == replace(BOOK, frozen=True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE code SET name = '다른 이름'",
        "DELETE FROM code WHERE uid = 'k4'",
        "INSERT INTO code (codebook_id, name, description, uid) VALUES (1, '새', '', 'k9')",
        "UPDATE codebook SET frozen_at = NULL",
    ],
)
def test_the_database_itself_keeps_a_frozen_codebook(url: str, statement: str) -> None:
    put_codebook(url, replace(BOOK, frozen=True))
    with pytest.raises(StoreRefused):
        in_transaction(url, lambda session: session.execute(text(statement)), write=True)
    assert codebook(url, "peers") == replace(BOOK, frozen=True)


def test_a_code_with_codings_cannot_be_left_out(store: str) -> None:
    take(store, "peers", Gathered((HIDING,)), "qualcoder")
    before = everything(store)
    with pytest.raises(CodeInUse):
        put_codebook(store, replace(BOOK, codes=(BOOK.codes[0], BOOK.codes[1], BOOK.codes[3])))
    assert everything(store) == before


# --- codings --------------------------------------------------------------------------------------------------------


def test_codings_come_in_and_are_read_where_they_lie(store: str) -> None:
    assert take(store, "peers", Gathered((HIDING, STIGMA, WELL)), "qualcoder") == Taken(new=3)
    found = placed(store, "peers")
    assert [(each.interview, each.number, each.coder, each.code, each.quote, each.state) for each in found] == [
        (INTERVIEW, "u0002", "이코더", "k2", "병이 있다는 걸", Anchor.EXACT),
        (INTERVIEW, "u0002", "김코더", "k3", "숨겼어요", Anchor.EXACT),
        (INTERVIEW, "u0003", "김코더", "k4", "괜찮아요", Anchor.EXACT),
    ]
    assert placed(store, "peers", round=2) == () and placed(store, "others") == ()
    assert rows(store, "SELECT prefix, suffix, store, round FROM coding WHERE exact = '숨겼어요'") == [
        ("처음에는 병이 있다는 걸 ", ".", "qualcoder", 1)
    ]


def test_the_same_codings_again_change_nothing(store: str) -> None:
    take(store, "peers", Gathered((HIDING, STIGMA)), "qualcoder")
    before = everything(store)
    assert take(store, "peers", Gathered((STIGMA, HIDING, HIDING)), "qualcoder") == Taken(known=2)
    assert everything(store) == before


def test_a_coding_that_its_coder_took_back_is_taken_back(store: str) -> None:
    take(store, "peers", Gathered((HIDING, WELL, STIGMA)), "qualcoder")
    assert take(store, "peers", Gathered((HIDING, STIGMA)), "qualcoder") == Taken(known=2, gone=1)
    assert [each.quote for each in placed(store, "peers")] == ["병이 있다는 걸", "숨겼어요"]
    assert rows(store, "SELECT count(*) FROM coding") == [(3,)], "its row stays"
    assert take(store, "peers", Gathered((HIDING, WELL, STIGMA)), "qualcoder") == Taken(new=1, known=2)


def test_a_coder_who_deleted_a_document_loses_nothing(store: str) -> None:
    take(store, "peers", Gathered((HIDING, WELL, STIGMA)), "qualcoder")
    answer = take(store, "peers", Gathered((STIGMA,)), "qualcoder")
    assert answer == Taken(known=1, vanished=(("김코더", "peers-P03-S1", 2),))
    assert len(placed(store, "peers")) == 3


def test_stores_and_rounds_are_apart(store: str) -> None:
    take(store, "peers", Gathered((HIDING,)), "qualcoder")
    assert take(store, "peers", Gathered((HIDING,)), "taguette") == Taken(new=1)
    assert take(store, "peers", Gathered((HIDING,)), "qualcoder", round=2) == Taken(new=1)
    assert [each.round for each in placed(store, "peers")] == [1, 1, 2]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (replace(HIDING, start=100, end=104), Why.OUT_OF_RANGE),
        (replace(HIDING, quote="숨겼지요"), Why.CHANGED_DOCUMENT),
        (replace(HIDING, segment="zz"), Why.UNKNOWN_DOCUMENT),
        (replace(HIDING, code="k9"), Why.UNKNOWN_CODE),
    ],
)
def test_what_is_no_coding_of_ours_is_reported_and_the_rest_comes_in(store: str, wrong: Coding, why: Why) -> None:
    told = Unread("row 17", Why.SAME_CODER)
    answer = take(store, "peers", Gathered((wrong, STIGMA), (told,)), "taguette")
    assert answer == Taken(new=1, unread=(told, Unread("taguette 1", why, "김코더")))
    assert [each.code for each in placed(store, "peers")] == ["k2"]


def test_a_segment_of_two_interviews_is_nobodys(store: str, release: MakeRelease) -> None:
    publish(release(SAID, interview=InterviewId("peers", "P04", "S1")), B, store)
    assert take(store, "peers", Gathered((HIDING,)), "qualcoder").unread == (
        Unread("qualcoder 1", Why.UNREADABLE, "김코더"),
    )


def test_codings_of_an_older_release_are_carried_to_the_newest(store: str, release: MakeRelease) -> None:
    publish(release((SAID[0], ("b", "음, 처음에는 병이 있다는 걸 숨겼어요."), SAID[2])), B, store)
    assert take(store, "peers", Gathered((HIDING, WELL)), "qualcoder") == Taken(new=2)
    assert [(each.quote, each.start, each.state) for each in placed(store, "peers")] == [
        ("숨겼어요", 17, Anchor.MOVED),
        ("괜찮아요", 4, Anchor.EXACT),
    ]


def test_a_code_that_was_renamed_in_a_new_version_is_the_same(store: str) -> None:
    take(store, "peers", Gathered((WELL,)), "qualcoder")
    put_codebook(store, replace(BOOK, version=2, codes=(*BOOK.codes[:3], replace(BOOK.codes[3], name="회복의 길"))))
    assert take(store, "peers", Gathered((WELL,)), "qualcoder") == Taken(known=1)


def test_names_of_coders_are_one_however_they_are_written(store: str) -> None:
    import unicodedata

    take(store, "peers", Gathered((replace(HIDING, coder=unicodedata.normalize("NFD", " 김코더 ")), WELL)), "qualcoder")
    assert rows(store, "SELECT name FROM coder") == [("김코더",)]


# --- places that do not take it -------------------------------------------------------------------------------------


def test_a_locked_file_takes_nothing_in(sqlite: str, release: MakeRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    publish(release(SAID), A, sqlite)
    put_codebook(sqlite, BOOK)
    before = everything(sqlite)
    monkeypatch.setattr(opening, "PATIENCE_SECONDS", 0.2)
    with closing(sqlite3.connect(str(opening.parsed(sqlite).database), isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(PlaceBusy):
            take(sqlite, "peers", Gathered((HIDING,)), "qualcoder")
    assert everything(sqlite) == before


def test_a_wrong_password_is_told_as_such(server: object, postgresql: str) -> None:
    wrong = postgresql.replace(server.password, "wrong")  # type: ignore[attr-defined]
    with pytest.raises(StoreUnreachable, match="password"):
        take(wrong, "peers", Gathered((HIDING,)), "qualcoder")


def test_a_store_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable):
        placed(sqlite_in(tmp_path / "none"), "peers")
    with pytest.raises(StoreUnreachable):
        codebook("postgresql+psycopg://nobody@127.0.0.1:1/none", "peers")


def test_a_failure_half_way_leaves_nothing(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(store)
    monkeypatch.setattr("pipeline.stores.database.gathering.audit.append", lambda *facts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        take(store, "peers", Gathered((HIDING, STIGMA)), "qualcoder")
    after = everything(store)
    assert {**after, "counters": []} == {**before, "counters": []}
