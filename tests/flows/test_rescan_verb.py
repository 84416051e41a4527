"""``chaerok rescan``, and what the other verbs say of a quarantine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from studies import learn, named, released, session, study

from flows import cli, desk
from flows.rescan_verb import told
from pipeline import errors
from pipeline.interview import InterviewId
from pipeline.rescan import NOTHING, Rescanned
from pipeline.walk import Walk

Command = Callable[..., tuple[int, list[str]]]
ID = "peers-P01-S1"


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """A released session that shows a nickname, and another without it."""
    home = study(tmp_path)
    monkeypatch.setenv("CHAEROK_HOME", str(home.root))
    monkeypatch.setenv("CHAEROK_LANG", "ko")
    monkeypatch.chdir(tmp_path)
    walks = [session(home, f"P0{n}_S1", text) for n, text in ((1, "까치가 왔어요."), (2, "혼자 왔어요."))]
    for one in walks:
        released(one)
    return walks[0]


@pytest.fixture
def chaerok(walk: Walk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    def command(*words: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["chaerok", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capsys.readouterr()
        return int(ended.value.code or 0), (written.out + written.err).splitlines()

    return command


@pytest.mark.parametrize("verb", [("status",), ("maintain",), ("report",), ("rescan", "new")])
def test_a_vault_that_was_made_and_holds_nothing_needs_no_key(
    tmp_path: Path, chaerok: Command, monkeypatch: pytest.MonkeyPatch, verb: tuple[str, ...]
) -> None:
    home = tmp_path / "fresh"
    (home / "vault").mkdir(parents=True)
    (home / "studies").mkdir()
    (home / "studies" / "new.toml").write_text('id = "new"\n')
    monkeypatch.setenv("CHAEROK_HOME", str(home))
    assert chaerok(*verb)[0] == 0
    assert not (home / "keys").exists()


def test_it_says_how_many_were_searched_and_which_are_quarantined(chaerok: Command, walk: Walk) -> None:
    assert chaerok("rescan", "peers") == (0, ["다시 살필 면담이 없습니다"])
    learn(walk, "까치")
    goes_on = f"  chaerok review {ID} → chaerok approve {ID}"
    assert chaerok("rescan", "peers") == (0, ["이름을 다시 찾은 면담 2개", "공개본이 격리된 면담 1개", goes_on])
    held = "interviews with a quarantined release: 1"
    assert chaerok("--lang", "en", "rescan", "peers") == (0, [held, goes_on])


def test_an_unknown_study_is_an_error_and_one_without_interviews_has_nothing_to_do(
    chaerok: Command, walk: Walk
) -> None:
    assert chaerok("rescan", "nobody")[0] == errors.StudyInvalid.exit_code
    (walk.home.studies / "new.toml").write_text('id = "new"\n', "utf-8")
    assert chaerok("rescan", "new") == (0, ["다시 살필 면담이 없습니다"])


def test_status_and_export_tell_of_a_quarantine_and_nothing_says_the_name(chaerok: Command, walk: Walk) -> None:
    learn(walk, "까치")
    said = chaerok("rescan", "peers")[1]
    code, board = chaerok("status", ID)
    assert code == 0 and any("격리" in line for line in board)
    assert "확인 필요: 공개본이 격리됨: 뒤늦게 알게 된 이름이 들어 있음. 새 원고를 검토하고 승인하세요" in board
    code, refused = chaerok("export", ID)
    assert (code, refused) == (0, [
        f"{ID}: 공개본이 격리되어 있습니다. 새 원고의 승인을 기다립니다: chaerok review {ID} → chaerok approve {ID}"
    ])  # fmt: skip
    assert not Path(f"{ID}.txt").exists()
    assert not [line for line in (*said, *board, *refused) if "까치" in line]


def test_approve_and_publish_end_it(chaerok: Command, walk: Walk) -> None:
    learn(walk, "까치")
    chaerok("rescan", "peers")
    assert chaerok("publish", ID)[1][0].startswith(f"{ID}: 사람의 승인을 기다립니다")
    assert chaerok("approve", ID, "--as", "reviewer2")[0] == 0
    assert chaerok("publish", ID) == (0, ["database: 2판"])
    assert chaerok("rescan", "peers") == (0, ["다시 살필 면담이 없습니다"])
    assert chaerok("export", ID)[0] == 0 and "까치" not in Path(f"{ID}.txt").read_text("utf-8")


def test_what_is_published_is_searched_for_what_was_learnt_since_its_approval(walk: Walk) -> None:
    fresh = session(walk.home, "P03_S1", "까치도 왔어요.")
    desk_id = str(fresh.interview)
    named(fresh)
    desk.approve(desk_id, "reviewer1", None)
    learn(walk, "까치")
    with pytest.raises(errors.ApprovalStale):
        desk.publish(desk_id)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_what_went_wrong_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    monkeypatch.setenv("CHAEROK_LANG", lang)
    monkeypatch.setattr(sys, "argv", ["chaerok"])
    one = InterviewId("peers", "P01", "S1")
    untold, failed = told(Rescanned(untold=(one,), failed=(one,)))
    assert untold.startswith(f"{ID}: ") and f"chaerok status {ID} --failure" in failed
    assert told(NOTHING) == []
