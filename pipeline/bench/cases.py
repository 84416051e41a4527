"""A folder of audio with truth: ``NAME.json`` beside ``NAME.flac``, ``NAME.wav`` or variants ``NAME.VARIANT.flac``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import tools
from pipeline.errors import LinesInvalid, NotAudio
from pipeline.evaluation.utterances import Utterance
from pipeline.interview import Turn

KINDS = (".flac", ".wav")


@dataclass(frozen=True, slots=True)
class Case:
    """One audio file and what is true of it. `texts` is False where the truth lacks the text of any turn."""

    name: str
    audio: Path
    seconds: float
    truth: tuple[Utterance, ...]
    texts: bool

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Who speaks when."""
        return tuple(Turn(one.start, one.end, one.speaker) for one in self.truth)

    @property
    def speakers(self) -> int:
        """How many."""
        return len({one.speaker for one in self.truth})


def cases(folder: Path) -> list[Case]:
    """Every case of `folder`, in order of name. Raises LinesInvalid, NotAudio."""
    found: list[Case] = []
    for truth in sorted(folder.glob("*.json")):
        audio = [path for path in sorted(folder.iterdir()) if path.suffix in KINDS and _belongs(path, truth)]
        utterances = _read(truth) if audio else []
        found += [Case(path.stem, path, _seconds(path), *_said(utterances)) for path in audio]
    return found


def _belongs(audio: Path, truth: Path) -> bool:
    return audio.stem == truth.stem or audio.stem.rpartition(".")[0] == truth.stem


def _read(truth: Path) -> list[dict[str, Any]]:
    """A list of turns, or an object that holds it as ``turns`` or ``utterances``."""
    try:
        held = json.loads(truth.read_text("utf-8"))
        turns: list[dict[str, Any]] = held if isinstance(held, list) else held.get("turns") or held["utterances"]
        return turns
    except (ValueError, KeyError, AttributeError) as error:
        raise LinesInvalid(path=truth, where=type(error).__name__) from None


def _said(turns: list[dict[str, Any]]) -> tuple[tuple[Utterance, ...], bool]:
    said = (Utterance(turn["start"], turn["end"], str(turn["speaker"]), turn.get("text") or "") for turn in turns)
    return tuple(said), all(turn.get("text") for turn in turns)


def _seconds(audio: Path) -> float:
    with audio.open("rb") as stream:
        declared = tools.inspector()(stream)
    if declared is None:
        raise NotAudio(path=audio)
    return declared.seconds
