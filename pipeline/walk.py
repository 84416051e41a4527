"""What a step is given beside its artifacts: the interview, where its things are kept, and the settings in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.interview import InterviewId
from pipeline.people import Register
from pipeline.places import Home
from pipeline.settings import Settings
from pipeline.sheets import Study
from pipeline.stores.keyring import Identity
from pipeline.stores.register import change_register, read_register
from pipeline.stores.vault import Vault
from pipeline.stores.voices import Voice, read_voices

Report = Callable[[str, float], None]
"""Told which step is under way and the share of it that is done."""


def silently(step: str, share: float) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One interview, where its things are kept, and the settings in force."""

    interview: InterviewId
    home: Home
    vault: Vault
    identity: Identity
    settings: Settings
    study: Study
    report: Report = field(default=silently, compare=False)

    def register(self) -> Register:
        """The study's register as it stands."""
        return read_register(self.home.registers, self.interview.study, self.identity)

    def voices(self) -> tuple[Voice, ...]:
        """The voices of the study's interviewers, where they are enrolled."""
        return read_voices(self.home.registers, self.interview.study, self.identity)

    def change_register(self, change: Callable[[Register], Register]) -> Register:
        """Change it under its lock."""
        return change_register(self.home.registers, self.interview.study, self.identity, change)
