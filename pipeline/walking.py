"""Walking one interview as far as it can go, without a server; and hearing one file without a study."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline import apart, inputs, steps, tools
from pipeline.errors import VoiceUnfit, Waiting
from pipeline.evaluation import rttm
from pipeline.interview import Consent, InterviewId, Person, Recording, Sheet, Source
from pipeline.lines.notation import Marks, marked
from pipeline.places import Home
from pipeline.rescan import NOTHING, Rescanned, rescan
from pipeline.settings import Settings
from pipeline.sheets import Study
from pipeline.speech import Diarization
from pipeline.steps import STEPS, Step
from pipeline.stores.keyring import Identity
from pipeline.stores.sealed import private_folder
from pipeline.stores.vault import Vault
from pipeline.stores.voices import Voice
from pipeline.transcript import Segment, Transcript
from pipeline.walk import Report, Walk, silently

SIDE_BY_SIDE = ("diarize", "transcribe")
"""Heavy steps of which neither needs the other."""

Run = Callable[[Step, Walk], bool]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a walk did: the steps that ran, those that were fresh, and what it waits for (None: nothing)."""

    ran: tuple[str, ...]
    fresh: tuple[str, ...]
    waiting: str | None
    flags: tuple[str, ...] = ()
    """Why the interview is not simply good, as far as it has come."""
    rescanned: Rescanned = NOTHING
    """What its names changed in the study's other interviews."""


def walk_through(walk: Walk, last: str = STEPS[-1].name, run: Run = apart.run) -> Outcome:
    """Every step up to `last`, the heavy ones side by side; stops, without an error, for a person's missing input.

    Once the draft is there, the study is searched for what is new: before it is approved, or goes anywhere.
    """
    did: dict[str, bool] = {}
    elsewhere = NOTHING
    waits: str | None = None
    names = [row.name for row in STEPS]
    rows = [row for row in steps.rows(walk) if names.index(row.name) <= names.index(last)]
    try:
        for row in rows:
            if row.name == SIDE_BY_SIDE[0]:
                did |= _side_by_side(walk, run)
            elif row.name not in SIDE_BY_SIDE:
                did[row.name] = run(row, walk)
            if row.name == "pseudonymize":
                elsewhere = rescan(walk)
                inputs.approve_automatically(walk)
    except Waiting as waiting:
        waits = waiting.what
    return Outcome(_named(did, True), _named(did, False), waits, inputs.flags_of(walk), elsewhere)


def check(name: str, walk: Walk) -> None:
    """Raise what the step's engine lacks, an unknown engine or missing weights, before another works for an hour."""
    steps.is_fresh(steps.step(name), walk)


def _side_by_side(walk: Walk, run: Run) -> dict[str, bool]:
    for name in SIDE_BY_SIDE:
        check(name, walk)
    with ThreadPoolExecutor(len(SIDE_BY_SIDE)) as pool:
        results = {name: pool.submit(run, steps.step(name), walk) for name in SIDE_BY_SIDE}
    return {name: result.result() for name, result in results.items()}


def _named(did: dict[str, bool], ran: bool) -> tuple[str, ...]:
    return tuple(name for name, answer in did.items() if answer is ran)


# --- one file, no study ---------------------------------------------------------------------------------------------

DAY_SECONDS = 86_400
SOMEBODY = InterviewId("hear", "P0", "S0")
MATTERING = {"diarize", "transcribe", "merge", "segment", "listen", "notation"}
"""The tables of the settings that shape what is heard."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What `hear` gives: the lines, the turns, and how they were made. Holds names."""

    transcript: Transcript
    diarization: Diarization
    provenance: dict[str, Any]
    marks: Marks

    def as_json(self) -> dict[str, Any]:
        """``{"utterances", "gaps", "roles", "listen", "flags", "provenance"}``, times in seconds from the start.

        Lines that stand for gaps are no utterances. ``text`` is the words alone; ``marked`` is what a coder would read.
        """
        transcript = self.transcript
        return {
            "utterances": [self._utterance(segment) for segment in transcript.segments if segment.words],
            "gaps": [asdict(gap) for gap in transcript.gaps],
            "roles": [asdict(guess) for guess in transcript.roles],
            "listen": [asdict(stretch) for stretch in transcript.listen],
            "flags": list(transcript.flags),
            "provenance": self.provenance,
        }

    def _utterance(self, segment: Segment) -> dict[str, Any]:
        return {
            "id": segment.id,
            "speaker": segment.speaker,
            "role": segment.role.value,
            "start": segment.start,
            "end": segment.end,
            "text": segment.text,
            "marked": marked(segment, self.marks),
            "question": segment.question,
            "pause": segment.pause,
            "words": [
                {
                    "text": word.text,
                    "start": word.start,
                    "end": word.end,
                    "probability": word.probability,
                    "overlapped": word.overlapped,
                    "doubtful": word.doubtful,
                }
                for word in segment.words
            ],
        }

    def as_rttm(self, uri: str) -> str:
        """The turns, overlapping ones included, in NIST's RTTM."""
        return rttm.written(self.diarization.turns, uri)


def hear(
    file: Path, speakers: int | None, terms: tuple[str, ...], settings: Settings, report: Report = silently
) -> Heard:
    """Normalise … segment of one file, of which nothing is kept.

    Raises what `intake` and the steps raise.
    """
    with throwaway(file, speakers, Study(id=SOMEBODY.study, terms=terms), settings, report) as walk:
        walk_through(walk, last="segment")
        return _heard(walk)


LEAST_VOICE_SECONDS = 10.0
"""Of speech, for a voice print that is relied on."""


def voice(file: Path, settings: Settings) -> Voice:
    """The voice print of the one person who speaks in `file`. Raises VoiceUnfit, and what `intake` raises."""
    with throwaway(file, 1, Study(id=SOMEBODY.study), settings) as walk:
        recording = walk.vault.read(walk.interview, Recording)
        assert recording  # decoded when it was taken in
        audio = walk.vault.audio(walk.interview, recording)
        found = tools.voice_reader(settings).voice_print(audio)
    if found.people != 1 or found.seconds < LEAST_VOICE_SECONDS:
        raise VoiceUnfit(path=file, seconds=round(found.seconds), people=found.people)
    return Voice(found.numbers, tools.voice_weights(settings))


@contextmanager
def throwaway(
    file: Path,
    speakers: int | None,
    study: Study,
    settings: Settings,
    report: Report = silently,
    people: tuple[Person, ...] = (),
) -> Iterator[Walk]:
    """The walk of one file in a vault that is gone afterwards, and whose key is only ever in memory.

    `people`: those whom a sheet would list. Raises what `intake` raises.
    """
    scratch = private_folder(Home.here().scratch)
    _sweep(scratch)
    folder = Path(tempfile.mkdtemp(dir=scratch, prefix="hear-"))
    try:
        home, identity = Home(folder), Identity.fresh()
        walk = Walk(SOMEBODY, home, Vault(home.vault, identity), identity, settings, study, report)
        inputs.seal_source(walk, (file,), Sheet(SOMEBODY, Consent(True, True), speakers, people), "hear")
        yield walk
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(scratch: Path) -> None:
    """Remove what a killed `hear` left: sealed under a key that died with it."""
    yesterday = time.time() - DAY_SECONDS
    for folder in scratch.glob("hear-*"):
        if folder.stat().st_mtime < yesterday:
            shutil.rmtree(folder, ignore_errors=True)


def _heard(walk: Walk) -> Heard:
    transcript = walk.vault.read(walk.interview, Transcript)
    diarization = walk.vault.read(walk.interview, Diarization)
    source = walk.vault.read(walk.interview, Source)
    assert transcript and diarization and source  # walk_through made them, or raised
    engines = steps.engines(walk)
    return Heard(
        transcript,
        diarization,
        {
            "engines": {name: asdict(engine) for name, engine in engines},
            "source_sha256": source.sha256,
            "speakers_given": diarization.speakers_given,
            "demo_grade": any(engine.demo_grade for _, engine in engines),
            "settings": walk.settings.model_dump(mode="json", include=MATTERING),
        },
        Marks(**walk.settings.notation.model_dump()),
    )
