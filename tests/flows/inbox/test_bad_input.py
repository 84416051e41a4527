"""What bad input gets: nothing is lost, nothing crashes, and the page has a line for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dropping import DEFAULTS, drop, note, page, said, scan, seen, settled_scan, sound
from faults import die, killed, with_room
from lab import Lab

from flows.inbox import moving, naming, settling
from flows.inbox.folders import folders
from flows.inbox.gathering import look
from flows.inbox.page import rows
from flows.watcher import survey
from pipeline.errors import InboxGone
from pipeline.interview import Source
from pipeline.places import Home
from pipeline.stages import intake as stage

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of this process")


def with_defaults(lab: Lab) -> None:
    said(lab.home.inbox / "폴더.toml", DEFAULTS)


# --- files that are not whole, or change --------------------------------------------------------------------------


def test_a_copy_that_stopped_half_way_is_put_aside_and_its_whole_copy_taken(lab: Lab, submitted, clock) -> None:
    recording = drop(lab)
    whole = recording.read_bytes()
    recording.write_bytes(whole[: len(whole) // 2])
    assert settled_scan(lab, clock) == {"failed": 1}
    assert note(lab, "실패/면담.flac.사유.txt").startswith("녹음이 중간에 끊겼습니다: 면담.flac ")
    assert "중간에 끊겼습니다" in page(lab)
    (lab.home.inbox / "실패" / "면담.toml").rename(lab.home.inbox / "면담.toml")
    recording.write_bytes(whole)
    assert settled_scan(lab, clock) == {"taken": 1}


def changing(monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object], at: int) -> None:
    """While the file is read for the `at`-th time (1: hashed, 2: sealed), it changes."""
    read, times = stage._read, iter(range(2, 10))
    digest = stage.hashlib.file_digest

    def reading(path: Path):
        pieces = read(path)
        yield next(pieces)
        if next(times) == at:
            change(path)
        yield from pieces

    def hashing(file, name: str):
        found = digest(file, name)
        if at == 1 and "처리중" in str(file.name):
            change(Path(file.name))
        return found

    monkeypatch.setattr(stage, "_read", reading)
    monkeypatch.setattr("pipeline.inputs.hashlib.file_digest", hashing)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(100))


def replace_alike(path: Path) -> None:
    """Other sound, of the same size and time: only its hash tells."""
    stat = path.stat()
    whole = path.read_bytes()
    path.write_bytes(whole[:44] + bytes(reversed(whole[44:])))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize(
    ("change", "at"), [(grow, 1), (grow, 2), (replace_alike, 1), (Path.touch, 2)],
    ids=["grows while hashed", "grows while sealed", "replaced between", "touched"],
)  # fmt: skip
def test_a_file_that_changes_while_it_is_read_waits_again(lab: Lab, submitted, clock, monkeypatch, change, at) -> None:
    with_defaults(lab)
    path = sound(lab.home.inbox / "P01_S1.wav", 1)
    whole = path.read_bytes()
    with monkeypatch.context() as patched:
        changing(patched, change, at)
        assert settled_scan(lab, clock) == {"changed": 1}
    assert submitted == [] and not list(lab.home.vault.glob("*/*/*/01-source"))
    assert seen(lab) == ["P01_S1.wav", "폴더.toml"]
    path.write_bytes(whole)
    assert settled_scan(lab, clock) == {"taken": 1}
    source = lab.walk("lab-P01-S1").vault.read(lab.walk("lab-P01-S1").interview, Source)
    assert source and source.parts[0].size == len(whole)


def test_a_file_that_changes_between_look_and_claim_waits_again(lab: Lab, submitted, clock, monkeypatch) -> None:
    recording = drop(lab)
    rename = Path.rename

    def replacing(path: Path, target: Path) -> Path:
        if path == recording and target.parent.name == naming.CLAIMED:
            grow(path)
        return rename(path, target)

    scan(lab)
    clock(1)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", replacing)
        assert scan(lab) == {"changed": 1}
    assert seen(lab) == ["면담.flac", "면담.toml"] and submitted == []
    assert settled_scan(lab, clock) == {"taken": 1}


def test_a_file_that_is_gone_is_passed_over(lab: Lab, submitted, clock, monkeypatch) -> None:
    recording = drop(lab)
    claim = moving.claim

    def vanishing(dropped):
        claimed = claim(dropped)
        claimed.recordings[0].unlink()
        return claimed

    scan(lab)
    clock(1)
    monkeypatch.setattr(moving, "claim", vanishing)
    assert scan(lab) == {"gone": 1}
    assert not recording.exists() and scan(lab) == {} and "시트만 있습니다" in page(lab)


# --- crashes --------------------------------------------------------------------------------------------------------


def dying(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """The process dies at its `step`-th change of the inbox or the journal."""
    left = [step]

    def count(work):
        def counted(*args, **named):
            left[0] -= 1
            if left[0] == 0:
                die()
            return work(*args, **named)

        return counted

    for name in ("rename", "unlink"):
        monkeypatch.setattr(Path, name, count(getattr(Path, name)))
    monkeypatch.setattr("flows.inbox.journal.add", count(__import__("flows.inbox.journal", fromlist=["add"]).add))


@forks
@pytest.mark.slow
def test_killed_at_any_move_nothing_is_lost_and_nothing_taken_twice(lab: Lab, submitted, clock, monkeypatch) -> None:
    """A session of two files and a sheet, killed at every rename, removal and line of the journal."""
    steps = 0
    for step in range(1, 60):
        home = Home(lab.home.root.parent / f"home{step}")
        subprocess.run(["cp", "-r", str(lab.home.root), str(home.root)], check=True)
        one = Lab(home, lab.where)
        for number in (1, 2):
            sound(home.inbox / f"P01_S1_{number}.wav", number)
        one.sheet(home.inbox / "P01_S1.toml")
        scan(one)
        clock(1)

        def work(one: Lab = one, step: int = step) -> None:
            dying(monkeypatch, step)
            scan(one)

        was_killed = killed(work)
        for _ in range(3):
            scan(one)
            clock(1)
        done = [name for name in seen(one) if name.endswith(".wav")]
        assert done == ["처리됨/P01_S1_1.wav", "처리됨/P01_S1_2.wav"], step
        assert "P01_S1.toml" not in seen(one) and not list(home.inbox.rglob("처리중/*"))
        assert [str(found) for found in one.walk("lab-P01-S1").vault.interviews()] == ["lab-P01-S1"]
        if not was_killed:
            break
        steps += 1
    assert steps >= 10


def test_what_a_crash_left_claimed_is_put_back_unless_its_place_is_taken(lab: Lab, submitted, clock) -> None:
    recording = drop(lab)
    claimed = lab.home.inbox / naming.CLAIMED
    claimed.mkdir()
    for path in (recording, recording.with_suffix(".toml")):
        path.rename(claimed / path.name)
    lab.recording(recording, 2)  # by the same name, another one
    moving.recover(lab.home.inbox, folders(lab.home.inbox))
    assert seen(lab) == ["면담.flac", "면담.toml", "실패/면담.flac", "실패/면담.flac.사유.txt"]
    assert "같은 이름의 파일이 새로 들어왔습니다" in note(lab, "실패/면담.flac.사유.txt")
    assert settled_scan(lab, clock) == {"taken": 1}


# --- no room, no rights ---------------------------------------------------------------------------------------------


def test_a_full_disk_loses_nothing_and_is_tried_again(lab: Lab, submitted, clock, later, monkeypatch) -> None:
    recording = drop(lab)
    whole = recording.read_bytes()
    scan(lab)
    clock(1)
    with monkeypatch.context() as patched:
        with_room(patched, 20_000)
        assert scan(lab) == {"again": 1}
    assert recording.read_bytes() == whole and submitted == []
    assert not list(lab.home.vault.glob("*/*/*/01-source"))
    later(60)
    assert scan(lab) == {"taken": 1}


NOBODY = 65534


@contextmanager
def reachable(folder: Path) -> Iterator[None]:
    """Everybody may come to the folder, and it is nobody's."""
    above = {path: path.stat().st_mode for path in list(folder.parents)[:-2]}
    try:
        for path, mode in above.items():
            path.chmod(mode | 0o011)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        yield
    finally:
        for path, mode in above.items():
            path.chmod(mode)


def asks(lab: Lab) -> list[str]:
    """What the page would ask for, of a look by somebody who is not root: root reads everything."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            survey(lab.home)
            found = [f"{row.file}: {row.todo}" for row in rows(lab.home, look(lab.home)) if row.ask]
        except BaseException as error:
            found = [repr(error)]
        os.write(writing, json.dumps(found).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        found = json.load(answer)
    os.waitpid(child, 0)
    return list(found)


@forks
def test_what_may_not_be_read_waits_and_says_so(lab: Lab, clock) -> None:
    with_defaults(lab)
    sound(lab.home.inbox / "P01_S1.wav", 1).chmod(0)
    drop(lab, "면담.flac").with_suffix(".toml").chmod(0)
    closed = lab.home.inbox / "닫힌 폴더"
    closed.mkdir()
    closed.chmod(0)
    settings = lab.home.root / "settings.toml"
    settings.write_text(settings.read_text("utf-8").replace("settle_seconds = 1", "settle_seconds = 0"), "utf-8")
    if os.geteuid() == 0:
        with reachable(lab.home.root):
            asked = asks(lab)
    else:
        asked = asks(lab)
    if asked and "default.toml" in asked[0]:
        pytest.skip("another user cannot read this clone")
    closed.chmod(0o700)
    assert set(asked) == {
        "P01_S1.wav: 읽을 수 없는 파일입니다: P01_S1.wav. 권한을 확인하세요.",
        "면담.flac: 읽을 수 없는 시트입니다: 면담.toml. 권한을 확인하세요.",
        "닫힌 폴더/: 열 수 없는 폴더입니다(PermissionError). 권한을 확인하세요.",
    }


# --- names ----------------------------------------------------------------------------------------------------------

LONG = "길" * 81 + "😀.wav"  # 252 bytes


@pytest.mark.parametrize(
    "name",
    ["P01_S1 띄어 쓴 이름.wav", "P01_S1_한글이름.wav", "P01_S1_😀🎙️.wav", "P01_S1 <b>&amp;'\".wav",
     "P01_S1_" + "가" * 81 + ".wav", "P01_S1_$(touch x);`y`.wav", "P01_S1_[0-9]*?.wav", "P01_S1 .wav",
     unicodedata.normalize("NFD", "P01_S1_각낱말.wav")],
)  # fmt: skip
def test_names_of_all_sorts(lab: Lab, submitted, clock, name: str) -> None:
    with_defaults(lab)
    sound(lab.home.inbox / name, 1)
    assert settled_scan(lab, clock) == {"taken": 1} and submitted == ["lab-P01-S1"]
    plain = unicodedata.normalize("NFC", name)
    assert [path for path in seen(lab) if path.endswith(".wav")] == [f"처리됨/{plain}"]
    assert "<b>" not in page(lab)
    sound(lab.home.inbox / name, 1)  # again: the name is taken in 처리됨, not in 중복
    assert settled_scan(lab, clock) == {"duplicate": 1}
    sound(lab.home.inbox / name, 1)
    assert settled_scan(lab, clock) == {"duplicate": 1}
    assert len([path for path in seen(lab) if path.endswith(".wav")]) == 3


def test_two_long_names_have_a_note_each(lab: Lab, submitted, clock) -> None:
    for ending in "ab":
        sound(lab.home.inbox / ("길" * 80 + ending + ".wav"), 1)
    settled_scan(lab, clock)
    assert len([name for name in seen(lab) if name.endswith("기다림.txt")]) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such name")
def test_a_name_that_is_no_text_is_said_and_left(lab: Lab, submitted, clock) -> None:
    drop(lab)
    Path(os.fsdecode(os.fsencode(lab.home.inbox) + b"/\xff\xfe.wav")).write_bytes(b"x")
    assert settled_scan(lab, clock) == {"taken": 1}
    assert "이름을 읽을 수 없는 파일입니다" in page(lab)


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "._P01_S1.wav", "~$동의서.docx", "P01_S1.wav.part", "P01_S1.wav.crdownload", "P01_S1.wav.filepart",
     "Thumbs.db", "P01_S1.WAV.PARTIAL", "@eaDir/P01_S1.wav", "__MACOSX/P01_S1.wav", ".hidden/P01_S1.wav"],
)  # fmt: skip
def test_what_systems_and_programs_leave_is_passed_over(lab: Lab, submitted, clock, name: str) -> None:
    with_defaults(lab)
    sound(lab.home.inbox / name, 1)
    assert settled_scan(lab, clock) == {} and submitted == []
    assert (lab.home.inbox / name).exists() and "기다림" not in page(lab) and not (lab.home.inbox / "실패").exists()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("동의서.pdf", "녹음이 아니어서 그대로 두었습니다."),
        (".P01_S1.m4a.icloud", "iCloud에서 아직 내려받지 않은 파일입니다."),
    ],
)
def test_what_lies_beside_recordings_is_named_and_left(lab: Lab, submitted, clock, name: str, says: str) -> None:
    with_defaults(lab)
    (lab.home.inbox / name).write_bytes(b"%PDF")
    sound(lab.home.inbox / "P01_S1.wav", 1)
    assert settled_scan(lab, clock) == {"taken": 1}
    assert says in page(lab) and (lab.home.inbox / name).exists()


def test_a_folder_where_a_file_is_expected(lab: Lab, submitted, clock) -> None:
    (lab.home.inbox / "P01_S1.m4a").mkdir()
    lab.sheet(lab.home.inbox / "P01_S1.toml")
    (lab.home.inbox / "P02_S1.toml").mkdir()
    sound(lab.home.inbox / "P02_S1.wav", 2)
    (lab.home.inbox / "처리중").write_text("a file where a folder is expected")
    drop(lab, "면담.flac", 3, "P03-S1")
    assert settled_scan(lab, clock) == {"again": 1} and submitted == []
    assert page(lab).count("파일이 아니라 폴더입니다") == 2 and "시트만 있습니다" in page(lab)
    assert note(lab, "P02_S1.wav.기다림.txt").startswith("참여자 시트가 없습니다.")
    assert (lab.home.inbox / "면담.flac").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
def test_what_is_no_plain_file_is_left_alone(lab: Lab, submitted, clock) -> None:
    with_defaults(lab)
    os.mkfifo(lab.home.inbox / "P01_S1.wav")
    (lab.home.inbox / "P02_S1.wav").symlink_to(lab.home.inbox / "nowhere.wav")
    (lab.home.inbox / "고리").symlink_to(lab.home.inbox)
    assert settled_scan(lab, clock) == {} and submitted == []


# --- clocks and shares ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [-10_000_000.0, 10_000_000.0])
def test_a_clock_that_is_set_does_not_matter(lab: Lab, submitted, clock, later, monkeypatch, jump: float) -> None:
    recording = drop(lab)
    assert scan(lab) == {}
    monkeypatch.setattr("time.time", lambda: 1_800_000_000.0 + jump)
    later(jump)
    clock(0.9)
    assert scan(lab) == {}
    clock(0.1)
    assert scan(lab) == {"taken": 1} and not recording.exists()


def test_after_a_restart_of_the_machine_counting_begins_anew(lab: Lab, submitted, clock, monkeypatch) -> None:
    drop(lab)
    assert scan(lab) == {}
    clock(500)
    monkeypatch.setattr(settling, "_boot", lambda: "another one")
    assert scan(lab) == {}
    clock(1)
    assert scan(lab) == {"taken": 1}


def test_a_time_of_change_in_the_future_settles_all_the_same(lab: Lab, submitted, clock) -> None:
    os.utime(drop(lab), (4e9, 4e9))
    assert settled_scan(lab, clock) == {"taken": 1}


def test_an_inbox_that_is_gone_is_not_made_anew_and_goes_on_when_it_returns(lab: Lab, submitted, clock) -> None:
    drop(lab)
    assert scan(lab) == {}
    away = lab.home.inbox.rename(lab.home.root / "away")
    with pytest.raises(InboxGone):
        scan(lab)
    assert not lab.home.inbox.exists()
    clock(5)
    away.rename(lab.home.inbox)
    assert scan(lab) == {"taken": 1}
