"""What a container declares, by PyAV, without decoding it (no package ships ffprobe)."""

from __future__ import annotations

import wave
from typing import BinaryIO

import av

from pipeline.interview import Declared

STREAMED = 0xFFFF_0000
"""Data sizes above this stand for "not known when the header was written"."""


def declared(stream: BinaryIO) -> Declared | None:
    """What the first audio track declares; None where the bytes are no container with audio. Leaves `stream` at 0."""
    header_seconds = _wave_header_seconds(stream)
    try:
        with av.open(stream, "r", metadata_errors="ignore") as container:
            if not container.streams.audio:
                return None
            track = container.streams.audio[0]
            context = track.codec_context
            if not context:  # None, whatever its type says: a damaged header names a codec that nobody knows
                return None
            length = track.duration * track.time_base if track.duration and track.time_base else None
            seconds = float(length) if length else (container.duration or 0) / av.time_base
            seconds = max(0.0, seconds, header_seconds)
            return Declared(seconds, context.channels, context.sample_rate or 0, context.name)
    except (av.FFmpegError, ValueError):
        return None
    finally:
        stream.seek(0)


def _wave_header_seconds(stream: BinaryIO) -> float:
    """What a WAV header says, 0.0 for anything else: libav believes the file's size, and misses a cut-off copy."""
    try:
        with wave.open(stream, "rb") as header:
            frames, width = header.getnframes(), header.getsampwidth() * header.getnchannels()
            return frames / header.getframerate() if frames * width < STREAMED else 0.0
    except (wave.Error, EOFError, RuntimeError, ZeroDivisionError):  # what `wave` says of damaged headers
        return 0.0
    finally:
        stream.seek(0)
