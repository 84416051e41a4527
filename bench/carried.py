"""How codings come through a correction and a new cut: `python bench/carried.py [--lines N] [--codings N] [--runs N]`.

Invented interviews (tests/coding/edited.py) of which every character is numbered, so that the right place is known.
Per row: codings found again by state, per cent, those on another passage (counted), CPU milliseconds a coding.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "coding"))

import edited

from pipeline.coding.anchors import Anchor
from pipeline.coding.carrying import carry, descent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=420)
    parser.add_argument("--codings", type=int, default=160)
    parser.add_argument("--runs", type=int, default=20)
    given = parser.parse_args()
    print("| edited | cut anew | " + " | ".join(Anchor) + " | found again | wrong | ms |")
    print("|---|---|" + "--:|" * 7)
    for recut in (False, True):
        for share in (0.01, 0.05, 0.10):
            print(row(share, recut, given.lines, given.codings, given.runs))


def row(share: float, recut: bool, lines: int, codings: int, runs: int) -> str:
    states, wrong, spent = Counter[Anchor](), 0, 0.0
    for seed in range(runs):
        before = edited.interview(lines, seed)
        coded = edited.codings(before, codings, seed)
        after, above = edited.edited(before, share, seed), {}
        if recut:
            after, lineage = edited.recut(after, seed)
            above = descent([{each.id: each.ancestors for each in lineage}], {line.segment.id for line in before})
        old, new = edited.passages(before), edited.passages(after)
        began = time.process_time()
        found = carry(coded, old, new, above)
        spent += time.process_time() - began
        states.update(each.state for each in found)
        wrong += sum(
            bool(each.places) and not edited.right(before, was, after, each.places)
            for each, was in zip(found, coded, strict=True)
        )
    count = states.total()
    shares = " | ".join(f"{100 * states[state] / count:.1f}" for state in Anchor)
    again = 100 * (count - states[Anchor.ORPHAN]) / count
    cut = "yes" if recut else "no"
    return f"| {share:.0%} | {cut} | {shares} | {again:.2f} % of {count} | {wrong} | {1000 * spent / count:.1f} |"


if __name__ == "__main__":
    main()
