"""Systems × cases → rows.

Every system hears every case in a process of its own, one after another, so that time and memory are comparable. A
failure is a row of the table, and no end of the run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.bench.cases import Case, cases
from pipeline.bench.watching import watched
from pipeline.errors import EngineUnknown
from pipeline.evaluation import rttm
from pipeline.evaluation.cer import cer, cp_cer
from pipeline.evaluation.der import der
from pipeline.evaluation.speakers import heads
from pipeline.evaluation.utterances import Utterance
from pipeline.settings import Settings

SYSTEMS = ("chaerok", "plain", "plain-unconditioned")
"""Chaerok; the plain composition; the same without faster-whisper's conditioning on previous text."""

DEFAULT = SYSTEMS[:2]

Row = dict[str, Any]
"""One system on one case: counts as in `pipeline.evaluation`, costs as in `watching.Ended`; or ``failed``."""


def run(
    folder: Path,
    settings: Settings,
    systems: Sequence[str] = DEFAULT,
    keep: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> list[Row]:
    """A row for each case of `folder` and each system, which is told how many speak.

    What was heard goes to the folder `keep` as ``CASE.SYSTEM.json`` and ``.rttm``; it holds names. `say` is told of
    each row as it comes. Raises EngineUnknown, TruthInvalid, NotAudio.
    """
    for system in systems:
        if system not in SYSTEMS:
            raise EngineUnknown(stage="bench", name=system, known=", ".join(SYSTEMS))
    rows: list[Row] = []
    for case in cases(folder):
        for system in systems:
            rows.append(measured(case, system, settings, keep))
            say(_line(rows[-1]))
    return rows


def measured(case: Case, system: str, settings: Settings, keep: Path | None) -> Row:
    """One row."""
    question = {
        "system": system,
        "audio": str(case.audio.resolve()),
        "speakers": case.speakers,
        "settings": settings.model_dump(mode="json"),
    }
    ended = watched([sys.executable, "-m", "pipeline.bench"], json.dumps(question))
    row: Row = {"case": case.name, "system": system, "audio_seconds": case.seconds}
    heard = json.loads(ended.answer) if ended.answer else {"error": f"exit code {ended.code}"}
    if "error" in heard:
        return {**row, "failed": heard["error"]}
    if keep:
        _kept(heard, keep / f"{case.name}.{system}")
    costs = {name: getattr(ended, name) for name in ("seconds", "cpu_seconds", "peak_mib")}
    return {**row, **costs, **scored(case, heard)}


def scored(case: Case, heard: dict[str, Any]) -> Row:
    """What `heard` (`pipeline.bench.__main__`) gets right, in counts."""
    said = [Utterance(*(one[field] for field in Utterance._fields)) for one in heard["utterances"]]
    gaps = heard["gaps"]
    return {
        "der": asdict(der(case.turns, rttm.read(heard["rttm"]))),
        "cer": asdict(cer(case.truth, said)) if case.texts else None,
        "cp_cer": asdict(cp_cer(case.truth, said)) if case.texts else None,
        "speakers": asdict(heads((one.speaker for one in case.truth), (one.speaker for one in said))),
        "gaps": None if gaps is None else len(gaps),
        "gap_seconds": None if gaps is None else sum(gap["end"] - gap["start"] for gap in gaps),
    }


def _kept(heard: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for ending, text in ((".json", json.dumps(heard, ensure_ascii=False)), (".rttm", heard["rttm"])):
        path.with_name(path.name + ending).write_text(text, "utf-8")


def _line(row: Row) -> str:
    told = row.get("failed") or f"{row['seconds']:.0f} s, {row['cpu_seconds']:.0f} CPU-s, {row['peak_mib']:.0f} MiB"
    return f"{row['case']} {row['system']}: {told}"
