"""What can be compared: Chaerok as it is, Chaerok with openai-whisper, and the plain compositions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.engines import senko
from pipeline.errors import EngineMissing, EngineUnknown
from pipeline.settings import Settings

ALL = "all"


@dataclass(frozen=True, slots=True)
class System:
    """`transcribe` is the engine that Chaerok hears with, empty for that of the settings and for compositions."""

    says: str
    transcribe: str = ""
    slow: bool = False
    """About a second of CPU time for a second of audio, or more: not in the default set."""


SYSTEMS: Mapping[str, System] = {
    "chaerok": System("Chaerok with the settings in force"),
    "chaerok-openai": System("the same with openai-whisper", "openai-whisper", slow=True),
    "plain": System("faster-whisper, pyannote.audio, words to speakers by overlap"),
    "plain-unconditioned": System("the same, not conditioned on previous text"),
    "plain-senko": System("faster-whisper, senko, words to speakers by overlap"),
    "plain-openai": System("openai-whisper, pyannote.audio, words to speakers by overlap", slow=True),
}
"""The first one asked for is the one that the others are set against."""


def chosen(names: Iterable[str] = ()) -> tuple[str, ...]:
    """`names` in their order, each once, ``all`` for every system; without any, what is quick and is here.

    Raises EngineUnknown.
    """
    asked = [each for name in names for each in (SYSTEMS if name == ALL else (name,))] or default()
    for name in asked:
        if name not in SYSTEMS:
            raise EngineUnknown(stage="bench", name=name, known=", ".join((*SYSTEMS, ALL)))
    return tuple(dict.fromkeys(asked))


def default() -> list[str]:
    """Chaerok and the plain composition, with senko too where it is installed."""
    try:
        senko.find()
    except EngineMissing:
        return ["chaerok", "plain"]
    return ["chaerok", "plain", "plain-senko"]


def settings_for(system: str, settings: Settings) -> Settings:
    """`settings` as `system` is to hear with them."""
    engine = SYSTEMS[system].transcribe
    if not engine:
        return settings
    transcribe = settings.transcribe.model_copy(update={"engine": engine})
    return settings.model_copy(update={"transcribe": transcribe})
