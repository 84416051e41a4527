"""Systems × cases → rows.

Every system hears every case in a process of its own, one after another, so that time and memory are comparable. A
failure is a row of the table, and no end of the run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from pipeline.bench.cases import Case, cases
from pipeline.bench.lengths import sessions
from pipeline.bench.systems import chosen
from pipeline.bench.watching import Ended, watched
from pipeline.evaluation import rttm
from pipeline.evaluation.cer import cer, cp_cer
from pipeline.evaluation.der import der
from pipeline.evaluation.speakers import heads
from pipeline.evaluation.utterances import Utterance
from pipeline.settings import Settings

Row = dict[str, Any]
"""One system on one case: counts as in `pipeline.evaluation`, costs as in `watching.Ended`; or ``failed``."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure. `told`: systems are told how many speak. `repeat`: times that each hears each case."""

    systems: tuple[str, ...] = ()
    told: bool = True
    repeat: int = 1
    minutes: tuple[float, ...] = ()
    """Lengths of sessions to string the cases together to (`lengths`); none: the cases as they are."""
    keep: Path | None = None
    """Folder for what was heard, ``CASE.SYSTEM.json`` and ``.rttm``; it holds names."""


def run(folder: Path, settings: Settings, plan: Plan, say: Callable[[str], None] = lambda line: None) -> list[Row]:
    """A row for each case of `folder` and each system; `say` is told of each hearing as it comes.

    Raises EngineUnknown, TruthInvalid, NotAudio.
    """
    systems = chosen(plan.systems)
    rows: list[Row] = []
    with sessions(cases(folder), plan.minutes) as found:
        for case in found:
            hearings: dict[str, list[Row]] = {system: [] for system in systems}
            for _ in range(plan.repeat):  # systems in turn, so that a busy hour of the machine is everybody's
                for system in systems:
                    hearings[system].append(heard(case, system, settings, plan.told))
                    say(_line(case, system, hearings[system][-1]))
            rows += [row(case, system, plan, times) for system, times in hearings.items()]
    return rows


def heard(case: Case, system: str, settings: Settings, told: bool) -> Row:
    """One hearing: ``{"failed"}``, or the answer of `pipeline.bench.__main__` and its costs."""
    question = {
        "system": system,
        "audio": str(case.audio.resolve()),
        "speakers": case.speakers if told else None,
        "settings": settings.model_dump(mode="json"),
    }
    ended = watched([sys.executable, "-m", "pipeline.bench"], json.dumps(question))
    answer = json.loads(ended.answer) if ended.answer else {"error": f"exit code {ended.code}"}
    return {"failed": answer["error"]} if "error" in answer else {"answer": answer, **costs(ended)}


def costs(ended: Ended) -> Row:
    """What it took."""
    return {name: getattr(ended, name) for name in ("seconds", "cpu_seconds", "peak_mib", "pss_mib")}


def row(case: Case, system: str, plan: Plan, times: Sequence[Row]) -> Row:
    """The hearings of one system as one row: times are medians, peaks the highest, rates those of the first.

    `steady` is False where not all heard the same.
    """
    named = {"case": case.name, "system": system, "audio_seconds": case.seconds, "told": plan.told}
    named |= {"minutes": case.minutes} if case.minutes else {}
    for one in times:
        if "failed" in one:
            return {**named, "failed": one["failed"]}
    answers = [one["answer"] for one in times]
    if plan.keep:
        _kept(answers[0], plan.keep / f"{case.name}.{system}")
    taken: Row = {name: median(one[name] for one in times) for name in ("seconds", "cpu_seconds")}
    for name in ("peak_mib", "pss_mib"):
        taken[name] = max((one[name] for one in times if one[name] is not None), default=None)
    taken["runs"] = [{name: one[name] for name in one if name != "answer"} for one in times]
    steady = all(_said(answer) == _said(answers[0]) for answer in answers)
    return {**named, **taken, "steady": steady, **scored(case, answers[0])}


def scored(case: Case, answer: Row) -> Row:
    """What `answer` (`pipeline.bench.__main__`) gets right, in counts."""
    said = _said(answer)[0]
    gaps = answer["gaps"]
    return {
        "der": asdict(der(case.turns, rttm.read(answer["rttm"]))),
        "cer": asdict(cer(case.truth, said)) if case.texts else None,
        "cp_cer": asdict(cp_cer(case.truth, said)) if case.texts else None,
        "speakers": asdict(heads((one.speaker for one in case.truth), (one.speaker for one in said))),
        "gaps": None if gaps is None else len(gaps),
        "gap_seconds": None if gaps is None else sum(gap["end"] - gap["start"] for gap in gaps),
        "flags": answer["flags"],
    }


def _said(answer: Row) -> tuple[list[Utterance], str]:
    """What two hearings have in common if they are the same: lines have new ids each time."""
    return [Utterance(*(one[field] for field in Utterance._fields)) for one in answer["utterances"]], answer["rttm"]


def _kept(answer: Row, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for ending, text in ((".json", json.dumps(answer, ensure_ascii=False)), (".rttm", answer["rttm"])):
        path.with_name(path.name + ending).write_text(text, "utf-8")


def _line(case: Case, system: str, one: Row) -> str:
    told = one.get("failed") or f"{one['seconds']:.0f} s, {one['cpu_seconds']:.0f} CPU-s, {one['peak_mib']:.0f} MiB"
    return f"{case.name} {system}: {told}"
