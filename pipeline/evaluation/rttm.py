"""Turns as NIST's RTTM, the form in which diarizations are exchanged; times to the millisecond."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.speech import Turn


def written(turns: Iterable[Turn], uri: str) -> str:
    """One line a turn; `uri` names the recording and has no spaces.

    >>> written([Turn(0.5, 2.0, "S1")], "a")
    'SPEAKER a 1 0.500 1.500 <NA> <NA> S1 <NA> <NA>\\n'
    """
    return "".join(
        f"SPEAKER {uri} 1 {turn.start:.3f} {turn.end - turn.start:.3f} <NA> <NA> {turn.speaker} <NA> <NA>\n"
        for turn in turns
    )


def read(text: str) -> tuple[Turn, ...]:
    """The turns of one recording; lines of other types are passed over.

    >>> read("SPEAKER a 1 0.500 1.500 <NA> <NA> S1 <NA> <NA>")
    (Turn(start=0.5, end=2.0, speaker='S1'),)
    """
    fields = (line.split() for line in text.splitlines())
    spoken = (row for row in fields if row and row[0] == "SPEAKER")
    return tuple(Turn(float(row[3]), float(row[3]) + float(row[4]), row[7]) for row in spoken)
