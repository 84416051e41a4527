"""What an export writes: released transcripts of one study, and what one coder is given with them."""

from __future__ import annotations

import io
import uuid
import wave
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from pipeline.codes import Codebook, Coding
from pipeline.interview import SAMPLE_RATE, InterviewId, ReleasedAudio, normal_text
from pipeline.printing import DEFAULT, Convention
from pipeline.transcript import Line, Released

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:chaerok")
"""Of every guid that leaves the house: the same thing has the same guid whenever it is written."""

ORIGIN = "Chaerok"


@dataclass(frozen=True, slots=True)
class Copy:
    """A masked copy that may be given away; `pieces` gives its PCM, as of `pipeline.interview.Recording`."""

    audio: ReleasedAudio
    pieces: Callable[[], Iterable[bytes]]

    def __post_init__(self) -> None:
        """Refuse the recording itself: raises TypeError."""
        if not isinstance(self.audio, ReleasedAudio):
            raise TypeError(f"only a ReleasedAudio may be exported, not a {type(self.audio).__name__}")

    def wav(self, into: BinaryIO) -> None:
        """Write it as a WAV file, which need not be seekable."""
        header = io.BytesIO()
        with wave.open(header, "wb") as writer:
            writer.setparams((1, 2, SAMPLE_RATE, self.audio.samples, "NONE", ""))
            writer.writeframesraw(b"")
            into.write(header.getvalue())
        for piece in self.pieces():
            into.write(piece)


@dataclass(frozen=True, slots=True)
class Package:
    """Releases of one study in order, the code tree, and the codings of `coder` alone.

    Blind double coding: two coders' packages hold the same segments and nothing of each other's.
    """

    releases: tuple[Released, ...]
    codebook: Codebook | None = None
    coder: str = ""
    codings: tuple[Coding, ...] = ()
    copies: tuple[Copy, ...] = ()
    convention: Convention = DEFAULT

    def __post_init__(self) -> None:
        """Refuse what must not be given away.

        Raises TypeError for anything but a `Released`; ValueError where there is none, for those of two studies, an
        interview twice, a copy that is not of its release, and codings of somebody else.
        """
        for released in self.releases:
            if not isinstance(released, Released):
                raise TypeError(f"only a Released may be exported, not a {type(released).__name__}")
        interviews = [released.interview for released in self.releases]
        if len({interview.study for interview in interviews}) != 1 or len(set(interviews)) < len(interviews):
            raise ValueError("a package holds each interview of one study once")
        if not {copy.audio.interview for copy in self.copies} <= set(interviews):
            raise ValueError("a copy of an interview that is not in the package")
        if any(coding.coder != self.coder for coding in self.codings):
            raise ValueError("a package holds nothing of another coder")

    @property
    def study(self) -> str:
        """Code of the study."""
        return self.releases[0].interview.study

    @property
    def at(self) -> datetime:
        """When the newest of its releases was approved, UTC, to the second: the time that its files tell."""
        newest = max(released.provenance.approved_at for released in self.releases)
        return newest.astimezone(UTC).replace(microsecond=0)

    @property
    def participants(self) -> tuple[str, ...]:
        """Codes of the participants, in order of first appearance."""
        return tuple(dict.fromkeys(released.interview.participant for released in self.releases))

    def copy_of(self, interview: InterviewId) -> Copy | None:
        """The masked copy of that interview, where it is given away too."""
        return next((copy for copy in self.copies if copy.audio.interview == interview), None)

    def placed(self) -> tuple[tuple[Coding, Released, Line], ...]:
        """Each coding with the release and the line that it is on, in order of place.

        A coding whose segment is not here, or reads otherwise, is left out: to carry it is another's work.
        """
        found = []
        for released in self.releases:
            lines = {line.id: (number, line) for number, line in enumerate(released.lines)}
            on_it = [(lines[coding.segment], coding) for coding in self.codings if _reads(coding, lines)]
            order = sorted(on_it, key=lambda one: (one[0][0], one[1].start, one[1].end, one[1].code))
            found += [(coding, released, line) for (_, line), coding in order]
        return tuple(found)


def _reads(coding: Coding, lines: Mapping[str, tuple[int, Line]]) -> bool:
    return (
        coding.segment in lines
        and normal_text(lines[coding.segment][1].text)[coding.start : coding.end] == coding.quote
    )


def guid(*what: object) -> str:
    """The guid of something of ours, by what it is and its ids."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(str(part) for part in what)))


def code_guid(study: str, code: str) -> str:
    """The guid of the code with that id; its id where that is one, as of a code that came from another program."""
    try:
        return str(uuid.UUID(code))
    except ValueError:
        return guid("code", study, code)
