"""A second look seeks only what is new, and finds what a first one would."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies import draft_of, heard, learn, named, released, session, study

from pipeline import custody, looking, quarantine, recognizers, steps
from pipeline.people import Entry
from pipeline.rescan import rescan
from pipeline.settings import load
from pipeline.stores.keyring import custodian
from pipeline.transcript import Finding, Label, Mentions
from pipeline.walk import Walk

LINES = (
    "까치가 왔어요. 김민수 씨랑 민수가요.",
    "김문수 과장님이랑 박 과장님, 이 간호사요. 초연후의 선생님이 그랬어요.",
    "수원시 정신건강복지센터에서 남궁설을 만났고, 하늘이가 하늘을 봤어요.",
    "전화는 공일공에 일이삼사에 오육칠팔이에요.",
)
FORMS = ("까치", "김민수", "박 과장", "최은희", "남궁설", "하늘", "수", "김문수", "정신건강복지센터", "수원")
ENTRIES = tuple(
    Entry(f"entry-{n}", Label.ORG if form.endswith("센터") else Label.NAME, (form,), f"[이름{n}]")
    for n, form in enumerate(FORMS)
)
BY_NAME = dict(recognizers.named(load()))


def kind(reads: str) -> list[str]:
    return [name for name, what in recognizers.READS.items() if what == reads]


# --- what the recognizers read ----------------------------------------------------------------------------------------


def test_of_every_recognizer_it_is_known_what_it_reads() -> None:
    assert set(recognizers.READS) == set(BY_NAME) and set(recognizers.READS.values()) <= {"text", "forms", "register"}


@pytest.mark.parametrize("name", kind("text"))
def test_what_reads_the_text_alone_finds_the_same_whoever_is_known(name: str) -> None:
    assert BY_NAME[name](LINES, ()) == BY_NAME[name](LINES, ENTRIES)


@pytest.mark.parametrize("name", kind("forms"))
@settings(max_examples=40)
@given(st.data())
def test_what_reads_forms_finds_of_two_registers_what_it_finds_of_both(name: str, data: st.DataObject) -> None:
    which = data.draw(st.lists(st.sampled_from((1, 2, 3)), min_size=len(ENTRIES), max_size=len(ENTRIES)))
    one = tuple(entry for entry, part in zip(ENTRIES, which, strict=True) if part & 1)
    other = tuple(entry for entry, part in zip(ENTRIES, which, strict=True) if part & 2)
    find = partial(BY_NAME[name], LINES)
    assert set(find(ENTRIES)) == {*find(one), *find(other)}


# --- a second look ----------------------------------------------------------------------------------------------------


class Counting:
    """A recognizer that remembers whom it was asked for."""

    def __init__(self, name: str) -> None:
        self.name, self.asked = name, list[list[str]]()

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        self.asked.append([form for entry in known for form in entry.forms])
        return ()


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    return session(study(tmp_path), "P01_S1", *LINES, people=("김민수",))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """What each recognizer was asked for: one that reads text, one that reads forms, one of which nothing is known."""
    spies = tuple((name, Counting(name)) for name in ("titles", "roster", "newcomer"))
    monkeypatch.setattr(recognizers, "named", lambda settings: spies)
    return {name: spy.asked for name, spy in spies}


def test_a_late_name_is_sought_alone(walk: Walk, asked: dict[str, list[list[str]]]) -> None:
    named(walk)
    assert asked["titles"] == [["김민수"]] == asked["roster"] == asked["newcomer"]
    learn(walk, "까치", "달래")
    rescan(walk)
    assert asked["titles"] == [["김민수"]]
    assert asked["roster"] == [["김민수"], ["까치", "달래"]]
    assert asked["newcomer"] == [["김민수"], ["김민수", "까치", "달래"]]


def test_another_text_is_looked_at_as_a_whole(walk: Walk, asked: dict[str, list[list[str]]]) -> None:
    named(walk)
    heard(walk, *LINES[:2])
    named(walk)
    assert [len(calls) for calls in asked.values()] == [2, 2, 2]


@pytest.mark.parametrize("damage", ["gone", "torn", "of another version"])
def test_a_memory_that_is_lost_costs_nothing_but_time(walk: Walk, damage: str) -> None:
    named(walk)
    blob = walk.vault.folder(walk.interview) / "looked.blob"
    if damage == "gone":
        blob.unlink()
    elif damage == "torn":
        blob.write_bytes(blob.read_bytes()[:-1])
    else:
        walk.vault.write_blob(walk.interview, looking.BLOB, [b'{"recipe": 1}'])
    learn(walk, "까치")
    rescan(walk)
    assert "까치" not in draft_of(walk) and looking.recall(walk) is not None


def test_what_is_kept_can_be_read_by_nobody_else(walk: Walk) -> None:
    named(walk)
    sealed = (walk.vault.folder(walk.interview) / "looked.blob").read_bytes()
    kept = looking.recall(walk)
    assert kept is not None and "김민수" in {finding.form for finding in kept.findings}
    assert "김민수".encode() not in sealed


def test_a_register_that_was_put_back_makes_every_look_a_first_one(walk: Walk, tmp_path: Path) -> None:
    """Else a name that came up in the register's other life would not be sought."""
    import shutil

    learn(walk, "남궁설")
    shutil.copytree(walk.home.registers, tmp_path / "backup")
    learn(walk, "달래")
    named(walk)
    shutil.rmtree(walk.home.registers)
    shutil.copytree(tmp_path / "backup", walk.home.registers)
    learn(walk, "까치")
    rescan(walk)
    assert "까치" not in draft_of(walk)


# --- a name that was destroyed ----------------------------------------------------------------------------------------


@pytest.fixture
def destroyed(tmp_path: Path) -> Walk:
    """A released session that names somebody only the register knew, whose names were destroyed since."""
    walk = session(study(tmp_path), "P01_S1", "까치가 왔어요.", "달래도 왔어요.", people=("까치",))
    assert released(walk).startswith("[이름1]이 왔어요.")
    file = tmp_path / "custodian"
    me = custody.begin(walk.home, file, "data manager", "", "tester")
    assert custodian(file, "") == me
    custody.destroy(walk.home, walk.interview.study, "이름1", "withdrawn", me, "tester")
    return walk


def test_it_stays_hidden_and_is_not_learnt_again(destroyed: Walk) -> None:
    learn(destroyed, "달래")
    rescan(destroyed)
    assert draft_of(destroyed) == "[이름?]이 왔어요.\n[이름2]도 왔어요."
    assert not [entry for entry in destroyed.register().entries if "까치" in entry.forms]
    held = quarantine.in_force(destroyed)
    assert held is not None and held.shown == (("P01-2", ("달래",)),)
    mentions = destroyed.vault.read(destroyed.interview, Mentions)
    assert mentions is not None and [mention.text for mention in mentions.mentions] == ["까치", "달래"]


def test_where_nothing_else_is_new_the_release_stands(destroyed: Walk) -> None:
    learn(destroyed, "구름이")
    rescan(destroyed)
    assert quarantine.in_force(destroyed) is None
    assert "까치" not in draft_of(destroyed)
    assert steps.is_fresh(steps.step("detect"), destroyed)
