"""Code trees in the coding store: versions of a study's codebook, each changed until it is frozen.

A code's `uid` is its identity over all versions; its name and its place in the tree belong to a version.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from pipeline import codes
from pipeline.errors import CodebookFrozen, CodeInUse
from pipeline.interview import normal_text
from pipeline.stores.database import audit
from pipeline.stores.database.opening import in_transaction
from pipeline.stores.database.schema import Code, Codebook, Coding, MemberAnswer, Reconciliation, Study
from pipeline.stores.database.writing import row


def put_codebook(url: str, book: codes.Codebook) -> None:
    """Store a codebook: a new version, or a version that is there, made to be as `book` is.

    The same again changes nothing. Raises CodebookFrozen for a change of a frozen one, CodeInUse where a code would go
    that codings bear, and the errors of `opening.in_transaction`.
    """
    in_transaction(url, lambda session: _put(session, book, datetime.now(UTC)), write=True)


def codebook(url: str, study: str, version: int | None = None) -> codes.Codebook | None:
    """A version of a study's codebook, without `version` the newest; None where there is none."""
    return in_transaction(url, lambda session: book_in(session, study, version), write=False)


def freeze(url: str, study: str, version: int) -> bool:
    """From now on this version may not change; False where there is no such version. For good."""

    def work(session: Session) -> bool:
        found = row_of(session, study, version)
        if found and found.frozen_at is None:
            found.frozen_at = datetime.now(UTC)
            audit.append(session, found.frozen_at, "pipeline", "freeze", study, {"version": found.version})
        return found is not None

    return in_transaction(url, work, write=True)


def book_in(session: Session, study: str, version: int | None = None) -> codes.Codebook | None:
    """As `codebook`, inside a transaction."""
    found = row_of(session, study, version)
    if found is None:
        return None
    rows = session.scalars(select(Code).where(Code.codebook_id == found.id).order_by(Code.position, Code.id)).all()
    uids = {each.id: each.uid for each in rows}
    listed = tuple(
        codes.Code(each.uid, uids.get(each.parent_id or 0), each.name, each.colour, each.description) for each in rows
    )
    return codes.Codebook(study, found.version, listed, found.frozen_at is not None)


def row_of(session: Session, study: str, version: int | None = None) -> Codebook | None:
    """The row of that version of the study's code tree; without `version` of the newest."""
    of_study = select(Codebook).join(Study, Study.id == Codebook.study_id).where(Study.code == study)
    if version is not None:
        of_study = of_study.where(Codebook.version == version)
    return session.scalar(of_study.order_by(Codebook.version.desc()).limit(1))


def codes_ever(session: Session, study: str) -> Sequence[Row[str, int, str]]:
    """(uid, row, name) of every code of every version of the study's code tree, oldest version first."""
    return session.execute(
        select(Code.uid, Code.id, Code.name)
        .join(Codebook, Codebook.id == Code.codebook_id)
        .join(Study, Study.id == Codebook.study_id)
        .where(Study.code == study)
        .order_by(Codebook.version)
    ).all()


def _put(session: Session, book: codes.Codebook, at: datetime) -> None:
    before = row_of(session, book.study, book.version)
    wanted = _normal(book)
    if before is not None:
        same = book_in(session, book.study, book.version)
        if same and same.codes == wanted:
            before.frozen_at = before.frozen_at or (at if book.frozen else None)
            return
        if before.frozen_at is not None:
            raise CodebookFrozen(study=book.study, version=book.version)
    study = row(session, Study, code=book.study)
    target = row(session, Codebook, study_id=study.id, version=book.version)
    _write(session, target, wanted)
    if book.frozen:
        target.frozen_at = at
    facts = {"version": book.version, "codes": len(book.codes), "frozen": book.frozen}
    audit.append(session, at, "pipeline", "codebook", book.study, facts)


def _normal(book: codes.Codebook) -> tuple[codes.Code, ...]:
    return tuple(
        codes.Code(code.id, code.parent, normal_text(code.name).strip(), code.colour, normal_text(code.description))
        for code in book.codes
    )


def _write(session: Session, target: Codebook, wanted: tuple[codes.Code, ...]) -> None:
    """The rows of the tree. What goes first makes way: names are unique beside each other at every moment."""
    rows = {each.uid: each for each in session.scalars(select(Code).where(Code.codebook_id == target.id))}
    gone = [rows[uid] for uid in rows.keys() - {code.id for code in wanted}]
    _require_unused(session, [each.id for each in gone])
    for each in gone:
        each.parent_id = None
    for uid, each in rows.items():
        each.name = uid  # out of the way of a name that goes to another code
    session.flush()
    for each in gone:
        session.delete(each)
    session.flush()
    ordered = [code for _, code in codes.Codebook("-", 1, wanted).walk()]
    position = {code.id: place for place, code in enumerate(wanted)}
    for code in ordered:
        known = rows.get(code.id)
        if known is None:
            known = rows[code.id] = Code(codebook_id=target.id, uid=code.id, name=code.id)
            session.add(known)
        known.parent_id = rows[code.parent].id if code.parent else None
        known.colour, known.description, known.position = code.colour, code.description, position[code.id]
        session.flush()
    for code in ordered:
        rows[code.id].name = code.name
    session.flush()


def _require_unused(session: Session, ids: list[int]) -> None:
    used = sum(
        bool(session.scalar(select(table).where(table.code_id.in_(ids)).limit(1)))
        for table in (Coding, Reconciliation, MemberAnswer)
    )
    if ids and used:
        raise CodeInUse(count=len(ids))
