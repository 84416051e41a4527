from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SettingsInvalid
from pipeline.places import ROOT, Home, weights_folder
from pipeline.settings import DEFAULTS, Section, Settings, load, merged

TABLES = st.recursive(
    st.integers(0, 3), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6
).filter(lambda value: isinstance(value, dict))


def home_with(folder: Path, text: str) -> Home:
    (folder / "settings.toml").write_text(text, "utf-8")
    return Home(folder)


# --- layers ---------------------------------------------------------------------------------------------------------


@given(TABLES)
def test_laying_nothing_over_changes_nothing(tables: dict[str, Any]) -> None:
    assert merged(tables, {}) == tables
    assert merged({}, tables) == tables
    assert merged(tables, tables) == tables


@given(TABLES, TABLES, TABLES)
def test_layers_can_be_joined_in_any_grouping_where_their_shapes_agree(a: Any, b: Any, c: Any) -> None:
    left, right = merged(merged(a, b), c), merged(a, merged(b, c))
    if same_shape(a, b) and same_shape(b, c) and same_shape(a, c):
        assert left == right


def same_shape(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same_shape(one[key], other[key]) for key in one.keys() & other.keys())
    return isinstance(one, dict) == isinstance(other, dict)


@given(TABLES, TABLES)
def test_the_upper_layer_wins_and_the_lower_is_not_touched(lower: Any, upper: Any) -> None:
    before = repr(lower), repr(upper)
    both = merged(lower, upper)
    assert (repr(lower), repr(upper)) == before
    for key, value in upper.items():
        if not isinstance(value, dict):
            assert both[key] == value


def test_the_home_wins_over_the_defaults_and_the_study_over_the_home(tmp_path: Path) -> None:
    home = home_with(tmp_path, "[segment]\nmax_seconds = 11.0\nmax_characters = 111\n")
    settings = load(home, {"segment": {"max_seconds": 12.0}})
    assert settings.segment.max_seconds == 12.0
    assert settings.segment.max_characters == 111
    assert settings.segment.max_pause_seconds == load().segment.max_pause_seconds


def test_without_a_file_of_its_own_a_home_has_the_defaults(tmp_path: Path) -> None:
    assert load(Home(tmp_path)) == load()


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[segmnt]\nmax_seconds = 3.0", "segmnt"),
        ("[segment]\nmax_second = 3.0", "segment.max_second"),
        ("segment = 3", "segment"),
        ('[segment]\nmax_seconds = "long"', "segment.max_seconds"),
        ("[segment]\nmax_seconds = 0", "segment.max_seconds"),
        ("[segment]\nmax_seconds = -1", "segment.max_seconds"),
        ("[segment]\nmax_seconds = nan", "segment.max_seconds"),
        ("[segment]\nmax_characters = 19", "segment.max_characters"),
        ("[segment]\nmax_characters = 20.5", "segment.max_characters"),
        ('[transcribe]\ndevice = "tpu"', "transcribe.device"),
        ("[transcribe]\nbeam_size = 0", "transcribe.beam_size"),
        ("[detect]\nsure_from = 1.1", "detect.sure_from"),
        ('[release]\nmode = "nobody"', "release.mode"),
        ("[server]\nport = 70000", "server.port"),
        ("[segment\n", "line 1"),
        ("[segment]\nmax_seconds = 1.0\nmax_seconds = 2.0", "overwrite"),
    ],
)
def test_a_typo_is_named_with_its_file(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load(home_with(tmp_path, text))
    assert refused.value.facts["path"] == tmp_path / "settings.toml"
    assert where in str(refused.value.facts["where"])


def test_a_typo_in_a_study_is_named_with_the_studys_file(tmp_path: Path) -> None:
    home = home_with(tmp_path, "[segment]\nmax_seconds = 11.0\n")
    with pytest.raises(SettingsInvalid) as refused:
        load(home, {"segment": {"max_second": 3}}, tmp_path / "studies" / "peers.toml")
    assert refused.value.facts["path"] == tmp_path / "studies" / "peers.toml"


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsInvalid, match="UnicodeDecodeError"):
        load(Home(tmp_path))


# --- the file that explains them ------------------------------------------------------------------------------------


def test_every_setting_stands_in_the_defaults_and_nothing_else_does() -> None:
    tables = tomllib.loads(DEFAULTS.read_text("utf-8"))
    expected = {name: set(field.annotation.model_fields) for name, field in Settings.model_fields.items()
                if isinstance(field.annotation, type) and issubclass(field.annotation, Section)}  # fmt: skip
    assert {name: set(table) for name, table in tables.items()} == expected


def test_every_number_with_a_unit_says_it_in_its_name_or_its_comment() -> None:
    explained = {"threads", "port", "beam_size"}
    for line in DEFAULTS.read_text("utf-8").splitlines():
        match = re.match(r"(\w+) = (true|false|[-\d.]+)", line)
        if match and match[1] not in explained:
            named = match[1].endswith(("_seconds", "_share", "_dbfs", "_characters"))
            assert named or "#" in line, line


@pytest.mark.parametrize("path", sorted((ROOT / "config" / "profiles").glob("*.toml")), ids=lambda path: path.stem)
def test_every_profile_can_be_laid_over_the_defaults(path: Path) -> None:
    assert load(None, tomllib.loads(path.read_text("utf-8")), path) != load()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().segment.max_seconds = 3.0  # type: ignore[misc]


# --- places ---------------------------------------------------------------------------------------------------------


def test_every_zone_is_a_folder_of_its_own(tmp_path: Path) -> None:
    home = Home(tmp_path)
    zones = [home.inbox, home.vault, home.registers, home.keys, home.studies, home.review, home.store, home.prefect]
    assert len(set(zones)) == len(zones)
    assert {zone.parent for zone in zones} == {tmp_path}


def test_the_home_is_what_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHAEROK_HOME", str(tmp_path))
    assert Home.here() == Home(tmp_path)


@pytest.mark.parametrize("unset", [True, False])
def test_without_one_it_is_the_users_and_never_the_clone(monkeypatch: pytest.MonkeyPatch, unset: bool) -> None:
    monkeypatch.setenv("CHAEROK_HOME", "")
    if unset:
        monkeypatch.delenv("CHAEROK_HOME")
    assert Home.here().root.name == "chaerok"
    assert not Home.here().root.is_relative_to(ROOT)


def test_weights_lie_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHAEROK_WEIGHTS", str(tmp_path))
    assert weights_folder() == tmp_path
    monkeypatch.delenv("CHAEROK_WEIGHTS")
    assert weights_folder() == ROOT / "data" / "weights"


# --- patterns of codes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        'participant = "P{n:02}"',
        'participant = "{code}"',
        'name = "[이름-{n}]"',
        'name = "[이름 {a}]"',
        'thing = "({kind}{n})"',
        'thing = "[기관 {a}]"',
    ],
)
def test_a_lab_may_write_its_own_codes(tmp_path: Path, line: str) -> None:
    key, _, value = line.partition(" = ")
    assert getattr(load(home_with(tmp_path, f"[pseudonymize]\n{line}\n")).pseudonymize, key) == value.strip('"')


@pytest.mark.parametrize(
    "line",
    [
        'participant = "참여자"',
        'participant = ""',
        'participant = "{n"',
        'participant = "{x}{n}"',
        'participant = "{}"',
        'participant = "{n:x{a}}"',
        'interviewer = "{code}"',
        'name = "{kind}{n}"',
        'thing = "[{kind}]"',
        'style = "pretty"',
        'dates = "day"',
    ],
)
def test_a_pattern_that_cannot_count_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(SettingsInvalid, match="pseudonymize"):
        load(home_with(tmp_path, f"[pseudonymize]\n{line}\n"))
