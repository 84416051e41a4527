"""What the Prefect UI shows of a run: progress while it runs, a table of figures at its end. Ids, counts, seconds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact

from flows.scrub import open_walk
from flows.terminal import FLAGS, NOTES
from pipeline import inputs
from pipeline.interview import Recording, ReleasedAudio
from pipeline.rescan import Rescanned
from pipeline.review_sheet import in_korean
from pipeline.speech import Diarization, Transcription
from pipeline.steps import engines
from pipeline.transcript import Mentions, Pseudonymized, Publication, State, Transcript
from pipeline.walk import Report

SECONDS_BETWEEN = 1.0
"""At most one update a second: each is a request to the server."""


def key(kind: str, interview: str) -> str:
    """A key in Prefect's alphabet (lower-case letters, digits, dashes)."""
    return f"{kind}-{interview}".lower().replace("_", "-")


def start_progress(interview: str) -> UUID:
    """The walk's progress bar on the run's page; returns its id."""
    return _bar(key("progress", interview), f"진행 {interview}")


def update(progress: UUID, share: float) -> None:
    """Move a bar to `share`, 0 to 1."""
    update_progress_artifact(progress, round(100 * min(1.0, share), 1))


def reporter(interview: str) -> Report:
    """What a step calls while it works: a bar of its own on its task's page, made at its first word.

    Where the server does not answer, the bar stands still: no step fails for that.
    """
    bars: dict[str, UUID] = {}
    last = 0.0

    def report(step: str, share: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < SECONDS_BETWEEN and share < 1:
            return
        last = now
        with suppress(httpx.HTTPError):
            if step not in bars:
                bars[step] = _bar(key(f"progress-{step}", interview), f"진행 {step} {interview}")
            update(bars[step], share)

    return report


def _bar(name: str, description: str) -> UUID:
    made = create_progress_artifact(0.0, name, description=description)
    return made if isinstance(made, UUID) else UUID(str(made))


def listen_here(interview: str) -> None:
    """How many stretches of the listen-here list there are, by reason; where they are stays in the vault."""
    walk = open_walk(interview)
    transcript = walk.vault.read(walk.interview, Transcript)
    if transcript is None:
        return
    counts = Counter(reason for stretch in transcript.listen for reason in stretch.reasons)
    rows = [{"까닭": in_korean([reason]), "들어볼 곳": count} for reason, count in counts.most_common()]
    rows.append({"까닭": "모두", "들어볼 곳": len(transcript.listen)})
    create_table_artifact(rows, key("listen", interview), description=f"들어볼 곳 {interview}")


def table(kind: str, name: str, rows: Sequence[Mapping[str, object]], description: str) -> None:
    """Rows under ``kind-name``; nothing where there are none."""
    if rows:
        create_table_artifact([dict(row) for row in rows], key(kind, name), description=description)


def rescanned(interview: str, found: Rescanned) -> None:
    """What a walk of `interview` changed in the others of its study: counts, and the ids of those quarantined."""
    names = ("다시 살핌", "격리 중", "격리 못 알림", "실패")
    found_by_name = zip(names, (found.looked, found.quarantined, found.untold, found.failed), strict=True)
    rows = [{"한 일": name, "면담 수": len(ids), "면담": ", ".join(map(str, ids[:20]))} for name, ids in found_by_name]
    create_table_artifact(rows, key("rescan", interview), description=f"다시 살핌 {interview}")


def published(interview: str) -> None:
    """Which version of the interview each store has."""
    walk = open_walk(interview)
    publication = walk.vault.read(walk.interview, Publication)
    rows = [{"저장소": name, "판": version} for name, version in publication.stores] if publication else []
    table("published", interview, rows, f"공개 {interview}")


def summary(interview: str, did: dict[str, str]) -> None:
    """The table at the end of a run."""
    rows = [{"항목": name, "값": value} for name, value in figures(interview).items()]
    rows += [{"항목": f"단계 {name}", "값": answer} for name, answer in did.items()]
    create_table_artifact(rows, key("summary", interview), description=f"요약 {interview}")


def figures(interview: str) -> dict[str, str | int | float]:
    """Counts and durations of what is there so far, by their Korean labels."""
    walk = open_walk(interview)
    shown: dict[str, str | int | float] = {}
    if recording := walk.vault.read(walk.interview, Recording):
        shown["길이(초)"] = round(recording.seconds, 1)
        if notes := inputs.notes_of(walk):
            shown["참고"] = ", ".join(NOTES[note][0] for note in notes)
    if diarization := walk.vault.read(walk.interview, Diarization):
        shown["화자 수"] = len(diarization.speakers)
    if transcription := walk.vault.read(walk.interview, Transcription):
        shown["단어 수"] = len(transcription.words)
    if transcript := walk.vault.read(walk.interview, Transcript):
        shown["줄 수"] = len(transcript.segments)
        shown["단어 없는 말소리(초)"] = round(sum(gap.end - gap.start for gap in transcript.gaps), 1)
        shown["들어볼 곳"] = len(transcript.listen)
        shown["확인 필요"] = ", ".join(FLAGS.get(flag, (flag,))[0] for flag in inputs.flags_of(walk)) or "없음"
    if mentions := walk.vault.read(walk.interview, Mentions):
        shown["가린 표현"] = sum(mention.state is State.SURE for mention in mentions.mentions)
        shown["확인할 표현"] = sum(mention.state is State.DOUBTFUL for mention in mentions.mentions)
    if walk.vault.read(walk.interview, Pseudonymized):
        shown["시연 등급 가중치"] = "예" if any(engine.demo_grade for _, engine in engines(walk)) else "아니요"
    if copy := walk.vault.read(walk.interview, ReleasedAudio):
        shown["가린 소리(초)"] = round(copy.hidden_seconds, 1)
    if publication := walk.vault.read(walk.interview, Publication):
        shown |= {f"저장소 {store}의 판": version for store, version in publication.stores}
    return shown
