"""A masked copy of a recording as a file that coders may play; like `flows.desk`, without a terminal."""

from __future__ import annotations

from pathlib import Path

from flows.desk import walk_of
from pipeline import masking, quarantine, steps, tools
from pipeline.errors import Waiting
from pipeline.interview import ReleasedAudio
from pipeline.stores.sealed import write_atomically_by

FORMS = ("flac", "m4a")
"""Without loss, as it was checked; and small, for every player."""


def export(interview: str, form: str, to: Path | None) -> Path:
    """Write the copy (0600, whole or not at all, without tags); where.

    Only of an interview whose consent allows it still, and only while all that the copy is made of is as it was: raises
    MaskingOff, AudioConsentMissing, Waiting, DiskFull, PlaceUnwritable.
    """
    walk = walk_of(interview)
    masking.require_on(walk)
    copy = walk.vault.read(walk.interview, ReleasedAudio)
    if copy is None or quarantine.in_force(walk) or not steps.is_current(steps.step("mask"), walk):
        raise Waiting("audio", interview)
    path = to or Path(f"{interview}.{form}")
    write_atomically_by(path, lambda file: tools.encoder(form)(masking.sound(walk, copy), into=file))
    return path
