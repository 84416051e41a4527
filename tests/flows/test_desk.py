"""What lies between the terminal and the pipeline: sheets out and in, profiles, a person's own files."""

from __future__ import annotations

import os
import shutil
import unicodedata
from pathlib import Path

import pytest
from faults import tree
from golden.walked import GOLDEN, on, reopened, taken_in, with_settings
from openpyxl import load_workbook

from flows import desk, exporting, terminal
from pipeline import inputs
from pipeline.errors import (
    ApprovalStale,
    CorrectionsInvalid,
    FileMissing,
    InterviewUnknown,
    LinesInvalid,
    SettingsInvalid,
    Waiting,
)
from pipeline.settings import load
from pipeline.sheets import read_sheet
from pipeline.transcript import Corrections, Pseudonymized, Reviewed, TextCorrection
from pipeline.walk import Walk

RULES = '[detect]\nrecognizers = ["roster", "patterns"]\n'


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """A golden interview that waits for its approval, in the home that is here."""
    walk = taken_in("two_speakers", tmp_path, RULES)
    monkeypatch.setenv("CHAEROK_HOME", str(walk.home.root))
    on(walk)
    return walk


def put(path: Path, page: str, **cells: str) -> None:
    book = load_workbook(path)
    for cell, value in cells.items():
        book[page][cell].value = value
    book.save(path)


# --- the correction sheet -------------------------------------------------------------------------------------------


def test_the_hash_beside_a_sheet_is_that_of_the_draft_in_it(walk: Walk) -> None:
    path, sha256 = desk.write_sheet(str(walk.interview))
    assert (path, sha256) == (walk.home.review / f"{walk.interview}.xlsx", inputs.draft_sha256(walk))
    assert desk.approve(str(walk.interview), "reviewer1", sha256[:12]).draft_sha256 == sha256


def test_a_sheet_comes_in_and_goes(walk: Walk) -> None:
    path, _ = desk.write_sheet(str(walk.interview))
    put(path, "원고", E5="네, 괜찮아요.")
    put(path, "이름", F2="둠")
    assert desk.import_sheet(str(walk.interview), path, "reviewer1") == desk.Counts(1, 1)
    assert not path.exists()
    corrections = walk.vault.read(walk.interview, Corrections)
    assert corrections is not None and corrections.actor == "reviewer1"
    assert [text.after for text in corrections.texts] == ["네, 괜찮아요."]


def test_a_second_sheet_is_laid_over_the_first(walk: Walk) -> None:
    for cell, text in (("E5", "네, 괜찮아요."), ("E2", "안녕하세요.")):
        path, _ = desk.write_sheet(str(walk.interview))
        put(path, "원고", **{cell: text})
        desk.import_sheet(str(walk.interview), path, "reviewer1")
        on(walk)
    corrections = walk.vault.read(walk.interview, Corrections)
    assert corrections is not None and {text.after for text in corrections.texts} == {"네, 괜찮아요.", "안녕하세요."}


def test_a_sheet_of_an_older_text_is_refused_and_kept(walk: Walk) -> None:
    """Two reviewers with the same sheet: what the second one read is no longer what stands there."""
    path, draft = desk.write_sheet(str(walk.interview))
    second = path.with_name("second.xlsx")
    second.write_bytes(path.read_bytes())
    put(path, "원고", E5="네, 괜찮아요.")
    desk.import_sheet(str(walk.interview), path, "reviewer1")
    on(walk)
    before = tree(walk.home.vault)
    put(second, "원고", E5="네, 괜찮고요.")
    with pytest.raises(CorrectionsInvalid, match="원고 4"):
        desk.import_sheet(str(walk.interview), second, "reviewer2")
    with pytest.raises(ApprovalStale):
        desk.approve(str(walk.interview), "reviewer2", draft)
    assert second.exists() and tree(walk.home.vault) == before


def test_before_the_draft_there_is_no_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = taken_in("two_speakers", tmp_path, RULES)
    monkeypatch.setenv("CHAEROK_HOME", str(walk.home.root))
    for work in (lambda: desk.write_sheet(str(walk.interview)), lambda: desk.publish(str(walk.interview)),
                 lambda: desk.import_sheet(str(walk.interview), tmp_path / "none.xlsx", "reviewer1")):  # fmt: skip
        with pytest.raises(Waiting):
            work()
    assert not walk.home.review.exists()


# --- stand-ins ------------------------------------------------------------------------------------------------------


@pytest.fixture
def another(walk: Walk) -> Walk:
    """A second interview of the study, of another participant who names the first one's colleague."""
    shutil.copyfile(GOLDEN / "three_overlap" / "answers.json", Path(walk.settings.replay.folder) / "second.json")
    sheet = read_sheet(GOLDEN / "three_overlap" / "sheet.toml")
    identity = inputs.identity_of(walk.home)
    assert inputs.take_in(walk.home, identity, (GOLDEN / "three_overlap" / "audio.flac",), sheet).outcome == "new"
    second = inputs.walk_of(walk.home, sheet.interview, identity)
    on(second)
    reviewed = second.vault.read(second.interview, Reviewed)
    assert reviewed
    first = reviewed.segments[0]
    inputs.correct(second, Corrections((TextCorrection(first.id, first.text, "이수진 씨랑 김민수 씨는요?"),)))
    on(second)
    return second


def first_line(walk: Walk) -> str:
    draft = walk.vault.read(walk.interview, Pseudonymized)
    assert draft
    return draft.lines[0].text


def row_of(path: Path, stand_in: str) -> int:
    rows = load_workbook(path)["가명"].iter_rows(values_only=True)
    return next(number for number, row in enumerate(rows, start=1) if row[1] == stand_in)


def test_a_stand_in_that_a_reviewer_changes_changes_in_every_interview(walk: Walk, another: Walk) -> None:
    before = first_line(another)
    assert "참여자1" in before
    path, _ = desk.write_sheet(str(walk.interview))
    put(path, "가명", **{f"E{row_of(path, '참여자1')}": "[동료]"})
    assert desk.import_sheet(str(walk.interview), path, "reviewer1") == desk.Counts(0, 0, 1)
    assert not path.exists()
    done = on(walk)
    assert "pseudonymize" in done.ran and done.rescanned.looked == (another.interview,)
    for session in (walk, another):
        assert on(session).ran == ()
    assert first_line(another) == before.replace("참여자1", "[동료]")
    draft = walk.vault.read(walk.interview, Pseudonymized)
    assert draft and any("[동료]" in line.text for line in draft.lines)
    assert not any("참여자1" in line.text for line in draft.lines)


@pytest.mark.parametrize("new", ["이수진", "하늘", "도서관", "연구자1", " ", "참여자1\n"])
def test_a_stand_in_that_cannot_stand_is_refused_and_nothing_changes(walk: Walk, new: str) -> None:
    path, _ = desk.write_sheet(str(walk.interview))
    row = row_of(path, "참여자1")
    put(path, "가명", **{f"E{row}": new})
    put(path, "원고", E5="네, 괜찮아요.")
    before = tree(walk.home.root)
    if new.strip() == "참여자1":  # what stands there already is no change
        assert desk.import_sheet(str(walk.interview), path, "reviewer1").texts == 1
        return
    with pytest.raises(CorrectionsInvalid, match=f"가명 {row}: ") as refused:
        desk.import_sheet(str(walk.interview), path, "reviewer1")
    assert "이수진" not in str(refused.value)
    assert path.exists() and tree(walk.home.root) == before


def test_the_style_of_a_study_is_that_of_its_draft(walk: Walk) -> None:
    study = inputs.study_path(walk.home, walk.interview.study)
    natural = '\n[settings.pseudonymize]\nstyle = "natural"\nnatural_roles = true\nages = "decade"\n'
    study.write_text(study.read_text("utf-8") + natural, "utf-8")
    again = reopened(walk)
    assert on(again).ran == ("detect", "pseudonymize")
    draft = again.vault.read(again.interview, Pseudonymized)
    assert draft
    told = "\n".join(line.text for line in draft.lines)
    assert "참여자1" not in told and "[이름" not in told and not any(n in told for n in ("김민수", "박지영", "이수진"))
    reviewed = again.vault.read(again.interview, Reviewed)
    assert reviewed
    named = [(s.text, line.text) for s, line in zip(reviewed.segments, draft.lines, strict=True) if "김민수" in s.text]
    assert named and all(len(said) == len(line) for said, line in named)


# --- which interview ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "김민수", "golden-P01", "golden-P01-S2", "golden-P02-S1", "silver-P01-S1", "../a-b-c"]
)
def test_an_interview_that_is_not_here_is_unknown(walk: Walk, text: str) -> None:
    before = tree(walk.home.root)
    with pytest.raises(InterviewUnknown):
        desk.walk_of(text)
    assert tree(walk.home.root) == before


def test_the_board_has_a_row_for_each(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAEROK_LANG", "en")
    row = desk.Row(str(walk.interview), "8/10", "waiting for approval", (), (), ("brief",))
    assert desk.board() == desk.board(str(walk.interview)) == (row,)
    walk.vault.write_failure(walk.interview, "detect", "Traceback")
    assert desk.board()[0].failed == ("detect",)
    assert desk.failures(str(walk.interview)) == {"detect": "Traceback"}


# --- settings and files ---------------------------------------------------------------------------------------------


def test_a_profile_lies_over_the_homes_settings(walk: Walk) -> None:
    assert desk.settings_of(None) == desk.settings_of("default") == load(walk.home)
    gpu = desk.settings_of("gpu")
    assert gpu.transcribe.device == "cuda" and gpu.diarize.engine == "replay"
    assert with_settings(walk, "transcribe", device="cuda").settings.transcribe.device == "cuda"


@pytest.mark.parametrize("profile", ["none", "", "../default", "gpu.toml"])
def test_an_unknown_profile_is_refused_with_the_known_ones(walk: Walk, profile: str) -> None:
    with pytest.raises(SettingsInvalid, match="default, gpu, workstation"):
        desk.settings_of(profile)


@pytest.mark.parametrize(
    ("content", "terms"),
    [
        ("재활\n밤 근무\n", ("재활", "밤 근무")),
        ("\ufeff재활\r\n\r\n  밤 근무  ", ("재활", "밤 근무")),
        (unicodedata.normalize("NFD", "재활"), ("재활",)),
        ("", ()),
    ],
    ids=["lines", "from a Windows editor", "NFD", "empty"],
)
def test_terms_are_one_a_line(tmp_path: Path, content: str, terms: tuple[str, ...]) -> None:
    path = tmp_path / "terms.txt"
    path.write_bytes(content.encode())
    assert desk.terms_in(path) == terms
    assert desk.terms_in(None) == ()


def test_terms_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        desk.terms_in(tmp_path / "none.txt")
    with pytest.raises(FileMissing):
        desk.terms_in(tmp_path)
    (tmp_path / "terms.txt").write_bytes("재활".encode("cp949"))
    with pytest.raises(LinesInvalid, match="UTF-8"):
        desk.terms_in(tmp_path / "terms.txt")


def test_an_export_goes_where_it_is_told_to(walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    desk.approve(str(walk.interview), "reviewer1", None)
    assert desk.publish(str(walk.interview)) == (("database", 1),)
    assert exporting.export(str(walk.interview), "txt", None) == Path(f"{walk.interview}.txt")
    deep = tmp_path / "a" / "b" / "release.json"
    assert exporting.export(str(walk.interview), "json", deep) == deep and deep.exists()
    with pytest.raises(SettingsInvalid):
        exporting.export(str(walk.interview), "xml", None)


# --- the terminal ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "korean", "english"),
    [
        ("source", "녹음이 아직 들어오지 않았습니다", "the recording is not there yet"),
        ("approval", "chaerok review a-b-c → chaerok approve a-b-c", "chaerok review a-b-c → chaerok approve a-b-c"),
        ("released", "아직 공개되지 않았습니다", "not released yet"),
        ("pseudonymized", "pseudonymized 을(를) 기다립니다", "waiting for pseudonymized"),
    ],
)
def test_what_is_waited_for(monkeypatch: pytest.MonkeyPatch, what: str, korean: str, english: str) -> None:
    for language, line in (("ko", korean), ("en", english)):
        monkeypatch.setenv("CHAEROK_LANG", language)
        assert line in terminal.waiting_line(what, "a-b-c")
        assert terminal.waiting_line(what, "a-b-c").startswith("a-b-c: ")


def test_no_bar_is_drawn_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress_shown() as report:
        report("diarize", 0.0)
        report("diarize", 1.0)
        report("transcribe", 0.5)
    assert "diarize" not in capsys.readouterr().err
    assert os.environ.get("CHAEROK_DEBUG") is None


# --- flags ----------------------------------------------------------------------------------------------------------


def test_every_flag_has_its_words_and_an_unknown_one_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAEROK_LANG", "ko")
    flags = {"unheard", "hallucination", "speakers", "roles", "quality", "quarantined", "untold"}
    assert terminal.FLAGS.keys() == terminal.SHORT.keys() == flags
    assert terminal.REMEDIES.keys() < terminal.FLAGS.keys()
    assert terminal.flag_words(("roles", "later")) == "역할, later"
    assert terminal.flag_names(("quality", "later")) == "녹음 상태가 나쁨, later"
    assert terminal.flag_lines(("later",), "a-b-c") == ["확인 필요: later. 들어 보세요: chaerok listen a-b-c"]


def test_the_list_is_ranked_and_names_lines(walk: Walk) -> None:
    first, second = desk.listen_here(str(walk.interview))
    assert (first.rank, second.rank) == (1, 2)
    assert (first.start, first.end, first.reasons, first.lines) == ("0:00:26", "0:00:30", "겹친 말", "7, 8")
