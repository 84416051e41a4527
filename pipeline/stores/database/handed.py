"""What of the store goes with releases into coders' packages: the code tree, and codings where they surely lie now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.codes import Codebook, Coding
from pipeline.coding.anchors import Anchor
from pipeline.stores.database.books import book_in
from pipeline.stores.database.memos import on_codings
from pipeline.stores.database.opening import in_transaction, parsed
from pipeline.stores.database.placed import placed_in
from pipeline.stores.database.schema import Coder, Study
from pipeline.stores.database.schema import Coding as CodingRow


@dataclass(frozen=True, slots=True)
class Work:
    """A study's newest code tree, where it has one, and codings on the current releases, of all coders."""

    tree: Codebook | None = None
    codings: tuple[Coding, ...] = ()

    def of(self, coder: str) -> tuple[Coding, ...]:
        """One coder's own."""
        return tuple(coding for coding in self.codings if coding.coder == coder)


@dataclass(frozen=True, slots=True)
class KnownCoder:
    """A coder of a study: how many codings they have, and as which PostgreSQL role they may read."""

    name: str
    codings: int
    role: str


def is_begun(url: str) -> bool:
    """Whether there is a store at `url`: an SQLite file comes with the first release. Raises SettingsInvalid."""
    address = parsed(url)
    return address.get_backend_name() != "sqlite" or Path(str(address.database)).is_file()


def work(url: str, study: str, round: int = 1) -> Work:
    """The study's work of a round of coding; nothing of a store that is not begun.

    A coding that waits for a person's verdict is not among them. Raises the errors of `opening.in_transaction`.
    """
    return in_transaction(url, lambda session: _work(session, study, round), write=False) if is_begun(url) else Work()


def _work(session: Session, study: str, round: int) -> Work:
    sure = [each for each in placed_in(session, study, round) if each.state in (Anchor.EXACT, Anchor.MOVED)]
    notes = on_codings(session, [each.id for each in sure])
    found = (
        Coding(each.coder, each.code, each.segment, 0, each.start, each.end, each.quote, notes.get(each.id, ""))
        for each in sure
    )
    return Work(book_in(session, study), tuple(dict.fromkeys(found)))


def coders(url: str, study: str) -> tuple[KnownCoder, ...]:
    """Everyone who codes in the study, by name. Raises the errors of `opening.in_transaction`."""

    def known(session: Session) -> tuple[KnownCoder, ...]:
        of_study = select(Coder).join(Study, Study.id == Coder.study_id).where(Study.code == study).order_by(Coder.name)
        counts = Counter(session.scalars(select(CodingRow.coder_id).where(CodingRow.deleted_at.is_(None))))
        return tuple(KnownCoder(one.name, counts[one.id], one.database_role or "") for one in session.scalars(of_study))

    return in_transaction(url, known, write=False)
