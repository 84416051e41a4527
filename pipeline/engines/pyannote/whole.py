"""pyannote.audio's own `SpeakerDiarization`, whole: an engine for labs that may use its published pipelines.

`folder` is a pipeline as pyannote publishes it: ``config.yaml`` and its weights (speaker-diarization-community-1).
Without one, its version 3.1 is put together from the same two networks that `PyannoteDiarizer` uses. The whole
recording is in memory as floats: about 230 MB an hour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.engines.pyannote import Span, as_turns, foreign_warnings_off, loaded, prepare
from pipeline.errors import WeightsMissing
from pipeline.hearing.listening import sound
from pipeline.interview import SAMPLE_RATE, Audio, EngineId, Progress
from pipeline.speech import SpeakerTurns

if TYPE_CHECKING:
    from pyannote.audio.pipelines.speaker_diarization import DiarizeOutput, SpeakerDiarization
    from torch import Tensor

NAME = "pyannote-pipeline"

BLOCK = 60 * SAMPLE_RATE
"""Samples read at a time: no copy of the whole recording is made beside the one that the networks see."""

WINDOWS = 4
"""Windows of ten seconds given to a network at once: 16 take 450 MiB more and gain nothing (measured)."""

STEPS = {"segmentation": (0.0, 0.2), "embeddings": (0.2, 0.97)}
"""pyannote's long steps, and from where to where each takes the progress (measured; what follows is short)."""


@dataclass(frozen=True)
class WholePipeline:
    """A `Diarizer`. `hashes` are the names and sha256 of the files. What follows matters only without a `folder`.

    `networks`: the checkpoints of segmentation and embedding.
    `step_share` is the windows' step as a share of their length. `clustering_threshold` (a distance between unit voice
    prints, 0 to 2) decides where the number of speakers is not given; smaller clusters than `min_cluster_size` windows
    are no speakers. `windows` are given to a network at once.
    """

    folder: Path | None
    networks: tuple[Path, ...] = ()
    hashes: tuple[tuple[str, str], ...] = ()
    step_share: float = 0.2
    clustering_threshold: float = 0.7046
    min_cluster_size: int = 6
    windows: int = WINDOWS
    device: str = "cpu"
    threads: int = 2

    @property
    def engine(self) -> EngineId:
        """What listens; known without importing it."""
        return EngineId(NAME, version("pyannote-audio"), self.hashes)

    def __call__(self, audio: Audio, speakers: int | None, progress: Progress) -> SpeakerTurns:
        """Turns as `PyannoteDiarizer` gives them. Raises WeightsMissing, EngineFailed."""
        if not audio.recording.samples:
            return SpeakerTurns((), ())
        prepare(self.threads)
        import torch

        with foreign_warnings_off():
            pipeline = published(self.folder) if self.folder else self.composed()
            pipeline.to(torch.device(self.device))
            given = {"waveform": waveform(audio), "sample_rate": SAMPLE_RATE, "uri": "recording"}
            found: Any = pipeline(given, num_speakers=speakers, hook=hook(progress))
        progress(1.0)
        turns, alone, _ = as_turns(*spans(found), audio.recording.seconds)
        return SpeakerTurns(turns, alone)

    def composed(self) -> SpeakerDiarization:
        """pyannote's pipeline as its version 3.1 was tuned (centroid linkage, overlap kept out of voice prints)."""
        from pyannote.audio.core.plda import PLDA
        from pyannote.audio.pipelines.speaker_diarization import SpeakerDiarization

        from pipeline.engines.pyannote import embedding, segmentation

        class NoPLDA(PLDA):
            """pyannote asks for one even where the clustering that was chosen has no use for it."""

            def __init__(self) -> None:
                pass

        first, second = self.networks
        voices = loaded(segmentation.load, first)
        pipeline = SpeakerDiarization(
            segmentation=voices,
            segmentation_step=self.step_share,
            segmentation_batch_size=self.windows,
            embedding=loaded(embedding.load, second),
            embedding_batch_size=self.windows * len(voices.specifications.classes),
            embedding_exclude_overlap=True,
            clustering="AgglomerativeClustering",
            plda=NoPLDA(),
        )
        clustering = {"method": "centroid", "threshold": self.clustering_threshold}
        clustering["min_cluster_size"] = self.min_cluster_size
        pipeline.instantiate({"clustering": clustering, "segmentation": {"min_duration_off": 0.0}})
        return pipeline


def published(folder: Path) -> SpeakerDiarization:
    """The pipeline that `folder` holds. Raises WeightsMissing, EngineFailed."""
    from pyannote.audio import Pipeline

    config = folder / "config.yaml"
    if not config.is_file():
        raise WeightsMissing(name=folder.name)
    return loaded(lambda _: Pipeline.from_pretrained(folder), config)  # type: ignore[no-any-return]


def waveform(audio: Audio) -> Tensor:
    """The whole recording as (1, samples), float32 in -1 to 1, read block by block into one piece of memory."""
    import torch

    samples = audio.recording.samples
    whole = torch.empty(1, samples)
    for start in range(0, samples, BLOCK):
        stop = min(start + BLOCK, samples)
        whole[0, start:stop] = torch.from_numpy(sound(audio, start, stop))
    return whole


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
