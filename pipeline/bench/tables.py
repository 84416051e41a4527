"""Rows of a bench as text: a Markdown table, pooled by counts for each system, and each system against the first.

Sessions strung to lengths are not pooled; a second table takes their costs by the minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
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

PEAKS = ("peak_mib", "pss_mib")
COSTS = ("s", "s/s", "CPU-s", "CPU-s/s", "peak MiB", "PSS MiB")
HEADS = ("case", "system", *RATES, "speakers", *COSTS, "gaps", "flagged")
BY_LENGTH = ("system", "minutes", "s a minute", "CPU-s a minute", "peak MiB", "PSS MiB", "s", "CPU-s")
NONE = "–"


def table(rows: Sequence[Row]) -> str:
    """Every row, each system's pooled row, the first system against each of the others, and what is to be known."""
    by_system: dict[str, list[Row]] = {}
    for row in rows:
        by_system.setdefault(row["system"], []).append(row)
    strung = any(row.get("minutes") for row in rows)
    many = [] if strung else [(system, _done(own)) for system, own in by_system.items() if len(_done(own)) > 1]
    pools = [_pooled_cells(system, own) for system, own in many]
    first, *others = by_system
    against = [line for other in others for line in _against(by_system[first], by_system[other])]
    lengths = ["", *_by_length(by_system)] if strung else []
    parts = [*_laid_out([HEADS, *map(_cells, rows), *pools], 2), *lengths, "", *against, *_notes(rows)]
    return "\n".join(parts).rstrip()


def _done(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if "failed" not in row]


def _counts(row: Row, kind: str) -> Seconds | Edits | None:
    counts = row[kind]
    return counts and (Seconds if kind == "der" else Edits)(**counts)


def _cells(row: Row) -> tuple[str, ...]:
    if "failed" in row:
        return (row["case"], row["system"], "failed", *[""] * (len(HEADS) - 3))
    heads = f"{row['speakers']['truth']}/{row['speakers']['found']}"
    flags = NONE if row["flags"] is None else ", ".join(row["flags"]) or "no"
    return (row["case"], row["system"], *(_rate([row], name) for name in RATES), heads, *_costs([row]), flags)


def _pooled_cells(system: str, rows: Sequence[Row]) -> tuple[str, ...]:
    right = sum(row["speakers"]["truth"] == row["speakers"]["found"] for row in rows)
    rates = (_rate(rows, name) for name in RATES)
    flagged = [bool(row["flags"]) for row in rows if row["flags"] is not None]
    flags = f"{sum(flagged)} of {len(flagged)}" if flagged else NONE
    return (f"all {len(rows)}", system, *rates, f"{right} of {len(rows)} right", *_costs(rows), flags)


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
    audio = sum(row["audio_seconds"] for row in rows)
    spent = [sum(row[name] for row in rows) for name in ("seconds", "cpu_seconds")]
    gaps = [row["gaps"] for row in rows if row["gaps"] is not None]
    times = (cell for each in spent for cell in (f"{each:.0f}", f"{each / audio:.3f}"))
    return (*times, *_peaks(rows), str(sum(gaps)) if gaps else NONE)


def _peaks(rows: Sequence[Row]) -> tuple[str, ...]:
    highest = (max((row[name] for row in rows if row[name] is not None), default=None) for name in PEAKS)
    return tuple(NONE if peak is None else f"{peak:.0f}" for peak in highest)


def _by_length(by_system: Mapping[str, Sequence[Row]]) -> list[str]:
    """Costs by the minute of audio, and how much more a minute costs than in the system's shortest session."""
    lines: list[tuple[str, ...]] = [BY_LENGTH]
    for system, own in by_system.items():
        rows = sorted(_done(own), key=lambda row: float(row["audio_seconds"]))
        by_minute = [[60 * row[name] / row["audio_seconds"] for name in ("seconds", "cpu_seconds")] for row in rows]
        for row, rates in zip(rows, by_minute, strict=True):
            pairs = zip(rates, by_minute[0], strict=True)
            more = (f"{100 * (one / max(other, 1e-9) - 1):+.0f} %" for one, other in pairs)
            minutes = f"{row['audio_seconds'] / 60:.1f}"
            lines.append((system, minutes, *(f"{rate:.2f}" for rate in rates), *_peaks([row]), *more))
    return _laid_out(lines, 1)


def _against(rows: Sequence[Row], others: Sequence[Row]) -> list[str]:
    """The first system against another, on the cases that both heard."""
    theirs = {row["case"]: row for row in _done(others)}
    pairs = [(row, theirs[row["case"]]) for row in _done(rows) if row["case"] in theirs]
    if not pairs:
        return []
    mine, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    ratios = (f"{label} {_ratio(other, mine, cost)}" for label, cost in (("wall", "seconds"), ("CPU", "cpu_seconds")))
    memory = max(row["peak_mib"] for row in other) / max(row["peak_mib"] for row in mine)
    differences = (_apart(mine, other, name) for name in RATES)
    name, their = mine[0]["system"], other[0]["system"]
    return [
        f"{their} : {name} (cases: {len(pairs)}): {', '.join(ratios)}, peak memory {memory:.2f}",
        f"{name} - {their}, points: {', '.join(filter(None, differences))}",
    ]


def _ratio(other: Sequence[Row], mine: Sequence[Row], cost: str) -> str:
    """How many times as much the other took, in all; with an interval where there are cases enough."""
    pool = pooled([row[cost] for row in other], [max(row[cost], 1e-9) for row in mine])
    ratio = f"{pool.errors / pool.total:.2f}"
    return f"{ratio} [{pool.interval[0]:.2f}, {pool.interval[1]:.2f}]" if pool.interval else ratio


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


def _notes(rows: Sequence[Row]) -> list[str]:
    """What failed and why, what was heard differently the second time, and that the count was not told."""
    failures = Counter((row["system"], row["failed"]) for row in rows if "failed" in row)
    unsteady = [f"{row['case']} {row['system']}" for row in _done(rows) if not row.get("steady", True)]
    return [
        *(f"{system} failed (cases: {times}): {why}" for (system, why), times in failures.items()),
        *([f"not the same every time: {', '.join(unsteady)}"] if unsteady else []),
        *([] if all(row.get("told", True) for row in rows) else ["the count of speakers was not told"]),
    ]


def _laid_out(lines: Sequence[Sequence[str]], names: int) -> list[str]:
    """As a Markdown table: the first `names` columns to the left, figures to the right."""
    columns = range(len(lines[0]))
    widths = [max(3, *(len(line[at]) for line in lines)) for at in columns]  # Markdown's rule takes three
    sides = ["<" if at < names else ">" for at in columns]

    def drawn(cells: Iterable[str]) -> str:
        padded = (f"{cell:{side}{width}}" for cell, side, width in zip(cells, sides, widths, strict=True))
        return f"| {' | '.join(padded)} |"

    rule = ("-" * (width - 1) + ("-" if side == "<" else ":") for width, side in zip(widths, sides, strict=True))
    return [drawn(lines[0]), drawn(rule), *map(drawn, lines[1:])]
