"""Praat (.TextGrid, the long form in UTF-8): a tier a speaker, an interval a line, empty intervals in between."""

from __future__ import annotations

from praatio.utilities.constants import INTERVAL_TIER, Interval
from praatio.utilities.textgrid_io import getTextgridAsStr

from pipeline.printing import Convention, milliseconds, notices, shown, tiers
from pipeline.transcript import Released

LEAST = 1
"""Milliseconds: Praat opens no grid without duration."""


def rendered(released: Released, convention: Convention) -> bytes:
    """The same bytes for the same release. Without a line there is one tier, the participant's, with nothing in it.

    A notice is a tier's name: a grid has no other place for one.
    """
    made = tiers(released, convention) or {convention.participant: ()}
    ends = [end for intervals in made.values() for _, end, _ in intervals]
    edges = {"xmin": 0.0, "xmax": max([LEAST, milliseconds(released.provenance.seconds), *ends]) / 1000}
    grid = [
        {
            "class": INTERVAL_TIER,
            "name": name,
            **edges,
            "entries": [Interval(start / 1000, end / 1000, _label(line.line, line.text)) for start, end, line in spans],
        }
        for name, spans in made.items()
    ]
    grid += [{"class": INTERVAL_TIER, "name": notice, **edges, "entries": []} for notice in notices(released)]
    text: str = getTextgridAsStr({**edges, "tiers": grid}, "long_textgrid", True, minimumIntervalLength=None)
    return text.encode()


def _label(number: int, text: str) -> str:
    return f"{number:04d} {shown(text)}".strip()
