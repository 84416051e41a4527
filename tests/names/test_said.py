"""Floors for identifiers with a shape, said with hesitation, repair and in every way: `said.txt`, read while the rules
were written; each line is an interview of its own."""

from __future__ import annotations

from collections import Counter

import pytest
from measured import HERE, marked

from pipeline.naming import mentions_in
from pipeline.settings import load
from pipeline.transcript import Label

pytestmark = pytest.mark.engines

MISSED = {Label.PHONE: 1, Label.RRN: 1, Label.DOB: 1, Label.EMAIL: 2, Label.ADDRESS: 3, Label.PLACE: 0}
"""Of each label, at most; of 179."""
SHAPED = {Label.PHONE, Label.RRN, Label.DOB, Label.EMAIL, Label.ADDRESS}


def test_what_has_a_shape_is_found_however_it_is_said() -> None:
    missed: Counter[Label] = Counter()
    for line in marked(HERE / "said.txt"):
        (found,) = mentions_in((line.text,), (), load())
        covered = {at for one in found for at in range(one.start, one.end)}
        for one in line.truth:
            missed[one.label] += any(at not in covered and line.text[at] != " " for at in range(one.start, one.end))
    assert {label: count for label, count in missed.items() if count > MISSED[label]} == {}


def test_numbers_that_identify_nobody_are_left() -> None:
    plain = [line.text for line in marked(HERE / "said.txt") if not line.truth]
    shaped = [text for text in plain for one in mentions_in((text,), (), load())[0] if one.label in SHAPED]
    assert len(plain) == 70
    assert shaped == ["밤에 죽고 싶으면 1577-0199로 전화하라고 스티커를 붙여 줘요"]
