from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.coarse import Coarse, birth_year, coarsened

MONTH, YEAR = Coarse(dates="month"), Coarse(dates="year")
DECADE, THIRD = Coarse(ages="decade"), Coarse(ages="third")
ALL = Coarse("year", "third", "year")


def told(text: str, coarse: Coarse) -> str:
    """`text` with its changes in it."""
    pieces, at = [], 0
    for start, end, new in coarsened(text, coarse):
        pieces += [text[at:start], new]
        at = end
    return "".join((*pieces, text[at:]))


@pytest.mark.parametrize(
    ("said", "month", "year"),
    [
        ("2019년 3월 12일에 왔어요", "2019년 3월에 왔어요", "2019년에 왔어요"),
        ("2019년 3월 12일이었어요", "2019년 3월이었어요", "2019년이었어요"),
        ("2019년3월12일", "2019년3월", "2019년"),
        ("19년 3월 2일날 갔고", "19년 3월 갔고", "19년 갔고"),
        ("2019년도 3월 12일", "2019년도 3월", "2019년도"),
        ("2019-03-12에 입원", "2019년 3월에 입원", "2019년에 입원"),
        ("2019. 3. 12. 입원", "2019년 3월 입원", "2019년 입원"),
        ("2019/03/12", "2019년 3월", "2019년"),
        ("이천십구년 삼월 십이일에", "이천십구년 삼월에", "이천십구년에"),
        ("천구백 구십팔년 유월 육일부터", "천구백 구십팔년 유월부터", "천구백 구십팔년부터"),
        ("구팔년 시월 이십일일", "구팔년 시월", "구팔년"),
        ("팔십칠년 십이월 삼십일일까지", "팔십칠년 십이월까지", "팔십칠년까지"),
        ("작년 3월 12일이요", "작년 3월이요", "작년이요"),
        ("3월 12일 화요일에", "3월에", "3월에"),
        ("삼월 십이일은", "삼월은", "삼월은"),
        ("제가 오월 오일쯤 나왔거든요", "제가 오월쯤 나왔거든요", "제가 오월쯤 나왔거든요"),
        ("12월 31일자로", "12월로", "12월로"),
        ("2019년 3월에", "2019년 3월에", "2019년에"),
        ("1월 2일이랑 2월 3일이랑", "1월이랑 2월이랑", "1월이랑 2월이랑"),
    ],
)
def test_a_date_loses_its_end(said: str, month: str, year: str) -> None:
    assert (told(said, MONTH), told(said, YEAR)) == (month, year)
    assert told(said, DECADE) == told(said, Coarse()) == said
    assert (told(month, MONTH), told(year, YEAR)) == (month, year)


@pytest.mark.parametrize(
    ("said", "decade", "third"),
    [
        ("서른두 살이에요", "30대예요", "30대 초반이에요"),
        ("32살이고요", "30대고요", "30대 초반이고요"),
        ("만 서른둘이에요", "30대예요", "30대 초반이에요"),
        ("만으로 서른여섯이고", "30대고", "30대 중반이고"),
        ("만 32세입니다", "30대입니다", "30대 초반입니다"),
        ("만32세", "30대", "30대 초반"),
        ("스무 살 때", "20대 때", "20대 초반 때"),
        ("스물아홉 살에", "20대에", "20대 후반에"),
        ("열다섯살부터", "10대부터", "10대 중반부터"),
        ("삼십이 세", "30대", "30대 초반"),
        ("오십오세쯤", "50대쯤", "50대 중반쯤"),
        ("마흔 살을 넘기고", "40대를 넘기고", "40대 초반을 넘기고"),
        ("일곱 살 때부터", "10세 미만 때부터", "10세 미만 때부터"),
        ("아흔세 살이신", "90대 이상이신", "90대 이상이신"),
        ("101살까지", "90대 이상까지", "90대 이상까지"),
        ("나이가 쉰넷인데", "나이가 50대인데", "나이가 50대 중반인데"),
        ("만 다섯 살이면", "10세 미만이면", "10세 미만이면"),
    ],
)
def test_an_age_becomes_its_decade(said: str, decade: str, third: str) -> None:
    assert (told(said, DECADE), told(said, THIRD)) == (decade, third)
    assert told(said, MONTH) == told(said, Coarse()) == said
    assert (told(decade, DECADE), told(third, THIRD)) == (decade, third)


@pytest.mark.parametrize(
    "said",
    [
        "삼일절에 쉬었어요",
        "두 시 삼십 분에",
        "3년 동안 다녔고",
        "12일 동안 있었어요",
        "3월 12일간 열리는",
        "3월 12일 동안",
        "삼월이가 왔어요",
        "오월이랑 갔어요",
        "삼월 일이 많아서",
        "이월 상품",
        "구월동에 살아요",
        "십이월이에요",
        "1.2.3 버전",
        "2019.13.40",
        "일일이 적었어요",
        "세 살 차이예요",
        "두 살 위 언니",
        "다섯 살 많은 형",
        "한 살 터울",
        "세 살 어린 동생",
        "서른 살림을",
        "십 년 살고",
        "두 살 더 많죠",
        "3세대 주택",
        "21세기",
        "2세가 물려받아",
        "세 시에",
        "100세 시대",
        "두 세트",
        "만 원 주고",
        "만 서른 명이",
        "만 열 개",
        "열 사람",
        "스무 명",
        "살이 쪘어요",
        "아홉 시",
        "150살이래",
        "나이가 많아요",
        "10대 때",
        "이 세상에",
        "오 세트",
        "한 살 한 살 먹으면서",
    ],
)
def test_what_is_only_like_a_date_or_an_age_stays(said: str) -> None:
    assert told(said, ALL) == said


@pytest.mark.parametrize(
    ("said", "year"),
    [
        ("1987년 3월 12일", "1987년"),
        ("87년생", "1987년생"),
        ("팔십칠년 삼월 십이일", "1987년"),
        ("팔칠년 삼월 십이일생", "1987년생"),
        ("천구백팔십칠년", "1987년"),
        ("이천삼년 오월 일일", "2003년"),
        ("공일년생", "2001년생"),
        ("870312", "1987년"),
        ("1987.3.12", "1987년"),
        ("삼월 십이일", None),
        ("음력 정월 초하루", None),
        ("", None),
    ],
)
def test_the_year_of_a_birth(said: str, year: str | None) -> None:
    assert birth_year(said) == year


PIECE = "2019년 3월 12일 이천 구백 십구년 삼월 일 살 서른 두 만 세 32 나이가 에 이에요 은 차이 화요일 . - / [이름1] 네"
PIECES = st.lists(st.sampled_from([" ", *PIECE.split()]), max_size=12).map("".join)


@given(PIECES, st.sampled_from([MONTH, YEAR, DECADE, THIRD, ALL]))
def test_changes_are_disjoint_and_in_order(text: str, coarse: Coarse) -> None:
    changes = coarsened(text, coarse)
    assert all(0 <= start < end <= len(text) for start, end, _ in changes)
    assert all(before[1] <= after[0] for before, after in pairwise(changes))
    assert all(new for _, _, new in changes)
