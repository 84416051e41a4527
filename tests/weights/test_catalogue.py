from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline import weights
from pipeline.errors import (
    WeightsUnknown,
)
from pipeline.weights import catalogue
from pipeline.weights.catalogue import Entry, Made, Url, Wheels


@pytest.mark.parametrize("entry", weights.entries(), ids=lambda entry: entry.name)
def test_every_entry_is_pinned_and_names_its_owner(entry: Entry) -> None:
    assert all(re.fullmatch("[0-9a-f]{64}", file.sha256) for file in entry.files)
    assert isinstance(entry.sources[0], Url), "the official source comes first"
    assert entry.licence in {"MIT", "Apache-2.0", "CC-BY-4.0"}
    assert entry.page.startswith("https://")
    assert entry.grade == ("demo" if entry.name.endswith("whisper-base") else "work")
    names = {file.name for file in entry.files}
    for source in entry.sources:
        match source:
            case Url():
                assert re.search(r"[0-9a-f]{40}|/v1\.0\.0/", source.url), "a revision, never a branch"
            case Wheels():
                assert set(source.members) == names
                assert all("==" in wheel for wheel in source.wheels)
            case Made():
                assert len(names) == 1
                assert weights.entry(source.made_from)


def test_what_the_demo_needs_is_in_the_list() -> None:
    assert [weights.entry(name).name for name in weights.DEFAULTS] == list(weights.DEFAULTS)


def test_openai_pins_are_those_that_the_library_itself_checks() -> None:
    library = importlib.util.find_spec("whisper")
    assert library is not None
    assert library.origin is not None
    text = Path(library.origin).read_text("utf-8")
    for entry in weights.entries():
        if entry.engine == "openai-whisper":
            (file,) = entry.files
            assert f"{file.sha256}/{file.name}" in text


def test_unknown_weights_and_unknown_keys_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for call in (weights.located, weights.verify, weights.get):
        with pytest.raises(WeightsUnknown):
            call("no-such", tmp_path)
    typo = catalogue.CATALOGUE.read_text("utf-8").replace("licence =", "license =", 1)
    (tmp_path / "weights.toml").write_text(typo, "utf-8")
    monkeypatch.setattr(catalogue, "CATALOGUE", tmp_path / "weights.toml")
    with pytest.raises(ValidationError):
        catalogue.entries.__wrapped__()
