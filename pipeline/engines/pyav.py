"""What a container declares, by PyAV, without decoding it (no package ships ffprobe); and its sound alone."""

from __future__ import annotations

import struct
from contextlib import ExitStack
from typing import IO, BinaryIO

import av

from pipeline.interview import Declared

STREAMED = 0xFFFF_0000
"""Data sizes above this stand for "not known when the header was written"."""
HEAD = 1 << 16
"""Bytes in which a header is looked for."""
ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
"""The object of a WMA's header that states its length (Microsoft, ASF specification, 3.2)."""
NOT_IN_QUICKTIME = {"flac", "opus", "vorbis"}


def declared(stream: BinaryIO) -> Declared | None:
    """What the first audio track declares; None where the bytes are no container with audio. Leaves `stream` at 0."""
    header_seconds = _header_seconds(stream)
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


def _header_seconds(stream: BinaryIO) -> float:
    """What the header of a WAV or WMA says, 0.0 for anything else: libav believes the file's size, and so misses that a
    copy was cut off.
    """
    head = stream.read(HEAD)
    stream.seek(0)
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return _wave_seconds(head)
    if (at := head.find(ASF_PROPERTIES)) >= 0 and len(head) >= at + 88:
        hundreds_of_nanoseconds, _, preroll = struct.unpack_from("<QQQ", head, at + 64)
        return max(0.0, float(hundreds_of_nanoseconds / 1e7 - preroll / 1e3))
    return 0.0


def _wave_seconds(head: bytes) -> float:
    """Length by the chunks `fmt` and `data`, and RF64's `ds64`."""
    at, rate, long = 12, 0, 0
    while at + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, at)
        if name == b"fmt " and at + 20 <= len(head):
            rate = struct.unpack_from("<I", head, at + 16)[0]  # bytes a second
        elif name == b"ds64" and at + 24 <= len(head):
            long = struct.unpack_from("<Q", head, at + 16)[0]
        elif name == b"data":
            size = size if size < STREAMED else long
            return float(size / rate) if rate else 0.0
        at += 8 + size + size % 2
    return 0.0


def sound_alone(stream: BinaryIO, into: IO[bytes]) -> None:
    """The first audio track, not decoded, as a container that is written and read without seeking.

    Fragmented QuickTime, whose first fragment still says what an encoder put before the sound; Matroska for the codecs
    that QuickTime does not take. What is damaged is left out. Raises BrokenPipeError.
    """
    with ExitStack() as stack:
        container = stack.enter_context(av.open(stream, "r", metadata_errors="ignore"))
        track = container.streams.audio[0]
        quicktime = {"movflags": "empty_moov+delay_moov+frag_keyframe+default_base_moof", "frag_duration": "1000000"}
        form, options = ("matroska", {}) if track.codec_context.name in NOT_IN_QUICKTIME else ("mov", quicktime)
        writer = stack.enter_context(av.open(_Pipe(into), "w", format=form, options=options))
        copy = writer.add_stream_from_template(track)
        for packet in container.demux(track):
            if packet.dts is not None:
                packet.stream = copy
                writer.mux(packet)


class _Pipe:
    """What PyAV may know of a pipe: that it can be written, and not that it has `seek`."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe

    def write(self, data: bytes) -> int:
        return self._pipe.write(data)
