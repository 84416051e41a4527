"""What the verbs about coders' work do: collecting it, code trees, coders, packages; also for `collect-codings`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import destinations, handed_back, inputs
from pipeline.codes import Codebook
from pipeline.coding import code_table
from pipeline.errors import ChaerokError, CoderUnknown, CodesMissing, FileMissing, NothingReleased, SettingsInvalid
from pipeline.exports import refi_project
from pipeline.gathering import qualcoder, refi
from pipeline.places import Home
from pipeline.settings import Settings, load
from pipeline.stores.database import books, gathering, handed, placed, rights, verdicts
from pipeline.stores.sealed import write_atomically


def place_of(study: str) -> tuple[Settings, Home, str]:
    """The study's settings, the home, and the URL of its own store. Raises StudyInvalid, SettingsInvalid."""
    home = Home.here()
    known = inputs.study_of(home, study)
    settings = load(home, known.settings, inputs.study_path(home, study))
    return settings, home, destinations.database_url(settings, home)


# --- collecting -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Collected:
    """What came out of one store: what was taken in, or why nothing could be."""

    store: str
    taken: gathering.Taken | None = None
    error: ChaerokError | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The study's codings as they stand: by coder, by state of their anchor, and how many wait for a person."""

    coders: tuple[tuple[str, int], ...]
    states: tuple[tuple[str, int], ...]
    waiting: int


def is_begun(study: str) -> bool:
    """Whether there is a store to take codings into."""
    _, _, url = place_of(study)
    return handed.is_begun(url)


def collect(study: str, round: int | None = None, files: Sequence[Path] = (), coder: str = "") -> tuple[Collected, ...]:
    """Take in what every store of the study has; one that cannot be read keeps none of the others from it.

    With `files` these alone, as of `coder` where one is named. Without `round` that of the study's settings.
    Raises StudyInvalid, SettingsInvalid; for files also CoderUnknown, FileMissing, CodingsUnreadable, ProjectOpen.
    """
    settings, home, url = place_of(study)
    number = round or settings.publish.round
    if not files:
        stores = destinations.gathering_stores(settings, home)
        return tuple(_collected(name, gather, study, url, number) for name, gather in stores)
    if coder and settings.publish.coders and coder not in settings.publish.coders:
        raise CoderUnknown(coder=coder, known=", ".join(settings.publish.coders))
    gathered = handed_back.read_files(study, files, coder, shelf=destinations.shelf_of("refi", settings, home))
    taken = gathering.take(url, study, gathered, handed_back.STORE, number)
    theirs = {one.coder for one in gathered.codings}
    vanished = tuple(row for row in taken.vanished if row[0] in theirs)  # the others' files were not given
    return (Collected(handed_back.STORE, replace(taken, vanished=vanished)),)


def _collected(name: str, gather: destinations.Gather, study: str, url: str, round: int) -> Collected:
    try:
        return Collected(name, gathering.take(url, study, gather(study), name, round))
    except ChaerokError as error:
        return Collected(name, error=error)


def standing(study: str) -> Standing:
    """Counts alone. Raises what the store raises."""
    _, _, url = place_of(study)
    found = placed.placed(url, study)
    coders = Counter({each.id: each.coder for each in found}.values())
    states = Counter({each.id: each.state.value for each in found}.values())
    waiting = len(verdicts.listed(url, study))
    return Standing(tuple(sorted(coders.items())), tuple(sorted(states.items())), waiting)


# --- code trees -----------------------------------------------------------------------------------------------------


def codebook(study: str, sheet: Path | None, to: Path | None, freeze: bool) -> Codebook:
    """The newest code tree of the study; with `sheet` that one first, as a new version once the last one is frozen.

    `sheet` is a table (.xlsx), a REFI-QDA codebook or project, or a QualCoder project. Written as .qdc where `to` says
    so. Raises AnswersInvalid, CodingsUnreadable, ProjectOpen, CodeInUse, CodesMissing where there is none yet.
    """
    _, _, url = place_of(study)
    newest = books.codebook(url, study) if is_begun(study) else None
    if sheet:
        version = (newest.version + newest.frozen) if newest else 1
        books.put_codebook(url, _read_tree(sheet, study, version, newest))
        newest = books.codebook(url, study)
    if newest is None:
        raise CodesMissing(study=study)
    if freeze and books.freeze(url, study, newest.version):
        newest = books.codebook(url, study) or newest
    if to:
        write_atomically(to, [refi_project.tree(newest) if to.suffix.lower() == ".qdc" else code_table.table(newest)])
    return newest


TREES = {".qdc": refi.codebook, ".qdpx": refi.codebook, ".qda": qualcoder.codebook}


def _read_tree(path: Path, study: str, version: int, known: Codebook | None) -> Codebook:
    if not path.exists():
        raise FileMissing(path=path)
    if read := TREES.get(path.suffix.lower()):
        return read(path, study, version, known)
    return code_table.read(path, study, version)


# --- coders ---------------------------------------------------------------------------------------------------------


def coders(study: str) -> tuple[handed.KnownCoder, ...]:
    """Who codes in the study, with those that its settings name. Raises what the store raises."""
    settings, _, url = place_of(study)
    known = handed.coders(url, study) if handed.is_begun(url) else ()
    named = {one.name for one in known}
    new = (handed.KnownCoder(name, 0, "") for name in settings.publish.coders if name not in named)
    return tuple(sorted((*known, *new), key=lambda one: one.name))


def admit(study: str, coder: str, role: str) -> None:
    """Let a PostgreSQL role read as `coder`. Raises CoderUnknown, RoleUnfit."""
    settings, _, url = place_of(study)
    if settings.publish.coders and coder not in settings.publish.coders:
        raise CoderUnknown(coder=coder, known=", ".join(settings.publish.coders))
    rights.admit(url, study, coder, role)


# --- packages -------------------------------------------------------------------------------------------------------


def renew(study: str) -> tuple[tuple[str, int], ...]:
    """Write the study's packages anew, with the code tree and codings of now: (store, version).

    Raises NothingReleased, SettingsInvalid where the study has no packages, and what the stores raise.
    """
    settings, home, _ = place_of(study)
    stores = destinations.renewing_stores(settings, home)
    if not stores:
        raise SettingsInvalid(path=f"{study}.toml", where="[settings.publish] stores: qualcoder, refi …")
    made = tuple((name, write(study)) for name, write in stores)
    if not all(version for _, version in made):
        raise NothingReleased(study=study)
    return made
