"""How the files of one session are named: recorders cut a recording at 2 GB or 30 minutes, and number the pieces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.interview import normal_text

MARK = re.compile(
    r"(?:[\s_.-]+|(?=[(\[]))"  # something sets the number off ...
    r"[(\[]?(?:part|pt|track|파트)?[\s_.-]*(?P<number>[0-9]{1,4})(?:부|번)?[)\]]?"
    r"|(?P<counted>[0-9]{1,4})부",  # ... or it is counted: 면담1부
    re.IGNORECASE,
)
"""What follows the session's name in the name of a part: ``_001``, ``-2``, `` (2)``, ``.part1``, `` 2부`` ..."""


def number(stem: str, session: str) -> int | None:
    """The number of the part `stem` of `session` (names without their endings); 0 for the session's own name.

    None where it is no part of it.

    >>> [number(stem, "P01_S1") for stem in ("P01_S1", "P01_S1_001", "P01_S1 (2)", "P01_S12", "P01_S2")]
    [0, 1, 2, None, None]
    """
    if not stem.startswith(session):
        return None
    rest = stem[len(session) :]
    found = MARK.fullmatch(rest)
    return (int(found["number"] or found["counted"]) if found else None) if rest else 0


def absent(numbers: Iterable[int]) -> int | None:
    """The first number that is not there. Counting may begin at 0 or 1, and at 2 after the session's own name."""
    there = set(numbers)
    if max(there) < 2:
        return None
    return next((wanted for wanted in range(2 if 0 in there else 1, max(there)) if wanted not in there), None)


def repeated(numbers: Iterable[int]) -> int | None:
    """A number that is there more than once."""
    return next((number for number, count in Counter(numbers).items() if count > 1), None)


def in_order(files: Sequence[Path]) -> tuple[Path, ...]:
    """The files in the order of the numbers in their names, 2 before 10, where the names differ in nothing else.

    Otherwise (전반, 후반) in the order in which they are given, which is then the only one to be had.
    """
    stems = [normal_text(path.stem).lower() for path in files]
    session = min(stems, key=len)
    marked = [number(stem, session) for stem in stems]
    digits = [tuple(int(run) for run in re.findall(r"[0-9]+", stem)) for stem in stems]
    if len({re.sub(r"[0-9]+", "0", stem) for stem in stems}) == 1:
        keys: list[tuple[int, ...]] = digits
    elif None not in marked:
        keys = [(mark or 0,) for mark in marked]
    else:
        return tuple(files)
    return tuple(path for _, path in sorted(zip(keys, files, strict=True), key=lambda pair: pair[0]))


def sheet_beside(files: Sequence[Path]) -> Path:
    """Where these files' participant sheet lies: under the first one's name, or the session's without a number."""
    first = files[0].with_suffix(".toml")
    for path in (first, *(files[0].with_suffix(ending) for ending in (".yaml", ".yml"))):
        if path.exists():
            return path
    beside = (path for path in first.parent.glob("*") if path.suffix.lower() in (".toml", ".yaml", ".yml"))
    sheets = sorted(beside, key=lambda path: (-len(path.stem), path.name))
    stem = normal_text(first.stem)
    return next((path for path in sheets if number(stem, normal_text(path.stem)) is not None), first)
