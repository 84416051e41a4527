"""The verbs around packages and what comes back, as a research assistant types them: good words and bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from handing import BOOK, KIM, LEE, first, mark, packaged, project, second, with_tree
from studies import released
from typer.testing import CliRunner, Result

from flows.cli import app
from pipeline import errors, packing
from pipeline.exports.refi_project import tree
from pipeline.gathering import qualcoder
from pipeline.places import Home
from pipeline.stores.given import versions
from pipeline.stores.vault import Vault
from pipeline.walk import Walk


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Walk:
    home = packaged(tmp_path, "qualcoder", "refi")
    monkeypatch.setenv("CHAEROK_HOME", str(home.root))
    monkeypatch.setenv("CHAEROK_LANG", "ko")
    monkeypatch.chdir(tmp_path)
    walks = first(home), second(home)
    for one in walks:
        released(one)
    return walks[0]


def chaerok(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def given_out(home: Home, walk: Walk) -> tuple:
    vault = Vault(home.vault, walk.vault.identity)
    return tuple(one for interview in vault.interviews() for one in versions(vault, interview))


def test_a_code_tree_in_packages_out_codings_back_in(walk: Walk, tmp_path: Path) -> None:
    (tmp_path / "tree.qdc").write_bytes(tree(BOOK))
    assert "1판(바꿀 수 있음): 2 → 2" in chaerok("codebook", "peers", "--import", tmp_path / "tree.qdc").output
    assert "qualcoder: 3판" in chaerok("publish", "--study", "peers").output
    mark(project(walk.home, 3, KIM), "default", ("숨김", "숨겼어요"), ("차별", "혼자"))
    mark(project(walk.home, 3, LEE), LEE, ("숨김", "숨겼어요"))
    answer = chaerok("collect", "peers")
    assert answer.exit_code == 0 and "돌려받은 파일: 새 코딩 3, 있던 것 0" in answer.output
    coders = chaerok("coders", "peers").output
    assert f"│ {KIM} │ 2 " in coders and f"│ {LEE} │ 1 " in coders
    done = chaerok("export", "--study", "peers", "--as", "qda", "--coder", KIM, "--codings", "--to", "his.qda")
    assert done.exit_code == 0, done.output
    book = qualcoder.codebook(Path("his.qda"), "peers")
    read = qualcoder.codings(Path("his.qda"), given_out(walk.home, walk), book)
    assert {(one.coder, one.quote) for one in read.codings} == {(KIM, "숨겼어요"), (KIM, "혼자")}
    chaerok("export", "--study", "peers", "--as", "qda", "--coder", LEE, "--to", "blank.qda")
    assert qualcoder.codings(Path("blank.qda"), given_out(walk.home, walk), book).codings == ()


def test_a_file_by_hand_in_the_name_of_a_coder(walk: Walk) -> None:
    with_tree(walk.home)
    chaerok("publish", "--study", "peers")
    mark(project(walk.home, 3, KIM), "default", ("숨김", "숨겼어요"))
    project(walk.home, 3, KIM).rename("handed.qda")
    assert "새 코딩 1" in chaerok("collect", "peers", "handed.qda", "--coder", KIM).output
    assert "있던 것 1" in chaerok("collect", "peers", "handed.qda", "--coder", KIM).output


def test_rows_that_are_none_are_told_in_korean_with_whose_file_it_is(walk: Walk) -> None:
    with_tree(walk.home)
    chaerok("publish", "--study", "peers")
    mine = project(walk.home, 3, KIM)
    mark(mine, KIM, ("숨김", "숨겼어요"))
    import sqlite3

    with sqlite3.connect(mine / "data.qda") as database:
        database.execute("INSERT INTO code_text (cid, fid, seltext, pos0, pos1, owner) "
                         "SELECT cid, fid, 'x', 99990, 99999, owner FROM code_text")  # fmt: skip
    (packing.returned(walk.home, "peers") / LEE / "note.hwp").write_bytes(b"?")
    answer = chaerok("collect", "peers")
    assert answer.exit_code == 0
    assert "글의 범위를 벗어남 1" in answer.output and f"읽을 수 없음 1 ({LEE})" in answer.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("collect", "nobodys"), errors.StudyInvalid.exit_code),
        (("collect", "peers", "none.qda"), errors.FileMissing.exit_code),
        (("collect", "peers", "no.qdpx"), errors.CodingsUnreadable.exit_code),
        (("collect", "peers", "no.hwp"), errors.CodingsUnreadable.exit_code),
        (("collect", "peers", "no.qdpx", "--coder", "박코더"), errors.CoderUnknown.exit_code),
        (("collect", "peers", "--coder", KIM), 2),
        (("codebook", "peers"), errors.CodesMissing.exit_code),
        (("codebook", "peers", "--import", "none.qdc"), errors.FileMissing.exit_code),
        (("codebook", "peers", "--import", "no.qdpx"), errors.CodingsUnreadable.exit_code),
        (("codebook", "peers", "--import", "no.hwp"), errors.AnswersInvalid.exit_code),
        (("themes", "peers"), errors.CodesMissing.exit_code),
        (("agree", "peers"), errors.NothingCoded.exit_code),
        (("export", "--study", "peers", "--as", "qda", "--coder", "박코더"), errors.CoderUnknown.exit_code),
        (("export", "--study", "peers", "--as", "qda", "--coder", KIM, "--codings"), errors.NothingCoded.exit_code),
        (("export", "--study", "peers", "--as", "qda", "--codings"), 2),
        (("export", "--study", "peers", "--as", "doc"), errors.SettingsInvalid.exit_code),
        (("publish",), 2),
        (("publish", "peers-P01-S1", "--study", "peers"), 2),
        (("publish", "--study", "nobodys"), errors.StudyInvalid.exit_code),
        (("coders", "peers", "--admit", KIM), 2),
        (("coders", "peers", "--admit", "박코더", "--role", "r"), errors.CoderUnknown.exit_code),
        (("coders", "peers", "--admit", KIM, "--role", "r"), errors.RoleUnfit.exit_code),
    ],
)
def test_bad_words_get_a_line_in_korean_and_their_code(walk: Walk, words: tuple[str, ...], code: int) -> None:
    Path("no.qdpx").write_bytes(b"no archive")
    Path("no.hwp").write_bytes(b"no workbook")
    before = sorted(path.name for path in walk.home.exports.rglob("*"))
    answer = chaerok(*words)
    assert answer.exit_code == code, answer.output
    assert code == 2 or answer.output.startswith("오류: ")
    assert sorted(path.name for path in walk.home.exports.rglob("*")) == before


def test_a_study_without_packages_or_without_a_release(walk: Walk) -> None:
    (walk.home.studies / "new.toml").write_text('id = "new"\n[settings.publish]\nstores = ["refi"]\n', "utf-8")
    assert chaerok("publish", "--study", "new").exit_code == errors.NothingReleased.exit_code
    (walk.home.studies / "bare.toml").write_text('id = "bare"\n', "utf-8")
    assert chaerok("publish", "--study", "bare").exit_code == errors.SettingsInvalid.exit_code
    assert chaerok("collect", "bare").exit_code == 0


def test_a_store_that_fails_is_named(walk: Walk) -> None:
    manifest = walk.home.exports / "peers" / "refi" / "0001" / packing.packages.MANIFEST
    manifest.write_text("{", "utf-8")
    from pipeline.transcript import Publication

    walk.vault.remove(walk.interview, Publication)
    answer = chaerok("publish", walk.interview)
    assert answer.exit_code == errors.StoreRefused.exit_code and answer.output.startswith("오류: refi: ")
