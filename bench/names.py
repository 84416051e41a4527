"""How well names are found: `python bench/names.py FILE.txt … [--also FILE.jsonl ROSTER.json]`, tables for the docs.

FILE.txt is marked text (pipeline/evaluation/marked.py): one interview with its roster, or, in a folder ``families``,
sentences that are interviews of their own. FILE.jsonl holds ``{"id", "doc", "text", "entities"}`` a line. What the
rules were fitted on and what they were not is told apart as tests/names/README.md says. Intervals: 95 %, drawn by
interview; of families by line.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from pipeline.evaluation.marked import Marked, read_marked
from pipeline.evaluation.names import Counts, NamesScore, score_names
from pipeline.evaluation.pooling import pooled
from pipeline.interview import Person
from pipeline.naming import mentions_in, read_lines, read_roster
from pipeline.settings import load
from pipeline.transcript import Finding, Label

READ = frozenset(["A1", "B2", "C1", "D2", "E1", "E2", "F1", "F2", "G1", "G3", "G6", "G8"])
"""Interviews that were read while the rules were written, and fitted."""
HEADS = (
    "set",
    "interviews",
    "names",
    "covered",
    "sure alone",
    "right",
    "other labels",
    "covered",
    "right",
    "plain touched",
)


@dataclass(frozen=True)
class Interview:
    group: str
    lines: tuple[Marked, ...]


@dataclass(frozen=True)
class Scored:
    group: str
    score: NamesScore
    characters: int
    seconds: float


def of_file(path: Path) -> list[Interview]:
    lines = read_marked(path.read_text("utf-8"))
    if path.parent.name != "families":
        return [Interview("interviews, read and fitted" if path.stem in READ else "interviews, not read", lines)]
    return [Interview(f"{path.stem}, {'not ' * (at % 2)}read", (line,)) for at, line in enumerate(lines)]


def of_jsonl(path: Path, roster: Path, group: str) -> list[Interview]:
    people = read_roster(json.loads(roster.read_text("utf-8")))
    raw = path.read_text("utf-8")
    entities = [json.loads(line)["entities"] for line in raw.split("\n") if line.strip()]
    rows = zip(read_lines(raw), entities, strict=True)
    return [
        Interview(group, tuple(_marked(line.text, truth, people.get(doc, ())) for line, truth in lines))
        for doc, lines in groupby(rows, key=lambda row: row[0].doc)
    ]


def _marked(text, entities, people) -> Marked:
    truth = tuple(Finding(0, one["start"], one["end"], Label(one["label"]), 1.0, "truth") for one in entities)
    return Marked(text, truth, tuple(person.name for person in people))


def scored(interview: Interview, settings) -> Scored:
    texts = tuple(line.text for line in interview.lines)
    people = tuple(map(Person, interview.lines[0].roster))
    began = time.perf_counter()
    found = mentions_in(texts, people, settings)
    seconds = time.perf_counter() - began
    score = score_names(texts, [line.truth for line in interview.lines], found)
    return Scored(interview.group, score, sum(map(len, texts)), seconds)


def rate(parts: Iterable[tuple[int, int]]) -> str:
    """Per cent, with its interval. Interviews that have nothing to count are left out."""
    some = [(share, of) for share, of in parts if of]
    pool = pooled([share for share, _ in some], [of for _, of in some])
    if not some:
        return "–"
    interval = pool.interval and " [{:.1f}, {:.1f}]".format(*(100 * end for end in pool.interval))
    return f"{100 * pool.errors / pool.total:.1f}{interval or ''}"


def cells(group: str, interviews: list[Scored]) -> tuple[str, ...]:
    names, others = ([one.score.names for one in interviews], [one.score.others for one in interviews])
    total = sum((one.score for one in interviews[1:]), interviews[0].score)

    def covered(counts: list[Counts]) -> str:
        return rate((one.wanted - one.missed, one.wanted) for one in counts)

    def right(counts: list[Counts]) -> str:
        return rate((one.right, one.found) for one in counts)

    touched = f"{total.touched} ({total.touched_sure} sure) of {total.plain}"
    sure = rate((one.sure, one.wanted) for one in names)
    of_names = (str(total.names.wanted), covered(names), sure, right(names))
    return (group, str(len(interviews)), *of_names, str(total.others.wanted), covered(others), right(others), touched)


def printed(rows: Iterable[tuple[str, ...]]) -> None:
    print("| " + " | ".join(HEADS) + " |\n|---|" + "--:|" * (len(HEADS) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("files", nargs="*", type=Path)
    arguments.add_argument("--also", nargs=2, type=Path, action="append", default=[], metavar=("JSONL", "ROSTER"))
    given = arguments.parse_args()
    interviews = [one for path in given.files for one in of_file(path)]
    for number, (path, roster) in enumerate(given.also, start=1):
        interviews += of_jsonl(path, roster, f"lines {number}")
    settings = load()
    mentions_in(("네 그럼 시작할게요",), (), settings)  # start-up
    results = [scored(interview, settings) for interview in interviews]
    by_group: dict[str, list[Scored]] = {}
    for one in results:
        by_group.setdefault(one.group, []).append(one)
        if ", " in one.group and not one.group.startswith("interviews"):
            by_group.setdefault("families" + one.group[one.group.index(",") :], []).append(one)
    printed(cells(group, own) for group, own in sorted(by_group.items()))
    speeds = [(1e6 * sum(one.seconds for one in own) / sum(one.characters for one in own), group)
              for group, own in by_group.items()]  # fmt: skip
    print(
        "\nms for 1,000 characters: "
        + "; ".join(f"{group} {ms:.0f}" for ms, group in speeds if "line" in group or "view" in group or "fam" in group)
    )


main()
