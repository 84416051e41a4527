from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import nfd

from pipeline.interview import Person
from pipeline.naming import Line, find_names, mentions_in, read_lines, read_roster
from pipeline.settings import Settings, load

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.fixture(scope="module")
def settings() -> Settings:
    """Without morphology: what is tested here is the way in and out."""
    return load(None, {"detect": {"recognizers": ["roster", "patterns"]}})


# --- lines ----------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.builds(Line, TEXTS, TEXTS, TEXTS), max_size=5), st.booleans(), st.sampled_from(("\n", "\r\n", "\n\n"))
)
def test_any_text_is_read_back(lines: list[Line], ascii: bool, end: str) -> None:
    rows = [json.dumps({"id": r.id, "doc": r.doc, "text": r.text}, ensure_ascii=ascii) for r in lines]
    assert read_lines(end.join(rows)) == tuple(lines)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_what_looks_like_a_line_end_inside_a_text_is_none(separator: str) -> None:
    text = f"앞{separator}뒤"
    raw = json.dumps({"id": "1", "doc": "d", "text": text}, ensure_ascii=False)
    assert read_lines(raw) == (Line("1", "d", text),)


def test_numbers_as_ids_are_text() -> None:
    assert read_lines('{"id": 1, "doc": 2, "text": "네", "more": true}\n') == (Line("1", "2", "네"),)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("김민수", "line 1: JSONDecodeError"),
        ('{"id": "1", "doc": "d", "text": "네"}\n{"id": "김민수", "doc": "d"}', "line 2: KeyError"),
        ('\n\n["김민수"]', "line 3: TypeError"),
        ('{"id": "1", "doc": "d", "text": null}', "line 1: TypeError"),
        ('{"id": "1", "doc": "d", "text": 3}', "line 1: TypeError"),
        ('"김민수"', "line 1: TypeError"),
        ('{"id": "1", "doc": "d", "text": "김민수"', "line 1: JSONDecodeError"),
    ],
)
def test_a_wrong_line_is_named_by_its_number_alone(text: str, where: str) -> None:
    with pytest.raises(ValueError, match="line") as refused:
        read_lines(text)
    assert str(refused.value) == where
    assert refused.value.__context__ is None


# --- the roster -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "people"),
    [
        ({}, {}),
        ({"d": []}, {"d": ()}),
        ({"d": ["김민수", "박지영", "김민수"]}, {"d": (Person("김민수"), Person("박지영"))}),
        ({"d": {"names": ["김민수"]}}, {"d": (Person("김민수"),)}),
        (
            {"d": {"names": ["김민수"], "aliases": {"김민수": ["민수", "까치"]}}},
            {"d": (Person("김민수", ("민수", "까치")),)},
        ),
        ({"d": {"aliases": {"김민수": "까치"}}}, {"d": (Person("김민수", ("까치",)),)}),
    ],
)
def test_rosters(data: object, people: dict[str, tuple[Person, ...]]) -> None:
    assert read_roster(data) == people


@pytest.mark.parametrize(
    "data",
    [
        [],
        "김민수",
        None,
        {"d": "김민수"},
        {"d": 3},
        {"d": [3]},
        {"d": [None]},
        {"d": {"names": "김민수"}},
        {"d": None},
        {"d": {"names": {}, "aliases": {}}},
        {"d": {"names": [], "aliases": ["김민수"]}},
        {"d": {"aliases": {"김민수": 3}}},
        {"d": {"aliases": {"김민수": [3]}}},
        {"d": {"aliases": {"김민수": None}}},
        {"d": {"aliases": {"김민수": {"a": "b"}}}},
    ],
)
def test_what_is_no_roster_is_refused_without_being_quoted(data: object) -> None:
    with pytest.raises(ValueError, match="roster") as refused:
        read_roster(data)
    assert "김민수" not in str(refused.value)


# --- finding --------------------------------------------------------------------------------------------------------


def found(settings: Settings, *lines: tuple[str, str], roster: dict[str, tuple[Person, ...]]) -> list[dict]:
    given = [Line(str(number), doc, text) for number, (doc, text) in enumerate(lines)]
    return list(find_names(given, roster, settings))


def test_each_line_is_answered_in_order_and_as_it_was_given(settings: Settings) -> None:
    lines = (("a", "저는 김민수입니다"), ("a", ""), ("b", "네."))
    answers = found(settings, *lines, roster={"a": (Person("김민수"),)})
    assert [(answer["doc"], answer["text"]) for answer in answers] == list(lines)
    assert [answer["id"] for answer in answers] == ["0", "1", "2"]
    (entity,) = answers[0]["entities"]
    assert (entity["start"], entity["end"], entity["label"], entity["state"]) == (3, 6, "NAME", "sure")
    assert set(entity) == {"start", "end", "label", "score", "state"}


def test_who_is_known_in_one_document_is_a_stranger_in_another(settings: Settings) -> None:
    answers = found(settings, ("a", "까치가 왔다"), ("b", "까치가 왔다"), roster={"a": (Person("김민수", ("까치",)),)})
    assert [len(answer["entities"]) for answer in answers] == [1, 0]


def test_offsets_are_those_of_the_text_as_given(settings: Settings) -> None:
    text = nfd("😀 저는 김민수입니다")
    (answer,) = found(settings, ("a", text), roster={"a": (Person("김민수"),)})
    (entity,) = answer["entities"]
    assert text[entity["start"] : entity["end"]] == nfd("김민수")


@pytest.mark.parametrize("form", [str, nfd])
def test_a_roster_in_either_form_finds_texts_in_either(settings: Settings, form: type[str]) -> None:
    roster = read_roster({"a": {"names": [form("김민수")], "aliases": {form("김민수"): [form("까치")]}}})
    for text in ("김민수와 까치", nfd("김민수와 까치")):
        (answer,) = found(settings, ("a", text), roster=roster)
        assert len(answer["entities"]) == 2


@given(st.lists(st.text("김민수박지영 .010-12345678가나다은는이\n", max_size=30), max_size=3))
def test_entities_are_in_order_inside_the_text_and_do_not_overlap(texts: list[str]) -> None:
    settings = load(None, {"detect": {"recognizers": ["roster", "patterns"]}})
    for answer in found(settings, *(("a", text) for text in texts), roster={"a": (Person("김민수"), Person("박지영"))}):
        at = 0
        for entity in answer["entities"]:
            assert at <= entity["start"] < entity["end"] <= len(answer["text"])
            at = entity["end"]


# --- an interview ---------------------------------------------------------------------------------------------------


def test_an_interview_gives_the_mentions_of_each_line(settings: Settings) -> None:
    lines = ("김정훈이 왔어요", "네", "정훈이 번호는 010-4412-3377이에요")
    found = mentions_in(lines, (Person("김정훈"),), settings)
    assert [[mention.text for mention in mentions] for mentions in found] == [["김정훈"], [], ["정훈", "010-4412-3377"]]


def test_no_lines_no_mentions(settings: Settings) -> None:
    assert mentions_in((), (Person("김정훈"),), settings) == ()
