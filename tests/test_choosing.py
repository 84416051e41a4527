from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.choosing import WHY, chosen
from pipeline.errors import CorrectionsInvalid
from pipeline.lexicon import lexicon
from pipeline.people import Choice, Entry, Register, rendering
from pipeline.stand_ins import CODE, Style, settled
from pipeline.transcript import Label

WORDS, SHEET = lexicon(), Path("sheet.xlsx")
NATURAL = Style(natural=True)
PEOPLE = (
    Entry("participant-P01", Label.NAME, ("김정훈", "까치", "김 과장"), "", kind="participant"),
    Entry("entry-1", Label.NAME, ("이서연",), ""),
    Entry("entry-2", Label.ORG, ("새벽병원",), ""),
)


def register(style: Style = CODE) -> Register:
    return settled(Register("s", PEOPLE), style)


def choose(*rows: tuple[str, str], style: Style = CODE, is_word: Callable[[str], bool] = str.islower) -> Register:
    """The register after somebody wrote these (id, new stand-in) into the rows from 2 on."""
    before = register(style)
    present = {entry.id: entry.stand_in for entry in before.entries}
    choices = tuple(Choice(row, id, present.get(id, ""), new) for row, (id, new) in enumerate(rows, start=2))
    return chosen(choices, before, style, is_word, SHEET)


def stand_ins(register: Register) -> list[str]:
    return [entry.stand_in for entry in register.entries]


def test_a_choice_is_taken_and_kept() -> None:
    after = choose(("entry-1", "[언니]"), ("entry-2", "[큰 병원]"))
    assert stand_ins(after) == ["참여자1", "[언니]", "[큰 병원]"]
    assert [entry.chosen for entry in after.entries] == [False, True, True]
    assert settled(after, CODE) == settled(after, NATURAL) == after


def test_nothing_chosen_changes_nothing() -> None:
    assert choose() == register()
    assert choose(("entry-1", "[이름1]")) == register()


def test_imported_twice_is_imported_once() -> None:
    row = Choice(2, "entry-1", "[이름1]", "[언니]")
    once = chosen((row,), register(), CODE, str.islower, SHEET)
    assert chosen((row,), once, CODE, str.islower, SHEET) == once


def test_an_invented_name_goes_on_to_its_parts() -> None:
    style = Style(natural=True, natural_roles=True)
    before = register(style).entries[0]
    entry = choose(("participant-P01", "오태건"), style=style).entries[0]
    assert [rendering(entry, form, WORDS) for form in ("김정훈", "정훈", "김 과장")] == ["오태건", "태건", "오"]
    assert rendering(entry, "까치", WORDS) == rendering(before, "까치", WORDS)
    assert settled(Register("s", (entry,)), style).entries == (entry,)


def test_an_invented_name_may_be_of_another_length() -> None:
    entry = choose(("entry-1", "남궁솔"), style=NATURAL).entries[1]
    assert [rendering(entry, form, WORDS) for form in ("이서연", "서연")] == ["남궁솔", "솔"]


def test_in_the_code_style_a_name_stands_for_every_form() -> None:
    entry = choose(("participant-P01", "오태건")).entries[0]
    assert {rendering(entry, form, WORDS) for form in ("김정훈", "정훈", "까치", "김 과장")} == {"오태건"}


@pytest.mark.parametrize(
    ("rows", "row", "why"),
    [
        ([("entry-1", "   ")], 2, "empty"),
        ([("entry-1", "[]")], 2, "empty"),
        ([("entry-1", "가" * 31)], 2, "shape"),
        ([("entry-1", "언\n니")], 2, "shape"),
        ([("entry-9", "[언니]")], 2, "unknown"),
        ([("entry-1", "김정훈")], 2, "name"),
        ([("entry-1", "정훈")], 2, "name"),
        ([("entry-1", "[까치]")], 2, "name"),
        ([("entry-1", "[정훈 동생]")], 2, "name"),
        ([("entry-1", "[김정훈님]")], 2, "name"),
        ([("entry-1", "이서연")], 2, "name"),
        ([("entry-1", "[새벽병원]")], 2, "name"),
        ([("entry-1", "참여자1")], 2, "taken"),
        ([("entry-1", "병원 A")], 2, "taken"),
        ([("entry-2", "[이름1]"), ("entry-1", "[언니]")], 2, "taken"),
        ([("entry-1", "하늘")], 2, "word"),
        ([("entry-1", "서울")], 2, "word"),
        ([("entry-1", "선생님")], 2, "word"),
        ([("entry-1", "[언니]"), ("entry-2", "[언니]")], 3, "twice"),
        ([("entry-2", "[큰 병원]"), ("entry-1", "(언니)"), ("participant-P01", "[언니]")], 4, "twice"),
        ([("entry-2", "[큰 병원]"), ("entry-1", "정훈")], 3, "name"),
    ],
)
def test_what_cannot_stand_is_refused_with_its_row(rows: list[tuple[str, str]], row: int, why: str) -> None:
    with pytest.raises(CorrectionsInvalid) as refused:
        choose(*rows)
    assert refused.value.facts == {"path": SHEET, "where": f"가명 {row}: {WHY[why]}"}


def test_a_word_of_the_dictionary_is_refused() -> None:
    with pytest.raises(CorrectionsInvalid, match=WHY["word"]):
        choose(("entry-1", "도마뱀"), is_word=lambda text: text == "도마뱀")
    assert choose(("entry-1", "[도마뱀]"), is_word=lambda text: True).entries[1].stand_in == "[도마뱀]"


def test_the_parts_of_an_invented_name_are_looked_at_too() -> None:
    for name in ("박하늘", "오정훈"):
        with pytest.raises(CorrectionsInvalid):
            choose(("entry-1", name), style=NATURAL)


def test_a_sheet_from_before_another_change_is_refused() -> None:
    row = Choice(4, "entry-1", "[이름7]", "[언니]")
    with pytest.raises(CorrectionsInvalid) as refused:
        chosen((row,), register(), CODE, str.islower, SHEET)
    assert WHY["stale"] in str(refused.value)


def test_a_destroyed_person_gets_no_new_one() -> None:
    gone = Register("s", (Entry("entry-1", Label.NAME, (), "[이름1]"),))
    with pytest.raises(CorrectionsInvalid):
        chosen((Choice(2, "entry-1", "[이름1]", "[언니]"),), gone, CODE, str.islower, SHEET)
