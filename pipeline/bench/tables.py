"""Rows of a bench as text: a Markdown table, pooled by counts for each system, and each system against the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pipeline.evaluation.cer import Edits
from pipeline.evaluation.der import Seconds
from pipeline.evaluation.pooling import difference, pooled

Row = dict[str, Any]

RATES: dict[str, tuple[str, Callable[[Any], float]]] = {
    "DER": ("der", lambda seconds: seconds.errors),
    "miss": ("der", lambda seconds: seconds.missed),
    "fa": ("der", lambda seconds: seconds.false_alarm),
    "conf": ("der", lambda seconds: seconds.confused),
    "CER": ("cer", lambda edits: edits.errors),
    "del": ("cer", lambda edits: edits.deletions),
    "cpCER": ("cp_cer", lambda edits: edits.errors),
}
"""Column → counts that it is taken from, and its errors among them; all in per cent of the counts' total."""

HEADS = ("case", "system", *RATES, "speakers", "s", "CPU-s", "CPU-s/s", "peak MiB", "gaps")
NONE = "–"


def table(rows: Sequence[Row]) -> str:
    """Every row, each system's pooled row, and the first system against each of the others."""
    by_system: dict[str, list[Row]] = {}
    for row in rows:
        by_system.setdefault(row["system"], []).append(row)
    pools = [_pooled_cells(system, _done(own)) for system, own in by_system.items() if len(_done(own)) > 1]
    first, *others = by_system
    against = [line for other in others for line in _against(by_system[first], by_system[other])]
    return "\n".join([*_laid_out([HEADS, *map(_cells, rows), *pools]), "", *against]).rstrip()


def _done(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if "failed" not in row]


def _counts(row: Row, kind: str) -> Seconds | Edits | None:
    counts = row[kind]
    return counts and (Seconds if kind == "der" else Edits)(**counts)


def _cells(row: Row) -> tuple[str, ...]:
    if "failed" in row:
        return (row["case"], row["system"], row["failed"], *[""] * (len(HEADS) - 3))
    heads = f"{row['speakers']['truth']}/{row['speakers']['found']}"
    return (row["case"], row["system"], *(_rate([row], name) for name in RATES), heads, *_costs([row]))


def _pooled_cells(system: str, rows: Sequence[Row]) -> tuple[str, ...]:
    right = sum(row["speakers"]["truth"] == row["speakers"]["found"] for row in rows)
    rates = (_rate(rows, name) for name in RATES)
    return (f"all {len(rows)}", system, *rates, f"{right} of {len(rows)} right", *_costs(rows))


def _rate(rows: Sequence[Row], name: str) -> str:
    """In per cent; with an interval where there are cases enough."""
    kind, errors = RATES[name]
    counts = [found for row in rows if (found := _counts(row, kind)) and found.total]
    if not counts:
        return NONE
    pool = pooled([errors(found) for found in counts], [found.total for found in counts])
    rate = f"{100 * pool.errors / pool.total:.2f}"
    return f"{rate} [{100 * pool.interval[0]:.2f}, {100 * pool.interval[1]:.2f}]" if pool.interval else rate


def _costs(rows: Sequence[Row]) -> tuple[str, ...]:
    spent = sum(row["cpu_seconds"] for row in rows)
    gaps = [row["gaps"] for row in rows if row["gaps"] is not None]
    return (
        f"{sum(row['seconds'] for row in rows):.0f}",
        f"{spent:.0f}",
        f"{spent / sum(row['audio_seconds'] for row in rows):.3f}",
        f"{max(row['peak_mib'] for row in rows):.0f}",
        str(sum(gaps)) if gaps else NONE,
    )


def _against(rows: Sequence[Row], others: Sequence[Row]) -> list[str]:
    """The first system against another, on the cases that both heard."""
    theirs = {row["case"]: row for row in _done(others)}
    pairs = [(row, theirs[row["case"]]) for row in _done(rows) if row["case"] in theirs]
    if not pairs:
        return []
    mine, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    ratios = (
        f"{label} {sum(row[cost] for row in other) / max(sum(row[cost] for row in mine), 1e-9):.2f}"
        for label, cost in (("wall", "seconds"), ("CPU", "cpu_seconds"))
    )
    memory = max(row["peak_mib"] for row in other) / max(row["peak_mib"] for row in mine)
    differences = (_apart(mine, other, name) for name in RATES)
    name, their = mine[0]["system"], other[0]["system"]
    return [
        f"{their} : {name} (cases: {len(pairs)}): {', '.join(ratios)}, peak memory {memory:.2f}",
        f"{name} - {their}, points: {', '.join(filter(None, differences))}",
    ]


def _apart(mine: Sequence[Row], other: Sequence[Row], name: str) -> str:
    """The difference in points, drawn pair by pair: a case hard for both says nothing about either."""
    kind, errors = RATES[name]
    both = [(_counts(row, kind), _counts(one, kind)) for row, one in zip(mine, other, strict=True)]
    counts = [(one, two) for one, two in both if one and two and one.total]
    if not counts:
        return ""
    ours, theirs = [errors(one) for one, _ in counts], [errors(two) for _, two in counts]
    pool = difference(ours, theirs, [one.total for one, _ in counts])
    points = f"{name} {100 * pool.errors / pool.total:+.2f}"
    return f"{points} [{100 * pool.interval[0]:+.2f}, {100 * pool.interval[1]:+.2f}]" if pool.interval else points


def _laid_out(lines: Sequence[Sequence[str]]) -> list[str]:
    """As a Markdown table: names to the left, figures to the right."""
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEADS))]
    sides = ["<" if at < 2 else ">" for at in range(len(HEADS))]

    def drawn(cells: Iterable[str]) -> str:
        return (
            "| "
            + " | ".join(f"{cell:{side}{width}}" for cell, side, width in zip(cells, sides, widths, strict=True))
            + " |"
        )

    rule = ("-" * (width - 1) + ("-" if side == "<" else ":") for width, side in zip(widths, sides, strict=True))
    return [drawn(lines[0]), drawn(rule), *map(drawn, lines[1:])]
