"""A code tree as a workbook that people can write: a row a code, its name in the column of its floor, like a list.

    1단계  | 2단계 | 3단계 | 설명 | 색 | id
    낙인   |       |       |      |    |
           | 숨김  |       |      |    |

A row without an id gets one by its path, so that the same table again is the same codes; whoever renames or moves a
code keeps its id.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from pipeline.codes import Code, Codebook
from pipeline.coding.sheets import rows_of
from pipeline.errors import AnswersInvalid
from pipeline.workbook import Page, written

TITLE = "코드북"
FLOORS = tuple(f"{floor}단계" for floor in range(1, 7))
HEAD = (*FLOORS, "설명", "색", "id")


def table(book: Codebook) -> bytes:
    """The workbook. Raises ValueError for a tree of more than six floors."""
    rows = []
    for depth, code in book.walk():
        if depth >= len(FLOORS):
            raise ValueError(f"a code tree has at most {len(FLOORS)} floors")
        floors = [code.name if at == depth else "" for at in range(len(FLOORS))]
        rows.append((*floors, code.description, code.colour, code.id))
    return written([Page(TITLE, HEAD, rows, {"설명": 50, "id": 38, **dict.fromkeys(FLOORS, 22)}, HEAD[:-1])])


def read(path: Path, study: str, version: int) -> Codebook:
    """The code tree in such a workbook. Raises AnswersInvalid for what is no tree."""
    codes, above = list[Code](), list[Code]()
    for number, row in enumerate(rows_of(path, TITLE, HEAD), start=2):
        named = [(depth, name) for depth, floor in enumerate(FLOORS) if (name := row[floor].strip())]
        if len(named) != 1 or named[0][0] > len(above):
            raise AnswersInvalid(path=path, where=f"{TITLE} {number}: {FLOORS[0]} … {FLOORS[-1]}")
        ((depth, name),) = named
        del above[depth:]
        way = "\n".join((study, *(code.name for code in above), name))
        id = row["id"].strip() or str(uuid.uuid5(uuid.NAMESPACE_OID, way))
        try:
            code = Code(id, above[-1].id if above else None, name, row["색"].strip(), row["설명"].strip())
        except ValueError:
            raise AnswersInvalid(path=path, where=f"{TITLE} {number}: 색") from None
        codes.append(code)
        above.append(code)
    try:
        return Codebook(study, version, tuple(codes))
    except ValueError as error:
        raise AnswersInvalid(path=path, where=f"{TITLE}: {error}") from None
