from __future__ import annotations

import dataclasses
import re
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nouns import any_of

from pipeline.interview import Artifact
from pipeline.people import Register
from pipeline.speech import SpokenWord, Word
from pipeline.stores.vault import from_json, to_json
from pipeline.transcript import ARTIFACTS, Approval, Line, Pseudonymized, Released, Segment


@pytest.mark.parametrize("kind", ARTIFACTS, ids=lambda kind: kind.__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_every_artifact_comes_back_from_json_as_it_was(kind: type[Artifact], data: st.DataObject) -> None:
    value = data.draw(any_of(kind))
    assert from_json(kind, to_json(value)) == value


@settings(max_examples=25)
@given(any_of(Register))
def test_the_register_comes_back_from_json_as_it_was(register: Register) -> None:
    from pydantic import TypeAdapter

    adapter = TypeAdapter(Register)
    assert adapter.validate_json(adapter.dump_json(register)) == register


def test_files_are_numbered_in_the_order_of_the_walk() -> None:
    assert [int(kind.file[:2]) for kind in ARTIFACTS] == list(range(1, len(ARTIFACTS) + 1))
    assert all(re.fullmatch(r"\d\d-[a-z]+", kind.file) for kind in ARTIFACTS)


def test_every_artifact_has_its_file_and_is_in_the_list() -> None:
    made = {kind.__name__ for kind in Artifact.__subclasses__()} - {"Quarantine"}  # comes between two walks
    assert {kind.__name__ for kind in ARTIFACTS} == made
    assert len(ARTIFACTS) == len({kind.__name__ for kind in ARTIFACTS})


@pytest.mark.parametrize("kind", ARTIFACTS, ids=lambda kind: kind.__name__)
def test_artifacts_are_frozen(kind: type[Artifact]) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"mentions": [{"text": "\xea\xb9\x80\xeb\xaf\xbc\xec\x88\x98"}]}']
)
def test_what_is_no_artifact_is_refused_without_being_quoted(data: bytes) -> None:
    from pipeline.transcript import Mentions

    with pytest.raises(ValueError, match="not a Mentions") as refused:
        from_json(Mentions, data)
    assert "김민수" not in str(refused.value)
    assert refused.value.__cause__ is None and refused.value.__context__ is None


def parts(kind: object, seen: set[object]) -> set[object]:
    """Every dataclass that a dataclass is made of."""
    if dataclasses.is_dataclass(kind) and kind not in seen:
        seen.add(kind)
        for hint in get_type_hints(kind).values():
            parts(hint, seen)
    for argument in getattr(kind, "__args__", ()):
        parts(argument, seen)
    return seen


@pytest.mark.parametrize("kind", [Pseudonymized, Released], ids=lambda kind: kind.__name__)
def test_a_draft_and_a_release_have_no_place_for_raw_words(kind: type[Artifact]) -> None:
    made_of = parts(kind, set())
    assert Line in made_of
    assert not made_of & {Segment, Word, SpokenWord}


def test_an_approval_keeps_its_time_to_the_microsecond() -> None:
    from datetime import UTC, datetime

    approval = Approval("ab" * 32, "reviewer1", datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC))
    assert from_json(Approval, to_json(approval)) == approval
