"""Which engine serves which stage, by the settings: the only place that chooses. Imports are lazy.

A new engine is one file in `engines/` and one line in its table here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar

from pipeline import weights
from pipeline.errors import EngineUnknown, SettingsInvalid
from pipeline.hearing.clustering import Limits
from pipeline.hearing.listening import VoiceActivity
from pipeline.places import weights_folder
from pipeline.settings import Diarize, Settings
from pipeline.stages.diarize import Diarizer
from pipeline.stages.intake import Inspector
from pipeline.stages.normalise import Decoder
from pipeline.stages.segment import Splitter
from pipeline.stages.transcribe import Transcriber

if TYPE_CHECKING:  # every engine is imported when it is chosen
    from pipeline.engines.pyannote import PyannoteDiarizer

T = TypeVar("T")


class Encode(Protocol):
    """Writes sound into a file."""

    def __call__(self, pieces: Iterable[bytes], *, into: BinaryIO) -> None:
        """Of mono s16le at 16 kHz, whole samples in each piece; the file can seek. Raises OSError."""


def by_name(stage: str, name: str, table: Mapping[str, T]) -> T:
    """What `table` has under `name`. Raises EngineUnknown."""
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


def decoder(settings: Settings) -> Decoder:
    """Decodes audio files. Raises EngineUnknown."""

    def ffmpeg() -> Decoder:
        from pipeline.engines.ffmpeg import FfmpegDecoder
        from pipeline.engines.pyav import sound_alone

        return FfmpegDecoder(sound_alone)

    return by_name("normalise", settings.normalise.engine, {"ffmpeg": ffmpeg})()


def _channels() -> Diarizer:
    from pipeline.engines.channels import ChannelDiarizer

    return ChannelDiarizer()


def _replayed_turns(settings: Settings) -> Diarizer:
    from pipeline.engines.replay import ReplayDiarizer

    return ReplayDiarizer(Path(settings.replay.folder), settings.replay.pace)


def voice_reader(settings: Settings, enrolled: tuple[tuple[float, ...], ...] = ()) -> PyannoteDiarizer:
    """Tells voices apart, and knows the `enrolled` ones. Raises WeightsMissing."""
    from pipeline.engines.pyannote import PyannoteDiarizer

    chosen = settings.diarize
    segmentation, embedding = (weights.located(n, weights_folder()) for n in (chosen.segmentation, chosen.embedding))
    return PyannoteDiarizer(
        segmentation=_only_file(segmentation),
        embedding=_only_file(embedding),
        hashes=segmentation.hashes + embedding.hashes,
        step_share=chosen.step_share,
        excerpt_seconds=chosen.excerpt_seconds,
        limits=Limits(chosen.least_seconds, chosen.least_share, chosen.alike, chosen.most_speakers),
        precision=chosen.precision,
        threads=chosen.threads,
        enrolled=enrolled,
    )


def voice_weights(settings: Settings) -> str:
    """The sha256 of the network that voice prints are made with. Raises WeightsMissing."""
    ((_, sha256),) = weights.located(settings.diarize.embedding, weights_folder()).hashes
    return sha256


def _pyannote_pipeline(chosen: Diarize) -> Diarizer:
    from pipeline.engines.pyannote.whole import WholePipeline

    names = [chosen.pipeline] if chosen.pipeline else [chosen.segmentation, chosen.embedding]
    found = [weights.located(name, weights_folder()) for name in names]
    return WholePipeline(
        folder=found[0].folder if chosen.pipeline else None,
        networks=() if chosen.pipeline else tuple(map(_only_file, found)),
        hashes=tuple(pair for one in found for pair in one.hashes),
        step_share=chosen.step_share,
        clustering_threshold=chosen.clustering_threshold,
        min_cluster_size=chosen.min_cluster_size,
        threads=chosen.threads,
    )


def diarizer(
    settings: Settings, own_microphones: bool = False, enrolled: tuple[tuple[float, ...], ...] = ()
) -> Diarizer:
    """Finds who speaks when; by their microphones where each has their own. Raises EngineUnknown, WeightsMissing.

    `enrolled` are the interviewers' voice prints, which only the engine "pyannote" knows how to use.
    """
    chosen = settings.diarize
    name = "channels" if own_microphones and chosen.use_channels and chosen.engine != "replay" else chosen.engine
    table: dict[str, Callable[[], Diarizer]] = {
        "pyannote": partial(voice_reader, settings, enrolled),
        "pyannote-pipeline": partial(_pyannote_pipeline, chosen),
        "channels": _channels,
        "replay": partial(_replayed_turns, settings),
    }
    return by_name("diarize", name, table)()


def voice_activity(settings: Settings) -> VoiceActivity:
    """Tells where anybody speaks."""
    from pipeline.engines.silero import Silero

    chosen = settings.transcribe
    return Silero(
        chosen.voice_threshold, chosen.voice_perhaps_threshold, chosen.voice_pause_seconds, chosen.voice_least_seconds
    )


def transcriber(settings: Settings) -> Transcriber:
    """Hears words. Raises EngineUnknown, WeightsMissing."""
    chosen = settings.transcribe

    def faster_whisper() -> Transcriber:
        from pipeline.engines.faster_whisper import FasterWhisper

        return FasterWhisper(
            weights.located(chosen.weights, weights_folder()),
            voice_activity(settings),
            language=chosen.language,
            beam_size=chosen.beam_size,
            compute_type=chosen.compute_type,
            device=chosen.device,
            threads=chosen.threads,
            workers=chosen.workers,
            places=chosen.places,
            overlooked_seconds=chosen.overlooked_seconds,
        )

    def openai_whisper() -> Transcriber:
        from pipeline.engines.openai_whisper import OpenAIWhisper

        return OpenAIWhisper(
            weights.located(f"openai-{chosen.weights}", weights_folder()),
            voice_activity(settings),
            language=chosen.language,
            beam_size=chosen.beam_size,
            device=chosen.device,
            threads=chosen.threads,
        )

    def replay() -> Transcriber:
        from pipeline.engines.replay import ReplayTranscriber

        return ReplayTranscriber(Path(settings.replay.folder), settings.replay.pace)

    table = {"faster-whisper": faster_whisper, "openai-whisper": openai_whisper, "replay": replay}
    return by_name("transcribe", chosen.engine, table)()


def sentence_splitter(settings: Settings) -> Splitter:
    """Finds sentences. Raises EngineUnknown."""

    def kiwi() -> Splitter:
        from pipeline.engines.kiwi_sentences import KiwiSentences

        return KiwiSentences()

    def rules() -> Splitter:
        from pipeline.engines.rules.sentences import MarkedSentences

        return MarkedSentences()

    return by_name("segment", settings.segment.splitter, {"kiwi": kiwi, "rules": rules})()


def encoder(form: str) -> Encode:
    """Writes sound into a file of that form: ``flac`` or ``m4a``. Raises SettingsInvalid."""
    from pipeline.engines.encoding import FORMS, encoded

    if form not in FORMS:
        raise SettingsInvalid(path=f"--as {form}", where=", ".join(FORMS))
    return partial(encoded, form=form)


def makers() -> Mapping[str, weights.Maker]:
    """How weights are made of other weights."""

    def convert(source: Path, target: Path) -> str:
        from pipeline.engines.whisper_checkpoint import convert as to_checkpoint

        return to_checkpoint(source, target)

    return {"ct2-to-openai": convert}
