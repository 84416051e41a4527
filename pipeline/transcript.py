"""The nouns of the house, third part: the text, by privacy state.

A transcript changes its type with its privacy state: `Transcript` and `Reviewed` hold what was said,
`Pseudonymized` is a draft without names, and only `Released` may leave the vault: coding stores and exports accept
nothing else, so that a privacy slip is a type error. Units and offsets as in `pipeline.interview`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from pipeline.interview import Artifact, EngineId, InterviewId, Recording, ReleasedAudio, Role, Source
from pipeline.speech import Attribution, Diarization, Gap, SpokenWord, Transcription


class Label(StrEnum):
    """Kinds of identifying mention."""

    NAME = "NAME"
    PLACE = "PLACE"
    ORG = "ORG"
    PHONE = "PHONE"
    DOB = "DOB"
    EMAIL = "EMAIL"
    ADDRESS = "ADDRESS"
    RRN = "RRN"
    STUDY = "STUDY"
    """What the study itself lists (`pipeline.interview.Category`); the entry's `kind` says which list."""


class State(StrEnum):
    """What is decided about a mention. `DOUBTFUL` is replaced in the draft and blocks an automatic release."""

    SURE = "sure"
    DOUBTFUL = "doubtful"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Segment:
    """A numbered line of the transcript: what one speaker said without a long pause. `id` is minted once and kept."""

    id: str
    line: int
    speaker: str
    role: Role
    start: float
    end: float
    text: str
    words: tuple[SpokenWord, ...] = ()
    version: int = 1
    question: int = 0
    """Number of the guide question under which it was said, from 1; 0 before the first, or where there is no guide."""
    pause: float = 0.0
    """Seconds of silence before it."""


@dataclass(frozen=True, slots=True)
class RoleGuess:
    """What a speaker is taken for, with how much speaks for it, 0 to 1; `sure` where nobody needs to look."""

    speaker: str
    role: Role
    confidence: float
    sure: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch worth a human ear: why, and how much it is worth, more first."""

    start: float
    end: float
    reasons: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Descent:
    """How a segment came from those before, `ancestors`, and theirs: `kept`, `new`, `split` or `merged`."""

    id: str
    how: str
    ancestors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript(Artifact):
    """The interview as numbered lines. Holds names. A line without words stands for a gap: (잘 안 들림 00:12:31)."""

    file: ClassVar[str] = "06-transcript"
    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...] = ()
    lineage: tuple[Descent, ...] = ()
    roles: tuple[RoleGuess, ...] = ()
    listen: tuple[Stretch, ...] = ()
    """The listen-here list, most worth it first."""
    flags: tuple[str, ...] = ()
    """Why the run is not simply good (``unheard``, ``roles``, ``speakers`` ...); empty where nothing was found."""


@dataclass(frozen=True, slots=True)
class TextCorrection:
    """A person's better text for a segment; `before` is the text that they corrected."""

    segment: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """A person's decision on a mention: `quote` in `segment` is `label`, or is no identifying mention (None)."""

    segment: str
    quote: str
    label: Label | None


@dataclass(frozen=True, slots=True)
class Corrections(Artifact):
    """All that a reviewer changed, anchored by segment id and quote. Holds names."""

    file: ClassVar[str] = "07-corrections"
    texts: tuple[TextCorrection, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    roles: tuple[tuple[str, Role], ...] = ()
    """Diarizer's speaker label and the role that the person gave it."""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Reviewed(Artifact):
    """The transcript with the corrections in it. `orphans` are corrections whose passage is no longer there."""

    file: ClassVar[str] = "08-reviewed"
    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    lineage: tuple[Descent, ...] = ()
    orphans: tuple[TextCorrection, ...] = ()
    flags: tuple[str, ...] = ()
    """The transcript's, without those that the person settled."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one recognizer found: code points ``[start, end)`` of the line number `line` (0-based) that it was given."""

    line: int
    start: int
    end: int
    label: Label
    score: float
    recognizer: str
    form: str = ""
    """The form under which the register would know it (``박 과장`` for the text ``박``); empty: the text itself."""


@dataclass(frozen=True, slots=True)
class Mention:
    """An identifying mention: code points ``[start, end)`` of the text of segment `segment`."""

    segment: str
    start: int
    end: int
    text: str
    label: Label
    state: State
    score: float
    evidence: tuple[str, ...]
    form: str = ""
    """As in `Finding`."""


@dataclass(frozen=True, slots=True)
class Mentions(Artifact):
    """Every identifying mention in order of place; no two overlap within a segment."""

    file: ClassVar[str] = "09-mentions"
    mentions: tuple[Mention, ...]
    register: str = ""
    """Digest of the study register with which they were found."""


@dataclass(frozen=True, slots=True)
class Line:
    """A segment as a coder may read it: no name, no word times. `replaced` counts its replaced mentions."""

    id: str
    line: int
    version: int
    speaker: str
    role: Role
    start: float
    end: float
    text: str
    replaced: int = 0
    question: int = 0
    """As in `Segment`."""


@dataclass(frozen=True, slots=True)
class Pseudonymized(Artifact):
    """The draft of a release."""

    file: ClassVar[str] = "10-pseudonymized"
    interview: InterviewId
    lines: tuple[Line, ...]
    gaps: tuple[Gap, ...]
    lineage: tuple[Descent, ...]
    sure: int
    doubtful: int
    flags: tuple[str, ...] = ()
    """As in `Reviewed`: part of what is approved."""


AUTOMATIC = "automatic"  # the actor of an approval for which no person stands


@dataclass(frozen=True, slots=True)
class Approval(Artifact):
    """A person's word that the draft with this hash may be released."""

    file: ClassVar[str] = "11-approval"
    draft_sha256: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a release was made: engines, the decoded recording, the draft, who approved it. No names, no file names."""

    engines: tuple[tuple[str, EngineId], ...]
    recording_sha256: str
    seconds: float
    draft_sha256: str
    approved_by: str
    approved_at: datetime
    demo_grade: bool
    flags: tuple[str, ...] = ()
    """Those under which it was approved."""


@dataclass(frozen=True, slots=True)
class Released(Artifact):
    """What coders get, the only transcript that coding stores and exports accept."""

    file: ClassVar[str] = "12-released"
    interview: InterviewId
    lines: tuple[Line, ...]
    gaps: tuple[Gap, ...]
    lineage: tuple[Descent, ...]
    attributes: tuple[tuple[str, str], ...]
    provenance: Provenance
    recorded_on: date | None = None


@dataclass(frozen=True, slots=True)
class Publication(Artifact):
    """Where a release went: (store, version of the transcript there)."""

    file: ClassVar[str] = "13-publication"
    release_sha256: str
    stores: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Quarantine(Artifact):
    """A release that shows what is hidden by now; in force while it is the newest. No step makes it. Holds names."""

    file: ClassVar[str] = "quarantine"
    release_sha256: str
    at: datetime
    shown: tuple[tuple[str, tuple[str, ...]], ...]
    """Segments that read otherwise now, each with what it shows; nothing where only its stand-ins are others."""
    told: tuple[str, ...] = ()  # coding stores that know it


ARTIFACTS: tuple[type[Artifact], ...] = (
    Source,
    Recording,
    Diarization,
    Transcription,
    Attribution,
    Transcript,
    Corrections,
    Reviewed,
    Mentions,
    Pseudonymized,
    Approval,
    Released,
    Publication,
    ReleasedAudio,
)
"""Every artifact, in the order of the walk."""
