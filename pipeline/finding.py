"""What finds names: what the recognizers in `engines` and those who ask them agree on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pipeline.people import Entry
from pipeline.transcript import Finding, Label

Labelled = tuple[int, int, Label, float]
"""Start, end, label, score: a finding in a line."""
KnownWord = Callable[[str, int, int], bool]
"""Whether ``line[start:end]`` is a word that the dictionary has, as it stands there."""
Finds = Callable[[tuple[str, ...], tuple[Entry, ...]], tuple[Finding, ...]]
"""A recognizer, whatever its name."""


class Recognizer(Protocol):
    """Finds identifying mentions in the lines of one interview, given in order and in NFC."""

    @property
    def name(self) -> str:
        """Stands in a mention's evidence."""

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """The findings, in any order; `known` are the entries of the study register."""


class Echo(Protocol):
    """Finds further mentions by those that recognizers have found in the lines of one interview."""

    @property
    def name(self) -> str:
        """Stands in a mention's evidence."""

    def __call__(self, lines: tuple[str, ...], found: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The further findings, in any order."""
