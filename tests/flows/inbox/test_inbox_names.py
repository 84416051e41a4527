from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from dropping import CONSENT, DEFAULTS, drop, note, page, said, scan, seen, settled_scan, sound
from lab import Lab

from flows.inbox import naming
from flows.inbox.sessions import ordered
from pipeline.interview import Source


def another_study(lab: Lab, name: str) -> None:
    said(lab.home.studies / f"{name}.toml", f'id = "{name}"\n')


@pytest.mark.parametrize(
    ("stem", "codes"),
    [
        ("P03_S2", {"participant": "P03", "session": "S2"}),
        ("P03_S2_2026-03-12", {"participant": "P03", "session": "S2"}),
        ("P03-S2 (1)", {"participant": "P03", "session": "S2"}),
        ("p03 s2", {"participant": "p03", "session": "s2"}),
        ("lab_P03_S2", {"study": "lab", "participant": "P03", "session": "S2"}),
        ("other_P03_S2", {}),
        ("P03_S2b", {}),
        ("MP3_S2", {}),
        ("P03S2", {}),
        ("면담 P03_S2", {}),
        ("S2_P03", {}),
        ("P_S", {}),
    ],
)
def test_what_a_name_says(stem: str, codes: dict[str, str]) -> None:
    assert naming.codes_in_name(stem, ["lab"]) == codes


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        ("lab/P03/S2", {"study": "lab", "participant": "P03", "session": "S2"}),
        ("lab/P03/S2/전화", {"study": "lab", "participant": "P03", "session": "S2"}),
        ("lab/P03", {"study": "lab", "participant": "P03"}),
        ("2026/lab/A_7/one", {"study": "lab", "participant": "A_7", "session": "one"}),
        ("lab/김 선생님/S2", {"study": "lab"}),
        ("P03/S2", {"participant": "P03", "session": "S2"}),
        ("other/P03/S2", {"participant": "P03", "session": "S2"}),
        ("other/abc", {}),
        ("", {}),
    ],
)
def test_what_the_folders_say(path: str, codes: dict[str, str]) -> None:
    assert naming.codes_in_path(list(filter(None, path.split("/"))), ["lab"]) == codes


@pytest.mark.parametrize(
    ("names", "order", "says"),
    [
        (["P03_S2.wav"], ["P03_S2.wav"], ""),
        (["녹음.wav"], ["녹음.wav"], ""),
        (["P03_S2_20260312.wav"], ["P03_S2_20260312.wav"], ""),
        (["P03_S2_2.wav"], ["P03_S2_2.wav"], "1번 파일이 없습니다"),
        (["P03_S2.wav", "P03_S2_2.wav"], ["P03_S2.wav", "P03_S2_2.wav"], ""),
        (["a_10.wav", *(f"a_{n}.wav" for n in range(1, 10))], [f"a_{n}.wav" for n in range(1, 11)], ""),
        (["R_001.wav", "R_003.wav"], ["R_001.wav", "R_003.wav"], "2번 파일이 없습니다"),
        (["x 1부.wav", "x 2부.wav"], ["x 1부.wav", "x 2부.wav"], ""),
        (["VOICE0007.wav", "VOICE0008.wav"], ["VOICE0007.wav", "VOICE0008.wav"], ""),
        (["전반.wav", "후반.wav"], ["전반.wav", "후반.wav"], "순서를 알 수 없습니다"),
        (["a_1.wav", "a_1.m4a"], ["a_1.m4a", "a_1.wav"], "같은 순서의 파일이 여럿입니다"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_the_order_of_files_without_a_sheet(names: list[str], order: list[str], says: str) -> None:
    found, why = ordered(names)
    assert found == order
    assert says in why if says else why == ""


# --- folders --------------------------------------------------------------------------------------------------------


def test_folders_and_their_sheet_say_it_all(lab: Lab, submitted, clock) -> None:
    sound(lab.home.inbox / "lab" / "P03" / "S2" / "녹음.wav", 1)
    said(lab.home.inbox / "lab" / "폴더.toml", CONSENT + '[[people]]\nname = "김민수"\n')
    assert settled_scan(lab, clock) == {"taken": 1} and submitted == ["lab-P03-S2"]
    assert seen(lab) == ["lab/P03/S2/처리됨/녹음.wav", "lab/P03/S2/처리됨/녹음.wav.사유.txt", "lab/폴더.toml"]
    walk = lab.walk("lab-P03-S2")
    source = walk.vault.read(walk.interview, Source)
    assert source and [person.name for person in source.sheet.people] == ["김민수"]


def test_the_nearer_sheet_wins_and_the_own_one_most(lab: Lab, submitted, clock) -> None:
    inner = lab.home.inbox / "봄"
    said(lab.home.inbox / "defaults.yaml", "study: lab\nspeakers: 3\nconsent: {recording: true, processing: true}\n")
    said(inner / "폴더.toml", '[attributes]\nage = "30"\n[[people]]\nname = "이수진"\n')
    sound(inner / "P01_S1.wav", 1)
    said(
        inner / "P01_S1.yml", "participant: P09\nspeakers: 4\npeople:\n- name: 김민수\n- name: 이수진\n  role: family\n"
    )
    assert settled_scan(lab, clock) == {"taken": 1} and submitted == ["lab-P09-S1"]
    walk = lab.walk("lab-P09-S1")
    source = walk.vault.read(walk.interview, Source)
    assert source and source.sheet.speakers == 4 and source.sheet.attributes == (("age", "30"),)
    assert [(person.name, person.role) for person in source.sheet.people] == [("김민수", "other"), ("이수진", "family")]
    assert "봄/P01_S1.yml" not in seen(lab) and "봄/폴더.toml" in seen(lab)


def test_what_is_missing_is_said_and_a_sheet_that_comes_later_goes_on(lab: Lab, submitted, clock) -> None:
    sound(lab.home.inbox / "lab" / "P03" / "어제.wav", 1)
    assert settled_scan(lab, clock) == {}
    waits = note(lab, "lab/P03/어제.wav.기다림.txt")
    assert "아직 모르는 것: session(회기), consent(동의)." in waits and "study" not in waits
    assert waits in page(lab)
    said(lab.home.inbox / "lab" / "P03" / "어제.toml", 'session = "S4"\n')
    assert settled_scan(lab, clock) == {}
    assert note(lab, "lab/P03/어제.wav.기다림.txt").startswith("시트에 없는 것: consent(동의).")
    said(lab.home.inbox / "폴더.toml", CONSENT)
    assert settled_scan(lab, clock) == {"taken": 1} and submitted == ["lab-P03-S4"]
    assert not [name for name in seen(lab) if name.endswith("기다림.txt")]


def test_names_that_contradict_their_folder_wait(lab: Lab, submitted, clock) -> None:
    said(lab.home.inbox / "폴더.toml", CONSENT)
    sound(lab.home.inbox / "lab" / "P03" / "P04_S1.wav", 1)
    assert settled_scan(lab, clock) == {} and submitted == []
    waits = note(lab, "lab/P03/P04_S1.wav.기다림.txt")
    assert waits.startswith("participant(참여자 코드)이(가) 서로 다릅니다: 폴더 P03, 파일 이름 P04.")
    said(lab.home.inbox / "lab" / "P03" / "P04_S1.toml", 'participant = "P04"\n')
    assert settled_scan(lab, clock) == {"taken": 1} and submitted == ["lab-P04-S1"]


def test_two_studies_with_the_same_participant_do_not_mix(lab: Lab, submitted, clock) -> None:
    another_study(lab, "other")
    said(lab.home.inbox / "폴더.toml", CONSENT)
    for number, study in enumerate(("lab", "other")):
        sound(lab.home.inbox / study / "P01" / "S1" / "녹음.wav", number)
    assert settled_scan(lab, clock) == {"taken": 2}
    assert sorted(submitted) == ["lab-P01-S1", "other-P01-S1"]
    sound(lab.home.inbox / "other" / "P02" / "S1" / "녹음.wav", 0)  # lab's P01 in another study: no duplicate
    assert settled_scan(lab, clock) == {"taken": 1}


def test_parts_in_a_session_folder_are_one_session(lab: Lab, submitted, clock) -> None:
    folder = lab.home.inbox / "lab" / "P03" / "S2"
    said(lab.home.inbox / "폴더.toml", CONSENT)
    parts = [sound(folder / f"VOICE_{number:03d}.wav", number) for number in (1, 2)]
    whole = parts[1].read_bytes()
    parts[1].write_bytes(whole[:1000])
    assert scan(lab) == {}
    clock(0.9)
    parts[1].write_bytes(whole)
    assert scan(lab) == {}
    clock(0.9)
    assert scan(lab) == {}  # the first has settled: it waits for the second
    clock(0.1)
    assert scan(lab) == {"taken": 1} and submitted == ["lab-P03-S2"]
    source = lab.walk("lab-P03-S2").vault.read(lab.walk("lab-P03-S2").interview, Source)
    assert source and len(source.parts) == 2
    sound(folder / "VOICE_003.wav", 3)
    assert settled_scan(lab, clock) == {"failed": 1}
    assert "나중에 온 파일은 이어 붙이지 않습니다" in note(lab, "lab/P03/S2/실패/VOICE_003.wav.사유.txt")


def test_a_folder_sheet_that_is_wrong_holds_all_below_it(lab: Lab, submitted, clock) -> None:
    sheet = said(lab.home.inbox / "폴더.toml", DEFAULTS + "typo = 1\n".replace("typo", "[typo]\nx"))
    drop(lab, "P01_S1.flac")
    sound(lab.home.inbox / "안" / "P02_S1.wav", 2)
    assert settled_scan(lab, clock) == {} and submitted == []
    assert "참여자 시트에 오류가 있습니다" in note(lab, "안/P02_S1.wav.기다림.txt")
    sheet.write_text(DEFAULTS, "utf-8")
    said(lab.home.inbox / "defaults.yml", "study: lab\n")
    assert settled_scan(lab, clock) == {}
    assert "폴더 시트가 여럿입니다" in note(lab, "안/P02_S1.wav.기다림.txt")
    (lab.home.inbox / "defaults.yml").unlink()
    assert scan(lab) == {"taken": 2}


def test_folders_of_a_mac(lab: Lab, submitted, clock) -> None:
    folder = lab.home.inbox / unicodedata.normalize("NFD", "봄 학기") / "lab"
    said(lab.home.inbox / unicodedata.normalize("NFD", "폴더.toml"), CONSENT)
    sound(folder / "P01" / unicodedata.normalize("NFD", "P01_S1_첫째.wav"), 1)
    assert settled_scan(lab, clock) == {"taken": 1} and submitted == ["lab-P01-S1"]
    assert "봄 학기/lab/P01/처리됨/P01_S1_첫째.wav" in seen(lab)


Spoil = Callable[[str], str]


@pytest.mark.parametrize(
    "consent",
    ["recording = false\nprocessing = true", "recording = true\nprocessing = false",
     "recording = true\nprocessing = true\nuntil = 2020-01-01"],
)  # fmt: skip
def test_without_consent_a_drop_is_held_and_a_mended_sheet_goes_on(lab: Lab, submitted, clock, consent: str) -> None:
    recording = drop(lab)
    sheet = recording.with_suffix(".toml")
    good = sheet.read_text("utf-8")
    sheet.write_text(f'study = "lab"\nparticipant = "P01"\nsession = "S1"\n[consent]\n{consent}\n', "utf-8")
    assert settled_scan(lab, clock) == {} and submitted == [] and not lab.home.vault.exists()
    assert note(lab, "면담.flac.기다림.txt").startswith("lab-P01-S1: 녹음과 처리에 대한 동의가 없거나 끝났습니다.")
    assert "동의가 없거나" in page(lab) and seen(lab) == ["면담.flac", "면담.flac.기다림.txt", "면담.toml"]
    sheet.write_text(good, "utf-8")
    assert settled_scan(lab, clock) == {"taken": 1}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda good: "study = 1", "시트에 없는 것: participant(참여자 코드), session(회기), consent(동의)."),
        (lambda good: "만수 = [", "참여자 시트에 오류가 있습니다"),
        (lambda good: good.replace('"lab"', '"nowhere"'), "연구 파일에 오류가 있습니다"),
        (lambda good: good.replace('"P01"', '"김민수"'), "참여자 시트에 오류가 있습니다"),
    ],
    ids=["lacking", "no TOML", "no such study", "a name for a code"],
)
def test_a_sheet_that_will_not_do_holds_the_drop(lab: Lab, submitted, clock, spoil: Spoil, says: str) -> None:
    sheet = drop(lab).with_suffix(".toml")
    good = sheet.read_text("utf-8")
    sheet.write_text(spoil(good), "utf-8")
    assert settled_scan(lab, clock) == {} and submitted == []
    assert note(lab, "면담.flac.기다림.txt").startswith(says)
    sheet.write_text(good, "utf-8")
    assert settled_scan(lab, clock) == {"taken": 1}
