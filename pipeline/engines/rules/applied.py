"""What the recognizers of names that are made of rules have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pipeline.transcript import Finding, Label

Hit = tuple[int, int, float, str]
"""Start, end, score, form of a name."""
Rule = Callable[[str], Iterator[Hit]]
"""The names that it finds in a line."""


def applied(rules: Iterable[Rule], lines: tuple[str, ...], name: str) -> tuple[Finding, ...]:
    """What each rule finds in each line, by the recognizer `name`."""
    return tuple(
        Finding(number, start, end, Label.NAME, score, name, form)
        for number, line in enumerate(lines)
        for rule in rules
        for start, end, score, form in rule(line)
    )
