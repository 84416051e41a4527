"""What coders hand back: whose it is, which file counts, and that a release which was sent again harms no coding."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from handing import BOOK, KIM, LEE, first, mark, packaged, project, second, with_tree
from studies import heard, named, released

from pipeline import destinations, handed_back, inputs, packing, steps
from pipeline.codes import Codebook, Coding, Gathered, Unread, Why
from pipeline.coding.anchors import Anchor
from pipeline.errors import CodingsUnreadable, FileMissing, ProjectOpen
from pipeline.exports.refi_project import tree
from pipeline.gathering import qualcoder, refi
from pipeline.handed_back import theirs
from pipeline.places import Home
from pipeline.stores.database import sqlite_in
from pipeline.stores.database.books import codebook, put_codebook
from pipeline.stores.database.gathering import Taken, take
from pipeline.stores.database.handed import coders, work
from pipeline.stores.database.placed import placed
from pipeline.walk import Walk


@pytest.fixture
def walks(tmp_path: Path) -> tuple[Walk, Walk]:
    """Two sessions are out, and packages with the code tree are version 3."""
    home = packaged(tmp_path, "qualcoder", "refi")
    both = first(home), second(home)
    for walk in both:
        released(walk)
    with_tree(home)
    renewed(both[0])
    return both


def renewed(walk: Walk) -> int:
    for name in ("refi", "qualcoder"):
        version = packing.renew("peers", shelf=destinations.shelf_of(name, walk.settings, walk.home))
    return version


def url(walk: Walk) -> str:
    return sqlite_in(walk.home.store)


def collected(walk: Walk, round: int = 1) -> Taken:
    ((name, gather),) = destinations.gathering_stores(walk.settings, walk.home)
    return take(url(walk), "peers", gather("peers"), name, round)


def handed(home: Home, coder: str, source: Path, called: str, seconds: float = 0.0) -> Path:
    """A copy of `source` in the coder's folder, changed `seconds` after everything else."""
    path = packing.returned(home, "peers") / coder / called
    path.parent.mkdir(parents=True, exist_ok=True)
    (shutil.copytree if source.is_dir() else shutil.copyfile)(source, path)
    later = path.stat().st_mtime + 10 + seconds
    for one in (path, *path.rglob("*")):
        os.utime(one, (later, later))
    return path


def found(walk: Walk) -> set[tuple[str, str, str]]:
    return {(one.coder, one.code, one.quote) for one in placed(url(walk), "peers")}


def test_nothing_came_back_and_nothing_is_wrong(walks: tuple[Walk, Walk]) -> None:
    assert collected(walks[0]) == Taken()


def test_work_in_the_package_itself_is_collected_once(walks: tuple[Walk, Walk]) -> None:
    mark(project(walks[0].home, 3, KIM), KIM, ("숨김", "숨겼어요 😀"), ("회복", "혼자 다녔어요"))
    mark(project(walks[0].home, 3, LEE), LEE, ("차별", "숨겼어요"))
    assert collected(walks[0]) == Taken(new=3) and collected(walks[0]) == Taken(known=3)
    assert found(walks[0]) == {
        (KIM, "k1", "숨겼어요 😀"), (KIM, "c2", "혼자 다녔어요"), (LEE, "k2", "숨겼어요")
    }  # fmt: skip
    assert [(one.name, one.codings) for one in coders(url(walks[0]), "peers")] == [(KIM, 2), (LEE, 1)]


def test_a_folder_says_whose_a_file_is(walks: tuple[Walk, Walk]) -> None:
    home = walks[0].home
    mark(project(home, 3, KIM), "default", ("숨김", "숨겼어요"))
    mark(project(home, 3, LEE), "default", ("차별", "숨겼어요"))
    assert collected(walks[0]).new == 2
    assert found(walks[0]) == {(KIM, "k1", "숨겼어요"), (LEE, "k2", "숨겼어요")}


def test_a_project_that_was_merged_gives_its_own_coder_s_alone(walks: tuple[Walk, Walk]) -> None:
    mine = project(walks[0].home, 3, KIM)
    mark(mine, KIM, ("숨김", "숨겼어요"))
    mark(mine, LEE, ("차별", "혼자"))
    taken = collected(walks[0])
    assert (taken.new, [(row.why, row.coder) for row in taken.unread]) == (1, [(Why.UNKNOWN_CODER, LEE)])
    assert found(walks[0]) == {(KIM, "k1", "숨겼어요")}


def test_the_file_that_was_changed_last_counts(walks: tuple[Walk, Walk]) -> None:
    home = walks[0].home
    mark(project(home, 3, KIM), KIM, ("숨김", "숨겼어요"), ("회복", "혼자"))
    assert collected(walks[0]).new == 2
    shutil.copytree(project(home, 3, KIM), home.root / "his.qda")
    mark(home.root / "his.qda", KIM, ("차별", "아무에게도요"))
    handed(home, KIM, home.root / "his.qda", "다시.qda")
    assert collected(walks[0]) == Taken(new=1, known=2)


def test_a_file_that_cannot_be_read_is_a_row_and_the_others_are_taken(walks: tuple[Walk, Walk]) -> None:
    home = walks[0].home
    mark(project(home, 3, KIM), KIM, ("숨김", "숨겼어요"))
    (home.root / "bad").write_bytes(b"no archive")
    handed(home, LEE, home.root / "bad", "x.qdpx")
    handed(home, "누군가", home.root / "bad", "x.docx")
    taken = collected(walks[0])
    assert taken.new == 1
    assert {(row.coder, row.why) for row in taken.unread} == {(LEE, Why.UNREADABLE), ("누군가", Why.UNREADABLE)}


def test_a_project_that_is_open_is_told_and_what_was_taken_before_stays(walks: tuple[Walk, Walk]) -> None:
    home = walks[0].home
    for coder in (KIM, LEE):
        mark(project(home, 3, coder), coder, ("숨김", "숨겼어요"))
    collected(walks[0])
    (project(home, 3, KIM) / "data.qda-wal").write_bytes(b"going on")
    taken = collected(walks[0])
    assert [(row.coder, row.why) for row in taken.unread] == [(KIM, Why.OPEN)] and taken.gone == 0
    assert len(found(walks[0])) == 2
    (project(home, 3, LEE) / "data.qda-wal").write_bytes(b"going on")
    with pytest.raises(ProjectOpen):
        collected(walks[0])


def test_files_named_by_hand(walks: tuple[Walk, Walk]) -> None:
    home, shelf = walks[0].home, destinations.shelf_of("refi", walks[0].settings, walks[0].home)
    mark(project(home, 3, KIM), "default", ("숨김", "숨겼어요"))
    read = handed_back.read_files("peers", [project(home, 3, KIM)], KIM, shelf=shelf)
    assert [(one.coder, one.code) for one in read.codings] == [(KIM, "k1")] and read.unread == ()
    with pytest.raises(FileMissing):
        handed_back.read_files("peers", [home.root / "none.qda"], "", shelf=shelf)
    (home.root / "a.txt").write_text("x", "utf-8")
    with pytest.raises(CodingsUnreadable):
        handed_back.read_files("peers", [home.root / "a.txt"], "", shelf=shelf)


def coding(coder: str, start: int = 0) -> Coding:
    return Coding(coder, "k1", "s", 1, start, start + 2, "가나")


@pytest.mark.parametrize(
    ("names", "folder", "kept"),
    [
        ((KIM,), KIM, 1),
        (("default",), KIM, 1),
        ((KIM, "default"), KIM, 2),
        ((LEE,), KIM, 0),
        (("kim", "lee"), KIM, 0),  # nobody knows which of them it is
        ((KIM, "kim", "lee"), KIM, 1),
        (("kim", "lee"), "", 2),  # no folder: as they are called there
    ],
)
def test_whose_codings_a_file_holds(names: tuple[str, ...], folder: str, kept: int) -> None:
    given = Gathered(tuple(coding(name, 2 * at) for at, name in enumerate(names)), (Unread("1", Why.NO_WORDS, KIM),))
    answer = theirs(given, folder, {KIM, LEE})
    assert len(answer.codings) == kept and len(answer.codings) + len(answer.unread) == len(names) + 1
    assert {one.coder for one in answer.codings} <= ({folder} if folder else set(names))


# --- notes ------------------------------------------------------------------------------------------------------------


def test_a_note_on_a_coding_comes_back_changes_and_goes_out_again(walks: tuple[Walk, Walk]) -> None:
    mark(project(walks[0].home, 3, KIM), KIM, ("숨김", "숨겼어요"), memo="부끄러움")
    collected(walks[0])
    ((one),) = work(url(walks[0]), "peers").of(KIM)
    assert one.memo == "부끄러움" and work(url(walks[0]), "peers").of(LEE) == ()
    assert renewed(walks[0]) == 4
    read = qualcoder.codings(project(walks[0].home, 4, KIM), given_out(walks[0]), BOOK)
    assert [one.memo for one in read.codings] == ["부끄러움"]
    package = walks[0].home.exports / "peers" / "refi" / "0004" / KIM / f"peers-{KIM}.qdpx"
    assert [one.memo for one in refi.codings(package, given_out(walks[0]), BOOK).codings] == ["부끄러움"]


def given_out(walk: Walk) -> tuple:
    from pipeline.stores import given

    return tuple(released for each in walk.vault.interviews() for released in given.versions(walk.vault, each))


# --- sending again ----------------------------------------------------------------------------------------------------


def test_codings_on_an_old_version_are_taken_and_carried_to_the_new_package(walks: tuple[Walk, Walk]) -> None:
    home = walks[0].home
    mark(project(home, 3, KIM), KIM, ("숨김", "숨겼어요 😀"), ("차별", "날씨가 좋네요"))
    heard(walks[0], "그때 까치가 병원에 같이 갔어요.", "저는 그 병이 있다는 걸 숨겼어요 😀, 아무에게도요.", "끝입니다.")
    named(walks[0])
    inputs.approve(walks[0], "reviewer1")
    for name in ("release", "publish"):
        steps.run(steps.step(name), walks[0])
    assert collected(walks[0]).new == 2, "the text they had is kept, sealed"
    states = {one.quote: one.state for one in placed(url(walks[0]), "peers")}
    assert states == {"숨겼어요 😀": Anchor.MOVED}, "the other waits for a person"
    newest = renewed(walks[0])
    read = qualcoder.codings(project(home, newest, KIM), given_out(walks[0]), BOOK)
    assert [(one.code, one.quote) for one in read.codings] == [("k1", "숨겼어요 😀")]
    mark(project(home, newest, KIM), KIM, ("회복", "끝입니다"))
    taken = collected(walks[0])
    assert (taken.new, taken.gone) == (2, 1), "the carried one is their own now, on the new text"
    rows = work(url(walks[0]), "peers").of(KIM)
    assert {(one.code, one.quote) for one in rows} == {("k1", "숨겼어요 😀"), ("c2", "끝입니다")}
    from pipeline.stores.database.verdicts import listed

    assert [one.code for one in listed(url(walks[0]), "peers")] == ["차별"], "what waits is not taken back by absence"


# --- code trees -------------------------------------------------------------------------------------------------------


def test_a_code_tree_keeps_its_ids_through_a_codebook_file(tmp_path: Path) -> None:
    path = tmp_path / "tree.qdc"
    path.write_bytes(tree(BOOK))
    assert refi.codebook(path, "peers", 1, BOOK) == BOOK
    renamed = Codebook("peers", 1, (*BOOK.codes[:1], *BOOK.codes[2:]))
    path.write_bytes(tree(renamed))
    assert [code.id for code in refi.codebook(path, "peers", 1, BOOK).codes] == ["c1", "k2", "c2"]
    alone = refi.codebook(path, "peers")
    assert {code.name for code in alone.codes} == {"낙인", "차별", "회복"}
    assert refi.codebook(path, "others", 1, BOOK).codes[1].id == "k2", "known by its name and those above it"


def test_a_code_tree_grows_in_qualcoder(walks: tuple[Walk, Walk]) -> None:
    import sqlite3
    from contextlib import closing

    mine = project(walks[0].home, 3, KIM)
    with closing(sqlite3.connect(mine / "data.qda")) as database, database:
        (category,) = database.execute("SELECT catid FROM code_cat WHERE name = '낙인'").fetchone()
        database.execute(
            "INSERT INTO code_name (name, memo, catid, owner, date, color)"
            " VALUES ('새 코드', '뜻', ?, 'x', '', '#FF0000')",
            (category,),
        )
        database.execute("UPDATE code_name SET name = '감춤' WHERE name = '숨김'")
    grown = qualcoder.codebook(mine, "peers", 1, BOOK)
    named_codes = {code.name: code for code in grown.codes}
    assert (named_codes["감춤"].id, named_codes["낙인"].id, named_codes["차별"].parent) == ("k1", "c1", "c1")
    assert (named_codes["새 코드"].parent, named_codes["새 코드"].colour) == ("c1", "#FF0000")
    assert named_codes["새 코드"].description == "뜻"
    put_codebook(url(walks[0]), grown)
    stored = codebook(url(walks[0]), "peers")
    assert stored is not None and {code.name for code in stored.codes} == {"낙인", "감춤", "차별", "회복", "새 코드"}
    mark(mine, KIM, ("새 코드", "숨겼어요"))
    assert collected(walks[0]).new == 1
