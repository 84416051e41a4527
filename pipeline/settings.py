"""Typed settings out of TOML: config/default.toml, CHAEROK_HOME/settings.toml, then the study file's ``[settings]``.

Unknown keys and wrong values are refused with `SettingsInvalid`; names carry their units.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from pipeline.attendance import rising
from pipeline.daily import Maintenance, Positive, Run, Schedule
from pipeline.daily import Server as Server
from pipeline.errors import InputError, SettingsInvalid
from pipeline.outgoing import Mask, Printing, Publish, Release
from pipeline.places import ROOT, Home
from pipeline.sharing import Places, Section, Workers

DEFAULTS = ROOT / "config" / "default.toml"

Share = Annotated[float, Field(ge=0, le=1)]


class Intake(Section):
    """What a drop must bring, and what is expected of a participant."""

    require_consent: bool
    least_minutes: Annotated[float, Field(ge=0)]
    most_minutes: Positive
    sessions_expected: Annotated[tuple[Annotated[int, Field(ge=0)], int], AfterValidator(rising)]


class Normalise(Section):
    """Decoding."""

    engine: str
    min_seconds: Positive
    silent_below_dbfs: float
    max_missing_share: Share
    max_missing_seconds: Positive
    clipped_share: Share
    quiet_below_dbfs: float
    quiet_to_dbfs: Annotated[float, Field(le=-10)]
    noisy_below_db: float
    blank_seconds: Positive
    microphone_share: Share
    microphone_lead_db: Positive


class Diarize(Section):
    """Who speaks when."""

    engine: str
    use_channels: bool
    segmentation: str
    embedding: str
    step_share: Annotated[float, Field(gt=0, le=1)]
    excerpt_seconds: Annotated[float, Field(ge=0.2)]
    least_seconds: Annotated[float, Field(ge=0)]
    least_share: Share
    alike: Annotated[float, Field(gt=0, le=1)]
    most_speakers: Annotated[int, Field(ge=1)]
    pipeline: str
    clustering_threshold: Annotated[float, Field(gt=0, le=2)]
    min_cluster_size: Annotated[int, Field(ge=1)]
    precision: Literal["auto", "float32"]
    threads: Annotated[int, Field(ge=1)]


class Transcribe(Section):
    """What is said."""

    engine: str
    weights: str
    language: str
    beam_size: Annotated[int, Field(ge=1)]
    compute_type: str
    device: Literal["cpu", "cuda"]
    workers: Annotated[int, Field(ge=1)]
    threads: Annotated[int, Field(ge=1)]
    places: Annotated[int, Field(ge=1)]
    overlooked_seconds: Positive
    voice_threshold: Annotated[float, Field(gt=0, lt=1)]
    voice_perhaps_threshold: Annotated[float, Field(gt=0, lt=1)]
    voice_pause_seconds: Annotated[float, Field(ge=0)]
    voice_least_seconds: Annotated[float, Field(ge=0)]


class Merge(Section):
    """Words to speakers."""

    repair_seconds: Annotated[float, Field(ge=0)]
    doubtful_seconds: Annotated[float, Field(ge=0)]
    min_gap_seconds: Positive
    word_slack_seconds: Annotated[float, Field(ge=0)]


class Segmenting(Section):
    """Lines, and who says them."""

    splitter: str
    max_pause_seconds: Positive
    breath_seconds: Positive
    short_characters: Annotated[int, Field(ge=0)]
    backchannel_seconds: Annotated[float, Field(ge=0)]
    max_seconds: Positive
    max_characters: Annotated[int, Field(ge=20)]
    role_sure_from: Share


class Notation(Section):
    """Marks in the text that people read."""

    pauses: bool
    pause_from_seconds: Positive
    silence_from_seconds: Positive
    overlaps: bool


class Listen(Section):
    """Where a person should listen, and when a run is flagged."""

    stretches: Annotated[int, Field(ge=1)]
    low_probability: Share
    min_seconds: Positive
    max_seconds: Positive
    join_seconds: Annotated[float, Field(ge=0)]
    max_unheard_share: Share
    max_suspect_share: Share
    accepted_sound: tuple[str, ...]


class Detect(Section):
    """Names."""

    recognizers: tuple[str, ...]
    echoes: tuple[str, ...]
    sure_from: Share
    doubtful_from: Share


def _pattern(fields: str) -> AfterValidator:
    """Refuses a pattern without a number or letter that tells one from the next, and one with unknown fields."""

    def checked(pattern: str) -> str:
        try:
            shown = {pattern.format(n=n, a=a, **dict.fromkeys(fields.split(), "x")) for n, a in ((1, "A"), (2, "B"))}
        except (LookupError, ValueError, AttributeError, TypeError):
            raise ValueError(f"{{n}} {{a}} {fields}") from None
        if len(shown) < 2 and "{code}" not in pattern:
            raise ValueError("{n}, {a}: one of them must stand in it")
        return pattern

    return AfterValidator(checked)


class Pseudonymize(Section):
    """Stand-ins."""

    style: Literal["code", "natural"]
    natural_roles: bool
    participant: Annotated[str, _pattern("code")]
    interviewer: Annotated[str, _pattern("")]
    name: Annotated[str, _pattern("")]
    thing: Annotated[str, _pattern("kind")]
    dates: Literal["as_said", "month", "year"]
    ages: Literal["as_said", "decade", "third"]
    births: Literal["hidden", "year"]


class Inbox(Section):
    """The watched folder."""

    scan_seconds: Positive
    settle_seconds: Annotated[float, Field(ge=0)]
    polling: bool
    poll_seconds: Positive
    keep_days: Annotated[float, Field(ge=0)]
    most_tries: Annotated[int, Field(ge=1)]
    first_wait_seconds: Positive
    most_under_way: Annotated[int, Field(ge=1)]


class Replay(Section):
    """Recorded answers."""

    folder: str
    pace: Annotated[float, Field(ge=0)]


class Settings(Section):
    """Every setting; the meaning of each stands in config/default.toml."""

    intake: Intake
    normalise: Normalise
    diarize: Diarize
    transcribe: Transcribe
    merge: Merge
    segment: Segmenting
    listen: Listen
    detect: Detect
    pseudonymize: Pseudonymize
    notation: Notation
    printing: Printing
    release: Release
    mask: Mask
    publish: Publish
    server: Server
    run: Run
    schedule: Schedule
    maintenance: Maintenance
    places: Places
    workers: Workers
    inbox: Inbox
    replay: Replay


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
