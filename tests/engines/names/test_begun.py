"""A name that was begun before it was said: the beginning is found before the name, wherever that was found."""

from __future__ import annotations

import pytest
from braces import unmarked

from pipeline.engines.rules.begun import FROM, SCORE, begun, cut_off
from pipeline.transcript import Finding, Label

BEGINNINGS = [  # the name itself stands last
    "그 {지} {지훈}이가 먼저 말을 했어요",
    "{박} {박} 뭐더라 {박성태} 과장님이",
    "{정} 아니 {전미라} 선생님이 오셨죠",
    "{수} 그 누구지 {수연}이가 같이 갔어요",
    "{김영} {김영철} 씨가 데리러 왔어요",
    "{강유} 아니 {강윤서}였어요",
    "{은} 그러니까 {은비}가 저보다",
    "{윤} {윤} 과장님이 약을 바꿔 주셨어요",
    "{최}, {최} 선생님이 계셨고요",
]


@pytest.mark.parametrize("marked", BEGINNINGS)
def test_beginnings_of_a_name_are_found(marked: str) -> None:
    line, (*wanted, name) = unmarked(marked)
    seen = begun()((line,), (name,))
    assert {(one.start, one.end) for one in seen} == {(one.start, one.end) for one in wanted}
    assert {(one.label, one.score) for one in seen} == {(Label.NAME, SCORE)}


@pytest.mark.parametrize(
    "marked",
    [
        "그 {그레이스} 씨가 왔어요",  # 그 is no beginning of anybody
        "우리 {지훈}이가 왔어요",
        "지난번 {지훈}이가 왔어요",  # longer than what somebody breaks off
        "지금. 아 {지훈}이가 왔어요",
        "정말 {정훈}이가 그랬어요",
        "지훈이 {지훈}이가 그랬어요",  # said twice: others find both
        "의사 {의선} 씨가 왔어요",  # a word for what somebody is
        "지나 그 음 어 그 음 {지훈}이가",  # too far away
    ],
)
def test_near_misses(marked: str) -> None:
    line, (name,) = unmarked(marked)
    assert begun()((line,), (name,)) == ()


def test_only_names_and_no_mere_guesses_are_looked_before() -> None:
    line = "지 지훈이가"
    assert begun()((line,), (Finding(0, 2, 4, Label.PLACE, 0.9, "x"),)) == ()
    assert begun()((line,), (Finding(0, 2, 4, Label.NAME, FROM - 0.01, "x"),)) == ()


@pytest.mark.parametrize(
    ("said", "name", "yes"),
    [
        ("태", "태호", True),
        ("기", "규민", True),
        ("강유", "강윤서", True),
        ("태호", "태호", False),
        ("나", "태호", False),
    ],
)
def test_a_name_is_cut_off_within_a_syllable(said: str, name: str, yes: bool) -> None:
    assert cut_off(said, name) == yes
