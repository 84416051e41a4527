"""Which engine serves which stage, by the settings: the only place that chooses. Imports are lazy.

A new engine is one file in `engines/` and one line in its table here; a new coding store, one file and one line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from pipeline import weights
from pipeline.errors import EngineUnknown
from pipeline.interview import EngineId
from pipeline.settings import Home, Settings, weights_folder
from pipeline.stages.detect import Recognizer
from pipeline.stages.diarize import Diarizer
from pipeline.stages.intake import Inspector
from pipeline.stages.normalise import Decoder
from pipeline.stages.transcribe import Transcriber
from pipeline.transcript import Released

T = TypeVar("T")
Send = Callable[[Released, str], int]
"""Publishes a release (with its sha256) to one store; returns the transcript's version there."""


def _chosen(stage: str, name: str, table: Mapping[str, T]) -> T:
    if name not in table:
        raise EngineUnknown(stage=stage, name=name, known=", ".join(table))
    return table[name]


def _only_file(found: weights.Located) -> Path:
    (path,) = found.files.values()
    return path


def inspector() -> Inspector:
    """Looks into audio files."""
    from pipeline.engines.pyav import declared

    return declared


def decoder(settings: Settings, scratch: Path) -> Decoder:
    """Decodes audio files. Raises EngineUnknown."""

    def ffmpeg() -> Decoder:
        from pipeline.engines.ffmpeg import FfmpegDecoder

        return FfmpegDecoder(scratch)

    return _chosen("normalise", settings.normalise.engine, {"ffmpeg": ffmpeg})()


def diarizer(settings: Settings) -> Diarizer:
    """Finds who speaks when. Raises EngineUnknown, WeightsMissing."""
    chosen = settings.diarize

    def pyannote() -> Diarizer:
        from pipeline.engines.pyannote import PyannoteDiarizer

        segmentation = weights.located(chosen.segmentation, weights_folder())
        embedding = weights.located(chosen.embedding, weights_folder())
        return PyannoteDiarizer(
            segmentation=_only_file(segmentation),
            embedding=_only_file(embedding),
            hashes=segmentation.hashes + embedding.hashes,
            step_share=chosen.step_share,
            clustering_threshold=chosen.clustering_threshold,
            min_cluster_size=chosen.min_cluster_size,
            threads=chosen.threads,
        )

    def replay() -> Diarizer:
        from pipeline.engines.replay import ReplayDiarizer

        return ReplayDiarizer(Path(settings.replay.folder))

    return _chosen("diarize", chosen.engine, {"pyannote": pyannote, "replay": replay})()


def transcriber(settings: Settings) -> Transcriber:
    """Hears words. Raises EngineUnknown, WeightsMissing."""
    chosen = settings.transcribe

    def faster_whisper() -> Transcriber:
        from pipeline.engines.faster_whisper import FasterWhisper

        return FasterWhisper(
            weights.located(chosen.weights, weights_folder()),
            language=chosen.language,
            beam_size=chosen.beam_size,
            compute_type=chosen.compute_type,
            device=chosen.device,
            threads=chosen.threads,
            condition_on_previous_text=chosen.condition_on_previous_text,
        )

    def openai_whisper() -> Transcriber:
        from pipeline.engines.openai_whisper import OpenAIWhisper

        return OpenAIWhisper(
            weights.located(f"openai-{chosen.weights}", weights_folder()),
            language=chosen.language,
            beam_size=chosen.beam_size,
            device=chosen.device,
            threads=chosen.threads,
            condition_on_previous_text=chosen.condition_on_previous_text,
        )

    def replay() -> Transcriber:
        from pipeline.engines.replay import ReplayTranscriber

        return ReplayTranscriber(Path(settings.replay.folder))

    table = {"faster-whisper": faster_whisper, "openai-whisper": openai_whisper, "replay": replay}
    return _chosen("transcribe", chosen.engine, table)()


def recognizers(settings: Settings) -> tuple[Recognizer, ...]:
    """Find names, in the order of the settings. Raises EngineUnknown."""
    from pipeline.engines import kiwi
    from pipeline.engines.rules import patterns, places, roster, titles

    table: dict[str, Callable[[], Recognizer]] = {
        "roster": roster.roster,
        "patterns": patterns.patterns,
        "places": places.places,
        "titles": titles.titles,
        "kiwi": kiwi.kiwi,
    }
    return tuple(_chosen("detect", name, table)() for name in settings.detect.recognizers)


def recognizers_engine(settings: Settings) -> EngineId:
    """What finds names, for the stamp: the morphology, and the lexicon with the rules that read it."""
    from pipeline.engines import kiwi

    return kiwi.engine_id()


def coding_stores(settings: Settings, home: Home) -> tuple[tuple[str, Send], ...]:
    """(name, how to send a release there) of the study's stores. Raises EngineUnknown."""

    def database() -> Send:
        from pipeline.stores.database import publish

        return partial(publish, url=database_url(settings, home))

    table = {"database": database}
    return tuple((name, _chosen("publish", name, table)()) for name in settings.publish.stores)


def database_url(settings: Settings, home: Home) -> str:
    """The coding store of our own: as configured, else SQLite in the home's store folder."""
    from pipeline.stores.database import sqlite_in

    return settings.publish.database_url or sqlite_in(home.store)


def makers() -> Mapping[str, weights.Maker]:
    """How weights are made of other weights."""

    def convert(source: Path, target: Path) -> str:
        from pipeline.engines.whisper_checkpoint import convert as to_checkpoint

        return to_checkpoint(source, target)

    return {"ct2-to-openai": convert}
