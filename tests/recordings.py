"""Recordings of all sorts, made with the ffmpeg that decodes them: whole, cut off, silent, or no recording at all."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path

import numpy as np

from pipeline.engines.ffmpeg import binary

SECONDS = 6.0
FORMATS = {
    "wav": ("-c:a", "pcm_s16le"),
    "flac": ("-c:a", "flac"),
    "mp3": ("-c:a", "libmp3lame", "-b:a", "64k"),
    "m4a": ("-c:a", "aac"),
    "mp4": ("-c:a", "aac", "-movflags", "+faststart"),
    "mov": ("-c:a", "aac"),
    "3gp": ("-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1", "-b:a", "12.2k"),
    "amr": ("-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1", "-b:a", "12.2k"),
    "ogg": ("-c:a", "libvorbis"),
    "opus": ("-c:a", "libopus"),
    "webm": ("-c:a", "libopus"),
    "wma": ("-c:a", "wmav2"),
    "aac": ("-c:a", "aac"),
}
"""What recorders and telephones write, and how to make ffmpeg write it."""


def wav(path: Path, seconds: float, *, peak: float = 0.4, rate: int = 16_000) -> Path:
    """A WAV of 220 Hz."""
    time = np.arange(round(seconds * rate)) / rate
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.sin(2 * np.pi * 220 * time) * peak * 32767).astype("<i2").tobytes())
    return path


def recorded(folder: Path, form: str, seconds: float = SECONDS, *options: str) -> Path:
    """A recording of 220 Hz, 44.1 kHz stereo where the codec allows."""
    path = folder / f"recording.{form}"
    tone = f"sine=frequency=220:duration={seconds}:sample_rate=44100"
    source = ("-f", "lavfi", "-i", tone, "-ac", "2", "-metadata", "title=김민수")
    command = [binary(), "-v", "error", "-y", *source, *FORMATS[form], *options, str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def cut_off(path: Path, share: float = 0.5) -> Path:
    """The file as a copy that was interrupted."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path
