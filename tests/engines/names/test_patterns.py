"""Identifiers with a shape, said and written: each shape, and numbers that identify nobody. Everything is invented."""

from __future__ import annotations

import pytest
from braces import found, wanted

from pipeline.engines.rules.patterns import patterns
from pipeline.transcript import Label

SEEN: dict[str, list[str]] = {
    "telephone, digits": [
        "{PHONE:010-4412-3377}이에요",
        "{PHONE:01044123377}로 주세요",
        "{PHONE:010 4412 3377}",
        "집은 {PHONE:031-224-5566}이고",
        "{PHONE:1588-3377}로 걸었어요",
        "{PHONE:+82-10-4412-3377}이요",
    ],
    "telephone, said": [
        "번호가 {PHONE:공일공 사사일이 삼삼칠칠}이고요",
        "{PHONE:공일공에 사사일이에 삼삼칠칠}이요",
        "{PHONE:공일공 4412 3377}",
        "집은 {PHONE:공이에 삼오칠에 팔팔이일}이요",
        "{PHONE:공 일 공 사 사 일 이 삼 삼 칠 칠} 이렇게요",
    ],
    "telephone, in part": [
        "전화번호 뒷자리는 {PHONE:3377}이에요",
        "뒷자리 {PHONE:삼삼칠칠}이요",
        "끝자리가 {PHONE:공공칠칠}이에요",
        "{PHONE:공일공에 이삼사오}까지는 기억나요",
        "국번이 {PHONE:칠이이}였어요",
    ],
    "resident number": [
        "{RRN:870321-1234567}이에요",
        "{RRN:870321 2234567}",
        "{RRN:팔칠공삼이일에 일이삼사오육칠}이요",
        "{RRN:팔칠공삼이일 다시 이이삼사오육칠}",
        "{RRN:631130-1******} 이렇게 나와요",
    ],
    "resident number, grouped and begun": [
        "{RRN:87 03 21 1 2 3 4 5 6 7}이요",
        "{RRN:팔칠공삼이일 다시 이}요",
        "{RRN:870321-2}로 시작해요",
    ],
    "resident number, in part": [
        "주민번호 뒷자리가 {RRN:1234567}이에요",
        "뒷자리가 {RRN:일이삼사오육칠}이고요 주민번호",
    ],
    "e-mail": ["{EMAIL:haneul.park@example.com}으로 주세요", "{EMAIL:a_b-1@mail.example.co.kr}이고요"],
    "e-mail, said": [
        "{EMAIL:haneul 골뱅이 네이버 점 컴}이에요",
        "{EMAIL:에이 비 씨 일이삼 골뱅이 지메일 닷컴}이요",
    ],
    "birth date": [
        "생일은 {DOB:1987년 3월 21일}",
        "{DOB:팔칠년 삼월 이십일일}생이에요",
        "{DOB:천구백팔십칠년 유월 오일}에 태어났어요",
        "{DOB:구십이년 시월 삼십일일}에 낳았어요",
        "생일이 {DOB:3월 21일}이에요",
        "음력 {DOB:정월 초하루}에 태어났대요",
        "음력 {DOB:칠월 칠석날} 났어요",
        "출생일이 {DOB:95-11-02}예요",
    ],
    "six digits": ["생년월일이 {DOB:870321}이에요", "주민번호 앞자리 {DOB:팔칠공삼이일}이요"],
    "year of birth": ["{DOB:87년생}이에요", "{DOB:팔칠년생}이고요", "{DOB:천구백팔십칠년생}이요"],
    "address by road": [
        "{ADDRESS:경기도 안양시 만안구 안양로 123}에 살아요",
        "{ADDRESS:성동구 왕십리로 12길 34, 201호}요",
        "{ADDRESS:왕십리로 백이십삼번지}예요",
        "{ADDRESS:솔내로 이십삼 다시 사 번지}예요",
        "{ADDRESS:솔내로 이십칠 번길 삼}이에요",
    ],
    "address by lot": [
        "{ADDRESS:마포구 성산동 12-3번지}예요",
        "{ADDRESS:성산동 산 12번지}요",
        "{ADDRESS:산 십육 번지}요",
    ],
    "address by building": [
        "{ADDRESS:한빛아파트 101동 502호}로 오세요",
        "{ADDRESS:백일동 오백이호}요",
        "{ADDRESS:에이동 삼백일호}요",
        "{ADDRESS:1204호} 사는 사람이요",
    ],
}

OTHER_NUMBERS: dict[str, list[str]] = {
    "telephone, digits": ["2019-2020년 사업이에요", "109에 전화했어요", "혈압이 120에 80이에요"],
    "telephone, said": ["공일공으로 시작해요", "일일구에 전화했어요", "국번 없이 눌러요"],
    "telephone, in part": [
        "뒷자리에 앉았어요",
        "이천이십년에 전화했어요",
        "2010년에 전화했어요",
        "전화한 게 14일이에요",
        "국번이 없어요",
    ],
    "resident number": ["오백에서 천밀리를 마셔요", "번호표 백이십삼번이요"],
    "resident number, grouped and begun": ["열 시 이십 분 약이에요", "2012-03-15에 갔어요"],
    "resident number, in part": ["주민번호를 물어봐요", "뒷자리는 비었어요"],
    "e-mail": ["골뱅이 무침을 먹었어요", "메일로 보냈어요"],
    "e-mail, said": ["골뱅이를 샀어요", "네이버에서 봤어요"],
    "birth date": [
        "이천십구년 삼월에 입원했어요",
        "십이월 이십오일에 퇴원했어요",
        "삼월 이일에 개학해요",
        "칠월 칠석에 만나요",
        "95-11-02에 갔어요",
    ],
    "six digits": ["사오 년 됐나 칠팔 년 됐나", "123456원이요"],
    "year of birth": ["사년 생각했어요", "이년 생활했어요"],
    "address by road": ["서울로 3번 갔다 왔어요", "부산으로 이사 갔어요", "집으로 2시간 걸려요"],
    "address by lot": ["12-3 정도로 이겼어요", "삼 번 갔어요", "산 위에 번지점프요"],
    "address by building": [
        "삼층 병동이요",
        "백이호선을 타요",
        "이일 저일 다 해 봤어요",
        "204호선을 타요",
        "1호선 살 때요",
    ],
    "other": [
        "하루에 세 번 두 알씩 먹어요",
        "삼십 명 중에 이십 명이 왔어요",
        "구구단을 외웠어요",
        "오백 원 주고 샀어요",
    ],
}


@pytest.mark.parametrize("marked", [marked for cases in SEEN.values() for marked in cases])
def test_identifiers_with_a_shape_are_found(marked: str) -> None:
    text, truth = wanted(marked)
    assert truth <= found(patterns(), text)


@pytest.mark.parametrize("text", [text for texts in OTHER_NUMBERS.values() for text in texts])
def test_other_numbers_are_left(text: str) -> None:
    assert patterns()((text,), ()) == ()


def test_every_shape_has_its_cases() -> None:
    assert SEEN.keys() <= OTHER_NUMBERS.keys()
    assert min(map(len, [*SEEN.values(), *OTHER_NUMBERS.values()])) >= 2


@pytest.mark.parametrize(
    ("asked", "answer", "label"),
    [
        ("생년월일이 어떻게 되세요", "네 {DOB:팔칠년 삼월 이십일일}이요", Label.DOB),
        ("전화번호 뒷자리만 알려 주세요", "네 {PHONE:삼삼칠칠}이요", Label.PHONE),
        ("주민번호 뒷자리도요", "{RRN:일이삼사오육칠}이요", Label.RRN),
    ],
)
def test_a_part_may_answer_the_line_before(asked: str, answer: str, label: Label) -> None:
    text, truth = wanted(answer)
    found_there = {(f.start, f.end, f.label) for f in patterns()((asked, text), ()) if f.line == 1}
    assert truth <= found_there
    assert not truth <= found(patterns(), text)
