"""Sound into a file that people can play, by PyAV: FLAC without loss, or AAC in M4A. No tag of any kind is written.

libav's ``bitexact`` keeps its name and version, and the time, out of the file. What stands in it beside the sound is
what the format demands: FLAC's vendor string (``ffmpeg``), M4A's brand and its handler's name (``SoundHandler``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import av
import numpy as np
from av.audio.stream import AudioStream
from av.codec.context import Flags

from pipeline.errors import EngineFailed
from pipeline.interview import SAMPLE_RATE

FORMS = {"flac": ("flac", "flac"), "m4a": ("ipod", "aac")}
"""Ending → (libav's name of the format, codec). AAC at libav's own rate for it."""


def encoded(pieces: Iterable[bytes], form: str, into: BinaryIO) -> None:
    """Write mono s16le at `SAMPLE_RATE`, in `pieces` of whole samples, to a seekable file.

    Raises the OSError of the file, or EngineFailed.
    """
    file = _Watched(into)
    try:
        _encode(pieces, *FORMS[form], file)
    except av.FFmpegError as error:
        if file.fault is None:
            raise EngineFailed(engine="pyav", why=type(error).__name__) from None
    if file.fault is not None:
        raise file.fault


def _encode(pieces: Iterable[bytes], container: str, codec: str, file: _Watched) -> None:
    with av.open(file, "w", format=container, options={"fflags": "+bitexact"}) as writer:
        track = writer.add_stream(codec, rate=SAMPLE_RATE, layout="mono")
        assert isinstance(track, AudioStream)  # both codecs are audio's
        track.codec_context.flags |= Flags.bitexact
        done = 0
        for piece in pieces:
            samples = np.frombuffer(piece, "<i2").reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE, done
            done += samples.shape[1]
            writer.mux(track.encode(frame))
        writer.mux(track.encode(None))


class _Watched:
    """A file that remembers why it could not be written: PyAV raises another error, and perhaps later."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.fault: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except OSError as fault:
            self.fault = self.fault or fault
            raise

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()
