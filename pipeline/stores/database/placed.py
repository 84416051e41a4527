"""Codings read out of the coding store, where they lie in the current transcripts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from pipeline.coding.anchors import Anchor
from pipeline.interview import InterviewId
from pipeline.stores.database.opening import in_transaction


@dataclass(frozen=True, slots=True)
class Placed:
    """A coding as it lies in a current transcript; one for each line that it covers. `code` is a uid."""

    id: int
    interview: InterviewId
    segment: str
    number: str
    line: int
    coder: str
    code: str
    start: int
    end: int
    quote: str
    state: Anchor
    round: int


PLACED = ("coding_id", "segment", "number", "line", "coder", "code", "start_cp", "end_cp", "exact", "state", "round")
KEY = ("study", "participant", "session")
VIEW = table("current_codings", *(column(name) for name in (*KEY, *PLACED)))


def placed(url: str, study: str, round: int | None = None) -> tuple[Placed, ...]:
    """Every coding of a study where it lies in the current transcripts, in order of place."""
    return in_transaction(url, lambda session: placed_in(session, study, round), write=False)


def placed_in(session: Session, study: str, round: int | None = None) -> tuple[Placed, ...]:
    """As `placed`, inside a transaction."""
    wanted = select(*VIEW.c).where(VIEW.c.study == study)
    wanted = wanted if round is None else wanted.where(VIEW.c.round == round)
    order = (VIEW.c[name] for name in ("participant", "session", "line", "start_cp", "coder", "code"))
    return tuple(
        Placed(
            found.coding_id,
            InterviewId(found.study, found.participant, found.session),
            found.segment,
            found.number,
            found.line,
            found.coder,
            found.code,
            found.start_cp,
            found.end_cp,
            found.exact,
            Anchor(found.state),
            found.round,
        )
        for found in session.execute(wanted.order_by(*order))
    )
