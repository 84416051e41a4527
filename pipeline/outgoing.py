"""The settings of what leaves the house: how it is printed, when released, what audio hides, which stores get it."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pipeline.daily import Positive
from pipeline.interview import normal_text
from pipeline.sharing import Section, Store

UNFIT = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
"""What no file may be called in some system: a coder's packages lie in a folder of their name."""


def _name_of_coder(name: str) -> str:
    """A coder's name in NFC. Refuses what cannot be a folder, and does not quote it."""
    name = normal_text(name).strip()
    if not name or UNFIT.search(name) or name.startswith(".") or name.endswith("."):
        raise ValueError("a name without / \\ : * ? and the like, which begins and ends with no dot")
    return name


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if len({name.casefold() for name in names}) < len(names):
        raise ValueError("two coders have one name: write 김코더 A, 김코더 B")
    return names


class Printing(Section):
    """How transcripts are printed for people."""

    interviewer: Annotated[str, Field(min_length=1, max_length=20)]
    participant: Annotated[str, Field(min_length=1, max_length=20)]
    numbering: Literal["lines", "turns"]


class Release(Section):
    """The human gate."""

    mode: Literal["approval", "automatic"]


class Mask(Section):
    """The audio copy for coders."""

    enabled: bool
    sound: Literal["bleep", "silence"]
    cover: Literal["words", "lines"]
    margin_seconds: Annotated[float, Field(ge=0)]
    silence_unread: bool
    unread_seconds: Positive
    check: bool


class CodingServer(Section):
    """A server of another program; the coders are names in the study, each with their account there."""

    url: str
    secret_file: str
    secret_variable: str
    timeout_seconds: Positive
    coders: dict[str, str]


class TaguetteServer(CodingServer):
    """Taguette."""

    account: str


class LabelStudioServer(CodingServer):
    """Label Studio."""

    audio_url: str


class Publish(Section):
    """Coding stores, and for whom packages are made."""

    stores: tuple[str, ...]
    database_url: Store
    coders: Annotated[tuple[Annotated[str, AfterValidator(_name_of_coder)], ...], AfterValidator(_each_once)]
    round: Annotated[int, Field(ge=1)]
    taguette: TaguetteServer
    label_studio: LabelStudioServer
