"""Proper nouns by two morphologies, kiwi's and mecab-ko-dic's: each rule, and near misses. Everything is invented."""

from __future__ import annotations

import pytest
from braces import found, wanted

from pipeline.engines import kiwi as kiwi_engine
from pipeline.engines.kiwi import is_known_word, kiwi, weigh
from pipeline.engines.mecab import mecab, morphemes
from pipeline.transcript import Label

pytestmark = pytest.mark.engines

BY_KIWI: dict[str, list[tuple[str, float]]] = {  # rule: what it finds, with at least which score
    "_vocative": [("그때 {정훈}아 하고 불렀죠", 0.7), ("{민수}야 이리 와 봐", 0.7), ("{서연}아 밥 먹자", 0.7)],
    "_noun": [("{예린}이랑 놀았어요", 0.5), ("{정훈}한테 물어봤어요", 0.5), ("{소민}이네 집에 갔어요", 0.3)],
    "_titled": [("{슬기} 언니가 왔어요", 0.5), ("{서연}쌤한테 배웠어요", 0.5), ("{마이클} 선생님이요", 0.5)],
    "_proper": [
        ("{이정훈}은 아직도 그래요", 0.7),
        ("{PLACE:불광동}에서 살았어요", 0.7),
        ("{PLACE:도봉산}에 올랐어요", 0.3),
    ],
    "_shattered": [("{배상득}이가 그랬어요", 0.3), ("{함민복}은 몰라요", 0.3)],
    "_strange": [("{PLACE:삼랑진}에서 왔어요", 0.3), ("{까롤}이 그러데요", 0.3)],
}

NOT_BY_KIWI: dict[str, list[str]] = {
    "_vocative": ["엄마야 하고 울었어요", "친구야 반갑다", "그게 문제야"],
    "_noun": ["엄마한테 물어봤어요", "친구랑 놀았어요", "군대를 제대하고 왔어요", "하나도 안 아파요"],
    "_titled": ["우리 언니가 왔어요", "동네 형이 그랬어요", "담당 선생님이요"],
    "_proper": ["한국에서 살아요", "운동을 했어요", "카톡으로 보냈어요"],
    "_shattered": ["한사람이 왔어요", "이사람이 그랬어요", "고생만 했어요"],
    "_strange": ["리스페달 먹고 잤어요", "유튜브에서 봤어요", "겁나 아팠어요"],
}

BY_MECAB: dict[str, list[tuple[str, float]]] = {
    "_person": [
        ("{이정훈}은 아직도 그래요", 0.6),
        ("{민수}가 왔어요", 0.4),
        ("{정훈}이가 왔어요", 0.4),
        ("{지훈} 형이랑 갔어요", 0.5),
    ],
    "_place": [("{PLACE:밀양}에서 왔어요", 0.5), ("{PLACE:수원}이 고향이에요", 0.5), ("{PLACE:부산}에 살아요", 0.5)],
}

NOT_BY_MECAB: dict[str, list[str]] = {
    "_person": ["우리 선생님이 오셨어요", "하나도 안 아파요", "약을 먹었어요", "삼학년 때요"],
    "_place": ["한국에서 살아요", "병원에 갔어요", "고성이 오갔어요"],
}


@pytest.mark.parametrize(("marked", "least"), [case for cases in BY_KIWI.values() for case in cases])
def test_kiwi_finds_proper_nouns(marked: str, least: float) -> None:
    text, truth = wanted(marked)
    assert truth <= found(kiwi(), text, least=least)


@pytest.mark.parametrize("text", [text for texts in NOT_BY_KIWI.values() for text in texts])
def test_kiwi_leaves_what_identifies_nobody(text: str) -> None:
    assert found(kiwi(), text) == set()


@pytest.mark.parametrize(("marked", "least"), [case for cases in BY_MECAB.values() for case in cases])
def test_mecab_finds_people_and_places(marked: str, least: float) -> None:
    text, truth = wanted(marked)
    assert truth <= found(mecab(), text, least=least)


@pytest.mark.parametrize("text", [text for texts in NOT_BY_MECAB.values() for text in texts])
def test_mecab_leaves_other_words(text: str) -> None:
    assert found(mecab(), text) == set()


def test_a_quarter_of_the_gazetteer_is_no_full_name_and_a_name_like_a_town_is() -> None:
    assert found(kiwi(), "홍제동에 살아요", least=0.7) == {(0, 3, Label.PLACE)}
    assert (0, 3, Label.NAME) in found(kiwi(), "이천수가 왔어요", least=0.7)


def test_every_rule_has_its_cases() -> None:
    assert BY_KIWI.keys() == NOT_BY_KIWI.keys() and BY_MECAB.keys() == NOT_BY_MECAB.keys()
    tables = (BY_KIWI, NOT_BY_KIWI, BY_MECAB, NOT_BY_MECAB)
    assert min(len(cases) for table in tables for cases in table.values()) >= 2


@pytest.mark.parametrize("line", ["", " ", "네", "민수가 왔어요", "😀 민수 씨, 010-4412-3377", "Kim 민수"])
def test_morphemes_stand_where_they_say(line: str) -> None:
    for read in (morphemes, kiwi_engine.morphemes):
        tokens = read(line)
        assert all(0 <= one.start <= one.end <= len(line) for one in tokens)
        assert [one.start for one in tokens] == sorted(one.start for one in tokens)
    for token in morphemes(line):
        assert not line[token.start : token.end].isspace()


@pytest.mark.parametrize(
    ("word", "known"), [("마음이", True), ("병원에서", True), ("탁현묵이", False), ("민수가", False)]
)
def test_a_word_of_the_dictionary_is_known(word: str, known: bool) -> None:
    assert is_known_word(f"그 {word} 그래요", 2, 4) == known


def test_a_usual_sentence_is_likelier_than_a_row_of_syllables() -> None:
    assert weigh("민수가 왔어요") > weigh("묵탁가 왔어요")
    assert weigh("약을 먹었어요") > weigh("굵을 먹었어요")
