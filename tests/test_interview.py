from __future__ import annotations

import ast
import sys
import unicodedata
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given
from nouns import TEXTS, any_of, nfd

from pipeline import interview
from pipeline.interview import Consent, InterviewId, Part, Recording, Sheet, Source, normal_text


@given(any_of(InterviewId))
def test_an_id_is_read_back_as_it_was_written(id: InterviewId) -> None:
    assert InterviewId.parse(str(id)) == id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "peers",
        "peers-P01",
        "peers-P01-S1-x",
        "peers--S1",
        "-P01-S1",
        "연구-P01-S1",
        "peers-김민수-S1",
        "peers-P01-S 1",
        "peers-P01-S1\n",
        "peers-P01-" + "S" * 33,
        "../../etc-P01-S1",
        "peers-..-S1",
        "peers-P.1-S1",
    ],
)
def test_what_is_no_id_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ValueError, match=r"ASCII|study-participant-session") as refused:
        InterviewId.parse(text)
    assert "김민수" not in str(refused.value)


def test_the_longest_code_is_32_characters() -> None:
    assert str(InterviewId("a" * 32, "P", "S")).startswith("a" * 32)


def test_ids_sort_by_study_participant_session() -> None:
    ids = [InterviewId("b", "P1", "S1"), InterviewId("a", "P2", "S1"), InterviewId("a", "P1", "S2")]
    assert [str(id) for id in sorted(ids)] == ["a-P1-S2", "a-P2-S1", "b-P1-S1"]


@given(TEXTS)
def test_normal_text_is_nfc_with_lf_and_stays_so(text: str) -> None:
    normal = normal_text(text)
    assert unicodedata.is_normalized("NFC", normal)
    assert "\r" not in normal
    assert normal_text(normal) == normal
    assert normal_text(nfd(normal)) == normal


def test_the_nouns_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        InterviewId("a", "b", "c").study = "d"  # type: ignore[misc]


def test_a_recording_knows_its_seconds() -> None:
    assert Recording("recording", "", 40_000, 1.0, "").seconds == 2.5


def test_a_source_is_known_by_its_parts_in_order() -> None:
    one, two = (Part(sha256, "", 1, 1.0, 1, 16000, "flac") for sha256 in ("aa", "bb"))
    sheet = Sheet(InterviewId("a", "b", "c"), Consent(True, True))
    assert Source(sheet.interview, (one, two), sheet).sha256 == "aa+bb"
    assert Source(sheet.interview, (two, one), sheet).sha256 == "bb+aa"


@pytest.mark.parametrize("name", ["interview", "transcript", "errors", "korean"])
def test_the_nouns_import_the_standard_library_only(name: str) -> None:
    tree = ast.parse(Path(interview.__file__).with_name(f"{name}.py").read_text("utf-8"))
    froms = {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    plain = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert (froms | plain) - {"pipeline"} <= sys.stdlib_module_names
