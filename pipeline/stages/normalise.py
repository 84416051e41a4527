"""`Source` → `Recording`: its parts decoded one after the other to 16 kHz mono, checked for sound and completeness.

The sound is gone through once, a block at a time, and written as the mean of its channels. Only where the figures of
that pass ask for another mix (a dead or reversed channel, a voice too quiet to hear) is it decoded and written again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import numpy as np

from pipeline import sound
from pipeline.errors import AudioTruncated, EngineFailed, NotAudio, RecordingSilent, RecordingTooShort
from pipeline.interview import SAMPLE_RATE, EngineId, Part, Recording, Source
from pipeline.sound import Figures, Levels, Sound, Survey
from pipeline.sound.microphones import microphones

SAMPLE_BYTES = 2
FULL_SCALE = 32768

Open = Callable[[str], BinaryIO]
Write = Callable[[str, Iterable[bytes]], tuple[str, int]]


class Decoder(Protocol):
    """Turns any audio file into sound at 16 kHz."""

    @property
    def engine(self) -> EngineId:
        """What decodes."""
        ...

    def __call__(self, stream: BinaryIO) -> Iterator[Sound]:
        """The first audio track with all its channels, in pieces. Raises EngineFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What a recording must be, and what is flagged; the numbers and their reasons are in config/default.toml."""

    min_seconds: float
    silent_below_dbfs: float
    max_missing_share: float
    max_missing_seconds: float
    clipped_share: float
    quiet_below_dbfs: float
    quiet_to_dbfs: float
    noisy_below_db: float
    blank_seconds: float
    microphone_share: float
    microphone_lead_db: float


@dataclass(frozen=True, slots=True)
class _Written:
    sha256: str
    samples: int
    peak: float


def normalise(source: Source, open_part: Open, write: Write, decode: Decoder, limits: Limits) -> Recording:
    """Decode the parts in order and seal the sound as one stream; and beside it, where each person has a microphone,
    their levels.

    Raises NotAudio, AudioTruncated, RecordingTooShort, RecordingSilent, DiskFull.
    """
    surveys: list[Survey] = []
    written = _written(write, _first(source, open_part, decode, limits, surveys))
    _require_sound(surveys, limits)
    heard = sound.together([sound.best_channel(survey) for survey in surveys])
    gain_db = _gain_db(heard, limits)
    shares = [sound.shares(survey) for survey in surveys]
    if gain_db or any(not np.array_equal(each, sound.equal(len(each))) for each in shares):
        written = _written(write, _again(source, open_part, decode, shares, 10 ** (gain_db / 20)))
    levels = _microphone_levels(surveys, limits)
    return Recording(
        blob="recording",
        sha256=written.sha256,
        samples=written.samples,
        peak=written.peak,
        source_sha256=source.sha256,
        offsets=tuple(start / SAMPLE_RATE for start, _ in _bounds(surveys)),
        gain_db=gain_db,
        flags=_flags(source.parts, heard, shares, limits),
        microphones=max(1, levels.shape[1]),
        levels_blob=_write_levels(write, levels),
    )


# --- the sound ------------------------------------------------------------------------------------------------------


def _first(source: Source, open_part: Open, decode: Decoder, limits: Limits, surveys: list[Survey]) -> Iterator[bytes]:
    """The mean of the channels. Puts the figures of each part into `surveys`."""
    for part in source.parts:
        figures: list[Survey] = []
        for block in sound.blocks(_decoded(part, open_part, decode)):
            figures.append(sound.survey(block))
            yield sound.mixed(block, sound.equal(block.shape[1]), 1.0).tobytes()
        if not figures:
            raise NotAudio(path=part.blob)
        surveys.append(sound.together(figures))
        seconds = surveys[-1].samples / SAMPLE_RATE
        missing = part.seconds - seconds
        if missing > max(limits.max_missing_seconds, limits.max_missing_share * part.seconds):
            raise AudioTruncated(path=part.blob, declared=part.seconds, found=seconds)


def _again(source: Source, open_part: Open, decode: Decoder, shares: Sequence[Figures], gain: float) -> Iterator[bytes]:
    for part, each in zip(source.parts, shares, strict=True):
        for block in sound.blocks(_decoded(part, open_part, decode)):
            yield sound.mixed(block, each, gain).tobytes()


def _decoded(part: Part, open_part: Open, decode: Decoder) -> Iterator[Sound]:
    try:
        with open_part(part.blob) as stream:
            yield from decode(stream)
    except EngineFailed:
        raise NotAudio(path=part.blob) from None


def _written(write: Write, pieces: Iterable[bytes]) -> _Written:
    loudest = 0

    def measured() -> Iterator[bytes]:
        nonlocal loudest
        for piece in pieces:
            samples = np.frombuffer(piece, "<i2")
            loudest = max(loudest, -int(samples.min(initial=0)), int(samples.max(initial=0)))
            yield piece

    sha256, size = write("recording", measured())
    return _Written(sha256, size // SAMPLE_BYTES, loudest / FULL_SCALE)


# --- what is said of it ---------------------------------------------------------------------------------------------


def _require_sound(surveys: Sequence[Survey], limits: Limits) -> None:
    """Raises RecordingTooShort, RecordingSilent: fewer than `min_seconds` in which anything is loud enough."""
    seconds = sum(survey.samples for survey in surveys) / SAMPLE_RATE
    if seconds < limits.min_seconds:
        raise RecordingTooShort(found=seconds, least=limits.min_seconds)
    peaks = np.sort(np.concatenate([survey.peaks.max(axis=1) for survey in surveys]))
    peak = float(peaks[-math.ceil(limits.min_seconds)])
    level = 20 * math.log10(peak) if peak else -math.inf
    if level < limits.silent_below_dbfs:
        raise RecordingSilent(found=level)


def _gain_db(heard: Survey, limits: Limits) -> float:
    speech = _speech_dbfs(heard)
    return round(limits.quiet_to_dbfs - speech, 1) if speech < limits.quiet_below_dbfs else 0.0


def _speech_dbfs(heard: Survey) -> float:
    return sound.decibels(float(sound.loud(heard.levels)[0]))


def _flags(parts: Sequence[Part], heard: Survey, shares: Sequence[Figures], limits: Limits) -> tuple[str, ...]:
    narrow = any(0 < part.sample_rate < SAMPLE_RATE for part in parts) or sound.is_narrow(heard)
    found = {
        "clipped": float(heard.full[0]) / heard.samples > limits.clipped_share,
        "quiet": _speech_dbfs(heard) < limits.quiet_below_dbfs,
        "noisy": sound.signal_to_noise_db(heard.voice) < limits.noisy_below_db,
        "narrowband": narrow,
        "blank": sound.longest_blank(heard.levels) >= limits.blank_seconds,
        "dead_channel": any((each == 0).any() for each in shares),
        "reversed_channel": any((each < 0).any() for each in shares),
    }
    return tuple(flag for flag, flagged in found.items() if flagged)


def _microphone_levels(surveys: Sequence[Survey], limits: Limits) -> Levels:
    """(frames, microphones) of those that are each one person's; without columns where there are none."""
    if len({survey.voice.shape[1] for survey in surveys}) > 1:
        return np.zeros((0, 0), np.uint8)
    placed = []
    for survey, (start, end) in zip(surveys, _bounds(surveys), strict=True):
        frames = round(end / sound.FRAME) - round(start / sound.FRAME)
        placed.append(np.pad(survey.voice, ((0, 1), (0, 0)), mode="edge")[:frames])
    voice = np.concatenate(placed)
    return np.asarray(voice[:, microphones(voice, limits.microphone_share, limits.microphone_lead_db)])


def _bounds(surveys: Sequence[Survey]) -> list[tuple[int, int]]:
    """First sample and end of each part in the recording."""
    ends = np.cumsum([survey.samples for survey in surveys]).tolist()
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _write_levels(write: Write, levels: Levels) -> str:
    if not levels.size:
        return ""
    write("levels", (np.ascontiguousarray(levels).tobytes(),))
    return "levels"
