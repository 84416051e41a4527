"""What `chaerok export` does: packages of released interviews, written as files or folders. Knows no terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flows.desk import walk_of
from pipeline import destinations, exports, inputs, masking, quarantine, steps
from pipeline.archives import put
from pipeline.codes import Codebook, Coding
from pipeline.errors import (
    AudioConsentMissing,
    CoderUnknown,
    ExportTaken,
    MaskingOff,
    NothingCoded,
    NothingReleased,
    SettingsInvalid,
    Waiting,
)
from pipeline.gathering import refi
from pipeline.interview import ReleasedAudio
from pipeline.package import Copy, Package
from pipeline.places import Home
from pipeline.printing import Convention
from pipeline.stores.keyring import service_identity
from pipeline.stores.packages import write_folder
from pipeline.stores.sealed import write_atomically_by
from pipeline.stores.vault import Vault, holds_interviews
from pipeline.transcript import Released
from pipeline.walk import Walk


@dataclass(frozen=True, slots=True)
class Asked:
    """What goes into a package beside the releases: for whom it is, voices, codings, and another code tree than the
    study's own.
    """

    coder: str = ""
    codebook: Path | Codebook | None = None
    audio: bool = False
    codings: bool = False
    """The coder's own, as the study's own store has them."""


NOTHING_ELSE = Asked()


@dataclass(frozen=True, slots=True)
class Exported:
    """Where it went, and the interviews that are not in it because they are not released or are quarantined."""

    path: Path
    interviews: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def export(interview: str, form: str, to: Path | None, asked: Asked = NOTHING_ELSE) -> Path:
    """Write one release; where.

    Raises Waiting, SettingsInvalid for an unknown format, ExportTaken, CodingsUnreadable for the code tree's file; with
    audio also MaskingOff, AudioConsentMissing.
    """
    walk = walk_of(interview)
    if quarantine.in_force(walk):
        raise Waiting("quarantine", interview)
    released = walk.vault.read(walk.interview, Released)
    if released is None:
        raise Waiting("released", interview)
    copies = (_copy(walk),) if asked.audio else ()
    tree, codings = _work(asked, walk, form)
    package = Package((released,), tree, asked.coder, codings, copies, convention(walk))
    return write(package, form, to or Path(f"{interview}.{exports.ENDINGS.get(form, form)}"))


def export_study(study: str, form: str, to: Path | None, asked: Asked = NOTHING_ELSE) -> Exported:
    """Write every release of a study; what is not released is left out, and a voice that may not be heard is too.

    Raises StudyInvalid, NothingReleased, and as `export`.
    """
    home = Home.here()
    inputs.study_of(home, study)
    walks = _walks(home, study)
    ready = [(walk, released) for walk in walks if not quarantine.in_force(walk) if (released := _released(walk))]
    if not ready:
        raise NothingReleased(study=study)
    copies = tuple(copy for walk, _ in ready if (copy := _copy_if_any(walk))) if asked.audio else ()
    releases = tuple(released for _, released in ready)
    tree, codings = _work(asked, ready[0][0], form)
    package = Package(releases, tree, asked.coder, codings, copies, convention(ready[0][0]))
    name = f"{study}-{asked.coder}" if asked.coder else study
    path = write(package, form, to or Path(f"{name}.{exports.ENDINGS.get(form, form)}"))
    done = {walk.interview for walk, _ in ready}
    left_out = tuple(str(walk.interview) for walk in walks if walk.interview not in done)
    return Exported(path, tuple(map(str, sorted(done))), left_out)


def convention(walk: Walk) -> Convention:
    """How the walk's study prints transcripts."""
    return Convention(**walk.settings.printing.model_dump())


def write(package: Package, form: str, path: Path) -> Path:
    """Write the package whole or not at all, open to its owner alone. A folder that is there is never written over.

    Raises SettingsInvalid, ExportTaken, DiskFull, PlaceUnwritable.
    """
    if package.coder and Path(package.coder).name != package.coder:
        raise SettingsInvalid(path="--coder", where="a name without / or \\")
    made = exports.rendered(package, form)
    if not isinstance(made, Mapping):
        write_atomically_by(path, partial(put, made))
    elif path.exists():
        raise ExportTaken(path=path)  # a coder's work may be in it
    else:
        write_folder(made, path)
    return path


def _walks(home: Home, study: str) -> tuple[Walk, ...]:
    if not holds_interviews(home.vault):
        return ()
    identity = service_identity(home.keys)
    return tuple(
        inputs.walk_of(home, interview, identity)
        for interview in Vault(home.vault, identity).interviews()
        if interview.study == study
    )


def _released(walk: Walk) -> Released | None:
    return walk.vault.read(walk.interview, Released)


def _work(asked: Asked, walk: Walk, form: str) -> tuple[Codebook | None, tuple[Coding, ...]]:
    """The code tree, and the coder's codings where they are asked for.

    Raises CoderUnknown for one that the study does not have, NothingCoded for one without codings.
    """
    study, coders = walk.interview.study, walk.settings.publish.coders
    if asked.coder and coders and asked.coder not in coders:
        raise CoderUnknown(coder=asked.coder, known=", ".join(coders))
    given = refi.codebook(asked.codebook, study) if isinstance(asked.codebook, Path) else asked.codebook
    if form not in exports.CODED or (given is not None and not asked.codings):
        return given, ()
    work = destinations.shelf_of("refi", walk.settings, walk.home).work(study)
    mine = work.of(asked.coder) if asked.codings else ()
    if asked.codings and not mine:
        known = sorted({coding.coder for coding in work.codings})
        raise NothingCoded(study=study, what=asked.coder or "--coder", known=", ".join(known) or "-")
    return given or work.tree, mine


def _copy(walk: Walk) -> Copy:
    """The masked copy, where it may be heard and is of the present release. Raises MaskingOff, Waiting …"""
    masking.require_on(walk)
    audio = walk.vault.read(walk.interview, ReleasedAudio)
    if audio is None or not steps.is_current(steps.step("mask"), walk):
        raise Waiting("audio", str(walk.interview))
    return Copy(audio, partial(masking.sound, walk, audio))


def _copy_if_any(walk: Walk) -> Copy | None:
    try:
        return _copy(walk)
    except (MaskingOff, AudioConsentMissing, Waiting):
        return None  # its transcript goes without a voice
