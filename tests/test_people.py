from __future__ import annotations

import pytest

from pipeline.lexicon import lexicon
from pipeline.people import Entry, entry_of, listed_form, sought_forms
from pipeline.transcript import Label

WORDS = lexicon()


def entry(*forms: str, id: str = "1", origin: str = "sheet", label: Label = Label.NAME) -> Entry:
    return Entry(id, label, forms, f"[{id}]", origin)


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("김정훈", "김정훈"),
        ("김 정훈", "김정훈"),
        ("박 과장님", "박 과장"),
        ("박과장", "박 과장"),
        ("제갈 선생님", "제갈 선생"),
        ("까치 형", "까치"),
        ("민수 씨", "민수"),
        ("훈이", "훈이"),
        ("Maria Kim", "MariaKim"),
    ],
)
def test_a_name_as_written_has_one_form(written: str, form: str) -> None:
    assert listed_form(written, WORDS) == form


@pytest.mark.parametrize(
    ("forms", "sought"),
    [
        (("김정훈",), ("김정훈", "정훈")),
        (("남궁솔",), ("남궁솔", "솔")),
        (("선우현",), ("선우현", "현", "우현")),
        (("양준",), ("양준",)),
        (("박 과장",), ("박 과장",)),
        (("김정훈", "정훈", "훈이"), ("김정훈", "정훈", "훈이")),
    ],
)
def test_given_names_are_sought_with_the_full_ones(forms: tuple[str, ...], sought: tuple[str, ...]) -> None:
    assert sought_forms(entry(*forms), WORDS) == sought


def test_places_have_no_given_names() -> None:
    assert sought_forms(entry("김포시", label=Label.PLACE), WORDS) == ("김포시",)


@pytest.mark.parametrize(
    ("entries", "form", "id"),
    [
        ((entry("김정훈"),), "정훈", "1"),
        ((entry("김정훈"), entry("박정훈", id="2")), "정훈", None),
        ((entry("김정훈", "정훈"), entry("박정훈", id="2")), "정훈", "1"),
        ((entry("김정훈"), entry("김정훈", id="2")), "김정훈", None),
        ((entry("김정훈"), entry("김정훈", id="2"), entry("김정훈", id="3", origin="found")), "김정훈", "3"),
        ((entry("김정훈"),), "박정훈", None),
        ((entry("대전", label=Label.PLACE),), "대전", None),
        ((), "정훈", None),
    ],
)
def test_a_form_stands_for_one_entry_or_none(entries: tuple[Entry, ...], form: str, id: str | None) -> None:
    meant = entry_of(Label.NAME, form, entries, WORDS)
    assert (meant.id if meant else None) == id
