"""Packages for coders' programs and readers, as coding stores: every publication makes a version of them.

    exports/STUDY/qualcoder/0003/김코더/peers-김코더.qda    one for each coder of the study, or one for all
    exports/STUDY/돌려받음/김코더/…                         what coders hand back

A package holds every release that may be read, the study's code tree and its coder's own codings, where the own store
has them. No version is ever written over: a coder's work may be in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import exports
from pipeline.archives import Unpackable, unpacked
from pipeline.errors import CodingsUnreadable, CopiesOut, ProjectOpen
from pipeline.interview import InterviewId, normal_text
from pipeline.package import Package
from pipeline.places import Home
from pipeline.printing import Convention
from pipeline.qualcoder import blot_out
from pipeline.settings import Settings
from pipeline.stores import given, packages
from pipeline.stores.database.handed import Work
from pipeline.stores.keyring import service_identity
from pipeline.stores.sealed import private_folder
from pipeline.stores.vault import Vault, holds_interviews
from pipeline.transcript import Released

RETURNED = "돌려받음"
STORES: Mapping[str, str] = {"qualcoder": "qda", "refi": "qdpx"} | {
    form: form for form in exports.FORMATS if form not in ("qda", "qdpx", "qdc")
}
"""Store, as ``publish.stores`` names it, and the format of its packages."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the packages of one format lie; `work` gives what the own store has of a study."""

    name: str
    home: Home
    settings: Settings
    work: Callable[[str], Work]

    def folder(self, study: str) -> Path:
        """Of the study's versions."""
        return self.home.exports / study / self.name


def send(released: Released, sha256: str, *, shelf: Shelf) -> int:
    """Write the study's packages with this release among them; their version.

    Raises PlaceBusy, DiskFull, PlaceUnwritable, StoreRefused, and what the own store raises.
    """
    study = released.interview.study
    with packages.held(shelf.folder(study)):
        for coder in shelf.settings.publish.coders:
            private_folder(returned(shelf.home, study) / coder)
        return _renewed(shelf, study, {str(released.interview): (sha256, released)})


def renew(study: str, *, shelf: Shelf) -> int:
    """Write the packages anew, with the code tree and codings of now; 0 where nothing of the study may be read."""
    with packages.held(shelf.folder(study)):
        return _renewed(shelf, study, {})


def _renewed(shelf: Shelf, study: str, sent: Mapping[str, tuple[str, Released]]) -> int:
    vault = Vault(shelf.home.vault, service_identity(shelf.home.keys)) if holds_interviews(shelf.home.vault) else None
    found = given.of_study(vault, study) if vault else ()
    known = {str(released.interview): (sha256, released) for sha256, released in found} | dict(sent)
    if not known:
        return 0
    releases = tuple(known[name][1] for name in sorted(known))
    work, convention = shelf.work(study), Convention(**shelf.settings.printing.model_dump())
    form = STORES[shelf.name]
    made = {}
    for coder in shelf.settings.publish.coders or ("",):
        package = Package(releases, work.tree, coder, work.of(coder) if coder else (), (), convention)
        rendered, name = exports.rendered(package, form), f"{study}-{coder}" if coder else study
        of_files = isinstance(rendered, Mapping) and form != "qda"  # a folder with a file for each interview
        ending = "" if of_files else f".{exports.ENDINGS.get(form, form)}"
        made[f"{coder}/{name}{ending}".lstrip("/")] = rendered
    return packages.add(shelf.folder(study), made, {name: sha256 for name, (sha256, _) in known.items()})


def returned(home: Home, study: str) -> Path:
    """Where what coders hand back is put, in a folder for each."""
    return home.exports / study / RETURNED


# --- taking releases back -------------------------------------------------------------------------------------------


def withhold(interview: InterviewId, newer: str, shown: Mapping[str, Sequence[str]], *, shelf: Shelf) -> None:
    """Take the release out of every package: those that nobody touched go, and one without it is written.

    A QualCoder project that a coder worked in keeps their codings and loses what is `shown`. Raises CopiesOut for files
    that cannot be blotted out, after all else was done; done again it changes nothing more.
    """
    store, quotes = shelf.folder(interview.study), tuple({quote for some in shown.values() for quote in some})
    if not store.exists() and not returned(shelf.home, interview.study).exists():
        return
    with packages.held(store):
        left = list[Path]()
        for version in packages.versions(store):
            if version.releases.get(str(interview), newer) != newer:
                worked_in = packages.touched(store, version)
                left += [path for path in worked_in if not _blotted(path, str(interview), quotes)]
                packages.remove(store, version, worked_in)
        left += [path for path in _handed_back(shelf.home, interview.study) if _shows(path, str(interview), quotes)]
        if store.exists():
            _renewed(shelf, interview.study, {})
    if left:
        raise CopiesOut(count=len(left), path=shelf.home.exports / interview.study)


def _handed_back(home: Home, study: str) -> Iterator[Path]:
    """Files, and project folders whole."""
    for path in sorted(returned(home, study).rglob("*")):
        inside = any(above.suffix == ".qda" for above in path.parents)
        if not inside and (path.suffix == ".qda" or path.is_file()):
            yield path


def _shows(path: Path, interview: str, quotes: Sequence[str]) -> bool:
    return not _blotted(path, interview, quotes)


def _blotted(path: Path, interview: str, quotes: Sequence[str]) -> bool:
    """Whether nothing of `quotes` stands in it any more. Where it is a QualCoder project they are blotted out."""
    if not quotes:
        return True
    if path.suffix == ".qda" and path.is_dir():
        try:
            blot_out(path, interview, quotes)
        except (ProjectOpen, CodingsUnreadable):
            return False
        return True
    files = [one for one in path.rglob("*") if one.is_file()] if path.is_dir() else [path]
    return not any(quote in normal_text(text) for file in files for text in _texts(file) for quote in quotes)


def _texts(file: Path) -> Iterable[str]:
    """What can be read of a file: its own bytes, and where it is an archive, its members'."""
    try:
        data = list(unpacked(file, lambda name: True).values())
    except Unpackable:
        data = []  # no archive
    return (one.decode("utf-8", "ignore") for one in (file.read_bytes(), *data))
