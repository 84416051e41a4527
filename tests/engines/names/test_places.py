"""Places and institutions: each rule on what it must see, and the recognizer on near misses. Everything is invented."""

from __future__ import annotations

import pytest
from braces import found, wanted

from pipeline.engines.rules.places import places
from pipeline.lexicon import is_generic

SEEN: dict[str, list[tuple[str, float]]] = {  # rule: what it finds, with at least which score
    "districts": [
        ("{PLACE:은평구}에 살아요", 0.7),
        ("{PLACE:괴산군}이요", 0.7),
        ("{PLACE:남구}에서 왔어요", 0.5),
    ],
    "counties without their suffix": [("{PLACE:괴산}에서 왔어요", 0.7), ("고향이 {PLACE:괴산}이에요", 0.3)],
    "cities": [
        ("{PLACE:대전}에서 왔어요", 0.7),
        ("{PLACE:서울시}에서", 0.7),
        ("{PLACE:캐나다}로 갔어요", 0.7),
        ("{PLACE:구미}에서 일했어요", 0.7),
        ("{PLACE:구미}를 떠났어요", 0.3),
    ],
    "quarters and stations": [
        ("{PLACE:불광동}에서 살았어요", 0.7),
        ("{PLACE:불광역} 앞에서", 0.7),
        ("{PLACE:솔빛역}이 가까워요", 0.3),
    ],
    "landmarks": [
        ("{PLACE:새터마을}에 갔어요", 0.3),
        ("{PLACE:감나무골} 끝 집이요", 0.3),
        ("{PLACE:은모래해수욕장}요", 0.3),
    ],
    "sections": [("{PLACE:을지로3가}에서", 0.7), ("{PLACE:종로 오가}에서 내려요", 0.7)],
    "institutions": [
        ("{ORG:새벽정신병원}에 있었어요", 0.7),
        ("{ORG:두레클럽하우스}에서요", 0.7),
        ("{ORG:한솔고등학교}를 나왔어요", 0.7),
        ("{ORG:은파교회}에 다녀요", 0.7),
        ("{ORG:동우건설} 현장에서요", 0.7),
    ],
    "institutions with words before": [
        ("{ORG:은평구 정신건강복지센터}에 다녀요", 0.7),
        ("{ORG:은평구정신건강복지센터}요", 0.7),
        ("{ORG:대전시 정신건강복지센터}요", 0.7),
    ],
    "short schools": [("{ORG:한솔고}를 나왔어요", 0.3), ("{ORG:청람대} 다닐 때요", 0.3)],
    "called": [("{ORG:들꽃}이라는 모임에서요", 0.7), ("{ORG:바람개비}라고 하는 동호회예요", 0.7)],
    "guessed": [("{ORG:나란히}라고 거기 갔어요", 0.7), ("{ORG:옹달샘}인가 카페가 있어요", 0.7)],
}

OTHER_WORDS: dict[str, list[str]] = {
    "districts": ["중구난방이에요", "북구경을 갔어요"],
    "counties without their suffix": ["완주했어요 마라톤을", "고성이 오갔어요"],
    "cities": ["안동네 사람이에요", "일본어를 배워요", "대구탕을 먹었어요"],
    "quarters and stations": ["운동을 해요", "지역에서 살아요", "활동이 좋았어요", "역시 그래요", "신체활동을 해요"],
    "landmarks": ["공원에 갔어요", "재래시장에 갔어요", "골목에서 놀았어요", "사거리에서요"],
    "sections": ["둘로 나눠요", "위로 삼층까지요"],
    "institutions": [
        "정신건강복지센터에 갔어요",
        "우리 학교에서요",
        "종합병원은 커요",
        "자조모임이 있어요",
        "동네병원에 갔어요",
    ],
    "institutions with words before": ["저희 정신건강복지센터요", "다른 복지관에서요"],
    "short schools": ["다시 갔어요", "그대로 다녔어요", "최고로 좋았어요", "실장이라고 계셨어요"],
    "called": [
        "자조라는 모임이에요",
        "병원이라는 데가 그래요",
        "정신병원이라는 데가 무서웠어요",
        "최고라는 뜻이잖아요 근데",
        "마누라는 식당에 갔어요",
    ],
    "guessed": ["병원이라고 거기 갔어요", "뭐라고 거기서 그랬어요"],
    "other": ["친구가 왔어요", "간호사가 왔어요", "올라왔대요", "유전자 검사", "경기도 사람이에요"],
}


@pytest.mark.parametrize(("marked", "least"), [case for cases in SEEN.values() for case in cases])
def test_places_and_institutions_are_found(marked: str, least: float) -> None:
    text, truth = wanted(marked)
    assert truth <= found(places(), text, least=least)


@pytest.mark.parametrize("text", [text for texts in OTHER_WORDS.values() for text in texts])
def test_what_every_district_has_is_left(text: str) -> None:
    assert found(places(), text) == set()


def test_every_rule_has_its_cases() -> None:
    assert SEEN.keys() <= OTHER_WORDS.keys()
    assert min(map(len, [*SEEN.values(), *OTHER_WORDS.values()])) >= 2


@pytest.mark.parametrize(
    "text", ["구미가 당기지 않아요", "양주 한 병을 마셨어요", "공주처럼 자랐어요", "고양이 밥을 줬어요"]
)
def test_a_city_that_is_a_word_is_at_most_doubted(text: str) -> None:
    assert not found(places(), text, least=0.7)


@pytest.mark.parametrize("text", ["구미에서 일했어요", "양주로 이사했어요", "공주 출신이에요"])
def test_a_city_that_is_a_word_is_sure_where_somebody_is(text: str) -> None:
    assert found(places(), text, least=0.7)


@pytest.mark.parametrize(("text", "generic"), [("정신건강", True), ("", True), ("한빛정신", False), ("정신건", False)])
def test_a_word_is_general_where_it_can_be_cut_into_general_ones(text: str, generic: bool) -> None:
    assert is_generic(text, frozenset({"정신", "건강"})) == generic
