"""A name that comes up late: sought in the whole study, releases that show it quarantined, nothing else touched."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from faults import die, killed
from hypothesis import given, settings
from hypothesis import strategies as st
from studies import (
    NAMING,
    RELEASING,
    RULES,
    draft_of,
    heard,
    learn,
    named,
    release_of,
    released,
    ruled,
    session,
    stored,
    study,
)

from pipeline import exports, inputs, looking, quarantine, steps
from pipeline.errors import InterviewUnknown, PlaceBusy, ReleaseBlocked, Waiting
from pipeline.interview import InterviewId
from pipeline.people import Register
from pipeline.places import Home
from pipeline.rescan import NOTHING, Rescanned, Seen, due, rescan
from pipeline.transcript import Approval, Label, Mentions, Pseudonymized, Publication, Released
from pipeline.walk import Walk

FIRST = ("그때 까치가 병원에 같이 갔어요.", "까치는 지금도 만나요.", "오늘은 날씨가 좋네요.")
SECOND = ("저는 혼자 다녔어요.", "아무도 몰랐어요.")
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of this process")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return study(tmp_path)


@pytest.fixture
def shows(home: Home) -> Walk:
    """A released session that shows a nickname which nobody knew for one."""
    walk = session(home, "P01_S1", *FIRST)
    assert "까치가" in released(walk)
    return walk


@pytest.fixture
def clean(home: Home) -> Walk:
    """A released session without it."""
    walk = session(home, "P02_S1", *SECOND)
    released(walk)
    return walk


def ids(*walks: Walk) -> tuple[InterviewId, ...]:
    return tuple(walk.interview for walk in walks)


def hashes(walk: Walk) -> list[str]:
    stamps = (walk.vault.stamp(walk.interview, kind) for kind in (Pseudonymized, Approval, Released, Publication))
    return [stamp.made if stamp else "" for stamp in stamps]


def actions(walk: Walk) -> list[str]:
    with sqlite3.connect(walk.home.store / "coding.sqlite") as store:
        return [action for (action,) in store.execute("SELECT action FROM audit ORDER BY position")]


# --- the planning ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "is_due"),
    [
        (("now", "now", True), False),
        (("then", "now", True), True),
        (("now", "then", True), True),
        (("then", "then", True), True),
        (("now", "now", False), True),
        (("now", "", False), True),
        (("", "", False), True),
    ],
)
def test_what_was_searched_with_another_register_is_due(seen: tuple[str, str, bool], is_due: bool) -> None:
    one = InterviewId("peers", "P01", "S1")
    assert due([Seen(one, *seen)], "now") == ((one,) if is_due else ())


# --- one late name --------------------------------------------------------------------------------------------------


def test_a_nickname_of_the_third_session_is_sought_in_the_first_and_the_second(shows: Walk, clean: Walk) -> None:
    kept = hashes(clean)
    third = session(shows.home, "P03_S1", "별명이 까치인 친구가 있었어요.")
    named(third)
    ruled(third, 1, "까치", Label.NAME)
    named(third)
    found = rescan(third)
    assert found == Rescanned(ids(shows, clean), ids(shows))
    assert "까치" not in draft_of(shows)
    assert (draft_of(shows).count("[이름1]"), draft_of(third).count("[이름1]")) == (2, 1)
    assert hashes(clean) == kept and stored(clean) == "\n".join(SECOND)
    with pytest.raises(InterviewUnknown):
        stored(shows)
    assert actions(shows)[-1] == "quarantine"
    assert rescan(third) == Rescanned(quarantined=ids(shows))


def test_the_quarantine_says_when_and_what_and_ends_with_the_next_release(shows: Walk) -> None:
    learn(shows, "까치")
    rescan(shows)
    held = quarantine.in_force(shows)
    assert held is not None and held.told == ("database",)
    assert held.shown == (("P01-1", ("까치",)), ("P01-2", ("까치",)))
    assert inputs.flags_of(shows) == ("quarantined",) and not inputs.is_approved(shows)
    with pytest.raises(Waiting, match="approval"):
        steps.run(steps.step("release"), shows)
    inputs.approve(shows, "reviewer2")
    for name in RELEASING:
        assert steps.run(steps.step(name), shows)
    assert "까치" not in stored(shows) and quarantine.in_force(shows) is None and inputs.flags_of(shows) == ()
    assert rescan(shows) == NOTHING
    with sqlite3.connect(shows.home.store / "coding.sqlite") as store:
        versions = store.execute("SELECT version, status, parent_id FROM transcript ORDER BY version").fetchall()
    assert versions == [(1, "withdrawn", None), (2, "current", 1)]


def test_nothing_that_was_shown_is_left_in_the_store(shows: Walk) -> None:
    file = shows.home.store / "coding.sqlite"
    assert "까치".encode() in file.read_bytes()
    learn(shows, "까치")
    rescan(shows)
    assert "까치".encode() not in file.read_bytes()
    assert not list(shows.home.store.glob("*-journal"))


def test_every_line_of_a_release_that_has_no_name_of_the_study_stays_as_it_is(shows: Walk, clean: Walk) -> None:
    kept = hashes(shows), hashes(clean)
    learn(shows, "구름이", "남궁설")
    assert rescan(shows) == Rescanned(ids(shows, clean))
    assert (hashes(shows), hashes(clean)) == kept
    assert inputs.is_approved(shows) and stored(shows) == release_of(shows)


def test_another_stand_in_is_another_draft(home: Home) -> None:
    walk = session(home, "P01_S1", "김민수 씨가 왔어요.", people=("김민수",))
    assert released(walk) == "[이름1] 씨가 왔어요."
    walk.change_register(
        lambda register: replace(register, entries=tuple(replace(e, stand_in="[동료1]") for e in register.entries))
    )
    assert rescan(walk).quarantined == ids(walk)
    held = quarantine.in_force(walk)
    assert held is not None and held.shown == (("P01-1", ()),)
    assert draft_of(walk) == "[동료1] 씨가 왔어요."
    with pytest.raises(InterviewUnknown):
        stored(walk)


def test_a_second_person_of_that_given_name_makes_it_somebody_of_their_own(home: Home) -> None:
    walk = session(home, "P01_S1", "민수 씨가 왔어요.", people=("김민수",))
    assert released(walk) == "[이름1] 씨가 왔어요."
    learn(walk, "박민수")
    assert rescan(walk).quarantined == ids(walk)
    assert draft_of(walk) == "[이름3] 씨가 왔어요."


def test_a_name_that_its_own_reviewer_finds_after_the_release_quarantines_it_too(shows: Walk) -> None:
    ruled(shows, 1, "까치", Label.NAME)
    named(shows)
    assert quarantine.in_force(shows) is not None
    assert rescan(shows).untold == ()
    with pytest.raises(InterviewUnknown):
        stored(shows)


@pytest.mark.parametrize("corrected", ["그때 누가 병원에 같이 갔어요.", "그때 까치가 병원에 갔어요."])
def test_a_word_that_was_mended_quarantines_nothing(shows: Walk, corrected: str) -> None:
    heard(shows, corrected, *FIRST[1:])
    named(shows)
    assert quarantine.in_force(shows) is None and inputs.flags_of(shows) == ()
    assert stored(shows) == release_of(shows)


def test_a_name_in_words_that_were_mended_since_is_found_in_the_release(shows: Walk) -> None:
    heard(shows, "그때 누가 병원에 같이 갔어요.", "그 사람은 지금도 만나요.", FIRST[2])
    named(shows)
    learn(shows, "까치")
    assert rescan(shows).quarantined == ids(shows)


def test_a_mention_that_a_reviewer_rejects_after_the_release_quarantines_nothing(home: Home) -> None:
    walk = session(home, "P01_S1", "보라가 왔어요.", people=("보라",))
    assert released(walk) == "[이름1]이 왔어요."
    ruled(walk, 1, "보라", None)
    assert named(walk) == "보라가 왔어요."
    assert quarantine.in_force(walk) is None and stored(walk) == "[이름1]이 왔어요."


def test_a_further_name_is_added_to_a_quarantine_that_stands(shows: Walk) -> None:
    learn(shows, "까치")
    rescan(shows)
    first = quarantine.in_force(shows)
    learn(shows, "날씨")  # of line 3; a name for once
    rescan(shows)
    second = quarantine.in_force(shows)
    assert first and second and first.at == second.at and second.told == ("database",)
    assert dict(second.shown) == dict(first.shown) | {"P01-3": ("날씨",)}


def test_what_was_approved_during_a_quarantine_stays_approved_while_it_is_the_draft(shows: Walk, clean: Walk) -> None:
    learn(shows, "까치")
    rescan(shows)
    inputs.approve(shows, "reviewer2")
    learn(shows, "구름이")
    assert rescan(clean) == Rescanned(ids(shows, clean), ids(shows))
    assert inputs.is_approved(shows)


def test_other_studies_are_left_alone(shows: Walk) -> None:
    (shows.home.studies / "other.toml").write_text('id = "other"\n', "utf-8")
    other = inputs.walk_of(shows.home, InterviewId("other", "P01", "S1"), shows.identity)
    other.change_register(lambda register: learned(register))
    assert rescan(other) == NOTHING and quarantine.in_force(shows) is None


def learned(register: Register) -> Register:
    from pipeline.interview import Person
    from pipeline.stages.enlist import enrol

    return enrol((Person("까치"),), register)


# --- rest -----------------------------------------------------------------------------------------------------------


def test_two_sessions_that_teach_each_other_come_to_rest(home: Home) -> None:
    one = session(home, "P01_S1", "윤서 씨가 그랬어요.", "달래가 왔어요. 강달래 씨요.", "하람이도요.")
    two = session(home, "P02_S1", "하람 씨랑 강윤서 씨가 왔어요.", "윤서는 달래를 알아요.")
    for walk in (one, two):
        named(walk)
    ran: list[str] = []

    def counted(row: steps.Step, walk: Walk) -> bool:
        ran.append(str(walk.interview))
        return steps.run(row, walk)

    rescan(one, counted)
    assert ran and len(ran) <= 2 * len(NAMING) * 2
    assert not [name for name in ("윤서", "달래", "하람") if name in draft_of(one) + draft_of(two)]
    ran.clear()
    assert rescan(one, counted) == NOTHING == rescan(two, counted)
    assert ran == []


@settings(max_examples=20)
@given(
    st.lists(st.sampled_from(("민수", "김민수", "박민수", "하람", "강하람", "윤서 씨", "까치")), min_size=2, max_size=4)
)
def test_any_study_comes_to_rest(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    home = study(tmp_path_factory.mktemp("rest"))
    walks = [session(home, f"P{n:02d}_S1", f"{name}가 왔어요. {name} 과장님이요.") for n, name in enumerate(names, 1)]
    for walk in walks:
        named(walk)
    rescan(walks[0])
    assert rescan(walks[-1]) == NOTHING
    fresh = [steps.is_fresh(steps.step(name), walk) for walk in walks for name in NAMING]
    assert all(fresh)


def test_a_second_look_is_what_a_first_one_would_be(shows: Walk, clean: Walk) -> None:
    learn(shows, "까치", "날씨")
    rescan(shows)
    second = shows.vault.read(shows.interview, Mentions)
    (shows.vault.folder(shows.interview) / "looked.blob").unlink()
    shows.vault.remove(shows.interview, Mentions)
    named(shows)
    assert shows.vault.read(shows.interview, Mentions) == second


# --- a store that is down -------------------------------------------------------------------------------------------


@pytest.fixture
def down(shows: Walk) -> Callable[[], None]:
    """The store is out of reach; calling it brings it back."""
    shows.home.store.rename(shows.home.root / "unplugged")

    def plug_in() -> None:
        (shows.home.root / "unplugged").rename(shows.home.store)

    return plug_in


def test_a_store_that_is_down_is_told_with_the_next_walk(shows: Walk, clean: Walk, down: Callable[[], None]) -> None:
    learn(shows, "까치")
    assert rescan(shows).untold == ids(shows)
    assert inputs.flags_of(shows) == ("quarantined", "untold")
    assert "StoreUnreachable" in shows.vault.failures(shows.interview)["quarantine"]
    assert rescan(clean).untold == ids(shows), "nothing is due any more, and it is still not forgotten"
    assert not shows.home.store.exists(), "a store out of reach is not made anew"
    down()
    assert "까치" in stored(shows)
    assert rescan(clean) == Rescanned(quarantined=ids(shows))
    with pytest.raises(InterviewUnknown):
        stored(shows)
    assert inputs.flags_of(shows) == ("quarantined",) and shows.vault.failures(shows.interview) == {}


def test_a_store_that_was_down_until_the_next_release_loses_what_was_shown(
    shows: Walk, clean: Walk, down: Callable[[], None]
) -> None:
    learn(shows, "까치")
    rescan(shows)
    inputs.approve(shows, "reviewer2")
    steps.run(steps.step("release"), shows)
    assert inputs.flags_of(shows) == ("untold",)
    down()
    steps.run(steps.step("publish"), shows)
    assert "까치".encode() in (shows.home.store / "coding.sqlite").read_bytes()
    assert rescan(clean) == NOTHING
    assert stored(shows) == release_of(shows) and inputs.flags_of(shows) == ()
    assert "까치".encode() not in (shows.home.store / "coding.sqlite").read_bytes()


def test_a_release_that_is_being_published_is_told_of_afterwards(shows: Walk, clean: Walk) -> None:
    learn(shows, "까치")
    with shows.vault.locked(shows.interview, "publish"):
        assert rescan(clean).untold == ids(shows)
    assert rescan(clean).untold == ()
    with pytest.raises(InterviewUnknown):
        stored(shows)


def test_a_release_that_never_reached_a_store_does_not_get_there(home: Home) -> None:
    walk = session(home, "P01_S1", *FIRST)
    named(walk)
    inputs.approve(walk, "reviewer1")
    steps.run(steps.step("release"), walk)
    learn(walk, "까치")
    rescan(walk)
    with pytest.raises(Waiting, match="quarantine"):
        steps.run(steps.step("publish"), walk)
    assert not home.store.exists() and "publish" not in walk.vault.failures(walk.interview)


# --- what goes wrong ------------------------------------------------------------------------------------------------


def test_an_interview_that_cannot_be_searched_keeps_nobody_else_from_it(
    shows: Walk, clean: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn(shows, "까치")
    broken = clean.vault.folder(clean.interview) / "08-reviewed"
    whole = broken.read_bytes()
    broken.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    found = rescan(clean)
    assert (found.looked, found.quarantined, found.failed) == (ids(shows), ids(shows), ids(clean))
    assert "SealBroken" in clean.vault.failures(clean.interview)["rescan"]
    broken.write_bytes(whole)
    assert rescan(shows).looked == ids(clean)
    assert clean.vault.failures(clean.interview) == {}


def test_an_interview_that_is_being_walked_is_left_to_its_walk(shows: Walk, clean: Walk) -> None:
    learn(shows, "까치")
    with shows.vault.locked(shows.interview, "detect"):
        assert rescan(clean) == Rescanned(ids(clean))
    assert rescan(shows) == Rescanned(ids(shows), ids(shows))


@pytest.mark.slow
@forks
def test_killed_anywhere_it_loses_nothing_and_the_next_walk_ends_it(tmp_path: Path) -> None:
    first = study(tmp_path)
    begun = session(first, "P01_S1", *FIRST), session(first, "P02_S1", *SECOND)
    for walk in begun:
        released(walk)
    learn(begun[0], "까치")
    kept = hashes(begun[1])
    for stop in count():
        home = Home(tmp_path / str(stop))
        shutil.copytree(first.root, home.root)
        identity = inputs.identity_of(home)
        shows, clean = (inputs.walk_of(home, walk.interview, identity) for walk in begun)
        died = killed(lambda stop=stop, walk=clean: dying_after(stop, walk))
        assert "까치" not in release_of(clean)
        rescan(clean)
        assert quarantine.in_force(shows) is not None and "까치" not in draft_of(shows)
        with pytest.raises(InterviewUnknown):
            stored(shows)
        assert hashes(clean) == kept and inputs.flags_of(shows) == ("quarantined",)
        assert "까치".encode() not in (home.store / "coding.sqlite").read_bytes()
        if not died:
            break
    assert stop > 8, "it writes more often than that"


def dying_after(writes: int, walk: Walk) -> None:
    """Re-scan, and die at the file number `writes` that is put into its place."""
    done = count()
    replacing = Path.replace

    def deadly(path: Path, target: Path) -> Path:
        if next(done) == writes:
            die()
        return replacing(path, target)

    Path.replace = deadly  # type: ignore[method-assign, assignment]  # in a copy of this process
    os_replace = os.replace
    os.replace = lambda *two: die() if next(done) == writes else os_replace(*two)
    rescan(walk)


def test_a_walk_waits_for_the_re_scan_of_another(shows: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    learn(shows, "까치")
    entered, go_on = threading.Event(), threading.Event()
    make = looking.detect

    def slow(*given: object) -> Mentions:
        entered.set()
        assert go_on.wait(20)
        return make(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(looking, "detect", slow)
    with ThreadPoolExecutor(2) as pool:
        other = pool.submit(rescan, shows)
        assert entered.wait(20)
        own = pool.submit(steps.run, steps.step("detect"), shows)
        go_on.set()
        assert other.result().looked == ids(shows) and own.result() is False


# --- at once --------------------------------------------------------------------------------------------------------


@forks
def test_two_walks_that_meet_the_same_new_person_give_one_stand_in(tmp_path: Path) -> None:
    home = study(tmp_path)
    texts = ("한도겸 씨가 왔어요.", "한도겸 씨랑 도겸이가요.", "도겸 씨요, 한도겸 씨.", "한도겸 과장님이요.")
    walks = [session(home, f"P{number:02d}_S1", text) for number, text in enumerate(texts, 1)]
    with multiprocessing.get_context("fork").Pool(4) as pool:
        pool.map(_walk_names, [(home.root, walk.interview) for walk in walks])
    register = walks[0].register()
    assert [(entry.forms, entry.stand_in) for entry in register.entries] == [(("한도겸",), "[이름1]")]
    assert {steps.is_fresh(steps.step(name), walk) for walk in walks for name in NAMING} == {True}
    assert all("도겸" not in draft_of(walk) and "[이름1]" in draft_of(walk) for walk in walks)


def _walk_names(task: tuple[Path, InterviewId]) -> None:
    """What a walk does with names, in a process of its own."""
    home = Home(task[0])
    walk = inputs.walk_of(home, task[1], inputs.identity_of(home))
    for name in NAMING:
        for _ in range(100):
            try:
                steps.run(steps.step(name), walk)
                break
            except PlaceBusy:  # another's re-scan is at it
                pass
    rescan(walk)


def test_re_scans_at_once_take_turns_and_end(shows: Walk, clean: Walk) -> None:
    learn(shows, "까치")
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(rescan, (shows, clean) * 3))
    assert sorted(len(one.looked) for one in found) == [0, 0, 0, 0, 0, 2]
    assert {one.quarantined for one in found} == {ids(shows)}
    assert actions(shows).count("quarantine") == 1


# --- the gate -------------------------------------------------------------------------------------------------------


@pytest.fixture
def automatic(tmp_path: Path) -> Walk:
    """A session that was released by itself."""
    home = study(tmp_path, RULES + '[release]\nmode = "automatic"\n')
    walk = session(home, "P01_S1", *FIRST)
    named(walk)
    assert inputs.approve_automatically(walk)
    for name in RELEASING:
        steps.run(steps.step(name), walk)
    return walk


def test_nothing_is_released_automatically_while_a_quarantine_is_open(automatic: Walk) -> None:
    learn(automatic, "까치")
    rescan(automatic)
    draft = automatic.vault.read(automatic.interview, Pseudonymized)
    assert draft is not None and draft.doubtful == 0 and draft.flags == (), "nothing else is in the way"
    assert not inputs.approve_automatically(automatic)
    with pytest.raises(ReleaseBlocked):
        inputs.approve(automatic, inputs.AUTOMATIC)
    inputs.approve(automatic, "reviewer1")
    for name in RELEASING:
        steps.run(steps.step(name), automatic)
    heard(automatic, *FIRST[:2], "내일은 비가 와요.")
    named(automatic)
    assert inputs.approve_automatically(automatic), "the quarantine is over"


def test_nothing_is_released_automatically_that_was_not_searched_for_all_that_is_known(tmp_path: Path) -> None:
    walk = session(study(tmp_path, RULES + '[release]\nmode = "automatic"\n'), "P01_S1", *FIRST)
    named(walk)
    learn(walk, "까치")
    assert not inputs.approve_automatically(walk)
    rescan(walk)
    assert inputs.approve_automatically(walk) and "까치" not in draft_of(walk)


@pytest.mark.parametrize("form", ["txt", "json"])  # the others: tests/exports
def test_a_release_without_a_person_says_so_in_every_export(automatic: Walk, form: str) -> None:
    found = automatic.vault.read(automatic.interview, Released)
    assert found is not None and found.provenance.approved_by == inputs.AUTOMATIC
    said = exports.rendered(found, form)
    by_hand = replace(found, provenance=replace(found.provenance, approved_by="reviewer1"))
    assert inputs.AUTOMATIC.encode() in said and inputs.AUTOMATIC.encode() not in exports.rendered(by_hand, form)


def test_the_store_says_it_too(automatic: Walk) -> None:
    with sqlite3.connect(automatic.home.store / "coding.sqlite") as store:
        ((provenance,),) = store.execute("SELECT provenance FROM transcript").fetchall()
    assert '"approved_by":"automatic"' in provenance
