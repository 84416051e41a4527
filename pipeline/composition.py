"""The compositions that everybody makes: a Whisper, then a diarizer, then word → speaker by overlap.

One process, one after the other, each library at its defaults, as WhisperX, noScribe and aTrain do it; the same weights
as Chaerok's. They are what `chaerok bench` compares with, and part of nothing else. One advantage over those tools:
pyannote's voice prints are made of the voice's frames alone, which is faster than the straightforward way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from pipeline import weights
from pipeline.engines import plain_whisper, senko
from pipeline.engines.pyannote.whole import WholePipeline
from pipeline.evaluation.utterances import Utterance
from pipeline.hearing.attribution import overlap
from pipeline.interview import Audio, Recording
from pipeline.places import weights_folder
from pipeline.settings import Settings
from pipeline.sound import equal, mixed
from pipeline.speech import Passage, Turn


@dataclass(frozen=True, slots=True)
class Recipe:
    """Who hears the words, who finds the turns. `conditioned`: faster-whisper on previous text, its default."""

    words: Literal["faster-whisper", "openai-whisper"] = "faster-whisper"
    turns: Literal["pyannote", "senko"] = "pyannote"
    conditioned: bool = True


COMPOSITIONS: Mapping[str, Recipe] = {
    "plain": Recipe(),
    "plain-unconditioned": Recipe(conditioned=False),
    "plain-senko": Recipe(turns="senko"),
    "plain-openai": Recipe(words="openai-whisper"),
}


@dataclass(frozen=True, slots=True)
class Composed:
    """What it makes of a file."""

    utterances: tuple[Utterance, ...]
    turns: tuple[Turn, ...]


def compose(file: Path, speakers: int | None, settings: Settings, recipe: Recipe = COMPOSITIONS["plain"]) -> Composed:
    """Listen to `file` with the weights and on the device of `settings`; `speakers` is the count.

    None where the count is not known; senko is never told. Raises WeightsMissing, EngineMissing.
    """
    if recipe.turns == "senko":
        senko.find()  # before the words, which take minutes
    passages = _words(file, settings, recipe)
    turns = _senko(file, settings) if recipe.turns == "senko" else _pyannote(file, speakers, settings)
    return Composed(tuple(attributed(passages, turns)), turns)


def _words(file: Path, settings: Settings, recipe: Recipe) -> list[Passage]:
    chosen = settings.transcribe
    if recipe.words == "openai-whisper":
        (checkpoint,) = weights.located(f"openai-{chosen.weights}", weights_folder()).files.values()
        return plain_whisper.by_openai_whisper(file, checkpoint, chosen.language, chosen.device)
    folder = weights.located(chosen.weights, weights_folder()).folder
    return plain_whisper.by_faster_whisper(
        file, folder, chosen.language, chosen.compute_type, chosen.device, recipe.conditioned
    )


def _senko(file: Path, settings: Settings) -> tuple[Turn, ...]:
    return senko.turns(plain_whisper.decoded(file), settings.transcribe.device)


PUBLISHED: Mapping[str, Any] = {
    "step_share": 0.1, "windows": 32, "clustering_threshold": 0.7045654963945799, "min_cluster_size": 12
}  # fmt: skip
"""As pyannote's published pipeline ``speaker-diarization-3.1`` is set."""


def _pyannote(file: Path, speakers: int | None, settings: Settings) -> tuple[Turn, ...]:
    networks = _located(settings.diarize.segmentation), _located(settings.diarize.embedding)
    device, threads = settings.transcribe.device, os.cpu_count() or 1
    find = WholePipeline(None, networks, **PUBLISHED, device=device, threads=threads)
    return find(_audio(plain_whisper.decoded(file)), speakers, lambda share: None).turns


def _audio(sound: plain_whisper.Samples) -> Audio:
    """`sound` as an engine of Chaerok takes it."""
    held = mixed(sound[:, None], equal(1), gain=1.0).tobytes()
    return Audio(Recording("", "", len(sound), 1.0, ""), lambda start, stop: held[2 * start : 2 * stop])


def _located(name: str) -> Path:
    (file,) = weights.located(name, weights_folder()).files.values()
    return file


def attributed(passages: Sequence[Passage], turns: Sequence[Turn]) -> Iterator[Utterance]:
    """Each passage, cut where its words change speaker.

    A word is whose turns overlap it longest; where none does, whose turns overlap its passage longest; where none does
    either, whoever spoke before.
    """
    before = turns[0].speaker if turns else ""
    for passage in passages:
        usual = most_overlapping(passage.start, passage.end, turns) or before
        spoken = [(most_overlapping(word.start, word.end, turns) or usual, word) for word in passage.words]
        for speaker, run in groupby(spoken, key=lambda pair: pair[0]):
            words = [word for _, word in run]
            yield Utterance(words[0].start, words[-1].end, speaker, " ".join(word.text for word in words))
            before = speaker


def most_overlapping(start: float, end: float, turns: Sequence[Turn]) -> str | None:
    """The speaker who has most of ``[start, end)``, None where nobody speaks in it.

    >>> most_overlapping(1, 4, [Turn(0, 2, "a"), Turn(2, 3, "b"), Turn(3, 9, "b")])
    'b'
    """
    shares: dict[str, float] = {}
    for turn in turns:
        shared = overlap(start, end, turn)
        if shared > 0:
            shares[turn.speaker] = shares.get(turn.speaker, 0.0) + shared
    return max(shares, key=lambda speaker: shares[speaker]) if shares else None
