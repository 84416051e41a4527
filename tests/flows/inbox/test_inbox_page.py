from __future__ import annotations

import html
import re

from dropping import drop, page, scan, settled_scan, sound
from lab import Lab

from flows.inbox import naming
from flows.inbox import page as pages
from pipeline import steps
from pipeline.transcript import Publication, Released


def rows(lab: Lab) -> dict[str, tuple[str, str, str]]:
    """File → stage, progress, what to do; as a browser shows them."""
    found = re.findall(r"<tr(?: class=ask)?><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>", page(lab))
    return {html.unescape(name): (stage, percent, html.unescape(todo)) for name, stage, percent, todo in found}


def test_an_empty_inbox_has_a_page(lab: Lab, submitted) -> None:
    assert scan(lab) == {} and "넣은 파일이 없습니다" in page(lab)


def test_every_file_has_a_line_and_who_must_act_comes_first(lab: Lab, submitted, clock) -> None:
    drop(lab, "가.flac", 1, "P01-S1")
    drop(lab, "나.flac", 2, "P02-S1").write_bytes(b"")
    settled_scan(lab, clock)
    drop(lab, "다.flac", 1, "P03-S1")
    sound(lab.home.inbox / "라.wav", 4)
    settled_scan(lab, clock)
    sound(lab.home.inbox / "마.wav", 5)
    scan(lab)
    shown = rows(lab)
    assert {name: row[:2] for name, row in shown.items()} == {
        "라.wav": ("기다림", ""),
        "나.flac": ("실패/", ""),
        "마.wav": ("복사가 끝나기를 기다림", ""),
        "다.flac": ("중복/", ""),
        "가.flac": ("누가 말하는지 듣는 중", "10%"),
    }
    assert list(shown)[:2] == ["라.wav", "나.flac"]
    assert shown["나.flac"][2].startswith("빈 파일입니다: 나.flac.") and "처리중" not in page(lab)


def test_the_stage_moves_with_the_stamps(lab: Lab, submitted, clock) -> None:
    drop(lab)
    settled_scan(lab, clock)
    walk = lab.walk("lab-P01-S1")
    for name, stage, percent in (
        ("diarize", "받아 적는 중", "20%"),
        ("transcribe", "말과 사람을 맞추는 중", "30%"),
        ("merge", "줄을 나누는 중", "40%"),
        ("segment", "고친 것을 넣는 중", "50%"),
        ("review", "이름을 찾는 중", "60%"),
        ("detect", "가명을 붙이는 중", "70%"),
        ("pseudonymize", "사람의 검토와 승인을 기다림", "80%"),
    ):
        assert steps.run(steps.step(name), walk)
        scan(lab)
        assert rows(lab)["면담.flac"][:2] == (stage, percent), name
    walk.vault.write_failure(walk.interview, "release", "Traceback: 김민수")
    scan(lab)
    assert "멈췄습니다: 관리자에게" in rows(lab)["면담.flac"][2] and "김민수" not in page(lab)


def test_every_step_on_the_way_to_the_coders_has_words(lab: Lab) -> None:
    assert [row.name for row in pages.WALKED] == [row.name for row in steps.STEPS if row.name != "mask"]
    assert {row.makes for row in pages.WALKED} >= {Released, Publication}


def test_nothing_but_names_of_files_and_ids_stands_there(lab: Lab, submitted, clock) -> None:
    drop(lab, "면담 <script>alert(1)</script>.flac")
    settled_scan(lab, clock)
    assert "김민수" not in page(lab) and "박지영" not in page(lab) and "<script>" not in page(lab)
    assert (lab.home.inbox / naming.PAGE).stat().st_mode & 0o077 == 0


def test_it_is_written_only_when_it_changes(lab: Lab, submitted, clock) -> None:
    drop(lab)
    settled_scan(lab, clock)
    scan(lab)
    before = (lab.home.inbox / naming.PAGE).stat()
    scan(lab)
    after = (lab.home.inbox / naming.PAGE).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_short_session_is_remarked_on_and_taken(lab: Lab, submitted, clock) -> None:
    settings = lab.home.root / "settings.toml"
    settings.write_text(settings.read_text("utf-8").replace("least_minutes = 0", "least_minutes = 60"), "utf-8")
    drop(lab)
    assert settled_scan(lab, clock) == {"taken": 1}
    remark = "길이 0분: 예정(60–90분)보다 짧습니다"
    assert rows(lab)["면담.flac"][2] == f"lab-P01-S1 (처리됨/). {remark}"
    assert remark in (lab.home.inbox / "처리됨" / "면담.flac.사유.txt").read_text("utf-8")
