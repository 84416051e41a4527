"""A folder of audio with truth: ``NAME.json`` beside ``NAME.flac``, ``NAME.wav`` or variants ``NAME.VARIANT.flac``.

``NAME.truth.json`` serves as well, as beside the bundled sample.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pipeline import tools
from pipeline.errors import NotAudio, TruthInvalid
from pipeline.evaluation.utterances import Utterance
from pipeline.speech import Turn

KINDS = (".flac", ".wav")


@dataclass(frozen=True, slots=True)
class Case:
    """One audio file and what is true of it. `texts` is False where the truth lacks the text of any turn."""

    name: str
    audio: Path
    seconds: float
    truth: tuple[Utterance, ...]
    texts: bool
    minutes: float | None = None
    """The length that was asked for, where it was strung together (`lengths`)."""

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Who speaks when."""
        return tuple(Turn(one.start, one.end, one.speaker) for one in self.truth)

    @property
    def speakers(self) -> int:
        """How many."""
        return len({one.speaker for one in self.truth})


def cases(folder: Path) -> list[Case]:
    """Every case of `folder`, in order of name. Raises TruthInvalid, NotAudio."""
    found: list[Case] = []
    for path in sorted(folder.glob("*.json")):
        name = path.stem.removesuffix(".truth")
        audio = [file for file in sorted(folder.iterdir()) if file.suffix in KINDS and _of(file, name)]
        truth, texts = read_truth(path) if audio else ((), False)
        found += [Case(file.stem, file, _seconds(file), truth, texts) for file in audio]
    return found


def _of(audio: Path, name: str) -> bool:
    return name in (audio.stem, audio.stem.rpartition(".")[0])


def read_truth(path: Path) -> tuple[tuple[Utterance, ...], bool]:
    """A list of turns, or an object that holds it as ``turns`` or ``utterances``; and whether every turn has its text.

    Raises TruthInvalid.
    """
    try:
        held = json.loads(path.read_text("utf-8"))
        turns = held if isinstance(held, list) else held.get("turns") or held["utterances"]
        said = tuple(
            Utterance(float(turn["start"]), float(turn["end"]), str(turn["speaker"]), str(turn.get("text") or ""))
            for turn in turns
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TruthInvalid(path=path, where=type(error).__name__) from None
    return said, all(one.text for one in said)


def _seconds(audio: Path) -> float:
    with audio.open("rb") as stream:
        declared = tools.inspector()(stream)
    if declared is None or not declared.seconds:
        raise NotAudio(path=audio)
    return declared.seconds
