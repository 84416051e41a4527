from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from coded import BOOK, PROVENANCE
from hostile_texts import LINES
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from programs import released

from pipeline.codes import Code, Codebook, Why
from pipeline.documents import Document, document, to_utf16, words_in
from pipeline.interview import InterviewId, Role
from pipeline.printing import Convention
from pipeline.stores.servers.label_studio_tasks import configuration, labelled, labels_in, marks, regions, task
from pipeline.stores.servers.ledger import Sent
from pipeline.transcript import Line, Released

INTERVIEW = InterviewId("peers", "P01", "S1")
CODES = {"k1": "숨김", "k2": "차별"}


def of(*texts: str) -> Document:
    lines = tuple(
        Line(f"s{n}", n, 1, "S1", Role.PARTICIPANT, float(n), n + 1.0, text) for n, text in enumerate(texts, start=1)
    )
    return document(Released(INTERVIEW, lines, (), (), (), PROVENANCE), Convention())


@given(st.lists(LINES, min_size=1, max_size=5), st.data())
def test_a_place_comes_back_as_it_went(texts: list[str], data: st.DataObject) -> None:
    doc = of(*texts)
    spots = [at for place in doc.places for at in range(place.start, place.end)]
    if not spots:
        return
    start = data.draw(st.sampled_from(spots))
    end = data.draw(st.sampled_from([at for at in spots if at >= start])) + 1
    (region,) = regions(doc, {(start, end): frozenset({"k1"})})
    (mark,) = marks(region, doc, CODES)
    assert (mark.code, mark.why) == ("k1", None)
    assert (mark.start, mark.end) == (start, end)
    assert words_in(doc, mark.start, mark.end) == words_in(doc, start, end)


@given(LINES)
def test_offsets_are_what_a_browser_counts(text: str) -> None:
    doc = of("앞", text)
    if not text:
        return
    place = doc.places[1]
    (region,) = regions(doc, {(place.start, place.end): frozenset({"k1"})})
    value = region["value"]
    assert (value["start"], value["end"], value["startOffset"]) == ("1", "1", 0)
    assert value["endOffset"] == len(text.encode("utf-16-le")) // 2 == to_utf16(text, len(text))
    assert value["text"] == text


def region(**value: Any) -> dict[str, Any]:
    whole = {"start": "0", "end": "0", "startOffset": 0, "endOffset": 2, "text": "가나", "paragraphlabels": ["k1"]}
    return {"id": "r", "from_name": "code", "to_name": "text", "type": "paragraphlabels", "value": {**whole, **value}}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({}, "가나"),
        ({"startOffset": 3, "endOffset": 5, "text": "😀"}, "😀"),
        ({"startOffset": 5, "endOffset": 6, "text": "다"}, "다"),
        ({"startOffset": 4, "endOffset": 5, "text": "다"}, "다"),  # a client that counts code points
        ({"startOffset": 0, "endOffset": 2, "text": None}, "가나"),  # the words were not kept
        ({"end": "1", "endOffset": 1, "text": "가나 😀다\n\n라"}, "가나 😀다|라"),
        ({"end": "1", "endOffset": 1, "text": "가나 😀다\n\n00:00:02 - 00:00:03\n라"}, "가나 😀다|라"),  # as seen
        ({"end": "1", "endOffset": 1, "text": "가나 😀다\n\n00:00:02 - 00:00:03\n마"}, Why.OUT_OF_RANGE),
        ({"end": "1", "endOffset": 1, "text": "나 😀다\n\n라"}, Why.OUT_OF_RANGE),
        ({"endOffset": 99}, Why.OUT_OF_RANGE),
        ({"startOffset": -1}, Why.OUT_OF_RANGE),
        ({"startOffset": 2, "endOffset": 1}, Why.OUT_OF_RANGE),
        ({"startOffset": 4, "endOffset": 5, "text": None}, "다"),  # within the emoji's two units: not a browser's
        ({"start": "7", "end": "7"}, Why.OUT_OF_RANGE),
        ({"start": "1", "end": "0"}, Why.OUT_OF_RANGE),
        ({"start": "x"}, Why.OUT_OF_RANGE),
        ({"startOffset": "a"}, Why.OUT_OF_RANGE),
        ({"text": "다른 말"}, Why.OUT_OF_RANGE),
    ],
)
def test_a_region_is_on_the_words_that_it_quotes(value: dict[str, Any], found: object) -> None:
    doc = of("가나 😀다", "라마")
    (mark,) = marks(region(**value), doc, CODES)
    words = "|".join(line.text[low:high] for line, low, high in words_in(doc, mark.start, mark.end))
    assert (mark.why or words) == found


def test_labels_are_known_by_id_and_by_name_and_others_are_not() -> None:
    doc = of("가나")
    found = list(marks(region(paragraphlabels=["k1", "차별", "내 것"]), doc, CODES))
    assert [(mark.code, mark.called) for mark in found] == [("k1", "숨김"), ("k2", "차별"), (None, "내 것")]


@pytest.mark.parametrize("odd", [{}, {"value": 3}, {**region(), "from_name": "memo"}, {"value": {"choices": ["a"]}}])
def test_what_is_no_region_of_ours_is_told(odd: dict[str, Any]) -> None:
    (mark,) = marks(odd, of("가나"), CODES)
    assert mark.why is Why.UNREADABLE


def test_a_task_has_a_paragraph_for_each_line_and_audio_only_by_its_address() -> None:
    whole = released(INTERVIEW)
    sent = Sent("a" * 64, INTERVIEW, 2, document(whole, Convention()), {})
    data = task(sent)
    assert [one["text"] for one in data["lines"]] == [line.text for line in whole.lines]
    assert data["lines"][1]["author"] == "0002 [00:00:10] 참여자"
    assert (data["name"], data["release"], "audio" in data) == ("P01-S1 v2", "a" * 64, False)
    assert data["lines"][1].keys() == {"author", "text"}
    played = task(sent, "https://lab.example/{interview}.flac")
    assert played["audio"] == "https://lab.example/peers-P01-S1.flac"
    assert (played["lines"][1]["start"], played["lines"][1]["end"]) == (10.0, 14.0)


# --- labels -----------------------------------------------------------------------------------------------------------


def test_labels_come_and_stay() -> None:
    made = labelled(configuration(False), BOOK, {})
    assert labels_in(made)["k1"] == "낙인과 회복/낙인/숨김"
    assert labelled(made, BOOK, {}) == made
    own = made.replace('value="낙인과 회복/낙인/숨김"', 'value="감춤"').replace("<View>", "<View><Style>a</Style>")
    again = labelled(own, BOOK, {"k1": "낙인과 회복/낙인/숨김"})
    assert labels_in(again)["k1"] == "감춤", "a coder called it so"
    assert "<Style>" in again


def test_a_code_that_the_study_renamed_is_renamed() -> None:
    made = labelled(configuration(False), BOOK, {})
    book = replace(BOOK, codes=tuple(replace(c, name="감춤") if c.id == "k1" else c for c in BOOK.codes))
    assert labels_in(labelled(made, book, labels_in(made)))["k1"] == "낙인과 회복/낙인/감춤"


def test_names_with_markup_are_names() -> None:
    book = Codebook("peers", 1, (Code('k"<&', None, '<b> & "따옴표"', "#ff0000"),))
    made = labelled(configuration(True), book, {})
    assert labels_in(made) == {'k"<&': '<b> & "따옴표"'}
    assert etree.fromstring(made).find(".//Label").get("background") == "#ff0000"


@pytest.mark.parametrize("odd", ["", "<View/>", "<View><ParagraphLabels name='code'/></View>", "no xml"])
def test_a_configuration_without_our_labels_is_refused(odd: str) -> None:
    with pytest.raises(ValueError):
        labels_in(odd)
