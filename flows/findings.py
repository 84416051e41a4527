"""What is found in codings: agreement, what a release could not carry, themes, member checks.

Everything that is written for people lies under CHAEROK_HOME/coding, 0600: pseudonymized text, for coders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.coding import place_of
from pipeline.coding import drawing, member_pages, sheets
from pipeline.coding.agreement import Agreement, comparable, compare, disagreements, reconciled
from pipeline.coding.theme_book import theme_book
from pipeline.coding.themes import Theme, Yield, checked_themes, gathered, saturation
from pipeline.coding.validity import Validity, content_validity
from pipeline.errors import AnswersInvalid, CodesMissing, NothingCoded
from pipeline.places import Home
from pipeline.stores.database import agreed, checks, verdicts
from pipeline.stores.sealed import write_atomically


def _folder(home: Home, study: str) -> Path:
    return home.coding / study


# --- agreement ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agreed:
    """Before and after reconciliation (None: nothing was decided yet), the workbook, and names of codes."""

    before: Agreement
    after: Agreement | None
    sheet: Path
    disagreements: int
    names: dict[str, str]


def agree(study: str, coders: Sequence[str] = (), round: int = 1, to: Path | None = None) -> Agreed:
    """Compare the coders named, else all of the round; write the workbook. Raises CodesMissing, NothingCoded."""
    _, home, url = place_of(study)
    found = agreed.round_of(url, study, round)
    chosen = tuple(dict.fromkeys(coders)) or found.coders
    if len(chosen) < 2 or set(chosen) - set(found.coders):
        raise NothingCoded(study=study, what=f"round {round}", known=", ".join(found.coders) or "-")
    rated = comparable(found.rated, chosen)
    if not rated:
        raise NothingCoded(study=study, what=", ".join(chosen), known=", ".join(found.coders))
    before = compare(rated, chosen)
    after = compare(reconciled(rated, found.decided), chosen) if found.decided else None
    differing = disagreements(rated)
    book = sheets.Compared(before, after, differing, found.texts, found.names, found.decided)
    path = to or _folder(home, study) / f"agreement-{round}.xlsx"
    write_atomically(path, [sheets.agreement_book(book)])
    return Agreed(before, after, path, len(differing), dict(found.names))


def import_decisions(study: str, path: Path, round: int, actor: str) -> int:
    """Keep what coders agreed on; how many decisions. Raises AnswersInvalid."""
    _, _, url = place_of(study)
    decided = sheets.decisions(path)
    if unknown := agreed.reconcile(url, study, round, decided, actor):
        raise AnswersInvalid(path=path, where=f"{len(unknown)}: 면담과 줄, 코드 id")
    return len(decided)


# --- codings that wait for a person ---------------------------------------------------------------------------------


def write_list(study: str, to: Path | None = None) -> tuple[Path | None, int]:
    """The list of codings to look at as a workbook, and how many; no file where there is none."""
    _, home, url = place_of(study)
    rows = verdicts.listed(url, study)
    if not rows:
        return None, 0
    path = to or _folder(home, study) / "look.xlsx"
    write_atomically(path, [sheets.look_book(
        (str(each.interview), each.coder, each.code, sheets.STATES[each.state.value], each.was, each.around, each.line,
         each.now, each.likeness, "", "", "", str(each.id)) for each in rows
    )])  # fmt: skip
    return path, len(rows)


def import_verdicts(study: str, path: Path, actor: str) -> int:
    """Take a person's verdicts in; how many. Raises AnswersInvalid."""
    _, _, url = place_of(study)
    found = sheets.verdicts(path)
    try:
        verdicts.judged(url, study, found, actor)
    except verdicts.Refused as refused:
        raise AnswersInvalid(path=path, where=f"id {', '.join(map(str, refused.ids))}") from None
    return len(found)


# --- themes ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Themes:
    """The tree, the curve, the files; `unplaced` codings have a code that is not in the tree. `png`: could be drawn."""

    themes: tuple[Theme, ...]
    yields: tuple[Yield, ...]
    files: tuple[Path, ...]
    unplaced: int
    png: bool


def themes(study: str, round: int | None = None, to: Path | None = None) -> Themes:
    """Gather the study's codings to themes; write workbook and pictures. Raises CodesMissing, NothingCoded."""
    _, home, url = place_of(study)
    found = checks.material(url, study, round)
    if found.book is None:
        raise CodesMissing(study=study)
    if not found.said:
        raise NothingCoded(study=study, what="codings", known="-")
    tree, yields = gathered(found.book, found.said), saturation(found.said, found.interviews)
    known = {code.id for code in found.book.codes}
    strangers = [each for each in found.said if each.code not in known]
    folder = to or _folder(home, study)
    png = drawing.korean_font() is not None
    made = {"themes.xlsx": theme_book(tree, yields, strangers)}
    for form in ("svg", "png") if png else ("svg",):
        made[f"themes.{form}"] = drawing.tree_picture(tree, study, form)
        made[f"saturation.{form}"] = drawing.saturation_picture(yields, study, form)
    for name, content in made.items():
        write_atomically(folder / name, [content])
    return Themes(tree, yields, tuple(folder / name for name in made), len(strangers), png)


# --- member checks --------------------------------------------------------------------------------------------------


def _checked(study: str, url: str) -> tuple[Theme, ...]:
    found = checks.material(url, study)
    if found.book is None:
        raise CodesMissing(study=study)
    if not found.said:
        raise NothingCoded(study=study, what="codings", known="-")
    return checked_themes(found.book, gathered(found.book, found.said))


def write_pages(study: str, participants: Sequence[str] = (), to: Path | None = None) -> tuple[Path, ...]:
    """Pages and an answer sheet for each participant named, else for each who is quoted.

    Raises CodesMissing, NothingCoded.
    """
    _, home, url = place_of(study)
    tree = _checked(study, url)
    quoted = sorted({who for theme in tree for who in theme.participants})
    chosen = tuple(dict.fromkeys(participants)) or tuple(quoted)
    if not chosen or set(chosen) - set(quoted):
        raise NothingCoded(study=study, what=", ".join(chosen), known=", ".join(quoted) or "-")
    folder, files = to or _folder(home, study) / "member", list[Path]()
    for who in chosen:
        mine = member_pages.quoting(tree, who)
        for name, content in (
            (f"{who}.docx", member_pages.pages(who, checks.own_lines(url, study, who), mine)),
            (f"{who}.xlsx", member_pages.answer_sheet(who, mine)),
        ):
            write_atomically(folder / name, [content])
            files.append(folder / name)
    checks.sent(url, study, chosen)
    return tuple(files)


def import_answers(study: str, paths: Sequence[Path]) -> int:
    """Keep what came back in these sheets, all of them or none; of how many participants. Raises AnswersInvalid."""
    _, _, url = place_of(study)
    tree = _checked(study, url)
    known = {who: [theme.code.id for theme in member_pages.quoting(tree, who)] for t in tree for who in t.participants}
    found = [answer for path in paths for answer in member_pages.answers(path, known)]
    return checks.returned(url, study, found)


def validity(study: str) -> tuple[Validity, dict[str, str]]:
    """The content validity index of the newest codebook's themes, and their names by id.

    Raises CodesMissing, NothingCoded.
    """
    _, _, url = place_of(study)
    tree = _checked(study, url)
    items = [theme.code.id for theme in tree]
    return content_validity(checks.all_answers(url, study), items), {t.code.id: t.code.name for t in tree}
