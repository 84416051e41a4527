"""Names before titles: each rule on what it must see, and the recognizer on near misses. Everything is invented."""

from __future__ import annotations

import pytest
from braces import found, hits, wanted

from pipeline.engines.rules.titles import titles
from pipeline.transcript import Label

SEEN: dict[str, list[tuple[str, float]]] = {  # rule: what it finds, with at least which score
    "_surname_titled": [
        ("{박} 과장님이 오셨어요", 0.7),
        ("{최}팀장님이 그러셨어요", 0.7),
        ("{제갈} 선생님이요", 0.7),
        ("{서}간호사님한테요", 0.7),
        ("{이} 선생님이 그러셨어요", 0.3),
        ("{이}선생님이 그러셨어요", 0.7),
        ("{장} 할머니가 우셨어요", 0.7),
        ("{구} 언니랑 갔어요", 0.3),
        ("{민} 씨가 왔어요", 0.7),
        ("{오} 과장이라꼬 젊은 양반이라예", 0.7),
    ],
    "_full_titled": [
        ("{김정훈} 팀장이 면접을 봤어요", 0.7),
        ("{김정훈}선생님이요", 0.7),
        ("{남궁현}씨가 왔어요", 0.7),
        ("{서문도연} 간호사님이요", 0.7),
        ("{조경은} 선배가요", 0.5),
        ("{초연후의} 선생님이 오셨어요", 0.5),  # garbled
    ],
    "_given_titled": [
        ("{정훈} 아저씨가 왔어요", 0.3),
        ("{서연}쌤한테 배웠어요", 0.5),
        ("{도윤} 형이 그랬어요", 0.5),
    ],
    "_full_split": [
        ("{김 민수} 씨 들어오세요", 0.7),
        ("{문 막례} 할머니가 그랬어요", 0.5),
        ("{이 서연} 간호사님이요", 0.5),
    ],
    "_honoured": [
        ("{정훈} 씨는 어때요", 0.7),
        ("{정훈}님 이쪽으로 오세요", 0.7),
        ("{소이연} 씨라고 있어요", 0.3),
        ("{마이클}이 씨가 뭐야", 0.3),
        ("{재훈}이님 오셨어요", 0.7),
    ],
    "_anyones_elder": [
        ("{짱구} 형이 그랬어요", 0.3),
        ("{새벽세시} 형이랑 통화했어요", 0.3),
        ("{뽀글} 아줌마가 왔어요", 0.3),
    ],
    "_of_one_syllable": [
        ("{비} 씨가 왔어요", 0.5),
        ("{란} 씨는 안 왔어요", 0.5),
        ("{제이} 씨한테 물어봤죠", 0.5),
    ],
    "_by_surname": [
        ("성이 {옥} 씨예요", 0.7),
        ("성은 {어}예요", 0.7),
        ("큰 {정} 작은 {정} 그렇게 불렀어요", 0.6),
        ("{큰박}이 {작은박}한테 그랬어요", 0.6),
    ],
}

OTHER_WORDS = {
    "_surname_titled": [
        "이 친구가 그랬어요",
        "두 언니가 왔어요",
        "그 할머니가요",
        "부반장이 됐어요",
        "수간호사가 그랬어요",
        "우리 선생님은 좋으세요",
        "담당 팀장님이 바뀌었어요",
        "다른 과장님도 계세요",
        "선생님이 그러셨어요",
        "군인이었어요",
        "양말을 신었어요",
        "태양이 뜨거웠어요",
        "고모가 키우셨어요",
        "음 형이 그랬어요",
        "시동생이 왔어요",
    ],
    "_full_titled": ["선배가 후배를 챙겨요", "우리 동네 아저씨가요", "주치의 선생님이요", "신경과 과장님이요"],
    "_given_titled": ["택시 아저씨가요", "동네 언니가요", "경비 아저씨가 문을 열었어요", "상담 선생님이요"],
    "_full_split": ["이 동네 아저씨가요", "전 직장 선배가요", "한 병실 동생이에요"],
    "_honoured": [
        "아저씨가 그러셨어요",
        "날씨가 좋네요",
        "부모님이랑 살아요",
        "회원님들이 오셨어요",
        "예수님을 믿어요",
        "말씨가 고와요",
        "도련님 같아요",
    ],
    "_anyones_elder": [
        "친한 언니가 있어요",
        "우리 누나가 왔어요",
        "아는 형한테 빌렸어요",
        "큰 이모가요",
        "제가 형이라 참았어요",
        "병원에서 할머니가 우셨어요",
        "젓갈 파시고 누나는 갔어요",
        "앉았응께 형님이 왔어요",
        "안 불렀어요 아저씨라고",
        "다들 웃었잖아요 삼춘은",
        "생긴다고 할머니가 그러셨어요",
    ],
    "_of_one_syllable": ["에이 씨 몰라요", "아 씨 또 그러네", "뭐 씨 어쩌라고"],
    "_by_surname": [
        "성이 나고 그랬어요",
        "성이 안 차요",
        "성이 나가지고 그랬어요",
        "큰 병원이 작은 병원보다 나아요",
        "큰 정이 들었어요",
    ],
}


@pytest.mark.parametrize(("rule", "marked", "least"), [(rule, *case) for rule, cases in SEEN.items() for case in cases])
def test_a_rule_finds_names_by_their_titles(rule: str, marked: str, least: float) -> None:
    text, truth = wanted(marked)
    assert truth <= hits(getattr(titles(), rule)(text), least)
    assert truth <= found(titles(), text, least=least)


@pytest.mark.parametrize("text", [text for texts in OTHER_WORDS.values() for text in texts])
def test_other_words_are_left(text: str) -> None:
    assert found(titles(), text) == set()


def test_every_rule_has_its_cases() -> None:
    assert SEEN.keys() == OTHER_WORDS.keys()
    assert min(map(len, [*SEEN.values(), *OTHER_WORDS.values()])) >= 2


def test_a_surname_is_known_by_its_title() -> None:
    (one,) = titles()(("박 과장님이요",), ())
    assert (one.start, one.end, one.form, one.label) == (0, 1, "박 과장", Label.NAME)


@pytest.mark.parametrize(
    ("sure", "doubtful"),
    [
        ("박 과장님이 오셨어요", "이 선생님이 오셨어요"),  # a determiner too
        ("최팀장님이요", "도윤 형이요"),
        ("정훈 씨가 왔어요", "뽀미 씨가 왔어요"),
        ("김정훈 팀장이요", "정훈 아저씨가요"),
    ],
)
def test_what_may_be_another_word_is_doubted(sure: str, doubtful: str) -> None:
    assert found(titles(), sure, least=0.7)
    assert found(titles(), doubtful) and not found(titles(), doubtful, least=0.7)
