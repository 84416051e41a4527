"""The command as a person types it: the walk by hand, and one line with a remedy for every mistake."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from faults import leavings, tree, with_room
from golden.walked import GOLDEN
from openpyxl import load_workbook
from recordings import cut_off, recorded, wav

from flows import cli
from pipeline import errors
from pipeline.errors import ChaerokError
from pipeline.places import ROOT
from pipeline.stores.keyring import Identity

ID = "golden-P01-S1"
AUDIO = GOLDEN / "two_speakers" / "audio.flac"
FLAGGED = "golden-P02-S1"
SECRETS = ("김민수", "민수", "박지영", "이수진")
NAME = "김민수"


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with the golden study and recorded answers; nothing is taken in yet."""
    home = tmp_path / "home"
    (home / "studies").mkdir(parents=True)
    shutil.copyfile(GOLDEN / "two_speakers" / "study.toml", home / "studies" / "golden.toml")
    (home / "settings.toml").write_text(
        '[diarize]\nengine = "replay"\n[transcribe]\nengine = "replay"\n'
        '[segment]\nsplitter = "rules"\n[detect]\nrecognizers = ["roster", "patterns"]\n'
        f'[replay]\nfolder = "{(GOLDEN / "two_speakers").as_posix()}"\n', "utf-8"
    )  # fmt: skip
    monkeypatch.setenv("CHAEROK_HOME", str(home))
    monkeypatch.delenv("CHAEROK_LANG", raising=False)
    monkeypatch.delenv("CHAEROK_DEBUG", raising=False)
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.chdir(tmp_path)
    return home


@pytest.fixture
def chaerok(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path) -> Command:
    """The command, in this process."""

    def command(*words: object, lang: str = "") -> Answer:
        monkeypatch.setattr(sys, "argv", ["chaerok", *(["--lang", lang] if lang else []), *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return Answer(int(ended.value.code or 0), captured.out, captured.err)

    return command


def outside(home: Path, *words: object, lang: str = "", **environment: str) -> Answer:
    """The command, as a process."""
    languages = ["--lang", lang] if lang else []
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", *languages, *map(str, words)], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "CHAEROK_HOME": str(home), **environment}, check=False,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def taken(home: Path, chaerok: Command) -> Command:
    """The command, in a home where the golden interview was taken in."""
    answer = chaerok("take-in", AUDIO, "--sheet", GOLDEN / "two_speakers" / "sheet.toml")
    assert answer == Answer(0, f"보관소에 넣었습니다: {ID}\n", "")
    return chaerok


# --- the walk by hand -----------------------------------------------------------------------------------------------


def test_from_the_recording_to_the_store_by_hand(taken: Command, home: Path) -> None:
    run = taken("run", ID, lang="en")
    assert run.out.splitlines() == [
        "ran: diarize, transcribe, merge, segment, review, detect, pseudonymize", "fresh: normalise",
        f"{ID}: waiting for a person's approval: chaerok review {ID} → chaerok approve {ID}",
    ]  # fmt: skip
    sheet = taken("review", ID, lang="en")
    path = Path(re.findall(r"correction sheet: (.+)", sheet.out)[0])
    (draft,) = re.findall(r"--draft ([0-9a-f]{12})", sheet.out)
    assert path.is_relative_to(home) and "It holds names" in sheet.out
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    book = load_workbook(path)
    book["원고"]["E7"].value = "네, 괜찮아요."
    book.save(path)
    assert taken("review", ID, "--import", path, "--as", "reviewer1", lang="en").out.startswith("1 lines, 0 rulings")
    assert not path.exists()
    assert "ran: review, detect, pseudonymize\n" in taken("run", ID, lang="en").out
    assert taken("approve", ID, "--draft", draft).code == errors.ApprovalStale.exit_code
    approved = taken("approve", ID, "--as", "reviewer1", lang="en")
    assert approved.code == 0 and approved.out.startswith("approved: ")
    assert taken("publish", ID, lang="en").out == "database: version 1\n"
    assert taken("publish", ID, lang="ko").out == "database: 1판\n"
    assert taken("export", ID).out == f"{ID}.txt\n"
    text = Path(f"{ID}.txt").read_text("utf-8")
    assert "0006 [00:00:23] 참여자: 네, 괜찮아요.\n" in text
    assert not [secret for secret in SECRETS if secret in text]
    assert taken("export", ID, "--as", "json", "--to", home / "out.json").code == 0
    assert json.loads((home / "out.json").read_text("utf-8"))["lines"][5]["text"] == "네, 괜찮아요."
    assert taken("run", ID, lang="en").out.startswith("ran: -\n")
    assert leavings(home) == []


@pytest.fixture
def flagged(chaerok: Command, home: Path) -> Command:
    """The command, in a home where an interview with unheard speech and uncertain roles was taken in and walked."""
    golden = GOLDEN / "three_overlap"
    settings = home / "settings.toml"
    given = settings.read_text("utf-8").replace((GOLDEN / "two_speakers").as_posix(), golden.as_posix())
    settings.write_text(f'{given}[listen]\naccepted_sound = ["noisy", "quiet", "narrowband"]\n', "utf-8")
    assert chaerok("take-in", golden / "audio.flac", "--sheet", golden / "sheet.toml").code == 0
    return chaerok


def test_a_flagged_interview_says_so_everywhere_and_what_to_do(flagged: Command, home: Path) -> None:
    waits, roles, unheard = flagged("run", FLAGGED).out.splitlines()[2:]
    assert waits.startswith(f"{FLAGGED}: 사람의 승인을 기다립니다")
    assert roles == "확인 필요: 누가 연구자인지 불확실함. 수정 시트의 화자 쪽에서 역할을 정하세요"
    assert unheard == f"확인 필요: 받아 적지 못한 말소리가 많음. 들어 보세요: chaerok listen {FLAGGED}"
    board = flagged("status").out
    assert "확인 필요" in board and "역할, 안 들림" in board
    assert flagged("status", FLAGGED).out.splitlines()[-3:] == [roles, unheard, "참고: 예정보다 짧은 회기"]
    approved = flagged("approve", FLAGGED, "--as", "reviewer1").out.splitlines()
    assert approved[1] == "함께 승인한 것: 누가 연구자인지 불확실함, 받아 적지 못한 말소리가 많음"
    assert flagged("publish", FLAGGED).code == 0
    flagged("export", FLAGGED)
    assert "# 확인 필요: roles, unheard\n" in Path(f"{FLAGGED}.txt").read_text("utf-8")


def test_where_to_listen_is_shown_without_a_word_of_what_was_said(flagged: Command) -> None:
    assert flagged("listen", FLAGGED).out == f"{FLAGGED}: 아직 받아 적지 않았습니다\n"
    flagged("run", FLAGGED)
    answer = flagged("listen", FLAGGED)
    rows = [re.split(r"\s*│\s*", line.strip("│ ")) for line in answer.out.splitlines() if line.startswith("│")]
    assert rows == [["1", "0:00:21", "0:00:26", "안 들린 말", "5, 6"],
                    ["2", "0:00:07", "0:00:11", "겹친 말, 화자 불확실", "2, 3"]]  # fmt: skip
    assert answer.out.splitlines()[-1].startswith("확인 필요: 받아 적지 못한 말소리가 많음.")
    assert not re.search("김|대전|복지관|팀장", answer.out)


def test_nothing_that_a_command_prints_holds_a_name(taken: Command) -> None:
    said = [taken(*words) for words in (("run", ID), ("status",), ("status", ID), ("listen", ID), ("review", ID),
                                        ("approve", ID), ("publish", ID), ("export", ID))]  # fmt: skip
    assert all(answer.code == 0 for answer in said)
    assert not [secret for secret in SECRETS for answer in said if secret in answer.out + answer.err]


def test_taking_in_again_changes_nothing(taken: Command, home: Path, tmp_path: Path) -> None:
    before = tree(home)
    folder = GOLDEN / "two_speakers"
    again = taken("take-in", folder / "audio.flac", "--sheet", folder / "sheet.toml", lang="en")
    assert again == Answer(0, f"already taken in: {ID}\n", "")
    other = tmp_path / "other.toml"
    other.write_text((folder / "sheet.toml").read_text("utf-8").replace('"S1"', '"S2"'), "utf-8")
    duplicate = taken("take-in", folder / "audio.flac", "--sheet", other, lang="en")
    assert duplicate == Answer(0, f"the same recording is already there as: {ID}\n", "")
    assert tree(home) == before


def test_the_sheet_beside_the_recording_is_taken(chaerok: Command, tmp_path: Path) -> None:
    for name in ("audio.flac", "sheet.toml"):
        shutil.copyfile(GOLDEN / "two_speakers" / name, tmp_path / f"P01_S1{Path(name).suffix}")
    assert chaerok("take-in", tmp_path / "P01_S1.flac").code == 0


def test_the_status_shows_how_far_each_has_come(taken: Command, home: Path) -> None:
    assert re.search(rf"{ID} *│ *1/10 *│ *diarize", taken("status").out)
    taken("run", ID)
    assert re.search(rf"{ID} *│ *8/10 *│ *waiting for approval", taken("status", ID, lang="en").out)
    assert re.search(rf"{ID} *│ *8/10 *│ *기다림: approval", taken("status", ID, lang="ko").out)
    taken("approve", ID)
    taken("publish", ID)
    assert re.search(rf"{ID} *│ *10/10 *│ *-", taken("status").out)


def test_the_status_can_be_read_without_the_weights(
    taken: Command, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHAEROK_WEIGHTS", str(tmp_path / "none"))
    (home / "settings.toml").unlink()
    assert re.search(rf"{ID} *│ *1/10 *│ *diarize", taken("status").out)


def test_an_empty_home_has_an_empty_status(chaerok: Command, home: Path) -> None:
    assert chaerok("status").code == 0
    assert not (home / "keys").exists()


def test_a_failure_is_shown_to_who_asks_for_it(taken: Command, home: Path) -> None:
    settings = (home / "settings.toml").read_text("utf-8")
    (home / "settings.toml").write_text(settings.replace("two_speakers", "three_overlap"), "utf-8")
    failed = taken("run", ID, lang="en")
    assert failed.code == errors.EngineFailed.exit_code
    assert re.search(r"│ *(diarize, transcribe|diarize|transcribe) *│?", taken("status").out)
    assert "Traceback" in taken("status", ID, "--failure").err
    (home / "settings.toml").write_text(settings, "utf-8")
    assert taken("run", ID).code == 0
    assert taken("status", ID, "--failure").err == ""


# --- waiting is no error --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("review", ID), "waiting for pseudonymized"),
        (("approve", ID), "waiting for pseudonymized"),
        (("publish", ID), "waiting for pseudonymized"),
        (("export", ID), "not released yet"),
    ],
)
def test_what_a_person_has_to_give_first_is_said_with_exit_code_0(
    taken: Command, words: tuple[str, ...], line: str
) -> None:
    answer = taken(*words, lang="en")
    assert answer == Answer(0, f"{ID}: {line}\n", "")


# --- mistakes -------------------------------------------------------------------------------------------------------


def sheet_with(old: str, new: str) -> Callable[[Path], tuple[object, ...]]:
    def make(folder: Path) -> tuple[object, ...]:
        text = (GOLDEN / "two_speakers" / "sheet.toml").read_text("utf-8")
        assert old in text
        (folder / "sheet.toml").write_text(text.replace(old, new), "utf-8")
        return "take-in", wav(folder / "good.wav", 4.0), "--sheet", folder / "sheet.toml"

    return make


def audio_of(make: Callable[[Path], Path], verb: str = "take-in") -> Callable[[Path], tuple[object, ...]]:
    def words(folder: Path) -> tuple[object, ...]:
        path = make(folder)
        if verb == "hear":
            return "hear", path, "--json", folder / "out.json"
        text = (GOLDEN / "two_speakers" / "sheet.toml").read_text("utf-8").replace('"P01"', '"P09"')
        (folder / "sheet.toml").write_text(text, "utf-8")
        return "take-in", path, "--sheet", folder / "sheet.toml"

    return words


def written(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def settings_with(text: str, *words: object) -> Callable[[Path], tuple[object, ...]]:
    def make(folder: Path) -> tuple[object, ...]:
        with (folder / "home" / "settings.toml").open("a", encoding="utf-8") as file:
            file.write(text)
        return words

    return make


def engine_of(stage: str, engine: str) -> Callable[[Path], tuple[object, ...]]:
    def make(folder: Path) -> tuple[object, ...]:
        path = folder / "home" / "settings.toml"
        path.write_text(
            path.read_text("utf-8").replace(f'[{stage}]\nengine = "replay"', f'[{stage}]\nengine = "{engine}"')
        )
        return "run", ID

    return make


def without_weights(engine: str) -> Callable[[Path], tuple[object, ...]]:
    def make(folder: Path) -> tuple[object, ...]:
        os.environ["CHAEROK_WEIGHTS"] = str(folder / "no weights")
        return engine_of("transcribe", engine)(folder)

    return make


def key_of(change: Callable[[Path], None], *words: object) -> Callable[[Path], tuple[object, ...]]:
    def make(folder: Path) -> tuple[object, ...]:
        change(folder / "home" / "keys" / "service.key")
        return words

    return make


def other_key(path: Path) -> None:
    path.write_text(Identity.fresh().secret, "ascii")


def text_file(name: str, text: str, *words: str) -> Callable[[Path], tuple[object, ...]]:
    """The words with ``@`` for a file with that text."""

    def make(folder: Path) -> tuple[object, ...]:
        (folder / name).write_text(text, "utf-8")
        return tuple(str(folder / name) if word == "@" else word for word in words)

    return make


def study_with(text: str) -> Callable[[Path], tuple[object, ...]]:
    def make(folder: Path) -> tuple[object, ...]:
        (folder / "home" / "studies" / "golden.toml").write_text(text, "utf-8")
        return "run", ID

    return make


def broken_seal(folder: Path) -> tuple[object, ...]:
    path = folder / "home" / "vault" / "golden" / "P01" / "S1" / "01-source"
    path.write_bytes(path.read_bytes()[:-3])
    return "run", ID


def just(*words: object) -> Callable[[Path], tuple[object, ...]]:
    return lambda folder: words


TEXT = "녹음이 아니라 글입니다. 김민수.\n".encode() * 50
SHORT, SILENT = (lambda folder: wav(folder / "a.wav", 1.0)), (lambda folder: wav(folder / "a.wav", 5.0, peak=0.0))

MISTAKES: dict[str, tuple[str, Callable[[Path], tuple[object, ...]]]] = {
    "missing file": ("FileMissing", audio_of(lambda folder: folder / "none.m4a")),
    "folder": ("FileMissing", audio_of(lambda folder: folder / "home")),
    "missing sheet": ("FileMissing", lambda folder: ("take-in", wav(folder / "a.wav", 4.0))),
    "text named m4a": ("NotAudio", audio_of(written("a.m4a", TEXT))),
    "empty file": ("FileEmpty", audio_of(written("a.m4a", b""))),
    "one second": ("RecordingTooShort", audio_of(SHORT)),
    "silent": ("RecordingSilent", audio_of(SILENT)),
    "cut mp3": ("AudioTruncated", audio_of(lambda folder: cut_off(recorded(folder, "mp3", 20.0)))),
    "cut wav": ("AudioTruncated", audio_of(lambda folder: cut_off(wav(folder / "a.wav", 20.0)))),
    "cut flac": ("AudioTruncated", audio_of(lambda folder: cut_off(recorded(folder, "flac", 20.0)))),
    "cut m4a": ("NotAudio", audio_of(lambda folder: cut_off(recorded(folder, "m4a", 20.0)))),
    "hear missing": ("FileMissing", audio_of(lambda folder: folder / "none.m4a", "hear")),
    "hear text": ("NotAudio", audio_of(written("a.m4a", TEXT), "hear")),
    "hear empty": ("FileEmpty", audio_of(written("a.m4a", b""), "hear")),
    "hear short": ("RecordingTooShort", audio_of(SHORT, "hear")),
    "hear silent": ("RecordingSilent", audio_of(SILENT, "hear")),
    "hear cut mp3": ("AudioTruncated", audio_of(lambda folder: cut_off(recorded(folder, "mp3", 20.0)), "hear")),
    "hear unknown to replay": ("EngineFailed", audio_of(lambda folder: wav(folder / "a.wav", 4.0), "hear")),
    "sheet typo": ("SheetInvalid", sheet_with("[consent]", "[consent")),
    "sheet unknown key": ("SheetInvalid", sheet_with("speakers", "speeker")),
    "sheet value that is a name": ("SheetInvalid", sheet_with('role = "participant"', f'role = "{NAME}"')),
    "sheet code that is a name": ("SheetInvalid", sheet_with('"P01"', f'"{NAME}"')),
    "no consent": ("ConsentMissing", sheet_with("processing = true", "processing = false")),
    "taken": ("InterviewTaken", sheet_with("speakers = 2", "speakers = 2")),
    "unknown study": ("StudyInvalid", sheet_with('"golden"', '"silver"')),
    "study typo": ("StudyInvalid", study_with('id = "golden"\nterm = []\n')),
    "study renamed": ("StudyInvalid", study_with('id = "silver"\n')),
    "study setting typo": ("SettingsInvalid", study_with('id = "golden"\n[settings.segment]\nmax_second = 3.0\n')),
    "unknown interview": ("InterviewUnknown", just("run", "golden-P99-S1")),
    "no id at all": ("InterviewUnknown", just("run", NAME)),
    "id with a path": ("InterviewUnknown", just("status", "../../etc-P01-S1")),
    "settings typo": ("SettingsInvalid", settings_with("[segmnt]\nx = 1\n", "run", ID)),
    "settings wrong value": ("SettingsInvalid", settings_with("[listen]\nmax_seconds = 0\n", "run", ID)),
    "unknown profile": ("SettingsInvalid", just("hear", AUDIO, "--json", "o", "--profile", "x")),
    "unknown diarizer": ("EngineUnknown", engine_of("diarize", "nobody")),
    "unknown transcriber": ("EngineUnknown", engine_of("transcribe", "nobody")),
    "weights missing": ("WeightsMissing", without_weights("faster-whisper")),
    "openai weights missing": ("WeightsMissing", without_weights("openai-whisper")),
    "unknown weights": ("WeightsUnknown", just("weights", "get", "nothing")),
    "key missing": ("KeyMissing", key_of(lambda path: path.unlink(), "run", ID)),
    "key missing at take-in": ("KeyMissing", lambda folder: (
        key_of(lambda path: path.unlink())(folder), audio_of(lambda f: wav(f / "a.wav", 4.0))(folder))[1]),
    "key wrong": ("KeyWrong", key_of(other_key, "run", ID)),
    "key wrong at status": ("KeyWrong", key_of(other_key, "status", ID)),
    "key garbage": ("KeyWrong", key_of(lambda path: path.write_bytes(b"\xff\x00") and None, "status", ID)),
    "broken seal": ("SealBroken", broken_seal),
    "names missing": ("FileMissing", just("names", "none.jsonl", "out.jsonl")),
    "names no json": ("LinesInvalid", text_file("in.jsonl", f"{NAME}\n", "names", "@", "out.jsonl")),
    "names roster": ("LinesInvalid", text_file("r.json", '{"d": 3}', "names", "@", "out.jsonl", "--roster", "@")),
    "terms missing": ("FileMissing", just(
        "hear", AUDIO, "--json", "o", "--terms", "none.txt")),
    "corrections": ("CorrectionsInvalid", lambda folder: ready_for_review(folder)),
    "unknown format": ("SettingsInvalid", lambda folder: released(folder)),
    "demo approves a real study": ("ReleaseBlocked", lambda folder: drafted(folder)),
}  # fmt: skip


def in_the_end(folder: Path, *, approve: bool) -> None:
    """Walk the golden interview in `folder` to its draft, or to its release."""
    from pipeline import inputs, steps
    from pipeline.interview import InterviewId
    from pipeline.settings import Home
    from pipeline.walking import walk_through

    home = Home(folder / "home")
    walk = inputs.walk_of(home, InterviewId.parse(ID), inputs.identity_of(home))
    walk_through(walk, run=steps.run)
    if approve:
        inputs.approve(walk, "reviewer1")
        walk_through(walk, run=steps.run)


def ready_for_review(folder: Path) -> tuple[object, ...]:
    in_the_end(folder, approve=False)
    (folder / "sheet.xlsx").write_bytes(b"no workbook")
    return "review", ID, "--import", folder / "sheet.xlsx"


def released(folder: Path) -> tuple[object, ...]:
    in_the_end(folder, approve=True)
    return "export", ID, "--as", "doc"


def drafted(folder: Path) -> tuple[object, ...]:
    in_the_end(folder, approve=False)
    return "approve", ID, "--as", "demo"


def kept(home: Path) -> dict[str, str]:
    """All that is kept for a study; listening's scratch folder may be there, empty."""
    zones = ("vault", "registers", "store")
    return {
        f"{zone}/{n}": h for zone in zones for n, h in tree(home / zone).items() if (zone, n) != ("vault", ".scratch")
    }


def check_line(answer: Answer, kind: type[ChaerokError], lang: errors.Language) -> None:
    """One line on standard error: what happened, the remedy, in the language; nothing said, no traceback."""
    assert answer.code == kind.exit_code, answer
    assert answer.err.count("\n") == 1 and answer.out == ""
    assert answer.err.startswith("error: " if lang == "en" else "오류: ")
    remedy = kind.remedy[lang].split("{")[0].strip().replace("{{", "{")
    assert remedy in answer.err
    assert bool(re.search("[가-힣]", answer.err.replace(NAME, "").replace("가-힣", ""))) == (lang == "ko")
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_is_one_line_with_its_remedy_and_changes_nothing(
    mistake: str, taken: Command, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAEROK_WEIGHTS", os.environ.get("CHAEROK_WEIGHTS", ""))
    name, make = MISTAKES[mistake]
    words = make(tmp_path)
    before = kept(home)
    for lang in ("ko", "en"):
        answer = taken(*words, lang=lang)
        check_line(answer, getattr(errors, name), lang)  # type: ignore[arg-type]
        if NAME not in words:
            assert not [secret for secret in SECRETS if secret in answer.err]
        assert kept(home) == before
    assert leavings(home) == [] and not Path("out.json").exists() and not Path("out.jsonl").exists()


@pytest.mark.parametrize("mistake", ["text named m4a", "cut mp3", "sheet code that is a name", "unknown interview"])
def test_a_process_of_its_own_says_the_same(mistake: str, taken: Command, home: Path, tmp_path: Path) -> None:
    name, make = MISTAKES[mistake]
    words = make(tmp_path)
    before = kept(home)
    check_line(outside(home, *words, lang="ko"), getattr(errors, name), "ko")
    assert outside(home, *words, lang="en") == taken(*words, lang="en")
    assert kept(home) == before


@pytest.mark.parametrize("verb", ["run", "status", "review", "approve", "publish", "export"])
@pytest.mark.parametrize("word", ["golden-P01-S1", NAME])
def test_in_a_home_where_nothing_is_yet_no_key_is_missed(chaerok: Command, verb: str, word: str) -> None:
    check_line(chaerok(verb, word, lang="en"), errors.InterviewUnknown, "en")


def test_a_full_disk_is_one_line_and_the_walk_goes_on_afterwards(
    taken: Command, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taken("run", ID)
    taken("approve", ID)
    before = kept(home)
    for lang in ("ko", "en"):
        with_room(monkeypatch, 40)
        answer = taken("publish", ID, lang=lang)
        monkeypatch.undo()
        monkeypatch.setenv("CHAEROK_HOME", str(home))
        check_line(answer, errors.DiskFull, lang)  # type: ignore[arg-type]
        assert kept(home) == before
    assert taken("publish", ID).code == 0


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may mount")
def test_a_disk_that_is_really_full_takes_nothing_in(home: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not permitted here")
    try:
        shutil.copytree(home, disk / "home")
        folder = GOLDEN / "two_speakers"
        words = ("take-in", folder / "audio.flac", "--sheet", folder / "sheet.toml")
        check_line(outside(disk / "home", *words, lang="ko"), errors.DiskFull, "ko")
        check_line(outside(disk / "home", *words, lang="en"), errors.DiskFull, "en")
        assert kept(disk / "home") == {} and leavings(disk) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_bug_is_one_line_too_and_quotes_nothing(chaerok: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows import desk

    def fail(*_: object) -> None:
        raise ZeroDivisionError(NAME)

    monkeypatch.setattr(desk, "walk", fail)
    for lang, word in (("ko", "예상하지 못한 오류"), ("en", "unexpected error")):
        answer = chaerok("run", ID, lang=lang)
        assert (answer.code, answer.err.count("\n")) == (1, 1)
        assert word in answer.err and "ZeroDivisionError" in answer.err and NAME not in answer.err


def test_a_bug_can_be_looked_at(chaerok: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows import desk

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(desk, "walk", fail)
    monkeypatch.setenv("CHAEROK_DEBUG", "1")
    monkeypatch.setattr(sys, "argv", ["chaerok", "run", ID])
    with pytest.raises(ZeroDivisionError):
        cli.app(["run", ID], standalone_mode=False)


def test_stopping_is_130(chaerok: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows import desk

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(desk, "walk", stop)
    answer = chaerok("run", ID, lang="en")
    assert (answer.code, answer.err) == (130, "stopped; run it again to go on.\n")


# --- languages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "environment", "korean"),
    [
        ((), {}, True),
        ((), {"LANG": "C.UTF-8"}, True),
        ((), {"LANG": "en_US.UTF-8"}, False),
        ((), {"LANG": "en_US.UTF-8", "LC_ALL": "ko_KR.UTF-8"}, True),
        ((), {"LANG": "en_US.UTF-8", "CHAEROK_LANG": "ko"}, True),
        ((), {"CHAEROK_LANG": "en"}, False),
        (("--lang", "en"), {}, False),
        (("--lang=en",), {}, False),
        (("--lang", "ko"), {"LANG": "en_US.UTF-8", "CHAEROK_LANG": "en"}, True),
        (("--lang=ko",), {"CHAEROK_LANG": "en"}, True),
    ],
)
def test_the_language_is_the_one_asked_for(
    chaerok: Command, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], environment: dict[str, str], korean: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    answer = chaerok(*words, "run", "golden-P99-S1")
    assert answer.err.startswith("오류: " if korean else "error: ")


def test_another_language_is_a_mistake(chaerok: Command) -> None:
    assert chaerok("status", lang="fr").code == 2


# --- files of a person's own ----------------------------------------------------------------------------------------


def test_hear_writes_what_the_table_says(chaerok: Command, tmp_path: Path, home: Path) -> None:
    terms = tmp_path / "terms.txt"
    terms.write_text("간호사\n\n 밤 근무 \n", "utf-8")
    answer = chaerok(
        "hear", AUDIO, "--json", "out.json", "--rttm", "out.rttm", "--speakers", "2", "--terms", terms, lang="en"
    )
    assert answer.code == 0
    found = "10 lines, 2 speakers, unheard speech 0 times (0 s), 2 stretches to listen to"
    assert answer.out == f"out.json: {found}\n"
    assert "this file holds names" in answer.err and "demo grade" in answer.err
    heard = json.loads(Path("out.json").read_text("utf-8"))
    assert set(heard) == {"utterances", "gaps", "roles", "listen", "flags", "provenance"}
    assert {"id", "speaker", "start", "end", "text", "words"} <= set(heard["utterances"][0])
    assert {"text", "start", "end", "probability"} <= set(heard["utterances"][0]["words"][0])
    assert Path("out.rttm").read_text("utf-8").startswith("SPEAKER audio 1 ")
    assert kept(home) == {} and list((home / "vault" / ".scratch").iterdir()) == []
    if os.name == "posix":
        assert stat.S_IMODE(Path("out.json").stat().st_mode) == 0o600


def test_hear_says_in_korean_what_came_out_and_what_needs_a_look(chaerok: Command) -> None:
    answer = chaerok("hear", AUDIO, "--json", "out.json")
    assert answer.out.splitlines() == [
        "out.json: 10줄, 화자 2명(추정), 안 들린 말소리 0곳 0초, 들어볼 곳 2곳",
        "확인 필요: 말하는 사람 수가 불확실함",
    ]


@pytest.mark.parametrize("speakers", ["0", "11", "two"])
def test_hear_takes_one_to_ten_speakers(chaerok: Command, speakers: str) -> None:
    assert chaerok("hear", AUDIO, "--json", "out.json", "--speakers", speakers).code == 2


# --- the interviewers' voices ---------------------------------------------------------------------------------------


@pytest.mark.engines
@pytest.mark.slow
def test_the_voices_of_interviewers_are_enrolled_counted_and_forgotten(
    chaerok: Command, home: Path, tmp_path: Path
) -> None:
    sample = ROOT / "data" / "samples" / "P01_S1.flac"
    samples, rate = soundfile.read(sample, dtype="int16")
    turns = json.loads(sample.with_suffix(".truth.json").read_text("utf-8"))["turns"]
    own = [turn for turn in turns if turn["speaker"] == turns[1]["speaker"]]
    alone = np.concatenate([samples[int(turn["start"] * rate) : int(turn["end"] * rate)] for turn in own])
    soundfile.write(tmp_path / "alone.wav", alone, rate)
    soundfile.write(tmp_path / "short.wav", alone[: 4 * rate], rate)
    assert chaerok("voice", "golden") == Answer(0, "golden: 등록한 면담자 목소리 0개\n", "")
    for unfit in (sample, tmp_path / "short.wav"):
        answer = chaerok("voice", "golden", tmp_path / "alone.wav", unfit)
        assert answer.code == 29 and unfit.name in answer.err
    assert chaerok("voice", "golden").out == "golden: 등록한 면담자 목소리 0개\n"
    both = chaerok("voice", "golden", tmp_path / "alone.wav", tmp_path / "alone.wav", lang="en")
    assert both.out.startswith("golden: 2 interviewers' voices enrolled\n")
    assert chaerok("voice", "golden", "--forget").out == "golden: 등록한 면담자 목소리 0개\n"
    assert not list((home / "registers").glob("*.voices")) and list((home / "vault" / ".scratch").iterdir()) == []


def test_voices_belong_to_a_study_that_there_is(chaerok: Command, tmp_path: Path) -> None:
    assert chaerok("voice", "nothing").code == 17
    assert chaerok("voice", "golden", tmp_path / "none.wav").code == 10
    assert chaerok("voice", "golden", AUDIO, "--forget").code == 2


def test_names_answers_line_by_line(chaerok: Command, tmp_path: Path) -> None:
    rows = [
        {"id": "1", "doc": "d", "text": f"저는 {NAME}입니다"},
        {"id": "2", "doc": "e", "text": "네 010-1234-5678요"},
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    (tmp_path / "roster.json").write_text(json.dumps({"d": [NAME]}), "utf-8")
    answer = chaerok("names", "in.jsonl", "out.jsonl", "--roster", "roster.json", lang="en")
    assert answer == Answer(0, "out.jsonl: 2 mentions\n", "")
    found = [json.loads(line) for line in Path("out.jsonl").read_text("utf-8").splitlines()]
    assert [(row["id"], row["doc"], row["text"]) for row in found] == [tuple(row.values()) for row in rows]
    assert [row["entities"][0]["label"] for row in found] == ["NAME", "PHONE"]


# --- help -----------------------------------------------------------------------------------------------------------


def verbs() -> list[tuple[str, ...]]:
    import typer

    group = typer.main.get_command(cli.app)
    return [(name, *inner) for name, command in sorted(group.commands.items())  # type: ignore[attr-defined]
            for inner in ([(sub,) for sub in command.commands] if hasattr(command, "commands") else [()])]  # fmt: skip


@pytest.mark.parametrize("words", verbs(), ids=" ".join)
def test_every_verb_explains_itself(chaerok: Command, words: tuple[str, ...]) -> None:
    answer = chaerok(*words, "--help")
    assert answer.code == 0 and "--help" in answer.out and re.search("[가-힣]{2}", answer.out)


def test_the_table_of_verbs_is_whole() -> None:
    wanted = {"demo", "up", "take-in", "run", "status", "review", "approve", "publish", "hear", "names", "export",
              "bench", "weights"}  # fmt: skip
    assert wanted <= {words[0] for words in verbs()}
    assert {words[1] for words in verbs() if words[0] == "weights"} == {"list", "get", "verify"}


def test_help_is_in_the_language_asked_for(home: Path) -> None:
    english = outside(home, "--help", lang="en")
    assert "takes interviews down" in english.out and not re.search("[가-힣]", english.out.replace("채록", ""))


def test_without_a_verb_it_shows_what_there_is(chaerok: Command) -> None:
    assert "take-in" in chaerok().out + chaerok().err
