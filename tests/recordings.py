"""Recordings of all sorts, made with the ffmpeg that decodes them: whole, cut off, silent, or no recording at all."""

from __future__ import annotations

import hashlib
import io
import subprocess
import wave
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import BinaryIO

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


# --- what resembles speech ------------------------------------------------------------------------------------------


def speech(seconds: float, rate: int = 16_000, *, pitch: float = 140.0, seed: int = 1, busy: float = 0.6) -> np.ndarray:
    """Bursts of harmonics as syllables are, with breath above 4 kHz and pauses between phrases: -20 dBFS, in noise."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    vowel = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 12) if pitch * k < 0.45 * rate)
    sound = vowel + 0.2 * rng.standard_normal(len(time))
    phrases = np.repeat(rng.random(int(seconds) + 2) < busy, rate)[: len(time)]
    syllables = np.clip(np.sin(2 * np.pi * 4 * time + seed), 0, 1) * phrases
    sound = sound * syllables
    sound *= 0.1 / max(1e-9, np.sqrt((sound**2).mean() * len(time) / max(1, np.count_nonzero(syllables))))
    return sound + 1e-4 * rng.standard_normal(len(time))


def people(
    count: int, cross_talk_db: float, noise_db: float = -65, seconds: int = 36, overlap: float = 0.0
) -> np.ndarray:
    """(samples, microphones): people who take turns of four seconds, each near a microphone of their own.

    Each begins `overlap` seconds before the one before them ends.
    """
    time = np.arange(seconds * 16_000) / 16_000
    voices = []
    for who in range(count):
        early = (time + overlap) // 4 % count == who
        speaks = ((time // 4 % count == who) | early) & (time >= (0.0 if who == 0 else overlap))
        voices.append(speech(seconds, pitch=110 + 40 * who, seed=who + 1, busy=1.0) * speaks)
    far, noise = 10 ** (cross_talk_db / 20), np.random.default_rng(3).standard_normal((len(time), count))
    heard = [sum(np.roll(v, 60) * far if who != here else v for who, v in enumerate(voices)) for here in range(count)]
    return np.stack(heard, 1) + noise * 10 ** (noise_db / 20)


def written(path: Path, sound: np.ndarray, rate: int = 16_000) -> Path:
    """A 16-bit WAV of (samples,) or (samples, channels)."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if sound.ndim == 1 else sound.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


@cache
def encoders() -> frozenset[str]:
    """The audio encoders of the ffmpeg at hand."""
    listed = subprocess.run([binary(), "-v", "quiet", "-encoders"], capture_output=True, text=True, check=True).stdout
    return frozenset(line.split()[1] for line in listed.splitlines() if line.startswith(" A"))


def encoded(source: Path, target: Path, *options: str) -> Path:
    """`source` as ffmpeg writes it with those options."""
    command = [binary(), "-v", "error", "-y", "-i", str(source), *options, str(target)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return target


@dataclass
class Shelf:
    """A vault in memory, for one interview."""

    held: dict[str, bytes] = field(default_factory=dict)

    def write(self, name: str, pieces: Iterable[bytes]) -> tuple[str, int]:
        data = b"".join(pieces)
        self.held[name] = data
        return hashlib.sha256(data).hexdigest(), len(data)

    def open(self, name: str) -> BinaryIO:
        return io.BytesIO(self.held[name])
