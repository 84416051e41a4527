"""Decoding with ffmpeg (by ffmpeg-python): any container and codec to 16 kHz, every channel of the first audio track.

The binary is the one on PATH, else the one that `imageio-ffmpeg` ships. Sealed originals are never put on the disk in
the clear: ffmpeg reads them from a pipe. MP4, CAF and their kin keep their index where only seeking finds it: they are
given in anonymous memory (memfd; Linux), or, where they are large or there is none, as their sound alone (`alone`).
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import IO, BinaryIO

import ffmpeg
import imageio_ffmpeg
import numpy as np
import numpy.typing as npt

from pipeline.errors import EngineFailed
from pipeline.interview import SAMPLE_RATE, EngineId

PIECE = 1 << 18
IN_MEMORY = 256 << 20
"""Bytes up to which a file that needs seeking is held in memory: two and a half hours of a telephone's m4a."""
INDEX_AT_END = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}
"""Bytes 4 to 8 of MP4, M4A, 3GP (ISO/IEC 14496-12) and of QuickTime, whose older files begin with any box."""
CAF = b"caff"
AU_HEADER = struct.Struct(">4s5I")
"""Sun's audio format, as ffmpeg writes it: magic, where the samples begin, size, encoding, Hz, channels."""

Sound = npt.NDArray[np.float32]
Alone = Callable[[BinaryIO, IO[bytes]], None]
"""Writes the first audio track of a seekable stream into a pipe, in a container that needs no seeking."""


@cache
def binary() -> str:
    """Path of the ffmpeg in use."""
    return shutil.which("ffmpeg") or str(imageio_ffmpeg.get_ffmpeg_exe())


@cache
def version() -> str:
    """As ffmpeg prints it."""
    shown = subprocess.run([binary(), "-version"], capture_output=True, text=True, check=True).stdout
    return shown.split(maxsplit=3)[2]


@dataclass(frozen=True, slots=True)
class FfmpegDecoder:
    """Decodes a seekable stream."""

    alone: Alone

    @property
    def engine(self) -> EngineId:
        """ffmpeg and its version."""
        return EngineId("ffmpeg", version())

    def __call__(self, stream: BinaryIO) -> Iterator[Sound]:
        """The first audio track at 16 kHz: (samples, channels), full scale 1.0. Raises EngineFailed.

        Samples beyond full scale are kept: lossy codecs give some, and where they were cut, it can be seen.
        """
        head = stream.read(8)
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        with ExitStack() as stack:
            if not (head[4:8] in INDEX_AT_END or head[:4] == CAF):
                yield from _decoded(
                    "pipe:0", (), feed=lambda pipe: shutil.copyfileobj(stream, pipe, PIECE), stack=stack
                )
            elif size <= IN_MEMORY and hasattr(os, "memfd_create"):
                yield from _decoded(*_in_memory(stream, stack), feed=None, stack=stack)
            else:
                yield from _decoded("pipe:0", (), feed=lambda pipe: self.alone(stream, pipe), stack=stack)


def _in_memory(stream: BinaryIO, stack: ExitStack) -> tuple[str, tuple[int, ...]]:
    """A path by which ffmpeg can open the stream's bytes, and the descriptors that it must inherit."""
    file = stack.enter_context(os.fdopen(os.memfd_create("chaerok"), "wb"))
    shutil.copyfileobj(stream, file, PIECE)
    file.flush()
    return f"/proc/self/fd/{file.fileno()}", (file.fileno(),)


def _command(source: str) -> list[str]:
    heard = ffmpeg.input(source).output(
        "pipe:1", format="au", acodec="pcm_f32be", ar=SAMPLE_RATE, map="0:a:0", map_metadata=-1
    )
    command: list[str] = heard.global_args("-v", "error", "-nostats").compile(cmd=binary())
    return command


def _decoded(
    source: str, inherited: tuple[int, ...], *, feed: Callable[[IO[bytes]], None] | None, stack: ExitStack
) -> Iterator[Sound]:
    process = subprocess.Popen(
        _command(source),
        stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=inherited,
    )
    stack.callback(_ended, process)
    complaints: list[bytes] = []
    faults: list[Exception] = []
    threads = [threading.Thread(target=_drain, args=(process.stderr, complaints), daemon=True)]
    if feed is not None:
        threads.append(threading.Thread(target=_feed, args=(feed, process.stdin, faults), daemon=True))
    for thread in threads:
        thread.start()
    assert process.stdout is not None  # asked for above
    heard = 0
    for piece in _samples(process.stdout):
        heard += len(piece)
        yield piece
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    if process.wait() != 0 and heard == 0:
        raise EngineFailed(engine="ffmpeg", why=_last_line(complaints))


def _samples(pipe: IO[bytes]) -> Iterator[Sound]:
    """What stands in ffmpeg's AU stream; half a sample at its end is dropped."""
    header = pipe.read(AU_HEADER.size)
    if len(header) < AU_HEADER.size:
        return
    _, begin, _, _, _, channels = AU_HEADER.unpack(header)
    pipe.read(begin - AU_HEADER.size)
    width = 4 * channels
    odd = b""
    while piece := pipe.read(PIECE):
        whole = odd + piece
        odd = whole[len(whole) - len(whole) % width :]
        yield np.frombuffer(whole[: len(whole) - len(odd)], ">f4").astype(np.float32).reshape(-1, channels)


def _feed(feed: Callable[[IO[bytes]], None], pipe: IO[bytes] | None, faults: list[Exception]) -> None:
    assert pipe is not None
    try:
        with pipe:
            feed(pipe)
    except BrokenPipeError:
        return  # ffmpeg has read what it wanted, or died: its exit code tells
    except Exception as fault:  # a broken seal, for one: raised where it can be seen
        faults.append(fault)


def _drain(pipe: IO[bytes] | None, into: list[bytes]) -> None:
    assert pipe is not None
    with pipe:
        into.extend(pipe.readlines())


def _last_line(complaints: list[bytes]) -> str:
    """ffmpeg's last words; it names no path, since it was given a pipe or a descriptor."""
    return complaints[-1].decode(errors="replace").strip() if complaints else "no output"


def _ended(process: subprocess.Popen[bytes]) -> None:
    """End a process whose output nobody reads any more."""
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None and not pipe.closed:
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # the feeding thread had bytes left for a process that is gone
