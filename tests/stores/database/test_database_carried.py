"""A new release takes the codings along, in the transaction that writes it; a person gets the list of the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from test_database import INTERVIEW, A, B, C, add_coding, everything, rows

from pipeline.coding.anchors import Anchor, Place
from pipeline.stores.database import carried, lines, publish, withhold
from pipeline.stores.database.opening import in_transaction
from pipeline.transcript import Descent, Released

MakeRelease = Callable[..., Released]

FIRST = (("a", "안녕하세요."), ("b", "처음에는 병이 있다는 걸 숨겼어요."), ("c", "네, 그러셨군요."))
AT = datetime(2026, 6, 1, tzinfo=UTC)
PLACES = (
    "SELECT coding_id, state, likeness, carrying.transcript_id, part, exact FROM carrying"
    " LEFT JOIN carried_place ON carrying_id = carrying.id ORDER BY carrying.id, part"
)
CURRENT = "SELECT number, state, exact FROM current_codings ORDER BY line, part"


def coded(url: str, uid: str, quote: str, text: str) -> int:
    """A coding on `quote` of that segment in the current transcript; its id."""
    coding = in_transaction(url, lambda session: add_coding(session, uid), write=True)
    start = text.index(quote)

    def move(session: object) -> None:
        session.connection().exec_driver_sql(  # type: ignore[attr-defined]
            f"UPDATE coding SET start_cp = {start}, end_cp = {start + len(quote)}, exact = '{quote}'"
            f" WHERE id = {coding}"
        )

    in_transaction(url, move, write=True)
    return coding


@pytest.fixture
def store(url: str, release: MakeRelease) -> str:
    """With a coding on 병이 있다는 걸."""
    publish(release(FIRST), A, url)
    coded(url, "b", "병이 있다는 걸", FIRST[1][1])
    return url


def test_a_corrected_line_takes_its_coding_along(store: str, release: MakeRelease) -> None:
    publish(release((FIRST[0], ("b", "음, 처음에는 병이 있다는 걸 숨겼어요."), FIRST[2])), B, store)
    assert rows(store, PLACES) == [(1, "moved", 100, 2, 1, "병이 있다는 걸")]
    assert rows(store, CURRENT) == [("u0002", "moved", "병이 있다는 걸")]
    (facts,) = [facts for (facts,) in rows(store, "SELECT facts FROM audit ORDER BY position DESC LIMIT 1")]
    assert '"moved":1' in str(facts).replace("'", '"').replace(" ", "")


def test_an_unchanged_line_keeps_it_exactly(store: str, release: MakeRelease) -> None:
    publish(release((*FIRST[:2], ("c", "네."))), B, store)
    assert rows(store, PLACES) == [(1, "exact", 100, 2, 1, "병이 있다는 걸")]
    assert rows(store, "SELECT transcript_id, exact FROM coding") == [(1, "병이 있다는 걸")], "as it was made"


def test_the_same_release_again_carries_nothing_again(store: str, release: MakeRelease) -> None:
    changed = release((FIRST[0], ("b", "음, 처음에는 병이 있다는 걸 숨겼어요."), FIRST[2]))
    publish(changed, B, store)
    before = everything(store)
    publish(changed, B, store)
    assert everything(store) == before


def test_what_is_not_found_is_an_orphan_and_found_again_when_it_returns(store: str, release: MakeRelease) -> None:
    publish(release((FIRST[0], FIRST[2])), B, store)
    assert rows(store, PLACES) == [(1, "orphan", 0, 2, None, None)]
    assert rows(store, CURRENT) == []
    (listed,) = in_transaction(store, partial(carried.doubtful, study="peers"), write=False)
    assert (str(listed.interview), listed.coder, listed.code) == ("peers-P03-S1", "coder1", "낙인")
    assert (listed.was, listed.around, listed.segment, listed.now) == ("병이 있다는 걸", FIRST[1][1], "", "")
    publish(release(FIRST), C, store)
    assert rows(store, CURRENT) == [("u0002", "exact", "병이 있다는 걸")]
    assert in_transaction(store, partial(carried.doubtful, study="peers"), write=False) == ()


def test_three_releases_apart_by_lineage_of_drafts_that_nobody_saw(store: str, release: MakeRelease) -> None:
    """Line b was cut in two, then one half joined with c; the release in between had no such line."""
    middle = release((FIRST[0],), lineage=(Descent("a", "kept", ("a",)),))
    publish(middle, B, store)
    parts = (FIRST[0], ("b1", "처음에는 병이"), ("b2", "있다는 걸 숨겼어요. 네, 그러셨군요."))
    lineage = (Descent("b1", "split", ("x", "b")), Descent("b2", "merged", ("y", "c", "b")))
    publish(release(parts, lineage=lineage), C, store)
    assert rows(store, CURRENT) == [("u0003a", "moved", "병이"), ("u0003b", "moved", "있다는 걸")] or rows(
        store, CURRENT
    ) == [("u0004", "moved", "병이"), ("u0005", "moved", "있다는 걸")]


def test_a_release_that_fails_carries_nothing(
    store: str, release: MakeRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(store)
    monkeypatch.setattr("pipeline.stores.database.writing.audit.append", lambda *facts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish(release((FIRST[0], ("b", "음, 처음에는 병이 있다는 걸 숨겼어요."), FIRST[2])), B, store)
    assert {name: table for name, table in everything(store).items() if name != "counters"} == {
        name: table for name, table in before.items() if name != "counters"
    }
    assert [line.text for line in lines(store, INTERVIEW)] == [said for _, said in FIRST]


def test_a_coding_that_was_taken_back_stays_behind(store: str, release: MakeRelease) -> None:
    taken_back = "UPDATE coding SET deleted_at = '2026-06-01 00:00:00'"
    in_transaction(store, lambda session: session.connection().exec_driver_sql(taken_back) and None, write=True)
    publish(release(FIRST[:2]), B, store)
    assert rows(store, PLACES) == [] and rows(store, CURRENT) == []


def test_what_must_not_be_read_goes_from_carried_codings_too(store: str, release: MakeRelease) -> None:
    publish(release((FIRST[0], ("b", "음, 처음에는 병이 있다는 걸 숨겼어요."), FIRST[2])), B, store)
    withhold(INTERVIEW, "", {"b": ("병이",)}, store)
    assert rows(store, "SELECT exact FROM carried_place") == [("○○ 있다는 걸",)]
    publish(release((FIRST[0], ("b", "음, 처음에는 [이름1] 있다는 걸 숨겼어요."), FIRST[2])), C, store)
    ((_, state, words),) = rows(store, CURRENT)
    assert state in ("moved", "fuzzy") and words.endswith("있다는 걸")


# --- a person's word ------------------------------------------------------------------------------------------------


@pytest.fixture
def orphaned(store: str, release: MakeRelease) -> str:
    publish(release((FIRST[0], ("b", "전혀 다른 말이었다고 한다."), FIRST[2])), B, store)
    assert [state for (state,) in rows(store, "SELECT state FROM carrying")] == ["orphan"]
    return store


def test_a_person_puts_it_where_it_belongs(orphaned: str) -> None:
    place = Place("b", 3, 8)
    assert in_transaction(orphaned, lambda session: carried.settle(session, 1, place, "reviewer1", AT), write=True)
    assert rows(orphaned, CURRENT) == [("u0002", "moved", "다른 말이")]
    assert in_transaction(orphaned, partial(carried.doubtful, study="peers"), write=False) == ()


def test_a_person_says_that_it_is_gone(orphaned: str) -> None:
    in_transaction(orphaned, lambda session: carried.settle(session, 1, None, "reviewer1", AT), write=True)
    assert rows(orphaned, CURRENT) == []
    assert in_transaction(orphaned, partial(carried.doubtful, study="peers"), write=False) == ()


@pytest.mark.parametrize("place", [Place("b", 0, 99), Place("b", 4, 4), Place("nowhere", 0, 1), Place("b", -1, 2)])
def test_a_place_that_is_none_is_refused(orphaned: str, place: Place) -> None:
    before = everything(orphaned)
    assert not in_transaction(orphaned, lambda s: carried.settle(s, 1, place, "reviewer1", AT), write=True)
    assert not in_transaction(orphaned, lambda s: carried.settle(s, 99, Place("b", 0, 1), "r", AT), write=True)
    assert not in_transaction(orphaned, lambda s: carried.confirm(s, 1, "reviewer1", AT), write=True)
    assert everything(orphaned) == before


def test_a_fuzzy_one_is_confirmed(store: str, release: MakeRelease) -> None:
    publish(release((FIRST[0], ("b", "처음에는 병을 앓는다는 걸 숨겼어요."), FIRST[2])), B, store)
    (listed,) = in_transaction(store, partial(carried.doubtful, study="peers"), write=False)
    assert (listed.state, listed.segment, listed.line, listed.now) == (Anchor.FUZZY, "b", "u0002", "병을 앓는다는 걸")
    assert 50 <= listed.likeness < 80
    assert in_transaction(store, lambda s: carried.confirm(s, listed.id, "reviewer1", AT), write=True)
    assert in_transaction(store, partial(carried.doubtful, study="peers"), write=False) == ()
    assert rows(store, CURRENT) == [("u0002", "moved", "병을 앓는다는 걸")]
