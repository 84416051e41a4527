"""What agreement, themes and member checks read and keep, in both kinds of store."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from test_database import INTERVIEW, A, B, everything, rows
from test_database_codings import BOOK, HIDING, SAID, STIGMA, WELL

from pipeline.codes import Gathered
from pipeline.coding.agreement import Rated
from pipeline.coding.member_pages import OwnLine, Returned
from pipeline.coding.sheets import Verdict
from pipeline.coding.validity import Answer
from pipeline.errors import StoreRefused
from pipeline.interview import Role
from pipeline.stores.database import agreed, broken_audit_entry, checks, publish, verdicts
from pipeline.stores.database.books import put_codebook
from pipeline.stores.database.gathering import take
from pipeline.stores.database.opening import in_transaction
from pipeline.transcript import Released

MakeRelease = Callable[..., Released]
UNIT = f"{INTERVIEW} u0002"


@pytest.fixture
def store(url: str, release: MakeRelease) -> str:
    publish(release(SAID), A, url)
    put_codebook(url, BOOK)
    take(url, "peers", Gathered((HIDING, STIGMA, WELL)), "qualcoder")
    return url


def test_a_round_is_read_line_by_line(store: str) -> None:
    found = agreed.round_of(store, "peers", 1)
    none: frozenset[str] = frozenset()
    assert found.rated == (
        Rated(str(INTERVIEW), f"{INTERVIEW} u0001", {"김코더": none, "이코더": none}),
        Rated(str(INTERVIEW), UNIT, {"김코더": frozenset(["k3"]), "이코더": frozenset(["k2"])}),
        Rated(str(INTERVIEW), f"{INTERVIEW} u0003", {"김코더": frozenset(["k4"]), "이코더": none}),
    )
    assert found.coders == ("김코더", "이코더") and found.texts[UNIT] == SAID[1][1]
    assert found.names["k3"] == "숨김" and found.decided == {}
    assert agreed.round_of(store, "peers", 2).rated == ()


def test_an_interviewers_line_counts_only_where_it_was_coded(store: str, release: MakeRelease) -> None:
    publish(release(SAID, role=Role.INTERVIEWER), B, store)
    assert [each.unit for each in agreed.round_of(store, "peers", 1).rated] == [UNIT, f"{INTERVIEW} u0003"]


def test_decisions_are_kept_and_the_last_word_counts(store: str) -> None:
    assert agreed.reconcile(store, "peers", 1, {(UNIT, "k2"): True, (UNIT, "k3"): False}, "pi") == ()
    assert agreed.reconcile(store, "peers", 1, {(UNIT, "k3"): True}, "pi") == ()
    assert agreed.round_of(store, "peers", 1).decided == {(UNIT, "k2"): True, (UNIT, "k3"): True}
    assert agreed.round_of(store, "peers", 2).decided == {}
    assert rows(store, "SELECT count(*) FROM reconciliation") == [(2,)]
    put_codebook(store, type(BOOK)("peers", 2, BOOK.codes))
    agreed.reconcile(store, "peers", 1, {(UNIT, "k3"): False}, "pi")
    assert rows(store, "SELECT count(*) FROM reconciliation") == [(2,)], "of whichever codebook version"
    assert broken_audit_entry(store) is None


def test_one_unknown_line_or_code_keeps_nothing(store: str) -> None:
    before = everything(store)
    wrong = {(UNIT, "k2"): True, (f"{INTERVIEW} u0099", "k2"): True, (UNIT, "kx"): False}
    assert agreed.reconcile(store, "peers", 1, wrong, "pi") == ((f"{INTERVIEW} u0099", "k2"), (UNIT, "kx"))
    assert everything(store) == before


def test_material_for_themes(store: str) -> None:
    found = checks.material(store, "peers")
    assert found.book == BOOK and found.interviews == (str(INTERVIEW),)
    assert [(each.code, each.participant, each.unit, each.quote) for each in found.said] == [
        ("k2", "P03", UNIT, "병이 있다는 걸"),
        ("k3", "P03", UNIT, "숨겼어요"),
        ("k4", "P03", f"{INTERVIEW} u0003", "괜찮아요"),
    ]
    assert checks.material(store, "peers", 2).said == () and checks.material(store, "others").book is None


def test_a_participant_gets_their_own_lines(store: str, release: MakeRelease) -> None:
    assert checks.own_lines(store, "peers", "P03")[0] == OwnLine(str(INTERVIEW), "u0001", SAID[0][1])
    assert checks.own_lines(store, "peers", "P04") == ()
    publish(release(SAID, role=Role.INTERVIEWER), B, store)
    assert checks.own_lines(store, "peers", "P03") == ()


def test_answers_are_kept_and_the_last_one_counts(store: str) -> None:
    checks.sent(store, "peers", ["P03"])
    checks.sent(store, "peers", ["P03"])
    assert rows(store, "SELECT count(*), count(returned_at) FROM member_check") == [(1, 0)]
    answers = [Returned("P03", "k1", 2, "글쎄요"), Returned("P03", "k4", 4, "")]
    assert checks.returned(store, "peers", answers) == 1
    checks.returned(store, "peers", [Returned("P03", "k1", 3, "")])
    assert checks.all_answers(store, "peers") == (Answer("P03", "k1", 3), Answer("P03", "k4", 4))
    assert rows(store, "SELECT count(*), count(returned_at) FROM member_check") == [(1, 1)]
    with pytest.raises(KeyError):
        checks.returned(store, "peers", [Returned("P03", "k1", 1, ""), Returned("P03", "kx", 3, "")])
    assert checks.all_answers(store, "peers")[0] == Answer("P03", "k1", 3), "nothing of it was kept"


def test_the_database_itself_refuses_an_answer_off_the_scale(store: str) -> None:
    checks.returned(store, "peers", [Returned("P03", "k1", 4, "")])
    with pytest.raises(StoreRefused):
        in_transaction(store, lambda s: s.execute(text("UPDATE member_answer SET relevance = 5")), write=True)


def test_verdicts_are_taken_in_all_or_none(store: str, release: MakeRelease) -> None:
    publish(release((SAID[0], ("b", "전혀 다른 말이었다고 한다."), ("c", "이제 아무 말도 없다."))), B, store)
    ids = [each.id for each in verdicts.listed(store, "peers")]
    assert len(ids) == 3
    before = everything(store)
    with pytest.raises(verdicts.Refused) as refused:
        good = Verdict(ids[0], "옮김", "u0002", "다른 말이")
        verdicts.judged(store, "peers", [good, Verdict(ids[1], "옮김", "u0002", "없는 말")], "pi")
    assert refused.value.ids == (ids[1],)
    assert {**everything(store), "counters": []} == {**before, "counters": []}
    verdicts.judged(store, "peers", [good, Verdict(ids[1], "없음")], "pi")
    assert [each.id for each in verdicts.listed(store, "peers")] == ids[2:]
    assert rows(store, "SELECT number, exact FROM current_codings") == [("u0002", "다른 말이")]
