"""The verbs about codings, from the command line to files and back; figures for Prefect hold no word."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from coded import BOOK, CANARY, INTERVIEWS, SAID, coded_study, codings, home_with_study, released
from openpyxl import load_workbook

from flows import cli, coding, coding_verbs, collect, findings
from pipeline import destinations, errors, handed_back
from pipeline.codes import Gathered, Unread, Why
from pipeline.interview import Role
from pipeline.places import Home
from pipeline.stores.database import publish, sqlite_in
from pipeline.stores.database.placed import placed

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def chaerok(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("CHAEROK_LANG", "ko")
    monkeypatch.setenv("COLUMNS", "200")

    def command(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["chaerok", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capsys.readouterr()
        return int(ended.value.code or 0), written.out + written.err

    return command


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    made = coded_study(tmp_path)
    monkeypatch.setenv("CHAEROK_HOME", str(made.root))
    return made


def put(path: Path, page: str, **cells: object) -> Path:
    book = load_workbook(path)
    for cell, value in cells.items():
        book[page][cell].value = value
    book.save(path)
    return path


# --- agreement ------------------------------------------------------------------------------------------------------


def test_agreement_before_and_after_reconciliation(home: Home, chaerok: Command) -> None:
    code, said = chaerok("agree", "peers")
    assert code == 0 and "면담 3개, 참여자의 줄과 코딩된 줄 12개" in said and "불일치 2개" in said
    assert CANARY not in said
    sheet = home.coding / "peers" / "agreement-1.xlsx"
    assert oct(sheet.stat().st_mode & 0o777) == "0o600"
    rows = list(load_workbook(sheet)["불일치"].iter_rows(values_only=True))
    assert [row[:5] for row in rows[1:]] == [
        ("peers-P01-S1 u0003", SAID[2][0], "숨김", "이코더", "김코더"),
        ("peers-P01-S1 u0003", SAID[2][0], "차별", "김코더", "이코더"),
    ]
    before = findings.agree("peers").before
    assert before.overall.cells == (9, 1, 1, 25) and before.same_sets == pytest.approx(11 / 12)
    put(sheet, "불일치", F2="없음", F3="있음")
    code, said = chaerok("agree", "peers", "--import", str(sheet), "--as", "pi")
    assert code == 0 and "협의한 결정 2개" in said and "모두, 협의 뒤" in said
    again = findings.agree("peers")
    assert again.before == before, "the first coding stays as it was"
    assert again.after is not None and again.after.overall.percent == 1.0
    kept = list(load_workbook(sheet)["불일치"].iter_rows(values_only=True))
    assert [row[5] for row in kept[1:]] == ["없음", "있음"]


@pytest.mark.parametrize("word", ["아마", "있음?"])
def test_a_decision_that_is_none_is_refused_as_a_whole(home: Home, chaerok: Command, word: str) -> None:
    sheet = findings.agree("peers").sheet
    put(sheet, "불일치", F2="있음", F3=word)
    assert chaerok("agree", "peers", "--import", str(sheet))[0] == errors.AnswersInvalid.exit_code
    put(sheet, "불일치", F3="있음", G3="kx")
    assert chaerok("agree", "peers", "--import", str(sheet))[0] == errors.AnswersInvalid.exit_code
    assert findings.agree("peers").after is None


@pytest.mark.parametrize(
    "words",
    [("agree", "peers", "--coder", "김코더"), ("agree", "peers", "--coder", "김코더", "--coder", "박코더"),
     ("agree", "peers", "--round", "2"), ("themes", "peers", "--round", "2"),
     ("member", "peers", "--participant", "P09")],
)  # fmt: skip
def test_what_nobody_coded_is_a_clear_error(home: Home, chaerok: Command, words: tuple[str, ...]) -> None:
    code, said = chaerok(*words)
    assert code == errors.NothingCoded.exit_code and "chaerok collect peers" in said


def test_a_study_without_a_store_and_one_that_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chaerok: Command
) -> None:
    monkeypatch.setenv("CHAEROK_HOME", str(home_with_study(tmp_path).root))
    assert chaerok("agree", "peers")[0] == errors.StoreUnreachable.exit_code
    assert chaerok("themes", "others")[0] == errors.StudyInvalid.exit_code


# --- code trees -----------------------------------------------------------------------------------------------------


def test_a_code_tree_goes_out_is_changed_frozen_and_gets_a_new_version(
    home: Home, chaerok: Command, tmp_path: Path
) -> None:
    path = tmp_path / "codes.xlsx"
    assert chaerok("codebook", "peers", "--to", str(path)) == (0, "1판(바꿀 수 있음): 1 → 2 → 3\n")
    put(path, "코드북", C4="다르게 봄")
    assert chaerok("codebook", "peers", "--import", str(path), "--freeze") == (0, "1판(확정): 1 → 2 → 3\n")
    put(path, "코드북", C8="새 코드")
    assert chaerok("codebook", "peers", "--import", str(path)) == (0, "2판(바꿀 수 있음): 1 → 2 → 4\n")
    assert "다르게 봄" in chaerok("themes", "peers")[1], "its codings went along"
    book = load_workbook(path)
    book["코드북"].delete_rows(3)
    book.save(path)
    assert chaerok("codebook", "peers", "--import", str(path))[0] == errors.AnswersInvalid.exit_code


def test_a_study_without_a_code_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chaerok: Command) -> None:
    monkeypatch.setenv("CHAEROK_HOME", str(home_with_study(tmp_path).root))
    assert chaerok("codebook", "peers")[0] == errors.CodesMissing.exit_code


# --- themes and member checks ---------------------------------------------------------------------------------------


def test_themes_are_told_written_and_drawn(home: Home, chaerok: Command) -> None:
    code, said = chaerok("themes", "peers")
    assert code == 0 and "범주 → 하위 주제" not in said and "낙인과 회복" in said and CANARY not in said
    assert "포화: 3(+3) 3(+0) 3(+0) 3(+0)" in said
    folder = home.coding / "peers"
    assert {"themes.xlsx", "themes.svg", "saturation.svg"} <= {path.name for path in folder.iterdir()}
    assert CANARY not in (folder / "themes.svg").read_text("utf-8")
    quotes = [row[-1] for row in load_workbook(folder / "themes.xlsx")["인용"].iter_rows(values_only=True)]
    assert f"숨겼어요, {CANARY}" in quotes


def test_pages_go_out_and_answers_come_back(home: Home, chaerok: Command) -> None:
    code, said = chaerok("member", "peers")
    folder = home.coding / "peers" / "member"
    assert code == 0 and sorted(path.name for path in folder.iterdir()) == [
        f"P0{n}.{kind}" for n in (1, 2, 3) for kind in ("docx", "xlsx")
    ]
    put(folder / "P01.xlsx", "응답", C2=4, C3=3)
    put(folder / "P02.xlsx", "응답", C2=2, C3=4, D2="다르게 말했어요")
    sheets = [word for who in ("P01", "P02") for word in ("--import", str(folder / f"{who}.xlsx"))]
    code, said = chaerok("member", "peers", *sheets)
    assert code == 0 and "S-CVI/Ave 0.75, S-CVI/UA 0.50" in said and "0.50" in said
    put(folder / "P02.xlsx", "응답", C2=3)
    assert "S-CVI/Ave 1.00" in chaerok("member", "peers", "--import", str(folder / "P02.xlsx"))[1]
    put(folder / "P03.xlsx", "응답", C2=9)
    assert chaerok("member", "peers", "--import", str(folder / "P03.xlsx"))[0] == errors.AnswersInvalid.exit_code
    assert findings.validity("peers")[0].average == 1.0


# --- codings that a release could not carry -------------------------------------------------------------------------


@pytest.fixture
def corrected(home: Home) -> Home:
    """The last interview in a new release: one line was written anew, one is gone."""
    texts = (
        SAID[0],
        ("처음엔 아무한테도 말 안 했어요.", Role.PARTICIPANT),
        *SAID[2:5],
        ("아무튼 그래요.", Role.PARTICIPANT),
    )
    publish(released(INTERVIEWS[3], texts), "2" * 64, sqlite_in(home.store))
    return home


def test_the_list_goes_out_and_verdicts_come_in(corrected: Home, chaerok: Command) -> None:
    code, said = chaerok("carried", "peers")
    path = corrected.coding / "peers" / "look.xlsx"
    assert code == 0 and said.strip() == f"확인할 코딩 2개: {path}"
    rows = list(load_workbook(path)["확인할 코딩"].iter_rows(values_only=True))
    assert [row[3] for row in rows[1:]] == ["못 찾음", "못 찾음"] and rows[1][4] == f"숨겼어요, {CANARY}"
    put(path, "확인할 코딩", J2="옮김", K2="u0002", L2="말 안 했어요", J3="없음")
    assert chaerok("carried", "peers", "--import", str(path))[1].splitlines() == [
        "정한 코딩 2개를 넣었습니다.", "확인할 코딩이 없습니다."
    ]  # fmt: skip
    mine = [each.quote for each in placed(sqlite_in(corrected.store), "peers") if each.interview == INTERVIEWS[3]]
    assert mine == ["말 안 했어요", "일을 시작해서"]


@pytest.mark.parametrize(
    "cells",
    [{"J2": "글쎄"}, {"J2": "옮김"}, {"J2": "맞음"}, {"J2": "옮김", "K2": "u0002", "L2": "없는 말"},
     {"J2": "옮김", "K2": "u0999", "L2": "말"}, {"J2": "없음", "M2": "77"}, {"J2": "없음", "K2": "u0002", "L2": "말"}],
)  # fmt: skip
def test_a_verdict_that_fits_nothing_undoes_all(corrected: Home, chaerok: Command, cells: dict[str, str]) -> None:
    path, _ = findings.write_list("peers")
    assert path is not None
    put(path, "확인할 코딩", J3="없음", **cells)
    assert chaerok("carried", "peers", "--import", str(path))[0] == errors.AnswersInvalid.exit_code
    assert findings.write_list("peers")[1] == 2


# --- collecting -----------------------------------------------------------------------------------------------------


def serving(monkeypatch: pytest.MonkeyPatch, **stores: destinations.Gather) -> None:
    monkeypatch.setattr(destinations, "gathering_stores", lambda settings, home: tuple(stores.items()))


def down(study: str) -> Gathered:
    raise errors.StoreUnreachable(store="taguette", why="password")


def test_a_store_that_is_down_keeps_no_other_from_being_read(
    home: Home, chaerok: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Unread("row 3", Why.OUT_OF_RANGE, "김코더")
    serving(monkeypatch, down=down, labels=lambda study: Gathered(codings().codings[:2], (row,)))
    code, said = chaerok("collect", "peers")
    assert code == errors.StoreUnreachable.exit_code
    lines = said.splitlines()
    assert lines[0].startswith("down: 코딩 저장소에 연결할 수 없습니다")
    assert lines[1] == "labels: 새 코딩 2, 있던 것 0, 코더가 지운 것 0 (글의 범위를 벗어남 1)"
    assert "그대로 25" in said and CANARY not in said
    assert chaerok("collect", "peers")[1].splitlines()[1].startswith("labels: 새 코딩 0, 있던 것 2")


def test_of_the_own_database_there_is_nothing_to_take_in(home: Home, chaerok: Command) -> None:
    nothing = "돌려받은 파일: 새 코딩 0, 있던 것 0, 코더가 지운 것 0\n"
    assert chaerok("collect", "peers") == (0, f"{nothing}김코더: 13\n이코더: 10\n그대로 23\n")
    assert "exact 23" in chaerok("--lang", "en", "collect", "peers")[1]


def test_every_reason_has_words_of_its_own() -> None:
    assert set(coding_verbs.UNREAD) == set(Why) and len(set(coding_verbs.UNREAD.values())) == len(Why)
    assert coding_verbs.FILES == handed_back.STORE


def test_figures_for_prefect_hold_no_word_and_no_coder(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    serving(monkeypatch, down=down, labels=lambda study: Gathered((), (Unread("row 3", Why.SAME_CODER, "김코더"),)))
    rows = collect.figures("peers", coding.collect("peers"))
    shown = {str(row["항목"]): row["값"] for row in rows}
    assert shown["down: 읽지 못함"] == "StoreUnreachable" and shown["labels: 코더 둘의 이름이 같음"] == 1
    assert (shown["코더 수"], shown["코딩 그대로"], shown["사람이 볼 코딩"]) == (2, 23, 0)
    assert not any(word in str(rows) for word in (CANARY, "김코더", "이코더", *(code.name for code in BOOK.codes)))


def test_a_study_without_a_release_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAEROK_HOME", str(home_with_study(tmp_path).root))
    assert not coding.is_begun("peers")
    with pytest.raises(errors.StudyInvalid):
        coding.is_begun("others")
