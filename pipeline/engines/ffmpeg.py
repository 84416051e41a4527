"""Decoding with ffmpeg (by ffmpeg-python): any container and codec to 16 kHz mono s16le.

The binary is the one on PATH, else the one that `imageio-ffmpeg` ships. Sealed originals are never put on the disk in
the clear: ffmpeg reads them from a pipe; MP4 and its kin, which keep their index at the end and need seeking, from
anonymous memory (memfd; Linux) or, where there is none, from a file in the vault's scratch that is removed at once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, BinaryIO

import ffmpeg
import imageio_ffmpeg

from pipeline.errors import EngineFailed
from pipeline.interview import SAMPLE_RATE, EngineId

PIECE = 1 << 18
INDEX_AT_END = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}
"""Bytes 4 to 8 of MP4, M4A, 3GP (ISO/IEC 14496-12) and of QuickTime, whose older files begin with any box."""


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
    """Decodes a seekable stream. `scratch` is used only where memory files do not exist."""

    scratch: Path

    @property
    def engine(self) -> EngineId:
        """ffmpeg and its version."""
        return EngineId("ffmpeg", version())

    def __call__(self, stream: BinaryIO) -> Iterator[bytes]:
        """The first audio track as 16 kHz mono s16le, in pieces. Raises EngineFailed where ffmpeg gives up."""
        head = stream.read(8)
        stream.seek(0)
        with ExitStack() as stack:
            if head[4:8] in INDEX_AT_END:
                yield from _decoded(*_seekable(stream, self.scratch, stack), feed=None, stack=stack)
            else:
                yield from _decoded("pipe:0", (), feed=stream, stack=stack)


def _seekable(stream: BinaryIO, scratch: Path, stack: ExitStack) -> tuple[str, tuple[int, ...]]:
    """A path by which ffmpeg can open the stream's bytes, and the descriptors that it must inherit."""
    if hasattr(os, "memfd_create"):
        file = stack.enter_context(os.fdopen(os.memfd_create("chaerok"), "wb"))
        shutil.copyfileobj(stream, file, PIECE)
        file.flush()
        return f"/proc/self/fd/{file.fileno()}", (file.fileno(),)
    folder = stack.enter_context(tempfile.TemporaryDirectory(dir=scratch))
    path = Path(folder) / "part"
    with path.open("wb") as copy:
        shutil.copyfileobj(stream, copy, PIECE)
    return str(path), ()


def _command(source: str) -> list[str]:
    heard = ffmpeg.input(source).output(
        "pipe:1", format="s16le", acodec="pcm_s16le", ac=1, ar=SAMPLE_RATE, map="0:a:0", map_metadata=-1
    )
    command: list[str] = heard.global_args("-v", "error", "-nostats").compile(cmd=binary())
    return command


def _decoded(source: str, inherited: tuple[int, ...], *, feed: BinaryIO | None, stack: ExitStack) -> Iterator[bytes]:
    process = subprocess.Popen(
        _command(source),
        stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=inherited,
    )
    stack.callback(_ended, process)
    complaints: list[bytes] = []
    threads = [threading.Thread(target=_drain, args=(process.stderr, complaints), daemon=True)]
    if feed is not None:
        threads.append(threading.Thread(target=_feed, args=(feed, process.stdin), daemon=True))
    for thread in threads:
        thread.start()
    assert process.stdout is not None  # asked for above
    heard = 0
    while piece := process.stdout.read(PIECE):
        heard += len(piece)
        yield piece
    for thread in threads:
        thread.join()
    if process.wait() != 0 and heard == 0:
        raise EngineFailed(engine="ffmpeg", why=_last_line(complaints))


def _feed(stream: BinaryIO, pipe: IO[bytes] | None) -> None:
    assert pipe is not None
    try:
        with pipe:
            shutil.copyfileobj(stream, pipe, PIECE)
    except BrokenPipeError:
        return  # ffmpeg has read what it wanted, or died: its exit code tells


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
