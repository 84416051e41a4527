"""`Source` → `Recording`: its parts decoded one after the other to 16 kHz mono, checked for sound and completeness."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import numpy as np

from pipeline.errors import AudioTruncated, EngineFailed, NotAudio, RecordingSilent, RecordingTooShort
from pipeline.interview import SAMPLE_RATE, EngineId, Part, Recording, Source

SAMPLE_BYTES = 2
FULL_SCALE = 32768


class Decoder(Protocol):
    """Turns any audio file into 16 kHz mono s16le."""

    @property
    def engine(self) -> EngineId:
        """What decodes."""
        ...

    def __call__(self, stream: BinaryIO) -> Iterator[bytes]:
        """The first audio track, in pieces."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What a recording must be to be heard; the numbers and their reasons are in config/default.toml."""

    min_seconds: float
    silent_below_dbfs: float
    max_missing_share: float
    max_missing_seconds: float


def normalise(
    source: Source,
    open_part: Callable[[str], BinaryIO],
    write: Callable[[str, Iterable[bytes]], tuple[str, int]],
    decode: Decoder,
    limits: Limits,
) -> Recording:
    """Decode the parts in order and seal the sound as one stream.

    Raises NotAudio, AudioTruncated, RecordingTooShort, RecordingSilent, DiskFull.
    """
    loudest = 0

    def sound() -> Iterator[bytes]:
        nonlocal loudest
        for part in source.parts:
            for samples in _part(part, open_part, decode, limits):
                loudest = max(loudest, int(np.abs(samples.astype(np.int32)).max(initial=0)))
                yield samples.tobytes()

    sha256, size = write("recording", sound())
    recording = Recording("recording", sha256, size // SAMPLE_BYTES, loudest / FULL_SCALE, source.sha256)
    if recording.seconds < limits.min_seconds:
        raise RecordingTooShort(found=recording.seconds, least=limits.min_seconds)
    level = 20 * math.log10(recording.peak) if recording.peak else -math.inf
    if level < limits.silent_below_dbfs:
        raise RecordingSilent(found=level)
    return recording


def _part(
    part: Part, open_part: Callable[[str], BinaryIO], decode: Decoder, limits: Limits
) -> Iterator[np.ndarray[tuple[int], np.dtype[np.int16]]]:
    heard, odd = 0, b""
    try:
        with open_part(part.blob) as stream:
            for piece in decode(stream):
                whole = odd + piece
                odd = whole[len(whole) - len(whole) % SAMPLE_BYTES :]
                samples = np.frombuffer(whole[: len(whole) - len(odd)], "<i2")
                heard += samples.size
                yield samples
    except EngineFailed:
        raise NotAudio(path=part.blob) from None
    seconds = heard / SAMPLE_RATE
    missing = part.seconds - seconds
    if missing > max(limits.max_missing_seconds, limits.max_missing_share * part.seconds):
        raise AudioTruncated(path=part.blob, declared=part.seconds, found=seconds)
