"""Releases that every format must carry whole: what people say, and what programs stumble over."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime

from pipeline.codes import Code, Codebook, Coding
from pipeline.interview import EngineId, InterviewId, Role
from pipeline.package import Package
from pipeline.speech import Gap
from pipeline.transcript import Descent, Line, Provenance, Released

PROVENANCE = Provenance(
    (("transcribe", EngineId("replay", "1", (("a.json", "ef"),))),),
    "cd" * 32,
    7400.25,
    "0123456789abcdef" * 4,
    "reviewer1",
    datetime(2026, 5, 4, 23, 59, 58, 123456, tzinfo=UTC),
    False,
)
PLAIN = "안녕하세요, [이름1] 님."
TEXTS = (
    PLAIN,
    "네 😀 그래요 👩‍👩‍👧 좋아요",
    unicodedata.normalize("NFD", "한글 자모로 된 말"),
    "\"따옴표\" '작은' & <b>표</b> &amp; ]]> --> %s {x} \\n",
    "=1+1",
    "+82 하고",
    "-네",
    "@여기",
    "＝전각",
    "종\x07소리\x00와\x1b \ufffe 줄\n바꿈\t탭\u2028끝",
    "아주 긴 말 " * 9000,
    "",
    " 빈칸으로 시작하고 끝남 ",
    "NOTE 이것은 말이다",
    "STYLE",
)


def line(number: int, text: str, start: float, end: float, speaker: str = "S2", role: Role = Role.PARTICIPANT) -> Line:
    return Line(f"id-{number}", number, 1, speaker, role, start, end, text, 0)


LINES = (
    *(
        line(
            number,
            text,
            round(number * 3.1, 3),
            round(number * 3.1 + (0 if number == 4 else 4.5), 3),  # each runs into the next one; one has no length
            *(("S1", Role.INTERVIEWER) if number % 3 == 1 else ("S2", Role.PARTICIPANT)),
        )
        for number, text in enumerate(TEXTS, start=1)
    ),
    line(16, "같은 사람이 겹쳐", 47.0, 60.0),  # one speaker over herself
    line(17, "먼저 끝나는 말", 48.0, 50.0),
    line(18, "…", 7325.0, 7326.0, "S3", Role.UNKNOWN),
)
RELEASED = Released(
    InterviewId("peers", "P01", "S1"),
    LINES,
    (Gap(200.0, 205.0, "no words"),),
    (Descent("id-1", "new"),),
    (("나이대", "30대"), ("진단 <&>", "=조현병")),
    PROVENANCE,
    date(2026, 5, 1),
)
EMPTY = replace(RELEASED, interview=InterviewId("peers", "P02", "S1"), lines=(), gaps=(), lineage=(), attributes=())
SHORT = replace(
    RELEASED,
    interview=InterviewId("peers", "P01", "S2"),
    lines=tuple(
        replace(one, id=f"other-{one.line}")
        for one in (line(1, PLAIN, 0.2, 2.0, "S1", Role.INTERVIEWER), line(2, "네 😀 좋아요", 751.9, 760.0))
    ),
    gaps=(),
)
STUDY = (RELEASED, SHORT, EMPTY)

CODEBOOK = Codebook(
    "peers",
    3,
    (
        Code("c1", None, "낙인", "#FF0000", "남이 보는 눈 <&>"),
        Code("c2", "c1", "가족의 낙인", "", ""),
        Code("c3", None, "회복 😀"),
        Code("c4", "c3", "침묵"),
        Code("c5", "c1", "침묵"),
        Code("c6", "c2", "=말하지 않음"),
    ),
)


def coding(coder: str, code: str, of: Line, start: int, end: int) -> Coding:
    text = unicodedata.normalize("NFC", of.text)
    return Coding(coder, code, of.id, of.version, start, end, text[start:end])


CODINGS = (
    coding("anna", "c2", LINES[0], 0, 5),
    coding("anna", "c4", LINES[1], 2, 7),  # over an emoji
    coding("anna", "c5", LINES[1], 4, 10),  # behind one
    coding("anna", "c1", LINES[2], 0, 2),  # of what was NFD
    coding("anna", "c6", LINES[10], 59_000, 59_900),
)


def study(coder: str = "", **more: object) -> Package:
    """The three releases with the code tree; coder anna has coded."""
    mine = tuple(one for one in CODINGS if one.coder == coder)
    return Package(STUDY, CODEBOOK, coder, mine, **more)  # type: ignore[arg-type]
