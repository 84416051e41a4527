"""Typed settings out of TOML: config/default.toml, CHAEROK_HOME/settings.toml, then the study file's ``[settings]``.

Unknown keys and wrong values are refused with `SettingsInvalid`; names carry their units. Also the places: `Home`.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import InputError, SettingsInvalid

ROOT = Path(__file__).resolve().parent.parent
"""The clone: Chaerok is an application, installed editable from it."""

DEFAULTS = ROOT / "config" / "default.toml"

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """A table of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Intake(Section):
    """What a drop must bring."""

    require_consent: bool


class Normalise(Section):
    """Decoding."""

    engine: str
    min_seconds: Positive
    silent_below_dbfs: float
    max_missing_share: Share
    max_missing_seconds: Positive


class Diarize(Section):
    """Who speaks when."""

    engine: str
    segmentation: str
    embedding: str
    step_share: Annotated[float, Field(gt=0, le=1)]
    clustering_threshold: Annotated[float, Field(gt=0, le=2)]
    min_cluster_size: Annotated[int, Field(ge=1)]
    threads: Annotated[int, Field(ge=1)]


class Transcribe(Section):
    """What is said."""

    engine: str
    weights: str
    language: str
    beam_size: Annotated[int, Field(ge=1)]
    compute_type: str
    device: Literal["cpu", "cuda"]
    condition_on_previous_text: bool
    threads: Annotated[int, Field(ge=1)]


class Merge(Section):
    """Words to speakers."""

    min_gap_seconds: Positive


class Segmenting(Section):
    """Lines."""

    max_pause_seconds: Positive
    max_seconds: Positive
    max_characters: Annotated[int, Field(ge=20)]


class Detect(Section):
    """Names."""

    recognizers: tuple[str, ...]
    sure_from: Share
    doubtful_from: Share


class Pseudonymize(Section):
    """Stand-ins."""

    style: Literal["code"]


class Release(Section):
    """The human gate."""

    mode: Literal["approval", "automatic"]


class Publish(Section):
    """Coding stores."""

    stores: tuple[str, ...]
    database_url: str


class Server(Section):
    """Prefect."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)]
    start_timeout_seconds: Positive


class Inbox(Section):
    """The watched folder."""

    scan_seconds: Positive
    settle_seconds: Annotated[float, Field(ge=0)]


class Replay(Section):
    """Recorded answers."""

    folder: str


class Settings(Section):
    """Every setting; the meaning of each stands in config/default.toml."""

    intake: Intake
    normalise: Normalise
    diarize: Diarize
    transcribe: Transcribe
    merge: Merge
    segment: Segmenting
    detect: Detect
    pseudonymize: Pseudonymize
    release: Release
    publish: Publish
    server: Server
    inbox: Inbox
    replay: Replay


@dataclass(frozen=True, slots=True)
class Home:
    """The places under CHAEROK_HOME; each privacy zone is a folder of its own."""

    root: Path

    @classmethod
    def here(cls) -> Home:
        """CHAEROK_HOME, or the user's data folder of this system."""
        return cls(Path(os.environ.get("CHAEROK_HOME") or platformdirs.user_data_dir("chaerok", appauthor=False)))

    @property
    def inbox(self) -> Path:
        """Drops."""
        return self.root / "inbox"

    @property
    def vault(self) -> Path:
        """Sealed audio, transcripts, failures and scratch."""
        return self.root / "vault"

    @property
    def registers(self) -> Path:
        """Sealed study registers, apart from the vault."""
        return self.root / "registers"

    @property
    def keys(self) -> Path:
        """The service identity."""
        return self.root / "keys"

    @property
    def studies(self) -> Path:
        """Study files, ``<study>.toml``."""
        return self.root / "studies"

    @property
    def review(self) -> Path:
        """Correction sheets under a reviewer's hands: raw text, removed once imported."""
        return self.root / "review"

    @property
    def store(self) -> Path:
        """The default coding store."""
        return self.root / "store"

    @property
    def prefect(self) -> Path:
        """PREFECT_HOME."""
        return self.root / "prefect"


def weights_folder() -> Path:
    """CHAEROK_WEIGHTS, or data/weights in the clone."""
    return Path(os.environ.get("CHAEROK_WEIGHTS") or ROOT / "data" / "weights")


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`base` with the tables of `over` laid on it, key by key.

    >>> merged({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}})
    {'a': {'x': 1, 'y': 3}}
    """
    both = {
        key: merged(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
        for key, value in over.items()
    }
    return {**base, **both}


def first_problem(error: ValidationError) -> str:
    """``table.key: what is wrong``, without the offending value: it may be a name."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    problem = next(
        (p for p in problems if p["type"] == "extra_forbidden"), problems[0]
    )  # a typo explains what is missing
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"


def read_toml(path: Path, error: type[InputError]) -> dict[str, Any]:
    """The tables of a TOML file; `error` is raised where it cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as problem:
        raise error(path=path, where=type(problem).__name__) from None
    except tomllib.TOMLDecodeError as problem:
        raise error(path=path, where=str(problem)) from None


def load(home: Home | None = None, over: dict[str, Any] | None = None, source: Path | None = None) -> Settings:
    """The settings in force: defaults, the home's settings.toml, then `over`, a study's or profile's, out of `source`.

    Raises SettingsInvalid, naming the file that is wrong.
    """
    layers = [(read_toml(DEFAULTS, SettingsInvalid), DEFAULTS)]
    own = home.root / "settings.toml" if home else None
    if own and own.exists():
        layers.append((read_toml(own, SettingsInvalid), own))
    if over:
        layers.append((over, source or DEFAULTS))
    tables: dict[str, Any] = {}
    for layer, path in layers:
        tables = merged(tables, layer)
        try:
            settings = Settings.model_validate(tables)
        except ValidationError as error:
            raise SettingsInvalid(path=path, where=first_problem(error)) from None
    return settings
