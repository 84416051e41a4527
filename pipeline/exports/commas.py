"""CSV of a study's lines, one row a line, as Excel opens it: UTF-8 with a byte order mark, and no cell is a formula.

A spreadsheet program runs what begins with ``=``, ``+``, ``-`` or ``@`` (their full-width forms too, under some
locales); such a cell is given an apostrophe before it. Source: OWASP, CSV Injection. Who reads the file with another
program takes one apostrophe off again before such a character.
"""

from __future__ import annotations

import csv
import io

from pipeline.package import Package
from pipeline.printing import fine_clock, labels, notices, shown

HEAD = (
    "interview",
    "line",
    "start",
    "end",
    "speaker",
    "role",
    "question",
    "text",
    "id",
    "version",
    "release",
    "notice",
)
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def rendered(package: Package) -> bytes:
    """The same bytes for the same package; rows end as RFC 4180 has it."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(HEAD)
    for released in package.releases:
        for line, label in zip(released.lines, labels(released, package.convention), strict=True):
            times = fine_clock(line.start), fine_clock(line.end)
            said = harmless(label), line.role.value, line.question, harmless(shown(line.text))
            row = released.interview, line.line, *times, *said, harmless(line.id), line.version
            writer.writerow((*row, released.provenance.draft_sha256[:12], " · ".join(notices(released))))
    return file.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """`text` as a cell that no program takes for a formula.

    >>> [harmless(text) for text in ("=1+1", "네", "-")]
    ["'=1+1", '네', "'-"]
    """
    return f"'{text}" if text.startswith(FORMULA) else text
