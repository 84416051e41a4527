"""Dropping files into a lab's inbox, looking at them, and seeing what became of them."""

from __future__ import annotations

import unicodedata
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
from lab import Lab

from flows.inbox import naming


def scan(lab: Lab) -> dict[str, int]:
    from flows.intake import scan

    return dict(scan(lab.home))


def settled_scan(lab: Lab, later: Callable[[float], None]) -> dict[str, int]:
    assert scan(lab) == {}
    later(1)
    return scan(lab)


def drop(lab: Lab, name: str = "면담.flac", seed: int = 1, session: str = "P01-S1") -> Path:
    recording = lab.recording(lab.home.inbox / name, seed)
    lab.sheet(recording.with_suffix(".toml"), session)
    return recording


def seen(lab: Lab) -> list[str]:
    """What a person sees in the inbox and below it."""
    paths = (path.relative_to(lab.home.inbox) for path in lab.home.inbox.rglob("*") if path.is_file())
    return sorted(
        unicodedata.normalize("NFC", str(path))
        for path in paths
        if not path.name.startswith(".") and path.name != naming.PAGE
    )


def note(lab: Lab, name: str) -> str:
    return (lab.home.inbox / name).read_text("utf-8").strip()


CONSENT = "[consent]\nrecording = true\nprocessing = true\n"
DEFAULTS = f'study = "lab"\n{CONSENT}'
"""A folder's sheet."""


def sound(path: Path, seed: int, seconds: float = 2.0) -> Path:
    """A small recording, another one for each `seed`; cheap enough for a thousand."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tone = np.sin(np.arange(round(seconds * 16_000)) * (0.05 + seed * 1e-5)) * 8000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(tone.astype("<i2").tobytes())
    return path


def said(path: Path, text: str) -> Path:
    """A sheet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def page(lab: Lab) -> str:
    """What the page says."""
    return (lab.home.inbox / naming.PAGE).read_text("utf-8")
