from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest
from files import FORMS, files
from hypothesis import given, settings
from nouns import any_of

from pipeline import exports
from pipeline.errors import SettingsInvalid
from pipeline.interview import EngineId, InterviewId, Role
from pipeline.places import ROOT
from pipeline.printing import clock
from pipeline.speech import Gap
from pipeline.stores.vault import from_json
from pipeline.transcript import Descent, Line, Provenance, Pseudonymized, Released, Reviewed

PROVENANCE = Provenance(
    (("transcribe", EngineId("replay", "1", (("a.json", "ef"),), True)),),
    "cd" * 32,
    61.5,
    "0123456789abcdef" * 4,
    "reviewer1",
    datetime(2026, 5, 4, 23, 59, tzinfo=UTC),
    True,
)
LINES = (
    Line("id-1", 1, 1, "S1", Role.INTERVIEWER, 0.2, 2.0, "안녕하세요, [이름1] 님.", 1),
    Line("id-2", 2, 3, "S2", Role.PARTICIPANT, 751.9, 760.0, "네 😀", 0),
    Line("id-3", 3, 1, "S3", Role.UNKNOWN, 7325.0, 7326.0, "…", 0),
)
RELEASED = Released(
    InterviewId("peers", "P01", "S1"),
    LINES,
    (Gap(20.0, 25.0, "no words"),),
    (Descent("id-1", "new"),),
    (("age", "30"),),
    PROVENANCE,
    date(2026, 5, 1),
)

TEXT = """\
# peers-P01-S1
# 원고 0123456789ab · 승인 reviewer1 2026-05-04
# 시연 등급: 작은 가중치로 받아 적은 원고

0001 [00:00:00] 연구자: 안녕하세요, [이름1] 님.
     (잘 안 들림 00:00:20)
0002 [00:12:31] 참여자: 네 😀
0003 [02:02:05] S3: …
"""


def test_plain_text_is_what_studies_read() -> None:
    assert exports.rendered(RELEASED, "txt").decode() == TEXT


def test_plain_text_says_demo_only_of_a_demo() -> None:
    graded = replace(RELEASED, provenance=replace(PROVENANCE, demo_grade=False))
    assert "시연" not in exports.rendered(graded, "txt").decode()


def test_plain_text_says_under_which_flags_it_was_approved() -> None:
    flagged = replace(RELEASED, provenance=replace(PROVENANCE, flags=("speakers", "unheard")))
    assert "# 확인 필요: speakers, unheard\n" in exports.rendered(flagged, "txt").decode()


def test_a_gap_that_is_a_line_is_not_printed_twice() -> None:
    unheard = Line("id-4", 2, 1, "S2", Role.PARTICIPANT, 20.0, 25.0, "(잘 안 들림 00:00:20)")
    lines = (LINES[0], unheard, *LINES[1:])
    text = exports.rendered(replace(RELEASED, lines=lines), "txt").decode()
    assert text.count("잘 안 들림") == 1 and "0002 [00:00:20] 참여자: (잘 안 들림 00:00:20)\n" in text
    mended = (LINES[0], replace(unheard, text="병원에 갔어요"), *LINES[1:])
    assert "잘 안 들림" not in exports.rendered(replace(RELEASED, lines=mended), "txt").decode()


@pytest.mark.parametrize(
    ("questions", "headed"),
    [((0, 0, 0), []), ((1, 1, 1), [(0, 1)]), ((0, 1, 2), [(1, 1), (2, 2)]), ((1, 0, 1), [(0, 1)]),
     ((2, 1, 2), [(0, 2), (1, 1), (2, 2)])],
)  # fmt: skip
def test_a_heading_stands_where_the_talk_comes_to_another_question(
    questions: tuple[int, ...], headed: list[tuple[int, int]]
) -> None:
    lines = tuple(replace(line, question=number) for line, number in zip(LINES, questions, strict=True))
    body = exports.rendered(replace(RELEASED, lines=lines, gaps=()), "txt").decode().split("\n\n")[1].splitlines()
    expected: list[str] = []
    for place, line in enumerate(LINES):
        expected += [f"## 질문 {number}" for at, number in headed if at == place]
        expected.append(f"{line.line:04d}")
    assert [row if row.startswith("#") else row[:4] for row in body] == expected


def test_nothing_said_is_a_head_alone() -> None:
    assert exports.rendered(replace(RELEASED, lines=(), gaps=()), "txt").decode().count("\n") == 4


@pytest.mark.parametrize(("seconds", "shown"), [(0, "00:00:00"), (3599.99, "00:59:59"), (36000, "10:00:00")])
def test_the_clock_has_two_digits_for_hours(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@settings(max_examples=30)
@given(any_of(Released))
def test_json_holds_every_field_and_reads_back_as_the_same_release(released: Released) -> None:
    data = exports.rendered(released, "json")
    assert set(json.loads(data)) == {field.name for field in fields(Released)}
    assert from_json(Released, data) == released


def test_json_keeps_hangul_as_it_is() -> None:
    assert "안녕하세요" in exports.rendered(RELEASED, "json").decode()


@pytest.mark.parametrize("form", FORMS)
def test_the_same_release_is_always_the_same_bytes(form: str) -> None:
    assert files(RELEASED, form) == files(RELEASED, form)


HASHED = """
import hashlib
from exports.hostile import study
from files import FORMS, files
made = {(form, name): data for form in FORMS for name, data in files(study("anna"), form).items()}
print({key: hashlib.sha256(data).hexdigest() for key, data in made.items()})
"""


@pytest.mark.slow
def test_another_process_at_another_place_writes_the_same_bytes() -> None:
    """Python's sets have another order there, and the clock another time zone."""
    path, told = f"{ROOT}{os.pathsep}{ROOT / 'tests'}", set()
    for seed, zone in (("1", "UTC"), ("2", "Asia/Seoul")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": path}
        program = [sys.executable, "-c", HASHED]
        told.add(subprocess.run(program, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(told) == 1 and "qda" in told.pop()


@pytest.mark.parametrize("form", sorted({*FORMS} - {"docx", "xlsx", "csv", "hwpx", "qdpx", "qda"}))
def test_text_has_line_ends_of_one_character(form: str) -> None:
    assert exports.rendered(RELEASED, form).endswith(b"\n") and b"\r" not in exports.rendered(RELEASED, form)


@pytest.mark.parametrize("form", ["", "TXT", "doc", "../txt"])
def test_an_unknown_format_is_refused_with_the_known_ones(form: str) -> None:
    with pytest.raises(SettingsInvalid, match="txt, json"):
        exports.rendered(RELEASED, form)


@pytest.mark.parametrize("form", exports.FORMATS)
@pytest.mark.parametrize(
    "draft",
    [Pseudonymized(RELEASED.interview, LINES, (), (), 0, 0), Reviewed(()), None, {"lines": []}],
    ids=["draft", "reviewed", "none", "dict"],
)
def test_nothing_but_a_release_is_exported(draft: object, form: str) -> None:
    with pytest.raises(TypeError, match="only a Released"):
        exports.rendered(draft, form)  # type: ignore[arg-type]
