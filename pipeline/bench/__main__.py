"""One system on one file, in a process of its own: asked on standard input, answered on standard output, in JSON.

Asked ``{"system", "audio", "speakers", "settings"}``; answers ``{"utterances", "gaps", "rttm"}``, or ``{"error"}`` with
the class of what went wrong. `gaps` is None where a system keeps no ledger.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from pipeline.bench import PLAIN
from pipeline.interview import Diarization, Turn
from pipeline.settings import Settings


def main() -> None:
    """Read the question, listen, answer."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    try:
        answer = heard(**json.loads(sys.stdin.read()))
    except Exception as error:
        answer = {"error": type(error).__name__}
    with answers:
        json.dump(answer, answers, ensure_ascii=False)


def heard(system: str, audio: str, speakers: int | None, settings: dict[str, Any]) -> dict[str, Any]:
    """What `system` makes of the file `audio`."""
    if system in PLAIN:
        return plainly(Path(audio), speakers, Settings.model_validate(settings), PLAIN[system])
    from pipeline.walking import hear

    found = hear(Path(audio), speakers, (), Settings.model_validate(settings))
    return {**found.as_json(), "rttm": found.as_rttm("recording")}


def plainly(audio: Path, speakers: int | None, settings: Settings, conditioned: bool) -> dict[str, Any]:
    """What the plain composition makes of it."""
    from pipeline.composition import compose

    found = compose(audio, speakers, settings, conditioned)
    return {
        "utterances": [one._asdict() for one in found.utterances],
        "gaps": None,
        "rttm": rttm(found.turns),
    }


if __name__ == "__main__":
    main()
