"""How well names are found: `python bench/names.py FILE.txt … [--also FILE.jsonl ROSTER.json]` prints tables.

FILE.txt is marked text (pipeline/evaluation/marked.py): an interview with its roster, or, in a folder ``families``,
sentences that are interviews of their own. FILE.jsonl has lines ``{"id", "doc", "text", "entities"}``. What was read
and fitted is told from what was not as tests/names/README.md says. Per cent; intervals of 95 %, drawn by interview, of
families by sentence. Milliseconds are CPU time, after start-up.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import add, attrgetter
from pathlib import Path

from pipeline.evaluation.marked import Marked, read_marked
from pipeline.evaluation.names import Counts, NamesScore, score_names
from pipeline.evaluation.pooling import pooled
from pipeline.interview import Person
from pipeline.naming import mentions_in, read_lines, read_roster
from pipeline.settings import Settings, load
from pipeline.transcript import Finding, Label

READ = frozenset(
    ["A1", "B2", "C1", "D2", "E1", "E2", "F1", "F2", "G1", "G3", "G6", "G8", "H1", "H2", "H3", "H4", "K1", "K2"]
)
"""Interviews that were read while the rules were written, and fitted."""


@dataclass(frozen=True)
class Interview:
    set: str
    family: str
    lines: tuple[Marked, ...]


@dataclass(frozen=True)
class Scored:
    set: str
    family: str
    score: NamesScore
    characters: int
    seconds: float


def of_marked(path: Path) -> list[Interview]:
    lines = read_marked(path.read_text("utf-8"))
    if path.parent.name != "families":
        return [Interview("interviews, read" if path.stem in READ else "interviews, not read", "", lines)]
    halves = ("families, read", "families, not read")
    return [Interview(halves[at % 2], path.stem, (line,)) for at, line in enumerate(lines)]


def of_json(path: Path, roster: Path) -> list[Interview]:
    people, raw = read_roster(json.loads(roster.read_text("utf-8"))), path.read_text("utf-8")
    truth = [json.loads(row)["entities"] for row in raw.split("\n") if row.strip()]
    docs = groupby(zip(read_lines(raw), truth, strict=True), key=lambda row: row[0].doc)
    return [
        Interview(path.stem, "", tuple(marked(line.text, entities, people.get(doc, ())) for line, entities in rows))
        for doc, rows in docs
    ]


def marked(text: str, entities: list[dict], people: Sequence[Person]) -> Marked:
    truth = (Finding(0, one["start"], one["end"], Label(one["label"]), 1.0, "truth") for one in entities)
    return Marked(text, tuple(truth), tuple(person.name for person in people))


def scored(interview: Interview, settings: Settings) -> Scored:
    texts = tuple(line.text for line in interview.lines)
    people = tuple(map(Person, interview.lines[0].roster))
    began = time.process_time()
    found = mentions_in(texts, people, settings)
    seconds = time.process_time() - began
    score = score_names(texts, [line.truth for line in interview.lines], found)
    return Scored(interview.set, interview.family, score, sum(map(len, texts)), seconds)


def rate(counts: Iterable[Counts], share: Callable[[Counts], int], whole: Callable[[Counts], int]) -> str:
    """Per cent with its interval; cases with nothing to count are left out."""
    some = [(share(one), whole(one)) for one in counts if whole(one)]
    if not some:
        return "–"
    pool = pooled([part for part, _ in some], [of for _, of in some])
    interval = pool.interval and " [{:.0f}, {:.0f}]".format(*(100 * end for end in pool.interval))
    return f"{100 * pool.errors / pool.total:.1f}{interval or ''}"


def rates(counts: list[Counts]) -> tuple[str, ...]:
    """n; covered, sure or doubtful; covered by sure mentions alone; right of what was found."""
    wanted, found = attrgetter("wanted"), attrgetter("found")
    return (
        str(sum(map(wanted, counts))),
        rate(counts, lambda one: one.wanted - one.missed, wanted),
        rate(counts, lambda one: one.sure, wanted),
        rate(counts, attrgetter("right"), found),
    )


def all_labels(score: NamesScore) -> Counts:
    return score.names + score.others


def touched(cases: list[Scored]) -> str:
    total = reduce(add, (one.score for one in cases))
    return f"{total.touched} ({total.touched_sure} sure) of {total.plain}"


def speed(cases: list[Scored]) -> str:
    return f"{1e6 * sum(one.seconds for one in cases) / sum(one.characters for one in cases):.0f}"


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    print(f"\n| {title} | " + " | ".join(heads) + " |\n|---|" + "--:|" * len(heads))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def by(key: Callable[[Scored], str], cases: Iterable[Scored]) -> list[tuple[str, list[Scored]]]:
    return [(name, list(own)) for name, own in groupby(sorted(cases, key=key), key=key)]


def printed(cases: list[Scored]) -> None:
    sets, families = by(attrgetter("set"), cases), by(attrgetter("family"), (one for one in cases if one.family))
    heads = ("n", "covered", "sure alone", "right", "plain lines touched")
    for title, counts in (("names", attrgetter("score.names")), ("other labels", attrgetter("score.others"))):
        table(title, heads, ((name, *rates(list(map(counts, own))), touched(own)) for name, own in sets))
    counted = ((name, [all_labels(one.score) for one in own], own) for name, own in families)
    table("family", heads, ((name, *rates(counts), touched(own)) for name, counts, own in counted))
    table("ms for 1,000 characters", ("interviews", "ms"), ((name, str(len(own)), speed(own)) for name, own in sets))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("files", nargs="*", type=Path)
    arguments.add_argument("--also", nargs=2, type=Path, action="append", default=[], metavar=("JSONL", "ROSTER"))
    given = arguments.parse_args()
    interviews = [one for path in given.files for one in of_marked(path)]
    interviews += [one for paths in given.also for one in of_json(*paths)]
    settings = load()
    mentions_in(("네 그럼 시작할게요",), (), settings)  # start-up
    printed([scored(interview, settings) for interview in interviews])


main()
