"""Numbers as they were meant: what was searched for, begun again or taken back is left out, and put back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.rules.fluent import readings
from pipeline.engines.rules.patterns import patterns
from pipeline.transcript import Label

MEANT = {
    "공일공에 삼이 음 삼이구오에 칠칠일공이요": "공일공에 삼이구오에 칠칠일공이요",
    "010 5 어 그 뭐지 010-5582-0947이에요": "010-5582-0947이에요",
    "공일구에 사팔이 아니 사팔삼에 육공이칠": "공일구에 사팔삼에 육공이칠",
    "063-271-95 음 9540인가": "063-271-9540인가",
    "국번이 사칠육이고 뒤에가 공구이팔": "국번이 사칠육 공구이팔",
    "공 하나 공 다시 둘 넷 여섯 하나": "공 일 공 다시 이 사 육 일",
    "끝번호 둘둘넷공 그 사람": "끝번호 이이사공 그 사람",
    "생일이 칠월 칠 아니 칠월 구일": "생일이 칠월 구일",
    "팔십이 년 어 그 뭐지 팔십삼 년 십일월 사일생": "팔십삼 년 십일월 사일생",
    "천구백 오십 아니 육십일년 팔월": "천구백 육십일년 팔월",
    "000812-3 아니 4 105 927": "000812-4 105 927",
    "구동 칠백이 아니 칠백삼호": "구동 칠백삼호",
    "느티나무로 팔십육 음 팔십팔로": "느티나무로 팔십팔로",
    "비 오 엠 비 아니 비 오 엠 지 골뱅이": "비 오 엠 지 골뱅이",
    "recovery12 골뱅이 어 그 뭐지 지메일 점 컴": "recovery12 골뱅이 지메일 점 컴",
}

FOUND = {
    "번호가 {공일공에 삼이 음 삼이구오에 칠칠일공}이었나": Label.PHONE,
    "연락처가 {010 5 어 그 뭐지 010-5582-0947}이에요": Label.PHONE,
    "주민번호는 {610919 어 그 뭐지 2 73 8041}이여": Label.RRN,
    "제 생일이 {칠월 칠 아니 칠월 구일}이었는데": Label.DOB,
    "등기는 {느티나무로 팔십육 음 팔십팔}로 보내 주세요": Label.ADDRESS,
    "메일이 {jh 아니 jy 3 4 0 골뱅이 네이버 닷 컴}이래요": Label.EMAIL,
}


@pytest.mark.parametrize(("said", "meant"), list(MEANT.items()))
def test_a_line_is_read_as_it_was_meant(said: str, meant: str) -> None:
    assert meant in {one.text for one in readings(said)}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "그때 음 병원에 갔어요",
        "두 시 아니 세 시쯤에요",
        "약을 음 두 알 먹었어요",
        "이 아니 그 사람이 왔어요",
        "공일공에 삼이구오에 칠칠일공",  # nobody searched
        "하나 둘 하면서 숨을 쉬어요",  # too few to be a number
        "칠월 아니 그게 언제였더라",
    ],
)
def test_other_talk_is_left(line: str) -> None:
    assert readings(line) == ()


@pytest.mark.parametrize(("marked", "label"), list(FOUND.items()))
def test_what_was_left_out_is_part_of_what_is_found(marked: str, label: Label) -> None:
    line, start = marked.replace("{", "").replace("}", ""), marked.index("{")
    end = marked.index("}") - 1
    covered = [one for one in patterns()((line,), ()) if one.label is label]
    assert any(one.start <= start and end <= one.end for one in covered)


WORDS = (
    "공일공",
    "삼이",
    "음",
    "어",
    "아니",
    "그",
    "뭐지",
    "칠칠일공",
    "에",
    "칠월",
    "구일",
    "하나",
    "둘",
    "-",
    "병원",
    "골뱅이",
    "비",
)


@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
def test_every_reading_lies_in_the_line_in_order(line: str) -> None:
    for meant in readings(line):
        assert len(meant.spans) == len(meant.text)
        ends = [0]
        for start, end in meant.spans:
            assert ends[-1] <= start < end <= len(line)
            ends.append(end)
        for at, letter in enumerate(meant.text):
            start, end = meant.said(at, at + 1)
            assert letter in line[start:end] or letter == " " or letter in "일이삼사오육칠팔구"
