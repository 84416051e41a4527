"""Who speaks when, by pyannote.audio 4: its `SpeakerDiarization` with weights from this disk and nothing from a hub.

Segmentation finds up to three voices in windows of ten seconds; a voice print of each is clustered over the interview.
Importing this package imports no torch: that happens on the first call, in `prepare`, which also switches off what
pyannote.audio would report home and lets torchaudio live beside a CPU torch.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.errors import EngineFailed, WeightsMissing
from pipeline.interview import SAMPLE_RATE, Audio, EngineId, Progress, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyannote.audio.pipelines.speaker_diarization import DiarizeOutput, SpeakerDiarization
    from torch import Tensor

NAME = "pyannote"

BLOCK = 60 * SAMPLE_RATE
"""Samples read at a time: no copy of the whole recording is made beside the one that the networks see."""

WINDOWS = 4
"""Windows of ten seconds given to a network at once: 16 take 450 MiB more and gain nothing (measured)."""

STEPS = {"segmentation": (0.0, 0.2), "embeddings": (0.2, 0.97)}
"""pyannote's long steps, and from where to where each takes the progress (measured; what follows is short)."""


class Span(NamedTuple):
    """A turn under the label that pyannote gave its speaker."""

    start: float
    end: float
    label: str


@dataclass(frozen=True)
class PyannoteDiarizer:
    """A `Diarizer`. `segmentation` and `embedding` are the two checkpoints, `hashes` their names and sha256.

    `step_share` is the windows' step as a share of their length. `clustering_threshold` (a distance between unit voice
    prints, 0 to 2) decides where the number of speakers is not given; smaller clusters than `min_cluster_size` windows
    are no speakers.
    """

    segmentation: Path
    embedding: Path
    hashes: tuple[tuple[str, str], ...] = ()
    step_share: float = 0.2
    clustering_threshold: float = 0.7046
    min_cluster_size: int = 6
    threads: int = 2

    @property
    def engine(self) -> EngineId:
        """What listens; known without importing it."""
        return EngineId(NAME, version("pyannote-audio"), self.hashes)

    def __call__(
        self, audio: Audio, speakers: int | None, progress: Progress
    ) -> tuple[tuple[Turn, ...], tuple[Turn, ...]]:
        """Turns that may overlap, and exclusive turns; both empty where nobody speaks.

        Speakers are S1, S2 ... in the order in which they first speak. They can be fewer than `speakers` where the
        voices do not suffice for so many. Raises WeightsMissing, or EngineFailed where a checkpoint is another network.
        """
        if not audio.recording.samples:
            return (), ()
        prepare(self.threads)
        pipeline = self.pipeline()
        sound = {"waveform": waveform(audio), "sample_rate": SAMPLE_RATE, "uri": "recording"}
        with foreign_warnings_off():
            found: Any = pipeline(sound, num_speakers=speakers, hook=hook(progress))
        progress(1.0)
        return as_turns(*spans(found), audio.recording.seconds)

    def pipeline(self) -> SpeakerDiarization:
        """pyannote's pipeline as its version 3.1 was tuned (centroid linkage, overlap kept out of voice prints)."""
        from pyannote.audio.core.plda import PLDA
        from pyannote.audio.pipelines.speaker_diarization import SpeakerDiarization

        from pipeline.engines.pyannote import embedding, segmentation

        class NoPLDA(PLDA):
            """pyannote asks for one even where the clustering that was chosen has no use for it."""

            def __init__(self) -> None:
                pass

        voices = loaded(segmentation.load, self.segmentation)
        pipeline = SpeakerDiarization(
            segmentation=voices,
            segmentation_step=self.step_share,
            segmentation_batch_size=WINDOWS,
            embedding=loaded(embedding.load, self.embedding),
            embedding_batch_size=WINDOWS * len(voices.specifications.classes),
            embedding_exclude_overlap=True,
            clustering="AgglomerativeClustering",
            plda=NoPLDA(),
        )
        clustering = {"method": "centroid", "threshold": self.clustering_threshold}
        clustering["min_cluster_size"] = self.min_cluster_size
        pipeline.instantiate({"clustering": clustering, "segmentation": {"min_duration_off": 0.0}})
        return pipeline


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


def waveform(audio: Audio) -> Tensor:
    """The whole recording as (1, samples), float32 in -1 to 1, read block by block into one piece of memory."""
    import numpy
    import torch

    samples = audio.recording.samples
    sound = torch.empty(1, samples)
    for start in range(0, samples, BLOCK):
        stop = min(start + BLOCK, samples)
        block = numpy.frombuffer(audio.read(start, stop), dtype="<i2")
        numpy.multiply(block, 1 / 32768, out=sound[0, start:stop].numpy(), dtype=numpy.float32)
    return sound


def hook(progress: Progress) -> Callable[..., None]:
    """pyannote's hook, as a share of the whole work that never goes back."""
    furthest = 0.0

    def report(step: str, artefact: object, completed: int = 0, total: int = 0, **_: object) -> None:
        nonlocal furthest
        if step in STEPS and total:
            begin, end = STEPS[step]
            furthest = max(furthest, begin + (end - begin) * min(completed / total, 1.0))
            progress(furthest)

    return report


def spans(found: DiarizeOutput) -> tuple[list[Span], list[Span]]:
    """What pyannote found, overlapping and exclusive, without its phantoms.

    Where segmentation hears two voices at once and clustering knows one, pyannote gives the second a label without a
    voice print: a row of zeros.
    """
    prints: Any = found.speaker_embeddings
    real = {label for label, row in zip(found.speaker_diarization.labels(), prints, strict=True) if row.any()}

    def of(annotation: Any) -> list[Span]:
        tracks = annotation.itertracks(yield_label=True)
        return [Span(turn.start, turn.end, label) for turn, _, label in tracks if label in real]

    return of(found.speaker_diarization), of(found.exclusive_speaker_diarization)


def as_turns(
    overlapping: Iterable[Span], exclusive: Iterable[Span], seconds: float
) -> tuple[tuple[Turn, ...], tuple[Turn, ...]]:
    """Both kinds of turns, cut to the recording, in order of time, speakers named S1, S2 ... as they first speak.

    >>> as_turns([Span(4, 9, "a"), Span(-1, 4, "b")], [Span(5, 9, "a")], 8.0)[1]
    (Turn(start=5.0, end=8.0, speaker='S2'),)
    """
    both = within(overlapping, seconds), within(exclusive, seconds)
    names: dict[str, str] = {}
    for span in (*both[0], *both[1]):
        names.setdefault(span.label, f"S{len(names) + 1}")
    turns, alone = (tuple(Turn(span.start, span.end, names[span.label]) for span in kind) for kind in both)
    return turns, alone


def within(spans: Iterable[Span], seconds: float) -> list[Span]:
    """`spans` cut to 0 ... `seconds`, what is then empty left out, in order of time.

    >>> within([Span(3, 5, "a"), Span(-1, 1, "b"), Span(5, 6, "c")], 4)
    [Span(start=0.0, end=1.0, label='b'), Span(start=3.0, end=4.0, label='a')]
    """
    cut = (Span(max(0.0, float(start)), min(float(end), float(seconds)), label) for start, end, label in spans)
    return sorted(span for span in cut if span.start < span.end)
