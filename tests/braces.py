"""Sentences whose identifying passages stand in braces, {김정훈}, {PLACE:불광동}, and what is found in them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.finding import Recognizer
from pipeline.people import Entry
from pipeline.transcript import Finding, Label

MARKED = re.compile(r"\{(?:([A-Z]+):)?([^}]*)\}")

Found = set[tuple[int, int, Label]]


def unmarked(marked: str) -> tuple[str, list[Finding]]:
    """The line without its marks, and what they mark."""
    text, found, at = "", [], 0
    for match in MARKED.finditer(marked):
        text += marked[at : match.start()]
        label = Label(match[1] or "NAME")
        found.append(Finding(0, len(text), len(text) + len(match[2]), label, 1.0, "truth"))
        text += match[2]
        at = match.end()
    return text + marked[at:], found


def wanted(marked: str) -> tuple[str, Found]:
    text, truth = unmarked(marked)
    assert truth, marked
    return text, {(one.start, one.end, one.label) for one in truth}


def found(recognizer: Recognizer, text: str, known: tuple[Entry, ...] = (), least: float = 0.3) -> Found:
    """What `recognizer` finds with a score of at least `least`."""
    return {(one.start, one.end, one.label) for one in recognizer((text,), known) if one.score >= least}


def hits(rule: Iterable[tuple[int, int, float, str]], least: float = 0.3) -> Found:
    """What one rule of a recognizer of names finds."""
    return {(start, end, Label.NAME) for start, end, score, _ in rule if score >= least}


def entry(form: str, label: Label = Label.NAME) -> Entry:
    return Entry(form, label, (form,), "[이름9]")
