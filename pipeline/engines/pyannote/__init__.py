"""Who speaks when, by the networks of pyannote.audio 4 with weights from this disk and nothing from a hub.

pyannote's segmentation finds speech, turns and overlap in windows of ten seconds (`segmentation`, `stretches`); voice
prints of short excerpts of one voice (`embedding`) are clustered over the interview (`pipeline.hearing.clustering`) and
decide who it is (`people`). pyannote's own pipeline, which clusters the windows' voices, is `whole`.
Importing this package imports no torch: that happens on the first call, in `prepare`, which also switches off what
pyannote.audio would report home and lets torchaudio live beside a CPU torch.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pipeline.engines.pyannote import people
from pipeline.engines.pyannote.stretches import FRAMES, HOP, Flags, Stretch, Windows, pure, seconds
from pipeline.errors import EngineFailed, WeightsMissing
from pipeline.hearing.clustering import Floats, Limits, unit, voices
from pipeline.interview import SAMPLE_RATE, Audio, EngineId, Progress
from pipeline.speech import SpeakerTurns, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "pyannote"

SEGMENTED, PRINTED = 0.5, 0.98
"""Share of the work that is done when segmentation is, and when the voice prints are (measured on one thread)."""


class Span(NamedTuple):
    """A turn under the label that pyannote gave its speaker."""

    start: float
    end: float
    label: str


class Heard(NamedTuple):
    """What the networks say of a recording: n excerpts and their voice prints (n, 192), unit length."""

    windows: Windows
    stretches: list[Stretch]
    excerpts: list[people.Excerpt]
    prints: Floats


class VoicePrint(NamedTuple):
    """A voice: 192 numbers, unit length, none where nobody speaks; of so much speech, by so many people."""

    numbers: tuple[float, ...]
    seconds: float
    people: int


Listen = Callable[[Sequence[people.Excerpt], Progress], Floats]
"""Makes voice prints of excerpts."""


@dataclass(frozen=True)
class PyannoteDiarizer:
    """A `Diarizer`. `segmentation` and `embedding` are the two checkpoints, `hashes` their names and sha256.

    `step_share` is the windows' step as a share of their length; of every `excerpt_seconds` of speech a voice print is
    taken. `limits` say what is a voice where the number of speakers is not given. `enrolled` are the voice prints of
    the study's interviewers, as `voice_print` makes them. `precision`: "auto" for bfloat16 where the processor has it,
    or "float32".
    """

    segmentation: Path
    embedding: Path
    hashes: tuple[tuple[str, str], ...] = ()
    step_share: float = 0.2
    excerpt_seconds: float = 1.5
    limits: Limits = field(default=Limits())
    precision: str = "auto"
    threads: int = 2
    enrolled: tuple[tuple[float, ...], ...] = ()

    @property
    def engine(self) -> EngineId:
        """What listens; known without importing it."""
        return EngineId(NAME, version("pyannote-audio"), self.hashes)

    def __call__(self, audio: Audio, speakers: int | None, progress: Progress) -> SpeakerTurns:
        """Turns that may overlap, and exclusive turns; both empty where nobody speaks.

        Speakers are S1, S2 ... in the order in which they first speak. They can be fewer than `speakers` where the
        voices do not suffice for so many. Raises WeightsMissing, or EngineFailed where a checkpoint is another network.
        """
        if not audio.recording.samples:
            return SpeakerTurns((), ())
        heard, listen = self.heard(audio, progress)
        directions = voices(heard.prints, lasting(heard), speakers, self.limits)
        overlapping, exclusive = told(looked_again(heard, directions, listen), directions)
        turns, alone, names = as_turns(overlapping, exclusive, audio.recording.seconds)
        progress(1.0)
        alike = (directions @ unit(self.enrolled).T).max(axis=1) if self.enrolled else ()
        known = sorted((names[str(label)], float(cosine)) for label, cosine in enumerate(alike) if str(label) in names)
        return SpeakerTurns(turns, alone, tuple(known))

    def voice_print(self, audio: Audio) -> VoicePrint:
        """The voice of `audio`, in which one person is to speak. Raises WeightsMissing, EngineFailed."""
        heard, _ = self.heard(audio, lambda share: None)
        spoken = lasting(heard)
        people = len(voices(heard.prints, spoken, None, self.limits))
        mean = voices(heard.prints, spoken, 1, self.limits)
        return VoicePrint(tuple(map(float, mean[0])) if people else (), float(spoken.sum()), people)

    def heard(self, audio: Audio, progress: Progress) -> tuple[Heard, Listen]:
        """What both networks hear, one after the other, and the second for more. WeightsMissing, EngineFailed."""
        prepare(self.threads)
        from pipeline.engines.pyannote import embedding, segmentation

        tells, knows = loaded(segmentation.load, self.segmentation), loaded(embedding.load, self.embedding)
        step = max(1, round(self.step_share * FRAMES))
        half = self.precision == "auto" and has_bfloat16()
        windows = segmentation.listen(tells, audio, step, half, lambda share: progress(SEGMENTED * share))
        stretches = pure(windows, LEAST_FRAMES)
        excerpts = people.excerpts(stretches, round(self.excerpt_seconds * 100))
        prints = embedding.listen(
            knows, audio, half, excerpts, lambda share: progress(SEGMENTED + (PRINTED - SEGMENTED) * share)
        )
        return Heard(windows, stretches, excerpts, prints), partial(embedding.listen, knows, audio, half)


LEAST_FRAMES = 6
"""Of a stretch: a tenth of a second."""


def lasting(heard: Heard) -> Floats:
    """Seconds of speech for which each excerpt stands (n,)."""
    bounds = np.array([(excerpt.start, excerpt.end) for excerpt in heard.excerpts]).reshape(-1, 2)
    return np.asarray((bounds[:, 1] - bounds[:, 0]) * (HOP / SAMPLE_RATE))


def looked_again(heard: Heard, directions: Floats, listen: Listen) -> Heard:
    """`heard` with shorter excerpts, closer together, where segmentation may have taken two for one."""
    if len(directions) < 2:
        return heard
    leads, _ = people.who_speaks(*heard, directions)
    fine = people.unsure(leads, heard.stretches, heard.excerpts, heard.prints @ directions.T)
    prints = listen(fine, lambda share: None)
    left = people.instead(heard.excerpts, fine)
    both = [(one, heard.prints[index]) for index, one in left] + list(zip(fine, prints, strict=True))
    both.sort(key=lambda pair: pair[0].start)
    return heard._replace(excerpts=[one for one, _ in both], prints=np.array([row for _, row in both]))


def told(heard: Heard, directions: Floats) -> tuple[list[Span], list[Span]]:
    """Who speaks when, overlapping and exclusive, people labelled by their row in `directions` (k, 192).

    Speech of which no voice print could be taken at all is one person's.
    """
    if len(directions):
        leads, active = people.who_speaks(*heard, directions)
        alone = np.equal.outer(leads, np.arange(len(directions)))
    else:
        active = alone = heard.windows.speaking[:, None] > 0

    def of(flags: Flags) -> list[Span]:
        return [Span(seconds(start), seconds(end), str(who)) for start, end, who in people.runs(flags)]

    return of(active), of(alone)


def prepare(threads: int) -> None:
    """Import torch and pyannote.audio with `threads` threads, without a report home and without torchaudio's extension.

    Idle threads sleep instead of spinning: beside another engine spinning costs several times the work (measured).
    """
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from pipeline.engines.pyannote import torchaudio_stub

    torch.set_num_threads(threads)
    torchaudio_stub.install()
    with foreign_warnings_off():
        from pyannote.audio.telemetry import set_telemetry_metrics

    set_telemetry_metrics(False)


def has_bfloat16() -> bool:
    """Whether this processor multiplies in bfloat16; others would do it in software, slowly. After `prepare`."""
    import torch

    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


@contextmanager
def foreign_warnings_off() -> Iterator[None]:
    """Silence what pyannote warns of: decoders that are not used here, and a count that `diarize` itself compares."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def loaded(load: Callable[[Path], Any], checkpoint: Path) -> Any:
    """The network in `checkpoint`. Raises WeightsMissing, or EngineFailed where the file holds something else."""
    if not checkpoint.is_file():
        raise WeightsMissing(name=checkpoint.parent.name)
    try:
        return load(checkpoint)
    except OSError:
        raise
    except Exception as error:  # unpickling what is no checkpoint can raise anything
        raise EngineFailed(engine=NAME, why=f"{checkpoint.name} is not the network it should be") from error


def as_turns(
    overlapping: Iterable[Span], exclusive: Iterable[Span], seconds: float
) -> tuple[tuple[Turn, ...], tuple[Turn, ...], dict[str, str]]:
    """Both kinds of turns, cut to the recording, in order of time, speakers named S1, S2 ... as they first speak.

    And the name of each label.

    >>> as_turns([Span(4, 9, "a"), Span(-1, 4, "b")], [Span(5, 9, "a")], 8.0)[1]
    (Turn(start=5.0, end=8.0, speaker='S2'),)
    """
    both = within(overlapping, seconds), within(exclusive, seconds)
    names: dict[str, str] = {}
    for span in (*both[0], *both[1]):
        names.setdefault(span.label, f"S{len(names) + 1}")
    turns, alone = (tuple(Turn(span.start, span.end, names[span.label]) for span in kind) for kind in both)
    return turns, alone, names


def within(spans: Iterable[Span], seconds: float) -> list[Span]:
    """`spans` cut to 0 ... `seconds`, what is then empty left out, in order of time.

    >>> within([Span(3, 5, "a"), Span(-1, 1, "b"), Span(5, 6, "c")], 4)
    [Span(start=0.0, end=1.0, label='b'), Span(start=3.0, end=4.0, label='a')]
    """
    cut = (Span(max(0.0, float(start)), min(float(end), float(seconds)), label) for start, end, label in spans)
    return sorted(span for span in cut if span.start < span.end)
