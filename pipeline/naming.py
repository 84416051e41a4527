"""`chaerok names`: detection alone, on lines of text that somebody brings, with the same core as the walk's step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pipeline import recognizers
from pipeline.interview import Person, Role
from pipeline.people import Register
from pipeline.settings import Settings
from pipeline.stages.detect import detect
from pipeline.stages.enlist import enlist, enrol
from pipeline.stand_ins import style_of
from pipeline.transcript import Mention, Mentions, Reviewed, Segment

STUDY = "names"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: `doc` names the interview that it belongs to."""

    id: str
    doc: str
    text: str


def read_lines(text: str) -> tuple[Line, ...]:
    """Lines out of JSON lines. Raises ValueError ``line N: what is wrong`` without quoting the line."""
    lines = []
    for number, raw in enumerate(text.split("\n"), start=1):  # splitlines would cut at U+2028 inside a text
        if not raw.strip():
            continue
        try:
            row = json.loads(raw)
            lines.append(Line(str(row["id"]), str(row["doc"]), _text(row["text"])))
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            problem = type(error).__name__
        else:
            continue
        raise ValueError(f"line {number}: {problem}")
    return tuple(lines)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def read_roster(data: object) -> dict[str, tuple[Person, ...]]:
    """People by doc, out of ``{"doc": ["full name", …]}`` or ``{"doc": {"names": […], "aliases": {name: […]}}}``.

    Raises ValueError.
    """
    if not isinstance(data, dict):
        raise ValueError("roster: not an object of docs")
    return {str(doc): tuple(_people(str(doc), given)) for doc, given in data.items()}


def _people(doc: str, given: object) -> Iterator[Person]:
    table: Mapping[str, Any] = given if isinstance(given, dict) else {"names": given}
    names, aliases = table.get("names", []), table.get("aliases", {})
    listed = isinstance(names, list) and isinstance(aliases, dict)
    if not (listed and _texts(names) and all(_texts(also) for also in aliases.values())):
        raise ValueError(f"roster {doc}: names must be a list, aliases an object")
    for name in dict.fromkeys([*names, *aliases]):
        also = aliases.get(name, [])
        yield Person(name, tuple([also] if isinstance(also, str) else also))


def _texts(given: object) -> bool:
    return isinstance(given, str) or (isinstance(given, list) and all(isinstance(text, str) for text in given))


def find_names(
    lines: Iterable[Line], roster: Mapping[str, tuple[Person, ...]], settings: Settings
) -> Iterator[dict[str, Any]]:
    """One answer a line: ``{"id", "doc", "text", "entities"}``; consecutive lines of a doc are one interview.

    Offsets are code points of the text as given.
    """
    for doc, group in groupby(lines, key=lambda line: line.doc):
        members = tuple(group)
        found = mentions_in(tuple(line.text for line in members), roster.get(doc, ()), settings)
        for line, mine in zip(members, found, strict=True):
            entities = [
                {"start": m.start, "end": m.end, "label": m.label.value, "score": m.score, "state": m.state.value}
                for m in mine
            ]
            yield {"id": line.id, "doc": line.doc, "text": line.text, "entities": entities}


def mentions_in(
    texts: tuple[str, ...], people: tuple[Person, ...], settings: Settings
) -> tuple[tuple[Mention, ...], ...]:
    """The mentions of each of an interview's lines, in which `people` may be named."""
    by_line: dict[str, list[Mention]] = {str(index): [] for index in range(len(texts))}
    for mention in _mentions(texts, people, settings).mentions:
        by_line[mention.segment].append(mention)
    return tuple(map(tuple, by_line.values()))


def _mentions(texts: tuple[str, ...], people: tuple[Person, ...], settings: Settings) -> Mentions:
    """Detect and enlist until nothing new comes up, as the walk does, in a register of this interview alone."""
    segments = tuple(Segment(str(i), i + 1, "", Role.UNKNOWN, 0.0, 0.0, text) for i, text in enumerate(texts))
    reviewed, seekers, echoes = Reviewed(segments), recognizers.of(settings), recognizers.echoes(settings)
    limits, style = (settings.detect.sure_from, settings.detect.doubtful_from), style_of(settings)
    register = enrol(people, Register(STUDY), style=style)
    while True:
        mentions = detect(reviewed, register, seekers, *limits, echoes)
        grown = enlist(mentions, register, style=style)
        if grown.entries == register.entries:
            return mentions
        register = grown
