from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from faults import die, killed, leavings, tree, with_room
from hypothesis import given, settings
from nouns import any_of

from pipeline.errors import DiskFull, KeyMissing, KeyWrong, SealBroken
from pipeline.interview import Person
from pipeline.people import Entry, Register
from pipeline.stages.enlist import enlist, enrol
from pipeline.stand_ins import Style, settled
from pipeline.stores import register as registers
from pipeline.stores.keyring import Identity
from pipeline.stores.register import change_register, destroy, digest, news, read_register
from pipeline.transcript import Label, Mention, Mentions, State

ENTRY = Entry("entry-1", Label.NAME, ("김민수",), "참여자1")
ME = Identity.fresh()


def adding(entry: Entry, register: Register) -> Register:
    return replace(register, entries=(*register.entries, entry))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def test_a_study_begins_with_nobody(tmp_path: Path) -> None:
    assert read_register(tmp_path, "peers", ME) == Register("peers")
    assert tree(tmp_path) == {}


@settings(max_examples=25)
@given(any_of(Register))
def test_any_register_is_read_back(folder: Path, register: Register) -> None:
    change_register(folder, "peers", ME, lambda _: replace(register, study="peers"))
    read = read_register(folder, "peers", ME)
    assert read.entries == register.entries


def test_each_change_is_a_version_and_no_change_is_none(tmp_path: Path) -> None:
    first = change_register(tmp_path, "peers", ME, partial(adding, ENTRY))
    before = tree(tmp_path)
    again = change_register(tmp_path, "peers", ME, lambda register: register)
    assert tree(tmp_path) == before
    second = change_register(tmp_path, "peers", ME, partial(adding, replace(ENTRY, id="entry-2")))
    assert (first.version, again.version, second.version) == (1, 1, 2)


def test_studies_have_registers_of_their_own(tmp_path: Path) -> None:
    change_register(tmp_path, "one", ME, partial(adding, ENTRY))
    assert read_register(tmp_path, "two", ME).entries == ()


def test_nothing_in_it_can_be_read(tmp_path: Path) -> None:
    change_register(tmp_path, "peers", ME, partial(adding, ENTRY))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 3
    for path in files:
        assert "김민수".encode() not in path.read_bytes()
        assert "참여자1".encode() not in path.read_bytes()


def test_the_digest_is_of_the_entries_not_of_the_version() -> None:
    one = Register("peers", (ENTRY,), 1)
    assert digest(one) == digest(replace(one, version=7))
    for change in ({"forms": ("김민수", "민수")}, {"stand_in": "참여자2"}, {"label": Label.ORG}, {"id": "entry-2"}):
        assert digest(one) != digest(replace(one, entries=(replace(ENTRY, **change),)))  # type: ignore[arg-type]
    assert digest(one) != digest(replace(one, entries=()))


def test_nobody_is_lost_where_many_add_at_once(tmp_path: Path) -> None:
    def add(number: int) -> None:
        change_register(tmp_path, "peers", ME, partial(adding, replace(ENTRY, id=f"entry-{number}")))

    work = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    register = read_register(tmp_path, "peers", ME)
    assert {entry.id for entry in register.entries} == {f"entry-{number}" for number in range(12)}
    assert register.version == 12


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    change_register(tmp_path, "peers", ME, partial(adding, ENTRY))
    before = tree(tmp_path)
    with pytest.raises(ZeroDivisionError):
        change_register(tmp_path, "peers", ME, lambda register: 1 / 0)  # type: ignore[arg-type, return-value]
    assert tree(tmp_path) == before
    assert change_register(tmp_path, "peers", ME, partial(adding, replace(ENTRY, id="entry-2"))).version == 2


def test_another_identity_reads_and_changes_nothing(tmp_path: Path) -> None:
    change_register(tmp_path, "peers", ME, partial(adding, ENTRY))
    before = tree(tmp_path)
    with pytest.raises(KeyWrong):
        read_register(tmp_path, "peers", Identity.fresh())
    with pytest.raises(KeyWrong):
        change_register(tmp_path, "peers", Identity.fresh(), partial(adding, ENTRY))
    assert tree(tmp_path) == before


def test_a_register_without_its_key_is_never_begun_anew(tmp_path: Path) -> None:
    change_register(tmp_path, "peers", ME, partial(adding, ENTRY))
    (tmp_path / "peers.key").unlink()
    with pytest.raises(KeyMissing):
        read_register(tmp_path, "peers", ME)
    with pytest.raises(KeyMissing):
        change_register(tmp_path, "peers", ME, partial(adding, ENTRY))


def test_a_register_of_another_study_does_not_open(tmp_path: Path) -> None:
    change_register(tmp_path, "one", ME, partial(adding, ENTRY))
    for suffix in (".register", ".key"):
        (tmp_path / f"one{suffix}").rename(tmp_path / f"two{suffix}")
    with pytest.raises(SealBroken):
        read_register(tmp_path, "two", ME)


@pytest.mark.parametrize("content", [b"{}", b"not json", b'{"study": "peers", "entries": [{"id": 3}]}'])
def test_a_register_of_another_shape_is_broken(tmp_path: Path, content: bytes) -> None:
    change_register(tmp_path, "peers", ME, partial(adding, ENTRY))
    path = tmp_path / "peers.register"
    registers.seal(path, [content], registers.data_key(tmp_path / "peers.key", ME), path.name)
    with pytest.raises(SealBroken):
        read_register(tmp_path, "peers", ME)


def test_a_register_from_before_people_had_keys_is_read(tmp_path: Path) -> None:
    change_register(tmp_path, "peers", ME, partial(adding, ENTRY))
    path = tmp_path / "peers.register"
    old = registers._REGISTER.dump_json(Register("peers", (ENTRY,), 5))
    registers.seal(path, [old], registers.data_key(tmp_path / "peers.key", ME), path.name)
    assert read_register(tmp_path, "peers", ME) == Register("peers", (ENTRY,), 5)
    other = replace(ENTRY, id="entry-2", forms=("최은정",))
    change_register(tmp_path, "peers", ME, partial(adding, other))
    assert read_register(tmp_path, "peers", ME) == Register("peers", (ENTRY, other), 6)
    assert len(list((tmp_path / "peers.people").glob("*.person"))) == 2


def test_a_full_disk_keeps_the_register_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change_register(tmp_path, "peers", ME, partial(adding, ENTRY))
    before = tree(tmp_path)
    with_room(monkeypatch, 50)
    with pytest.raises(DiskFull):
        change_register(tmp_path, "peers", ME, partial(adding, replace(ENTRY, id="entry-2")))
    assert tree(tmp_path) == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of this process")
def test_a_killed_writer_leaves_the_register_as_it_was(tmp_path: Path) -> None:
    change_register(tmp_path, "peers", ME, partial(adding, ENTRY))
    before = read_register(tmp_path, "peers", ME)

    def die_while_writing() -> None:
        registers.seal = lambda *_: die()  # type: ignore[assignment]
        change_register(tmp_path, "peers", ME, partial(adding, replace(ENTRY, id="entry-2")))

    assert killed(die_while_writing)
    assert read_register(tmp_path, "peers", ME) == before
    assert change_register(tmp_path, "peers", ME, partial(adding, replace(ENTRY, id="entry-2"))).version == 2
    assert leavings(tmp_path) == []


# --- two walks at once ----------------------------------------------------------------------------------------------

STYLES = (Style(), Style(natural=True, natural_roles=True))


def met(folder: Path, number: int, style: Style, me: Identity = ME) -> None:
    """What a walk does that meets the same five people as all others, and one of its own."""
    names = [f"김정{last}" for last in "훈우민석호"]
    mine = tuple(Person(name) for name in (*names[number % 5 :], *names[: number % 5], f"박서{'연희진은'[number % 4]}"))
    change_register(folder, "peers", me, partial(enrol, mine, style=style))
    spoken = tuple(Mention("s", 0, 2, name[1:], Label.NAME, State.SURE, 0.9, ("x",)) for name in names)
    change_register(folder, "peers", me, partial(enlist, Mentions(spoken), style=style))


def one_stand_in_each(folder: Path, style: Style) -> None:
    entries = read_register(folder, "peers", ME).entries
    assert len({entry.forms for entry in entries}) == len(entries) == 9
    stand_ins = [entry.stand_in for entry in entries]
    assert all(stand_ins) and len(set(stand_ins)) == 9
    assert settled(Register("peers", entries), style).entries == entries


@pytest.mark.parametrize("style", STYLES, ids=["code", "natural"])
def test_threads_that_meet_the_same_people_give_each_one_stand_in(tmp_path: Path, style: Style) -> None:
    work = [threading.Thread(target=met, args=(tmp_path, number, style)) for number in range(8)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    one_stand_in_each(tmp_path, style)


@pytest.mark.parametrize("style", STYLES, ids=["code", "natural"])
def test_processes_that_meet_the_same_people_give_each_one_stand_in(tmp_path: Path, style: Style) -> None:
    new = multiprocessing.get_context("spawn")  # a fork of this process, which has threads by then, is not safe
    work = [new.Process(target=met, args=(tmp_path, number, style, ME)) for number in range(4)]
    for process in work:
        process.start()
    for process in work:
        process.join()
    assert [process.exitcode for process in work] == [0] * 4
    one_stand_in_each(tmp_path, style)


def test_natural_stand_ins_are_sealed_and_read_back(tmp_path: Path) -> None:
    people = (Person("김정훈", ("까치", "김 과장")),)
    written = change_register(tmp_path, "peers", ME, partial(enrol, people, style=STYLES[1]))
    assert read_register(tmp_path, "peers", ME).entries == written.entries
    assert len(written.entries[0].shown) == 3


# --- what is new since ----------------------------------------------------------------------------------------------


def grown(folder: Path, *numbers: int) -> Register:
    for number in numbers:
        entry = replace(ENTRY, id=f"entry-{number}", forms=(f"이름{number}",), stand_in=f"[이름{number}]")
        register = change_register(folder, "peers", ME, partial(adding, entry))
    return register


def ids(entries: tuple[Entry, ...] | None) -> list[str] | None:
    return None if entries is None else [entry.id for entry in entries]


def test_who_saw_a_version_learns_what_came_since(tmp_path: Path) -> None:
    first, third = grown(tmp_path, 1), grown(tmp_path, 2, 3)
    assert ids(news(third, digest(first))) == ["entry-2", "entry-3"]
    assert ids(news(third, digest(third))) == []
    assert ids(news(read_register(tmp_path, "peers", ME), digest(first))) == ["entry-2", "entry-3"]


def test_a_new_form_makes_an_entry_new_and_another_stand_in_does_not(tmp_path: Path) -> None:
    seen = digest(grown(tmp_path, 1, 2))

    def change(register: Register) -> Register:
        one, two = register.entries
        aliased = replace(one, forms=(*one.forms, "까치"))
        return replace(register, entries=(aliased, replace(two, stand_in="[이름9]")))

    assert ids(news(change_register(tmp_path, "peers", ME, change), seen)) == ["entry-1"]


def test_a_register_put_back_from_before_is_not_taken_for_the_one_that_was_seen(tmp_path: Path) -> None:
    grown(tmp_path / "now", 1)
    shutil.copytree(tmp_path / "now", tmp_path / "backup")
    seen = digest(grown(tmp_path / "now", 2))
    other = grown(tmp_path / "backup", 3, 4)
    assert other.version > 2 and news(other, seen) is None


def test_the_past_outlives_a_destruction_and_begins_where_there_was_none(tmp_path: Path) -> None:
    seen = digest(grown(tmp_path, 1, 2))
    destroy(tmp_path, "peers", "entry-1", ME)
    left = read_register(tmp_path, "peers", ME)
    assert left.past[-1] == digest(left) and ids(news(left, seen)) == []
    assert ids(news(grown(tmp_path, 3), seen)) == ["entry-3"]
    assert news(Register("peers", (ENTRY,), 4), seen) is None


def test_what_was_read_is_read_again_once_a_file_has_changed(tmp_path: Path) -> None:
    assert read_register(tmp_path, "peers", ME) == Register("peers")
    grown(tmp_path, 1)
    assert len(read_register(tmp_path, "peers", ME).entries) == 1
    grown(tmp_path, 2)
    assert len(read_register(tmp_path, "peers", ME).entries) == 2
    (record,) = list((tmp_path / "peers.people").glob("*-1.person"))[:1]
    record.write_bytes(record.read_bytes()[:-1])
    with pytest.raises(SealBroken):
        read_register(tmp_path, "peers", ME)


def test_the_digest_of_the_same_people_tells_nothing_across_registers(tmp_path: Path) -> None:
    """It lies open in stamps: whoever guesses a name must not find it confirmed."""
    digests = set()
    for lab in ("one", "other"):
        filled = change_register(tmp_path / lab, "study", ME, lambda register: replace(register, entries=(ENTRY,)))
        assert digest(read_register(tmp_path / lab, "study", ME)) == digest(filled)
        digests.add(digest(filled))
    bare = digest(Register("study", (ENTRY,)))
    assert len(digests) == 2 and bare not in digests
