"""One system on one file, in a process of its own: asked on standard input, answered on standard output, in JSON.

Asked ``{"system", "audio", "speakers", "settings"}``; answers ``{"utterances", "gaps", "flags", "rttm"}``, or
``{"error"}``. `gaps` and `flags` are None where a system keeps no ledger.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from pipeline.bench.systems import settings_for
from pipeline.errors import ChaerokError
from pipeline.evaluation import rttm
from pipeline.settings import Settings


def main() -> None:
    """Read the question, listen, answer."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    try:
        answer = heard(**json.loads(sys.stdin.read()))
    except ChaerokError as error:
        answer = {"error": str(error)}
    except Exception as error:
        answer = {"error": type(error).__name__}
    with answers:
        json.dump(answer, answers, ensure_ascii=False)


def heard(system: str, audio: str, speakers: int | None, settings: dict[str, Any]) -> dict[str, Any]:
    """What `system` makes of the file `audio`. Imports are lazy: a system must not pay for another's."""
    file, chosen = Path(audio), settings_for(system, Settings.model_validate(settings))
    if system.startswith("chaerok"):
        from pipeline.walking import hear

        found = hear(file, speakers, (), chosen)
        return {**found.as_json(), "rttm": rttm.written(found.diarization.turns, "recording")}
    from pipeline.composition import COMPOSITIONS, compose

    composed = compose(file, speakers, chosen, COMPOSITIONS[system])
    utterances = [one._asdict() for one in composed.utterances]
    ledger = {"gaps": None, "flags": None}
    return {"utterances": utterances, **ledger, "rttm": rttm.written(composed.turns, "recording")}


if __name__ == "__main__":
    main()
