"""Packages as stores: versions that are whole and never written over, blind, withheld where they can be."""

from __future__ import annotations

import os
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from faults import die, killed, leavings, tree, with_room
from handing import KIM, LEE, first, mark, packaged, project, second, texts, with_tree
from studies import heard, learn, named, release_of, released

from pipeline import destinations, exports, inputs, packing, quarantine, steps
from pipeline.errors import DiskFull, EngineUnknown, SettingsInvalid, StoreRefused, StoreUnreachable
from pipeline.places import Home
from pipeline.rescan import rescan
from pipeline.settings import load
from pipeline.stores import given, packages
from pipeline.stores.database import handed, sqlite_in
from pipeline.stores.packages import MANIFEST
from pipeline.transcript import Publication, Released
from pipeline.walk import Walk


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return packaged(tmp_path, "qualcoder", "refi")


def stores(walk: Walk) -> tuple[tuple[str, int], ...]:
    found = walk.vault.read(walk.interview, Publication)
    return found.stores if found else ()


def again(walk: Walk) -> None:
    steps.run(steps.step("publish"), walk)


def folders(home: Home, store: str = "qualcoder") -> list[str]:
    return sorted(path.name for path in (home.exports / "peers" / store).glob("[0-9]*"))


def test_every_store_that_a_study_may_name_has_a_format() -> None:
    assert set(packing.STORES.values()) == set(exports.FORMATS) - {"qdc"}  # a code tree alone is no release


@pytest.mark.parametrize("form", sorted(set(packing.STORES) - {"qualcoder", "refi"}))
def test_any_format_may_be_a_store(tmp_path: Path, form: str) -> None:
    home = packaged(tmp_path, form, coders=())
    walks = first(home), second(home)
    for walk in walks:
        released(walk)
    assert stores(walks[1]) == (("database", 1), (form, 2))
    newest = home.exports / "peers" / form / "0002"
    made = [path for path in newest.rglob("*") if path.is_file() and path.name != MANIFEST]
    assert made and all(path.stat().st_size > 50 for path in made)


def test_an_unknown_store_is_refused_by_name(tmp_path: Path) -> None:
    home = packaged(tmp_path, "qualkoder")
    with pytest.raises(EngineUnknown, match="qualcoder"):
        released(first(home))


def test_each_publication_is_a_version_of_the_whole_study_for_each_coder(home: Home) -> None:
    one, two = first(home), second(home)
    released(one)
    assert stores(one) == (("database", 1), ("qualcoder", 1), ("refi", 1))
    released(two)
    assert stores(two) == (("database", 1), ("qualcoder", 2), ("refi", 2))
    for coder in (KIM, LEE):
        assert "혼자" not in texts(project(home, 1, coder)) and "혼자" in texts(project(home, 2, coder))
        assert "숨겼어요 😀" in texts(project(home, 2, coder))
        assert zipfile.is_zipfile(home.exports / "peers" / "refi" / "0002" / coder / f"peers-{coder}.qdpx")
        assert (packing.returned(home, "peers") / coder).is_dir()
    assert leavings(home.exports) == []


def test_the_same_again_writes_nothing(home: Home) -> None:
    walk = first(home)
    released(walk)
    before = tree(home.exports)
    walk.vault.remove(walk.interview, Publication)
    again(walk)
    assert tree(home.exports) == before and stores(walk)[1:] == (("qualcoder", 1), ("refi", 1))


def test_packages_are_blind(home: Home) -> None:
    walk = first(home)
    released(walk)
    with_tree(home)
    shelf = destinations.shelf_of("qualcoder", walk.settings, home)
    assert packing.renew("peers", shelf=shelf) == 2
    mark(project(home, 2, KIM), KIM, ("숨김", "숨겼어요"))
    collect(walk)
    assert packing.renew("peers", shelf=shelf) == 3
    his, hers = project(home, 3, KIM), project(home, 3, LEE)
    assert KIM.encode() in (his / "data.qda").read_bytes() and LEE.encode() not in (his / "data.qda").read_bytes()
    assert LEE.encode() in (hers / "data.qda").read_bytes() and KIM.encode() not in (hers / "data.qda").read_bytes()
    assert texts(his) == texts(hers)


def collect(walk: Walk, round: int = 1) -> object:
    from pipeline.stores.database.gathering import take

    (name, gather), *_ = destinations.gathering_stores(walk.settings, walk.home)
    return take(sqlite_in(walk.home.store), "peers", gather("peers"), name, round)


def test_a_package_that_somebody_worked_in_stays_beside_the_next(home: Home) -> None:
    one = first(home)
    released(one)
    (project(home, 1, KIM) / "data.qda").write_bytes(b"a coder's work")
    released(second(home))
    assert (project(home, 1, KIM) / "data.qda").read_bytes() == b"a coder's work"
    assert folders(home) == ["0001", "0002"]


def test_a_full_disk_leaves_the_version_before_and_the_retry_completes(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = first(home), second(home)
    released(one)
    before = tree(home.exports)
    named(two)
    inputs.approve(two, "reviewer1")
    steps.run(steps.step("release"), two)
    real = packages.add

    def full(*arguments: object) -> int:
        with monkeypatch.context() as patch:
            with_room(patch, 3000)
            return real(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(packages, "add", full)
        with pytest.raises(DiskFull) as failed:
            again(two)
    assert failed.value.store == "qualcoder"
    assert tree(home.exports) == before and stores(two) == ()
    assert handed.is_begun(sqlite_in(home.store))  # the database has it: it came first
    again(two)
    assert stores(two) == (("database", 1), ("qualcoder", 2), ("refi", 2))


def test_one_store_that_is_down_keeps_none_of_the_others_from_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> int:
        raise StoreUnreachable(store="elsewhere", why="password")

    walk = first(home)
    real = destinations.coding_stores
    with monkeypatch.context() as patch:
        patch.setattr(destinations, "coding_stores", lambda *given: (("taguette", down), *real(*given)[1:]))
        with pytest.raises(StoreUnreachable) as failed:
            released(walk)
    assert failed.value.store == "taguette" and folders(home) == ["0001"]


def test_two_at_once_do_not_interleave(home: Home) -> None:
    walks = first(home), second(home)
    for walk in walks:
        named(walk)
        inputs.approve(walk, "reviewer1")
        steps.run(steps.step("release"), walk)
    with ThreadPoolExecutor(2) as both:
        list(both.map(again, walks))
    numbers = {dict(stores(walk))["qualcoder"] for walk in walks}
    assert folders(home) == [f"{number:04d}" for number in sorted(numbers)] and leavings(home.exports) == []
    newest = project(home, max(numbers), KIM)
    assert "숨겼어요" in texts(newest) and "혼자" in texts(newest)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of this process")
def test_a_writer_that_is_killed_leaves_what_was_there(home: Home) -> None:
    one, two = first(home), second(home)
    released(one)
    before = tree(home.exports)
    named(two)
    inputs.approve(two, "reviewer1")
    steps.run(steps.step("release"), two)

    def dies() -> None:
        packages._describe = lambda *_: die()  # in the copy of this process alone
        again(two)

    assert killed(dies)
    assert {name: sum for name, sum in tree(home.exports).items() if ".tmp" not in name} == before
    again(two)
    assert folders(home) == ["0001", "0002"] and leavings(home.exports) == []


def test_a_damaged_manifest_is_told_and_nothing_is_lost(home: Home) -> None:
    walk = first(home)
    released(walk)
    (home.exports / "peers" / "qualcoder" / "0001" / MANIFEST).write_text("{", "utf-8")
    with pytest.raises(StoreRefused):
        released(second(home))
    assert project(home, 1, KIM).is_dir() and folders(home) == ["0001"]


# --- withholding ----------------------------------------------------------------------------------------------------


@pytest.fixture
def shown(home: Home) -> tuple[Walk, Walk]:
    """Two sessions are out; the first shows a nickname that nobody knew for one."""
    walks = first(home), second(home)
    for walk in walks:
        released(walk)
    return walks


def everything(folder: Path) -> bytes:
    """All bytes, archives unpacked."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            found.append(path.read_bytes())
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    found += [archive.read(name) for name in archive.namelist()]
    return b"\n".join(found)


def test_a_quarantine_takes_every_untouched_package_and_writes_one_without(
    home: Home, shown: tuple[Walk, Walk]
) -> None:
    assert "까치".encode() in everything(home.exports)
    learn(shown[0], "까치")
    assert rescan(shown[1]).untold == ()
    assert "까치".encode() not in everything(home.exports)
    assert not project(home, 1, KIM).exists() and "혼자" in texts(project(home, 3, KIM))
    assert "숨겼어요" not in texts(project(home, 3, KIM)), "the interview is not to be read until its next release"
    inputs.approve(shown[0], "reviewer1")
    for name in ("release", "publish"):
        steps.run(steps.step(name), shown[0])
    assert dict(stores(shown[0]))["qualcoder"] == 4 and "[이름1]" in texts(project(home, 4, KIM))


def test_a_project_with_codings_keeps_them_and_loses_the_name(home: Home, shown: tuple[Walk, Walk]) -> None:
    with_tree(home)
    packing.renew("peers", shelf=destinations.shelf_of("qualcoder", shown[0].settings, home))
    worked_in = project(home, 3, KIM)
    mark(worked_in, KIM, ("차별", "까치가 병원에"), ("숨김", "숨겼어요 😀"))
    learn(shown[0], "까치")
    assert rescan(shown[1]).untold == ()
    assert "까치".encode() not in everything(home.exports)
    assert "○○가 병원에" in texts(worked_in) and not project(home, 3, LEE).exists()
    taken = collect(shown[1])
    assert (taken.new, taken.unread) == (2, ())
    assert "까치".encode() not in (home.store / "coding.sqlite").read_bytes()


def test_what_cannot_be_blotted_out_is_flagged_until_somebody_removes_it(home: Home, shown: tuple[Walk, Walk]) -> None:
    handed_back = packing.returned(home, "peers") / KIM / "mine.qdpx"
    shutil.copyfile(home.exports / "peers" / "refi" / "0002" / KIM / f"peers-{KIM}.qdpx", handed_back)
    learn(shown[0], "까치")
    assert rescan(shown[1]).untold == (shown[0].interview,)
    assert "CopiesOut" in shown[0].vault.failures(shown[0].interview)[quarantine.STEP]
    assert handed_back.exists() and not project(home, 2, KIM).exists()
    handed_back.unlink()
    assert rescan(shown[1]).untold == ()


def test_a_project_that_is_open_is_blotted_once_it_is_closed(home: Home, shown: tuple[Walk, Walk]) -> None:
    worked_in = project(home, 2, KIM)
    with_tree(home)
    journal = worked_in / "data.qda-journal"
    journal.write_bytes(b"in the middle of something")
    learn(shown[0], "까치")
    assert rescan(shown[1]).untold == (shown[0].interview,) and "까치" in texts_of_bytes(worked_in)
    journal.unlink()
    assert rescan(shown[1]).untold == ()
    assert "까치".encode() not in everything(home.exports)


def texts_of_bytes(folder: Path) -> str:
    return (folder / "data.qda").read_bytes().decode("utf-8", "ignore")


# --- every release that was given out ---------------------------------------------------------------------------------


def test_every_release_given_out_is_kept_sealed_in_order(home: Home) -> None:
    walk = first(home)
    released(walk)
    was = walk.vault.read(walk.interview, Released)
    heard(walk, "그때 까치가 병원에 함께 갔어요.")
    released(walk)
    found = given.versions(walk.vault, walk.interview)
    assert found == (was, walk.vault.read(walk.interview, Released))
    given.keep(walk.vault, walk.interview, found[-1])
    assert len(walk.vault.blobs(walk.interview, given.PREFIX)) == 2
    raw = b"".join(path.read_bytes() for path in walk.vault.folder(walk.interview).glob("given-*"))
    assert "병원".encode() not in raw and release_of(walk)


@pytest.mark.parametrize(
    "coders", [["김코더", "김코더"], ["Kim", "KIM"], [""], ["../x"], ["a/b"], [".hidden"], ["con:"], ["김코더"] * 3]
)
def test_coders_have_names_of_their_own_that_can_be_folders(tmp_path: Path, coders: list[str]) -> None:
    with pytest.raises(SettingsInvalid):
        load(Home(tmp_path), {"publish": {"coders": coders}})


def test_a_coder_s_name_is_composed(tmp_path: Path) -> None:
    assert load(Home(tmp_path), {"publish": {"coders": [" 김코더 "]}}).publish.coders == ("김코더",)
