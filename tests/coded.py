"""A home with a study that is released and coded by two: 3 participants, 4 interviews, in the own store."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from pipeline.codes import Code, Codebook, Coding, Gathered
from pipeline.interview import EngineId, InterviewId, Role
from pipeline.places import Home
from pipeline.stores.database import publish, sqlite_in
from pipeline.stores.database.books import put_codebook
from pipeline.stores.database.gathering import Taken, take
from pipeline.transcript import Descent, Line, Provenance, Released

CANARY = "아주은밀한말"
"""Said and coded; it must not be where only figures may be."""
BOOK = Codebook(
    "peers",
    1,
    (
        Code("c1", None, "낙인과 회복"),
        Code("t1", "c1", "낙인", "", "남이 보는 눈"),
        Code("t2", "c1", "회복"),
        Code("k1", "t1", "숨김"),
        Code("k2", "t1", "차별"),
        Code("k3", "t2", "일"),
    ),
)
INTERVIEWS = tuple(InterviewId("peers", who, session) for who, session in
                   (("P01", "S1"), ("P02", "S1"), ("P03", "S1"), ("P01", "S2")))  # fmt: skip
SAID = (
    ("요즘 어떠세요?", Role.INTERVIEWER),
    (f"처음에는 병이 있다는 걸 숨겼어요, {CANARY}.", Role.PARTICIPANT),
    ("사람들이 저를 다르게 봤어요.", Role.PARTICIPANT),
    ("지금은 일을 시작해서 괜찮아요.", Role.PARTICIPANT),
    ("네, 그렇군요.", Role.INTERVIEWER),
    ("월급을 받으니 좋더라고요.", Role.PARTICIPANT),
)
PROVENANCE = Provenance(
    (("transcribe", EngineId("replay", "1")),), "cd" * 32, 60.0, "ef" * 32, "reviewer1",
    datetime(2026, 5, 4, tzinfo=UTC), False,
)  # fmt: skip


def released(interview: InterviewId, texts: tuple[tuple[str, Role], ...] = SAID) -> Released:
    """A release; segment ids are of the interview alone."""
    lines = tuple(
        Line(f"{interview}-{at}", at, 1, role.value, role, 5.0 * at, 5.0 * at + 4, text)
        for at, (text, role) in enumerate(texts, start=1)
    )
    held = date(2026, 5, 1 + INTERVIEWS.index(interview))
    return Released(interview, lines, (), tuple(Descent(line.id, "new") for line in lines), (), PROVENANCE, held)


def coding(coder: str, code: str, interview: InterviewId, line: int, quote: str) -> Coding:
    start = SAID[line - 1][0].index(quote)
    return Coding(coder, code, f"{interview}-{line}", 1, start, start + len(quote), quote)


def codings() -> Gathered:
    """Two coders who agree but for one line an interview; the second has not coded the last interview."""
    found = []
    for coder in ("김코더", "이코더"):
        for interview in INTERVIEWS[: 4 if coder == "김코더" else 3]:
            found += [
                coding(coder, "k1", interview, 2, f"숨겼어요, {CANARY}"),
                coding(coder, "k3", interview, 4, "일을 시작해서"),
                coding(coder, "k3", interview, 6, "월급을 받으니"),
            ]
        found.append(coding(coder, "k2" if coder == "김코더" else "k1", INTERVIEWS[0], 3, "다르게 봤어요"))
    return Gathered(tuple(found))


def home_with_study(folder: Path) -> Home:
    """The home alone, with its study file."""
    home = Home(folder / "home")
    home.studies.mkdir(parents=True)
    (home.studies / "peers.toml").write_text('id = "peers"\nquestions = ["요즘 어떠세요?"]\n', "utf-8")
    return home


def coded_study(folder: Path) -> Home:
    """The home, its study released and coded."""
    home = home_with_study(folder)
    url = sqlite_in(home.store)
    for interview in INTERVIEWS:
        publish(released(interview), "1" * 64, url, questions=("요즘 어떠세요?",))
    put_codebook(url, BOOK)
    assert take(url, "peers", codings(), "qualcoder") == Taken(new=len(codings().codings))
    return home
