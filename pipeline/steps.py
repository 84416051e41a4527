"""The walk, as one table: what each step needs, what it makes, and how. CLI, flows and docs read this table.

A step runs only if its stamp says that anything it depends on has changed: its inputs, its settings, its version, its
engine or its weights, or what else it looked at (the study's register, its terms). A person's missing input is
`Waiting`.
"""

from __future__ import annotations

import hashlib
import time
import traceback
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from typing import Any

from pipeline import looking, masking, quarantine, recognizers, tools
from pipeline.coarse import Coarse
from pipeline.errors import ChaerokError, VoicesOutdated, Waiting
from pipeline.interview import Artifact, EngineId, Recording, ReleasedAudio, Source
from pipeline.lines.cutting import Limits as LineLimits
from pipeline.lines.listen_here import Limits as DoubtLimits
from pipeline.lines.listen_here import judged
from pipeline.lines.notation import Marks
from pipeline.publishing import publish
from pipeline.speech import Attribution, Diarization, Transcription
from pipeline.stages.diarize import Diarizer, diarize
from pipeline.stages.merge import Limits as MergeLimits
from pipeline.stages.merge import merge
from pipeline.stages.normalise import Limits as SoundLimits
from pipeline.stages.normalise import normalise
from pipeline.stages.pseudonymize import pseudonymize
from pipeline.stages.release import release
from pipeline.stages.review import review
from pipeline.stages.segment import segment
from pipeline.stages.transcribe import transcribe
from pipeline.stores.register import digest
from pipeline.stores.vault import Stamp, to_json
from pipeline.stores.voices import digest as voices_digest
from pipeline.transcript import (
    Approval,
    Corrections,
    Mentions,
    Pseudonymized,
    Publication,
    Released,
    Reviewed,
    Transcript,
)
from pipeline.walk import Walk

# --- how each step does its work ------------------------------------------------------------------------------------


def _normalise(walk: Walk, source: Source) -> Recording:
    open_part = partial(walk.vault.open_blob, walk.interview)
    write = partial(walk.vault.write_blob, walk.interview)
    limits = SoundLimits(**walk.settings.normalise.model_dump(exclude={"engine"}))
    return normalise(source, open_part, write, tools.decoder(walk.settings), limits)


def _diarize(walk: Walk, recording: Recording, source: Source) -> Diarization:
    audio = walk.vault.audio(walk.interview, recording)
    return diarize(audio, source, _diarizer(walk), partial(walk.report, "diarize"))


def _diarizer(walk: Walk) -> Diarizer:
    """By microphones where as many people have their own as the sheet counts, else by voices."""
    recording, source = walk.vault.read(walk.interview, Recording), walk.vault.read(walk.interview, Source)
    microphones = recording.microphones if recording else 1
    agreed = source is not None and source.sheet.speakers == microphones
    return tools.diarizer(walk.settings, own_microphones=agreed and microphones > 1, enrolled=_enrolled(walk))


def _enrolled(walk: Walk) -> tuple[tuple[float, ...], ...]:
    """The interviewers' voice prints, for the engine that uses them. Raises VoicesOutdated."""
    held = walk.voices() if walk.settings.diarize.engine == "pyannote" else ()
    if held and {voice.weights for voice in held} != {tools.voice_weights(walk.settings)}:
        raise VoicesOutdated(study=walk.interview.study)
    return tuple(voice.numbers for voice in held)


def _transcribe(walk: Walk, recording: Recording) -> Transcription:
    audio = walk.vault.audio(walk.interview, recording)
    language, hear = walk.settings.transcribe.language, tools.transcriber(walk.settings)
    return transcribe(audio, walk.study.terms, language, hear, partial(walk.report, "transcribe"))


def _merge(walk: Walk, diarization: Diarization, transcription: Transcription) -> Attribution:
    return merge(diarization, transcription, MergeLimits(**walk.settings.merge.model_dump()))


def _segment(
    walk: Walk,
    attribution: Attribution,
    diarization: Diarization,
    transcription: Transcription,
    recording: Recording,
    source: Source,
) -> Transcript:
    previous = walk.vault.read(walk.interview, Transcript)
    limits = LineLimits(**walk.settings.segment.model_dump(exclude={"splitter"}))
    split, questions = tools.sentence_splitter(walk.settings), walk.study.questions
    made = segment(attribution, diarization, previous, lambda: str(uuid.uuid4()), limits, questions, split)
    doubting = DoubtLimits(**walk.settings.listen.model_dump())
    return judged(made, attribution, transcription, diarization, recording, source.sheet.speakers, doubting)


def _review(walk: Walk, transcript: Transcript, corrections: Corrections | None) -> Reviewed:
    return review(transcript, corrections)


def _detect(walk: Walk, reviewed: Reviewed, source: Source) -> Mentions:
    return looking.search(walk, reviewed, source.sheet, _recipe(walk))


def _recipe(walk: Walk) -> str:
    """All that the stamp of detect says, but for the register: what is found in the text alone stays true with it."""
    stamp = _stamp(step("detect"), walk)
    made_of = tuple(pair for pair in stamp.inputs if pair[0] != "looks")
    return hashlib.sha256(to_json(replace(stamp, inputs=made_of))).hexdigest()


def _pseudonymize(walk: Walk, reviewed: Reviewed, mentions: Mentions) -> Pseudonymized:
    """The draft; a release that shows what it hides is quarantined before it is written."""
    register, chosen = walk.register(), walk.settings.pseudonymize
    coarse, marks = Coarse(chosen.dates, chosen.ages, chosen.births), Marks(**walk.settings.notation.model_dump())
    draft = pseudonymize(walk.interview, reviewed, mentions, register, marks, coarse)
    quarantine.mark(walk, draft, mentions, register)
    return draft


def _release(walk: Walk, draft: Pseudonymized, approval: Approval, source: Source, recording: Recording) -> Released:
    stamp = walk.vault.stamp(walk.interview, Pseudonymized)
    return release(draft, approval, stamp.made if stamp else "", source, recording, engines(walk))


# --- the table ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One row: `run(walk, *needs, *wants)` makes `makes`. A want may be missing (None); a need may not."""

    name: str
    needs: tuple[type[Artifact], ...]
    makes: type[Artifact]
    run: Callable[..., Artifact]
    wants: tuple[type[Artifact], ...] = ()
    settings: tuple[str, ...] = ()
    """Tables of the settings that matter to it."""
    engine: Callable[[Walk], EngineId | None] = lambda walk: None
    looks: Callable[[Walk], str] = lambda walk: ""
    """A hash of what else it looks at."""
    heavy: bool = False
    """Runs in a process of its own: its memory returns, and a crash of a native library is an error."""
    version: int = 1
    """Raised when its code changes what it makes."""
    when: Callable[[Walk], bool] = lambda walk: True
    """Whether the interview has this step at all; where it has not, it never runs and nothing waits for it."""
    patience: float = 0.0
    """Seconds to wait where somebody else does the step: the re-scans of other walks do some."""


def _known(walk: Walk) -> str:
    return digest(walk.register())


def _sought(walk: Walk) -> str:
    """The register, and behind a plus what the study file lists."""
    return f"{_known(walk)}+{_sha256(map(repr, walk.study.listed))}"


def _sha256(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


SECOND_LOOK_SECONDS = 20.0
"""More than any second look takes."""

STEPS: tuple[Step, ...] = (
    Step("normalise", (Source,), Recording, _normalise, settings=("normalise",),
         engine=lambda walk: tools.decoder(walk.settings).engine, version=2),
    Step("diarize", (Recording, Source), Diarization, _diarize, settings=("diarize",), heavy=True,
         looks=lambda walk: voices_digest(walk.voices()),
         engine=lambda walk: _diarizer(walk).engine, version=2),
    Step("transcribe", (Recording,), Transcription, _transcribe, settings=("transcribe",), heavy=True,
         looks=lambda walk: _sha256(walk.study.terms),
         engine=lambda walk: tools.transcriber(walk.settings).engine, version=2),
    Step("merge", (Diarization, Transcription), Attribution, _merge, settings=("merge",), version=2),
    Step("segment", (Attribution, Diarization, Transcription, Recording, Source), Transcript, _segment,
         settings=("segment", "listen"), looks=lambda walk: _sha256(walk.study.questions), version=2,
         engine=lambda walk: tools.sentence_splitter(walk.settings).engine),
    Step("review", (Transcript,), Reviewed, _review, wants=(Corrections,), version=2),
    Step("detect", (Reviewed, Source), Mentions, _detect, settings=("detect", "pseudonymize"), looks=_sought,
         engine=lambda walk: recognizers.engine(walk.settings), version=3, patience=SECOND_LOOK_SECONDS),
    Step("pseudonymize", (Reviewed, Mentions), Pseudonymized, _pseudonymize, settings=("pseudonymize", "notation"),
         looks=_known, version=3, patience=SECOND_LOOK_SECONDS),
    Step("release", (Pseudonymized, Approval, Source, Recording), Released, _release, settings=("release",),
         version=2),
    Step("publish", (Released,), Publication, publish, settings=("publish", "printing")),
    Step("mask", (Released, Reviewed, Mentions, Transcript, Transcription, Recording), ReleasedAudio, masking.mask,
         settings=("mask",), engine=masking.listener_engine, heavy=True, when=masking.is_on),
)  # fmt: skip
"""Every step, in the order of the walk. `Source` comes from intake, `Corrections` and `Approval` from people."""


def rows(walk: Walk) -> tuple[Step, ...]:
    """The steps that the interview has."""
    return tuple(row for row in STEPS if row.when(walk))


def step(name: str) -> Step:
    """The row of that name. Raises KeyError."""
    return {row.name: row for row in STEPS}[name]


def engines(walk: Walk) -> tuple[tuple[str, EngineId], ...]:
    """(step, engine) of what was made with an engine so far, up to the release."""
    before = takewhile(lambda row: row.makes is not Released, STEPS)
    stamps = ((row.name, walk.vault.stamp(walk.interview, row.makes)) for row in before)
    return tuple((name, stamp.engine) for name, stamp in stamps if stamp and stamp.engine)


# --- walking --------------------------------------------------------------------------------------------------------


def _stamp(row: Step, walk: Walk) -> Stamp:
    """The stamp that the step's work would bear now. Raises Waiting where a need is not there."""
    inputs: list[tuple[str, str]] = []
    for kind in (*row.needs, *row.wants):
        stamp = walk.vault.stamp(walk.interview, kind)
        if stamp is None and kind in row.needs:
            raise Waiting(kind.file.partition("-")[2], str(walk.interview))
        inputs.append((kind.__name__, stamp.made if stamp else ""))
    if looked := row.looks(walk):
        inputs.append(("looks", looked))
    tables: dict[str, Any] = {name: getattr(walk.settings, name).model_dump() for name in row.settings}
    settings = hashlib.sha256(repr(sorted(tables.items())).encode()).hexdigest()
    return Stamp(row.name, row.version, tuple(inputs), settings, row.engine(walk))


def is_fresh(row: Step, walk: Walk) -> bool:
    """True where the step has nothing to do. Raises Waiting where a need is not there."""
    return not row.when(walk) or _stamp(row, walk).same_work(walk.vault.stamp(walk.interview, row.makes))


def is_current(row: Step, walk: Walk) -> bool:
    """True where the step is fresh and so is everything that its inputs are made of. Raises Waiting."""
    makers = (maker for maker in STEPS if maker.makes in (*row.needs, *row.wants))
    return is_fresh(row, walk) and all(is_current(maker, walk) for maker in makers)


def run(row: Step, walk: Walk) -> bool:
    """Make what the step makes: True if it ran, False if it was fresh.

    Raises Waiting, PlaceBusy, and what the step raises: its traceback is sealed in the vault first.
    """
    if not row.when(walk):
        return False
    with walk.vault.locked(walk.interview, row.name, row.patience):
        if (before := _stamp(row, walk)).same_work(walk.vault.stamp(walk.interview, row.makes)):
            return False
        try:
            begun = time.monotonic()
            made = row.run(walk, *(walk.vault.read(walk.interview, kind) for kind in (*row.needs, *row.wants)))
            if not isinstance(made, row.makes):
                raise TypeError(f"step {row.name} made a {type(made).__name__}, not a {row.makes.__name__}")
            walk.vault.write(walk.interview, made, _seen(before, made, time.monotonic() - begun))
        except Waiting:
            raise
        except Exception:
            with suppress(ChaerokError):  # a full disk or a lost key: the error itself says so
                walk.vault.write_failure(walk.interview, row.name, traceback.format_exc())
            raise
        walk.vault.clear_failure(walk.interview, row.name)
        return True


def _seen(stamp: Stamp, made: Artifact, seconds: float) -> Stamp:
    """Detection itself adds to the register: its stamp names the register that it ended with."""
    stamp = replace(stamp, seconds=round(seconds, 3))
    if not isinstance(made, Mentions):
        return stamp
    listed = dict(stamp.inputs).get("looks", "").partition("+")[2]
    inputs = (*(pair for pair in stamp.inputs if pair[0] != "looks"), ("looks", f"{made.register}+{listed}"))
    return replace(stamp, inputs=inputs)
