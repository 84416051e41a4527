"""How people are introduced: each rule on what it must see, and the recognizer on near misses."""

from __future__ import annotations

import pytest
from braces import found, hits, wanted

from pipeline.engines.rules.introductions import introductions

INTRODUCED: dict[str, list[tuple[str, float]]] = {  # of `_introduced`, by what introduces
    "이름은": [
        ("제 이름은 {김정훈}이에요", 0.7),
        ("이름이 {정훈}인가 그랬어요", 0.5),
        ("본명은 {김정훈} 맞아요", 0.7),
        ("별명이 {뚱이}였어요", 0.5),
        ("이름이 {슬아}예요", 0.5),
        ("성함이 {남궁현}이시래요", 0.7),
        ("닉네임은 {까치}고요", 0.5),
        ("함자가 {지용갑}이십니다", 0.7),
        ("성함이 {남궁현}이시고요", 0.7),
    ],
    "저는": [("저는 {김정훈}이라고 합니다", 0.7), ("제가 {선우현}입니다", 0.7), ("저는 {박서연}이에요", 0.7)],
    "alone": [("{김정훈}입니다", 0.7), ("네 {박서연}이라고 합니다", 0.7)],
    "라고 부르는": [
        ("{정훈}이라고 불러요", 0.5),
        ("거기서는 {서연}이라고 불렀죠", 0.5),
        ("{김정훈}이라고 우리 반 애가", 0.7),
    ],
    "라는 친구": [
        ("{마이클}이라는 친구가 있어요", 0.3),
        ("{정훈}이라는 형이 있었어요", 0.5),
        ("{뚱이}라는 애가요", 0.5),
    ],
    "라는 별명": [("{뚱이}라는 별명이 있어요", 0.5), ("{까치}란 이름으로 활동했어요", 0.5)],
    "댁": [("{안동댁}이 왔어요", 0.5), ("{순천댁}은 그때 없었어요", 0.5)],
    "Vietnamese": [("{응우옌}이 그랬어요", 0.5), ("{쩐 반 남} 씨가 일했어요", 0.7), ("{응우옌 티 란}이 왔어요", 0.7)],
}

SEEN: dict[str, list[tuple[str, float]]] = {
    "_there_was": [
        ("{짱구}라고 있었는데 웃겼어요", 0.5),
        ("{뚱이}라고 별명이 있어요", 0.5),
        ("{마이클}이라고 한 명 있었는데", 0.5),
    ],
    "_single": [
        ("{문정} 외자 이름이에요", 0.5),
        ("외자래요 {소이}요", 0.5),
        ("외자예요 {솔}이요", 0.5),
        ("이름이 {허진}이라고 외자예요", 0.5),
    ],
    "_repaired": [
        ("{정} 아니 {정훈}이가요", 0.3),
        ("{태} 음 태호가 왔어요", 0.5),
        ("{김} 어 김민수가요", 0.5),
        ("{강유} 아니 강윤서였어요", 0.5),
        ("{영} 어 영드 영득 맞다", 0.5),
        ("{덕} 뭐더라 덕순 할머니요", 0.5),
        ("{창} 아 그 뭐지 창호요", 0.5),
    ],
}

OTHER_WORDS = {
    "이름은": [
        "이름이 뭐예요",
        "이름이 없는 사람이에요",
        "별명은 따로 없어요",
        "이름이 특이해요",
        "본명은 아니고요",
        "이름이 배우랑 똑같아요",
        "이름이 원체 흔해요",
    ],
    "저는": ["저는 괜찮다고 했어요", "제가 환자입니다", "전 아니라고 했어요"],
    "alone": ["네 그렇습니다", "아니에요", "당사자입니다"],
    "라고 부르는": ["친구라고 불러요", "선생님이라고 불렀어요", "동료지원가라고 부르죠"],
    "라는 친구": ["가족이라는 사람이 왔어요", "담당이라는 사람이 왔어요", "의사라는 사람이요"],
    "라는 별명": ["선생님이라는 호칭이 좋아요", "환자라는 이름이 싫어요"],
    "댁": ["댁이 어디세요", "그 댁은 잘 살아요"],
    "Vietnamese": ["팜플렛을 봤어요", "부이를 띄웠어요", "보티첼리 그림이요", "레티놀 크림이요"],
    "_there_was": ["병원이라고 있는데 작아요", "친구라고 있었는데요"],
    "_single": ["외자 이름이 좋아요", "외자가 뭐예요"],
    "_repaired": [
        "그 아니 제가요",
        "약 아니 약국이요",
        "밥 뭐 밥상이랑요",
        "한 아니 두 번이요",
        "민 민폐를 끼쳐서요",
        "병 병동이 삼 층이에요",
    ],
}


@pytest.mark.parametrize(("marked", "least"), [case for cases in INTRODUCED.values() for case in cases])
def test_an_introduction_names_somebody(marked: str, least: float) -> None:
    text, truth = wanted(marked)
    assert truth <= hits(introductions()._introduced(text), least)


@pytest.mark.parametrize(("rule", "marked", "least"), [(rule, *case) for rule, cases in SEEN.items() for case in cases])
def test_a_rule_finds_who_is_told_of(rule: str, marked: str, least: float) -> None:
    text, truth = wanted(marked)
    assert (truth if rule != "_repaired" else {min(truth)}) <= hits(getattr(introductions(), rule)(text), least)


@pytest.mark.parametrize("text", [text for texts in OTHER_WORDS.values() for text in texts])
def test_other_words_are_left(text: str) -> None:
    assert found(introductions(), text) == set()


def test_every_rule_has_its_cases() -> None:
    assert INTRODUCED.keys() | SEEN.keys() == OTHER_WORDS.keys()
    assert min(map(len, [*INTRODUCED.values(), *SEEN.values(), *OTHER_WORDS.values()])) >= 2
