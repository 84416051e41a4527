from __future__ import annotations

import hashlib
import json
import os
import threading
import unicodedata
from pathlib import Path

import pytest
from dropping import drop, note, scan, seen, settled_scan
from lab import Lab

from flows.inbox import naming
from pipeline.errors import DiskFull, SealBroken
from pipeline.interview import Source
from pipeline.stores.vault import Vault


def test_a_drop_with_its_sheet_is_sealed_and_handed_on(lab: Lab, submitted, clock) -> None:
    recording = drop(lab)
    sound = recording.read_bytes()
    assert settled_scan(lab, clock) == {"taken": 1}
    assert submitted == ["lab-P01-S1"]
    assert seen(lab) == ["처리됨/면담.flac", "처리됨/면담.flac.사유.txt"]
    assert (lab.home.inbox / "처리됨" / "면담.flac").read_bytes() == sound
    assert note(lab, "처리됨/면담.flac.사유.txt") == "보관소에 넣었습니다: lab-P01-S1"
    walk = lab.walk("lab-P01-S1")
    with walk.vault.open_blob(walk.interview, "part01") as copy:
        assert copy.read() == sound
    assert scan(lab) == {}


def test_what_still_grows_is_left_alone(lab: Lab, submitted, clock) -> None:
    recording = drop(lab)
    whole = recording.read_bytes()
    for part in (1000, 2000, len(whole)):
        recording.write_bytes(whole[:part])
        assert scan(lab) == {}
        clock(0.9)
    assert scan(lab) == {}  # not long enough since the last change
    clock(0.1)
    assert scan(lab) == {"taken": 1}


def test_the_same_size_at_another_time_is_a_change(lab: Lab, submitted, clock) -> None:
    recording = drop(lab)
    assert scan(lab) == {}
    clock(1)
    os.utime(recording, (5, 5))
    assert scan(lab) == {}
    clock(-1000)  # the clock was set back
    assert scan(lab) == {}
    clock(1)
    assert scan(lab) == {"taken": 1}


def test_a_sheet_still_being_written_is_waited_for(lab: Lab, submitted, clock) -> None:
    recording = drop(lab)
    assert scan(lab) == {}
    clock(1)
    sheet = recording.with_suffix(".toml")
    sheet.write_text(sheet.read_text() + "\n")
    assert scan(lab) == {} and seen(lab) == ["면담.flac", "면담.toml"]
    clock(1)
    assert scan(lab) == {"taken": 1}


def test_without_a_sheet_it_waits_and_says_so(lab: Lab, submitted, clock) -> None:
    recording = drop(lab)
    sheet = recording.with_suffix(".toml")
    kept = sheet.read_text()
    sheet.unlink()
    assert settled_scan(lab, clock) == {} and submitted == []
    assert seen(lab) == ["면담.flac", "면담.flac.기다림.txt"]
    assert note(lab, "면담.flac.기다림.txt") == (
        "참여자 시트가 없습니다. 같은 폴더에 면담.toml 파일을 두세요. 아직 모르는 것: study(연구), "
        "participant(참여자 코드), session(회기), consent(동의). 등록된 연구: lab. "
        "폴더.toml에 적거나, 연구/참여자/회기 폴더에 넣거나, 이름을 P03_S2_….m4a처럼 지어도 됩니다."
    )
    sheet.write_text(kept)
    assert settled_scan(lab, clock) == {"taken": 1}
    assert seen(lab) == ["처리됨/면담.flac", "처리됨/면담.flac.사유.txt"]


def test_a_note_goes_with_its_recording(lab: Lab, submitted, clock) -> None:
    drop(lab).with_suffix(".toml").unlink()
    settled_scan(lab, clock)
    (lab.home.inbox / "면담.flac").unlink()
    assert scan(lab) == {} and seen(lab) == []


def test_mac_names_and_capital_sheets(lab: Lab, submitted, clock) -> None:
    name = unicodedata.normalize("NFD", "면담 둘.flac")
    sheet = drop(lab, name).with_suffix(".toml")
    sheet.rename(sheet.with_name(unicodedata.normalize("NFC", sheet.stem) + ".TOML"))
    assert settled_scan(lab, clock) == {"taken": 1}
    assert sorted(path.name for path in (lab.home.inbox / "처리됨").iterdir()) == [
        "면담 둘.flac",
        "면담 둘.flac.사유.txt",
    ]


JUNK = (
    *(".DS_Store", "._면담.flac", "~$면담.docx", "면담.m4a.part", "면담.crdownload", "Thumbs.db", "desktop.ini"),
    *("면담.flac.기다림.txt", "면담.flac.사유.txt", "복사.tmp"),
)


@pytest.mark.parametrize("name", [*JUNK, *(unicodedata.normalize("NFD", name) for name in JUNK[-3:])])
def test_junk_is_no_drop(lab: Lab, submitted, clock, name: str) -> None:
    (lab.home.inbox / name).write_bytes(b"\0\1")
    assert settled_scan(lab, clock) == {} and submitted == []
    assert "기다림" not in "".join(seen(lab)).replace("면담.flac.기다림.txt", "")
    assert not (lab.home.inbox / "실패").exists()


def test_folders_and_near_misses_of_junk(lab: Lab, submitted, clock) -> None:
    (lab.home.inbox / "폴더.flac").mkdir()
    for name in ("part.m4a", "DS_Store.wav", "Thumbs.db.flac.wav"):
        (lab.home.inbox / name).write_bytes(b"sound")
    settled_scan(lab, clock)
    assert [name for name in seen(lab) if name.endswith("기다림.txt")] == [
        "DS_Store.wav.기다림.txt",
        "part.m4a.기다림.txt",
    ]


def test_the_same_recording_again_is_a_duplicate(lab: Lab, submitted, clock) -> None:
    drop(lab)
    settled_scan(lab, clock)
    drop(lab, session="P02-S1")
    assert settled_scan(lab, clock) == {"duplicate": 1}
    drop(lab)
    assert settled_scan(lab, clock) == {"duplicate": 1}
    assert submitted == ["lab-P01-S1"]
    assert [name for name in seen(lab) if name.startswith("중복")] == [
        *("중복/면담 (2).flac", "중복/면담 (2).flac.사유.txt", "중복/면담 (2).toml"),
        *("중복/면담.flac", "중복/면담.flac.사유.txt", "중복/면담.toml"),
    ]
    assert note(lab, "중복/면담.flac.사유.txt").startswith("같은 녹음이 이미 있습니다: lab-P01-S1.")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda recording: recording.write_bytes(b""), "빈 파일입니다"),
        (lambda recording: recording.write_text("no sound"), "소리가 들어 있지 않은 파일입니다"),
    ],
)
def test_what_cannot_be_used_is_put_aside_with_the_reason(lab: Lab, submitted, clock, spoil, says: str) -> None:
    spoil(drop(lab))
    assert settled_scan(lab, clock) == {"failed": 1} and submitted == []
    assert seen(lab) == ["실패/면담.flac", "실패/면담.flac.사유.txt", "실패/면담.toml"]
    assert note(lab, "실패/면담.flac.사유.txt").startswith(says)
    assert not lab.home.vault.exists() or Vault(lab.home.vault, lab.walk("lab-P01-S1").identity).interviews() == ()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (DiskFull(path="/vault"), "디스크에 남은 공간이 없습니다"),
        (SealBroken(path="/vault"), "봉인된 파일이 손상되었습니다"),
    ],
)
def test_what_is_not_its_fault_is_tried_again(lab: Lab, submitted, clock, later, monkeypatch, error, says: str) -> None:
    from flows import intake

    def failing(*args: object) -> None:
        raise error

    drop(lab)
    with monkeypatch.context() as patched:
        patched.setattr(intake.inputs, "take_in", failing)
        assert settled_scan(lab, clock) == {"again": 1}
    assert seen(lab) == ["면담.flac", "면담.flac.기다림.txt", "면담.toml"]
    assert note(lab, "면담.flac.기다림.txt").startswith(says)
    assert scan(lab) == {}  # not at once
    assert note(lab, "면담.flac.기다림.txt").startswith(says)
    later(60)
    assert scan(lab) == {"taken": 1}
    assert seen(lab) == ["처리됨/면담.flac", "처리됨/면담.flac.사유.txt"]


@pytest.mark.parametrize("where", ["submit", "under_way"])
def test_sealed_but_not_handed_on_it_goes_on_from_there(lab: Lab, submitted, clock, monkeypatch, where: str) -> None:
    from flows import handing, process

    def no_server(*args: object) -> None:
        raise ConnectionError("no server")

    drop(lab)
    with monkeypatch.context() as patched:
        patched.setattr(process if where == "submit" else handing, where, no_server)
        assert settled_scan(lab, clock) == {"taken": 1}
    assert seen(lab) == ["처리됨/면담.flac", "처리됨/면담.flac.사유.txt"] and submitted == []
    assert scan(lab) == {} and submitted == ["lab-P01-S1"]
    assert scan(lab) == {} and submitted == ["lab-P01-S1"]


def test_what_fails_again_and_again_is_put_aside_in_the_end(lab: Lab, submitted, clock, later, monkeypatch) -> None:
    from flows import intake

    def failing(*args: object) -> None:
        raise DiskFull(path="/vault")

    drop(lab)
    scan(lab)
    clock(1)
    with monkeypatch.context() as patched:
        patched.setattr(intake.inputs, "take_in", failing)
        for wait in (60, 120, 240, 480, 960, 1920, 3600):
            assert scan(lab) == {"again": 1}
            later(wait - 1)
            assert scan(lab) == {}
            later(1)
        assert scan(lab) == {"failed": 1}
    reason = note(lab, "실패/면담.flac.사유.txt")
    assert reason.startswith("8번 시도했습니다. 디스크에 남은 공간이 없습니다") and "이어서 넣습니다" in reason
    assert seen(lab) == ["실패/면담.flac", "실패/면담.flac.사유.txt", "실패/면담.toml"]
    for name in ("면담.flac", "면담.toml"):  # moved back, it is tried anew
        (lab.home.inbox / "실패" / name).rename(lab.home.inbox / name)
    assert settled_scan(lab, clock) == {"taken": 1}


def test_one_bad_drop_does_not_hold_up_the_others(lab: Lab, submitted, clock) -> None:
    drop(lab, "가.flac").write_text("no sound")
    drop(lab, "나.flac", seed=2, session="P02-S1")
    assert settled_scan(lab, clock) == {"failed": 1, "taken": 1}
    assert submitted == ["lab-P02-S1"]


def test_two_scans_at_once_take_each_drop_once(lab: Lab, submitted, clock) -> None:
    for number in range(1, 4):
        drop(lab, f"{number}.flac", number, f"P0{number}-S1")
    scan(lab)
    clock(1)
    counts: list[dict[str, int]] = []
    threads = [threading.Thread(target=lambda: counts.append(scan(lab))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(count.get("taken", 0) for count in counts) == [0, 0, 0, 3]
    assert submitted == ["lab-P01-S1", "lab-P02-S1", "lab-P03-S1"]


def test_names_as_long_as_the_file_system_allows(lab: Lab, submitted, clock) -> None:
    long = "길" * 81 + "😀.flac"  # 252 bytes
    sheet = drop(lab, long).with_suffix(".toml")
    kept = sheet.read_text()
    sheet.unlink()
    assert settled_scan(lab, clock) == {}
    assert len([name for name in seen(lab) if name.endswith("기다림.txt")]) == 1
    sheet.write_text(kept)
    assert settled_scan(lab, clock) == {"taken": 1}
    assert [name for name in seen(lab) if name.endswith(".flac")] == [f"처리됨/{long}"]


def test_a_memory_that_cannot_be_read_is_begun_anew(lab: Lab, submitted, clock) -> None:
    drop(lab)
    (lab.home.inbox / naming.SEEN).write_text("{")
    assert settled_scan(lab, clock) == {"taken": 1}
    assert json.loads((lab.home.inbox / naming.SEEN).read_text())


# --- the files of one session ---------------------------------------------------------------------------------------


def session(lab: Lab, *names: str, sheet: str = "P01_S1.toml") -> list[Path]:
    recordings = [lab.recording(lab.home.inbox / name, seed) for seed, name in enumerate(names, start=1)]
    lab.sheet(lab.home.inbox / sheet, "P01-S1")
    return recordings


@pytest.mark.parametrize(
    "names",
    [
        ("P01_S1.flac", "P01_S1-2.flac"),
        ("P01_S1_001.flac", "P01_S1_002.flac", "P01_S1_003.flac"),
        ("P01_S1 (1).flac", "P01_S1 (2).flac"),
        ("P01_S1.part1.flac", "P01_S1.part2.flac"),
        ("P01_S1.flac", "P01_S1 (1).flac"),
        ("P01_S1 1부.flac", "P01_S1 2부.flac"),
    ],
    ids=lambda names: names[-1],
)
def test_the_files_of_a_session_are_taken_together_in_order(lab: Lab, submitted, clock, names) -> None:
    sounds = [path.read_bytes() for path in session(lab, *names)]
    assert settled_scan(lab, clock) == {"taken": 1}
    assert submitted == ["lab-P01-S1"]
    source = lab.walk("lab-P01-S1").vault.read(lab.walk("lab-P01-S1").interview, Source)
    assert source is not None
    assert [part.sha256 for part in source.parts] == [hashlib.sha256(sound).hexdigest() for sound in sounds]
    assert seen(lab) == sorted([*(f"처리됨/{name}" for name in names), *(f"처리됨/{name}.사유.txt" for name in names)])
    assert note(lab, f"처리됨/{names[1]}.사유.txt") == (
        f"보관소에 넣었습니다: lab-P01-S1 ({len(names)}개 가운데 2번째 파일)"
    )


def test_ten_comes_after_two(lab: Lab, submitted, clock) -> None:
    sounds = [path.read_bytes() for path in session(lab, *(f"P01_S1_{number}.flac" for number in range(1, 11)))]
    assert settled_scan(lab, clock) == {"taken": 1}
    walk = lab.walk("lab-P01-S1")
    source = walk.vault.read(walk.interview, Source)
    assert source is not None
    assert [part.sha256 for part in source.parts] == [hashlib.sha256(sound).hexdigest() for sound in sounds]


def test_all_files_of_a_session_settle_before_any_is_taken(lab: Lab, submitted, clock) -> None:
    _, second = session(lab, "P01_S1_1.flac", "P01_S1_2.flac")
    whole = second.read_bytes()
    for size in (1000, len(whole)):
        second.write_bytes(whole[:size])
        assert scan(lab) == {}
        clock(0.9)
    assert scan(lab) == {} and submitted == []
    clock(0.1)
    assert scan(lab) == {"taken": 1}


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("P01_S1_2.flac",), "P01_S1.toml의 녹음 1개 가운데 1번 파일이 없습니다."),
        (("P01_S1_1.flac", "P01_S1_3.flac"), "P01_S1.toml의 녹음 2개 가운데 2번 파일이 없습니다."),
        (
            ("P01_S1_1.flac", "P01_S1-1.flac"),
            "P01_S1.toml에 딸린 같은 순서의 파일이 여럿입니다: P01_S1-1.flac, P01_S1_1.flac.",
        ),
        (("P01_S1.flac", "P01_S1.wav"), "P01_S1.toml에 딸린 같은 순서의 파일이 여럿입니다: P01_S1.flac, P01_S1.wav."),
    ],
    ids=["the first is missing", "the second is missing", "one number twice", "two endings"],
)
def test_what_is_not_a_whole_session_waits_and_says_so(lab: Lab, submitted, clock, names, says: str) -> None:
    session(lab, *names)
    assert settled_scan(lab, clock) == {} and submitted == []
    (waits,) = [name for name in seen(lab) if name.endswith(".기다림.txt")]
    assert note(lab, waits).startswith(says)
    assert {*names, "P01_S1.toml"} <= set(seen(lab))


def test_the_missing_part_comes_and_all_are_taken(lab: Lab, submitted, clock) -> None:
    session(lab, "P01_S1_1.flac", "P01_S1_3.flac")
    settled_scan(lab, clock)
    lab.recording(lab.home.inbox / "P01_S1_2.flac", 7)
    assert settled_scan(lab, clock) == {"taken": 1}
    assert not [name for name in seen(lab) if name.endswith(".기다림.txt")]


def test_a_part_with_a_sheet_of_its_own_is_an_interview_of_its_own(lab: Lab, submitted, clock) -> None:
    drop(lab, "P01_S1.flac", 1, "P01-S1")
    drop(lab, "P01_S1-2.flac", 2, "P01-S2")
    drop(lab, "P01_S12.flac", 3, "P01-S12")
    assert settled_scan(lab, clock) == {"taken": 3}
    assert sorted(submitted) == ["lab-P01-S1", "lab-P01-S12", "lab-P01-S2"]


def test_a_part_that_comes_too_late_says_so_and_is_not_lost(lab: Lab, submitted, clock) -> None:
    session(lab, "P01_S1_001.flac")
    assert settled_scan(lab, clock) == {"taken": 1}
    late = lab.recording(lab.home.inbox / "P01_S1_002.flac", 2)
    assert settled_scan(lab, clock) == {}
    assert note(lab, "P01_S1_002.flac.기다림.txt").startswith("이 면담의 다른 파일은 이미 들어갔고")
    lab.sheet(lab.home.inbox / "P01_S1_002.toml", "P01-S1")
    assert settled_scan(lab, clock) == {"failed": 1}
    assert "실패/P01_S1_002.flac" in seen(lab) and not late.exists()
    reason = note(lab, "실패/P01_S1_002.flac.사유.txt")
    assert reason.startswith("lab-P01-S1에는 이미 다른 녹음이 있습니다.")
    assert "나중에 온 파일은 이어 붙이지 않습니다" in reason


def test_another_session_of_the_same_participant_is_not_late(lab: Lab, submitted, clock) -> None:
    session(lab, "P01_S1_001.flac")
    settled_scan(lab, clock)
    lab.recording(lab.home.inbox / "P01_S2_001.flac", 2)
    settled_scan(lab, clock)
    assert note(lab, "P01_S2_001.flac.기다림.txt").startswith("참여자 시트가 없습니다.")


def test_the_same_file_twice_in_a_session_is_put_aside(lab: Lab, submitted, clock) -> None:
    first, second = session(lab, "P01_S1.flac", "P01_S1 (1).flac")
    second.write_bytes(first.read_bytes())
    assert settled_scan(lab, clock) == {"failed": 1} and submitted == []
    assert note(lab, "실패/P01_S1.flac.사유.txt").startswith("같은 파일이 두 번 들어 있습니다")
    assert {"실패/P01_S1.flac", "실패/P01_S1 (1).flac", "실패/P01_S1.toml"} <= set(seen(lab))


def test_one_bad_part_puts_the_whole_session_aside(lab: Lab, submitted, clock) -> None:
    _, second = session(lab, "P01_S1_1.flac", "P01_S1_2.flac")
    second.write_text("no sound")
    assert settled_scan(lab, clock) == {"failed": 1} and submitted == []
    assert note(lab, "실패/P01_S1_1.flac.사유.txt").startswith("소리가 들어 있지 않은 파일입니다")
    assert "P01_S1_2.flac" in note(lab, "실패/P01_S1_1.flac.사유.txt")


@pytest.mark.parametrize(
    ("ending", "tool"), [("dvf", "Sony Sound Organizer"), ("ds2", "Olympus DSS Player"), ("zip", "Bandizip")]
)
def test_what_only_the_makers_program_opens_is_said_with_its_name(
    lab: Lab, submitted, clock, ending, tool: str
) -> None:
    drop(lab, f"P01_S1.{ending}").write_bytes(b"MS_VOICE" + bytes(range(256)) * 20)
    assert settled_scan(lab, clock) == {"failed": 1}
    assert tool in note(lab, f"실패/P01_S1.{ending}.사유.txt")
