"""The JSON export is what its published schema says."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from exports.hostile import STUDY
from files import files
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from nouns import any_of

from pipeline import exports
from pipeline.exports.structured import schema
from pipeline.places import ROOT
from pipeline.transcript import Released

PUBLISHED = json.loads((ROOT / "docs" / "released.schema.json").read_bytes())
VALIDATOR = Draft202012Validator(PUBLISHED, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_the_published_schema_is_the_present_one_and_a_schema() -> None:
    Draft202012Validator.check_schema(PUBLISHED)
    assert schema() == (ROOT / "docs" / "released.schema.json").read_bytes()


@pytest.mark.parametrize("released", STUDY, ids=lambda released: str(released.interview))
def test_hostile_releases_are_valid(released: Released) -> None:
    VALIDATOR.validate(json.loads(files(released, "json")["json"]))


@settings(max_examples=30)
@given(any_of(Released))
def test_every_release_is_valid(released: Released) -> None:
    data = exports.rendered(replace(released), "json")
    assert isinstance(data, bytes)
    VALIDATOR.validate(json.loads(data))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.pop("provenance"),
        lambda told: told.update(recorded_on="yesterday"),
        lambda told: told["lines"][0].pop("id"),
        lambda told: told["lines"][0].update(role="doctor"),
        lambda told: told["lines"][0].update(start="0"),
        lambda told: told.update(names=["a"]),
        lambda told: told["attributes"].append(["age"]),
    ],
)
def test_what_is_no_release_is_not(spoil) -> None:
    told = json.loads(files(STUDY[0], "json")["json"])
    spoil(told)
    assert not VALIDATOR.is_valid(told)
