"""What only names bear, the vocative, the suffix 이, the household: each rule, and near misses."""

from __future__ import annotations

import pytest
from braces import found, hits, wanted

from pipeline.engines.rules.vocatives import vocatives

SEEN: dict[str, list[tuple[str, float]]] = {
    "_with_suffix": [
        ("{정훈}이가 먼저 갔어요", 0.7),
        ("{정훈}이한테 그랬어요", 0.7),
        ("{김정훈}이가 왔어요", 0.7),
        ("{하늘}이가 왔어요", 0.5),
        ("{복남}이는 안 왔어요", 0.7),
        ("{준}이가 저보다 커요", 0.3),
    ],
    "_called": [
        ("{정훈}아 일어나", 0.3),
        ("{유리}야 일어나 하는 사람", 0.3),
        ("엄마가 {민수}야 하고 불렀어요", 0.5),
        ("{박서연}아 이리 와", 0.6),
    ],
    "_household": [
        ("{민수}네 집에 갔어요", 0.3),
        ("{슬기}네가 이사했어요", 0.3),
        ("{정훈}이네 가게에서요", 0.3),
        ("{순임}이집에서 살았어요", 0.3),
    ],
}

OTHER_WORDS = {
    "_with_suffix": [
        "어린이가 뛰어요",
        "원숭이는 귀엽죠",
        "사람이랑 만나요",
        "고양이가 왔어요",
        "병원이 멀어요",
        "떡볶이를 먹었어요",
        "종이가 젖었어요",
        "형이가 아니고요",
    ],
    "_called": [
        "그래야 편하죠",
        "가 봐야 알죠",
        "기다려야 돼요",
        "그게 이유야",
        "이거 진짜야",
        "이유야 많죠",
        "엄마야 하고 울었어요",
    ],
    "_household": ["동네가 좋아요", "친구네 집에 갔어요", "우리네는 그래요"],
}


@pytest.mark.parametrize(("rule", "marked", "least"), [(rule, *case) for rule, cases in SEEN.items() for case in cases])
def test_a_rule_finds_names_by_their_endings(rule: str, marked: str, least: float) -> None:
    text, truth = wanted(marked)
    assert truth <= hits(getattr(vocatives(), rule)(text), least)
    assert truth <= found(vocatives(), text, least=least)


@pytest.mark.parametrize("text", [text for texts in OTHER_WORDS.values() for text in texts])
def test_other_words_are_left(text: str) -> None:
    assert found(vocatives(), text) == set()


def test_every_rule_has_its_cases() -> None:
    assert SEEN.keys() == OTHER_WORDS.keys()
    assert min(map(len, [*SEEN.values(), *OTHER_WORDS.values()])) >= 2


def test_the_vocative_agrees_with_the_coda() -> None:
    assert found(vocatives(), "정훈야 일어나") == found(vocatives(), "민수아 일어나") == set()
