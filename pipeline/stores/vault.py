"""The vault: an interview's artifacts and audio, sealed, with a stamp beside each artifact.

::

    vault/<study>/<participant>/participant.key         the participant's data key, wrapped for the service identity
    vault/<study>/<participant>/<session>/NN-name       a sealed artifact (JSON)
                                          NN-name.stamp what it was made of: hashes, ids and versions only, plain JSON
                                          *.blob        sealed audio
                                          failure-STEP  the sealed traceback of a step's last failure
    vault/.scratch/                                     temporary files; emptied of what dead processes left

Everything passes through `pipeline.stores.sealed`: no byte of audio or text is ever on the disk in the clear.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeVar

from filelock import Timeout
from pydantic import TypeAdapter, ValidationError

from pipeline.errors import InterviewUnknown, PlaceBusy, SealBroken
from pipeline.interview import Artifact, Audio, EngineId, InterviewId, Recording, Source
from pipeline.place import Place
from pipeline.stores.keyring import Identity, data_key, renewed
from pipeline.stores.locks import turn
from pipeline.stores.sealed import clear, private_folder, reseal, seal, unseal, write_atomically
from pipeline.stores.sealed import identity as sealed_identity

A = TypeVar("A", bound=Artifact)
T = TypeVar("T")
PCM_BYTES = 2
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an artifact was made of. Two equal stamps, but for the last three fields, mean the same work."""

    step: str
    version: int
    inputs: tuple[tuple[str, str], ...] = ()
    """(artifact, its `made`), and whatever else the step looked at, as a hash."""
    settings: str = ""
    engine: EngineId | None = None
    made: str = ""
    """sha256 of the artifact's JSON."""
    sealed: str = ""
    """Identity of the sealed file, so that a stamp never vouches for another file than its own."""
    seconds: float = 0.0
    """How long the work took."""

    def same_work(self, other: Stamp | None) -> bool:
        """True where `other` was made by the same step from the same inputs, settings and engine."""
        mine = (self.step, self.version, self.inputs, self.settings, self.engine)
        return other is not None and mine == (other.step, other.version, other.inputs, other.settings, other.engine)


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    """Made once for each noun: it takes milliseconds, more than reading does."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def to_json(value: object) -> bytes:
    """A noun as JSON (UTF-8); `from_json` is its inverse."""
    return _adapter(type(value)).dump_json(value)


def from_json(kind: type[A], data: bytes) -> A:
    """The value that `to_json` wrote. Raises ValueError without quoting it."""
    try:
        return _adapter(kind).validate_json(data)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
    raise ValueError(f"not a {kind.__name__}: {problem['type']}")


def holds_interviews(root: Place) -> bool:
    """Whether anything was ever taken in there. A folder may be made before, and the key is made with the first."""
    return next(iter(root.glob(f"*/*/*/{Source.file}")), None) is not None


@dataclass(frozen=True, slots=True)
class Vault:
    """All interviews under `root`, opened with the service `identity`."""

    root: Place
    identity: Identity

    def folder(self, interview: InterviewId) -> Place:
        """Where the interview lies."""
        return self.root / interview.study / interview.participant / interview.session

    def _key(self, interview: InterviewId, *, make: bool = False) -> bytes:
        path = self.folder(interview).parent / "participant.key"
        # Where something is sealed already, a missing key is a lost key: a new one would hide that.
        return data_key(path, self.identity, make=make and not any(path.parent.glob("*/[!.]*")))

    def interviews(self) -> tuple[InterviewId, ...]:
        """Every interview that has been taken in, in order of its id."""
        sources = self.root.glob(f"*/*/*/{Source.file}")
        return tuple(sorted(InterviewId(*path.parent.relative_to(self.root).parts) for path in sources))

    @contextmanager
    def locked(self, interview: InterviewId, what: str, patience: float = 0.0) -> Iterator[None]:
        """Hold `what` of the interview alone, across processes. Raises PlaceBusy where somebody else does.

        `patience`: seconds to wait before.
        """
        private_folder(self.folder(interview))
        with ExitStack() as stack:
            try:
                stack.enter_context(turn(self.folder(interview) / f".{what}.lock", patience))
            except Timeout:
                raise PlaceBusy(what=f"{interview} ({what})") from None
            yield

    # artifacts

    def write(self, interview: InterviewId, artifact: Artifact, stamp: Stamp) -> Stamp:
        """Seal `artifact`, then its stamp: a crash between the two leaves an artifact that counts as not made."""
        data = to_json(artifact)
        path = self.folder(interview) / artifact.file
        sealed = seal(path, [data], self._key(interview, make=True), self._place(path))
        made = hashlib.sha256(data).hexdigest()
        full = replace(stamp, made=made, sealed=sealed)
        write_atomically(path.with_name(path.name + ".stamp"), [to_json(full)])
        return full

    def read(self, interview: InterviewId, kind: type[A]) -> A | None:
        """The artifact, or None where it was not made yet. Raises SealBroken, KeyMissing, KeyWrong."""
        path = self.folder(interview) / kind.file
        if not path.exists():
            return None
        with unseal(path, self._key(interview), self._place(path)) as stream:
            data = stream.read()
        try:
            return from_json(kind, data)
        except ValueError:
            raise SealBroken(path=path) from None

    def stamp(self, interview: InterviewId, kind: type[Artifact]) -> Stamp | None:
        """The artifact's stamp; None where there is none, or where it vouches for another file."""
        path = self.folder(interview) / kind.file
        beside = path.with_name(path.name + ".stamp")
        try:
            stamp = _adapter(Stamp).validate_json(beside.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        return stamp if stamp.sealed == sealed_identity(path) else None

    def stamped_with(self, study: str, kind: type[Artifact], text: str) -> tuple[InterviewId, ...]:
        """The study's interviews with `text` anywhere in the artifact's stamp, in order; verifies none."""
        stamps = sorted(self.root.glob(f"{study}/*/*/{kind.file}.stamp"))
        found = (path.parent.relative_to(self.root).parts for path in stamps if text.encode() in path.read_bytes())
        return tuple(InterviewId(*parts) for parts in found)

    def remove(self, interview: InterviewId, kind: type[Artifact]) -> None:
        """Take an artifact away, its stamp first."""
        path = self.folder(interview) / kind.file
        path.with_name(path.name + ".stamp").unlink(missing_ok=True)
        path.unlink(missing_ok=True)

    def discard(self, interview: InterviewId) -> None:
        """Undo taking an interview in: its folder goes, and the participant's and study's where they hold no other."""
        clear(self.folder(interview))
        participant = self.folder(interview).parent
        if not any(participant.glob("*/*")):
            clear(participant)
        if isinstance(participant, Path):
            with suppress(OSError):  # not empty: other participants are there
                participant.parent.rmdir()

    # audio

    def write_blob(self, interview: InterviewId, name: str, pieces: Iterable[bytes]) -> tuple[str, int]:
        """Seal a stream as ``name.blob``; returns sha256 and size of its plaintext."""
        digest, size = hashlib.sha256(), 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                yield piece

        path = self._blob(interview, name)
        seal(path, counted(), self._key(interview, make=True), self._place(path))
        return digest.hexdigest(), size

    def open_blob(self, interview: InterviewId, name: str) -> BufferedReader:
        """A sealed stream, seekable. Raises SealBroken."""
        path = self._blob(interview, name)
        if not path.exists():
            raise SealBroken(path=path)
        return unseal(path, self._key(interview), self._place(path))

    def has_blob(self, interview: InterviewId, name: str) -> bool:
        """True where it was written."""
        return self._blob(interview, name).exists()

    def blobs(self, interview: InterviewId, prefix: str) -> tuple[str, ...]:
        """Names of the streams that begin with `prefix`, in order."""
        return tuple(sorted(path.stem for path in self.folder(interview).glob(f"{prefix}*.blob")))

    def remove_blobs(self, interview: InterviewId, prefix: str, keep: Collection[str]) -> None:
        """Take away the streams whose names begin with `prefix`, but for those of `keep`."""
        for path in self.folder(interview).glob(f"{prefix}*.blob"):
            if path.stem not in keep:
                path.unlink(missing_ok=True)

    def audio(self, interview: InterviewId, recording: Recording) -> Audio:
        """The recording, to be read by ranges of samples: nothing but the asked range is ever in memory."""

        def read(start: int, stop: int) -> bytes:
            start, stop = max(0, start), min(stop, recording.samples)
            with self.open_blob(interview, recording.blob) as stream:
                stream.seek(start * PCM_BYTES)
                return stream.read(max(0, stop - start) * PCM_BYTES)

        def levels() -> bytes:
            if not recording.levels_blob:
                return b""
            with self.open_blob(interview, recording.levels_blob) as stream:
                return stream.read()

        return Audio(recording, read, levels)

    def _blob(self, interview: InterviewId, name: str) -> Place:
        return self.folder(interview) / f"{name}.blob"

    def opened(self, interview: InterviewId, path: Place) -> BufferedReader:
        """Any sealed file of the interview. Raises SealBroken, KeyMissing, KeyWrong, FileNotFoundError."""
        return unseal(path, self._key(interview), self._place(path))

    def _place(self, path: Place) -> str:
        return str(path.relative_to(self.root).as_posix())

    # failures

    def write_failure(self, interview: InterviewId, step: str, text: str) -> None:
        """Seal the traceback of a failed step: it may quote what was said, so it goes nowhere else."""
        path = self.folder(interview) / f"failure-{step}"
        seal(path, [text.encode()], self._key(interview, make=True), self._place(path))

    def failures(self, interview: InterviewId) -> dict[str, str]:
        """Step → traceback of its last failure."""
        found = {}
        for path in sorted(self.folder(interview).glob("failure-*")):
            with unseal(path, self._key(interview), self._place(path)) as stream:
                found[path.name.removeprefix("failure-")] = stream.read().decode()
        return found

    def failed(self, interview: InterviewId) -> tuple[str, ...]:
        """The steps whose last try failed, in order; nothing is opened."""
        return tuple(path.name.removeprefix("failure-") for path in sorted(self.folder(interview).glob("failure-*")))

    def clear_failure(self, interview: InterviewId, step: str) -> None:
        """The step succeeded."""
        (self.folder(interview) / f"failure-{step}").unlink(missing_ok=True)


def renew(root: Place, key: Place, opener: Identity, publics: tuple[str, ...]) -> None:
    """Seal all that a participant has in the vault under a new data key instead of the one wrapped at `key`.

    Reads and writes every recording. Cut short, everything still opens. Raises KeyWrong, SealBroken, DiskFull.
    """
    with renewed(key, opener, publics) as keys:
        for path in sorted(key.parent.glob("*/[!.]*")):
            if path.is_file() and sealed_identity(path):
                reseal(path, keys, path.relative_to(root).as_posix())


def require_source(vault: Vault, interview: InterviewId) -> Source:
    """The interview's source. Raises InterviewUnknown."""
    source = vault.read(interview, Source)
    if source is None:
        raise InterviewUnknown(interview=interview)
    return source
