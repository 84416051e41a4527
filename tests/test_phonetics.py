"""What sounds alike: names garbled as recognizers of speech garble them, and other people's names. All are invented."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.phonetics import distance, said

HANGUL = st.text(st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")), min_size=1, max_size=4)
MISHEARD, ANOTHER = 0.8, 0.8
"""The distance within which three syllables are suggested (engines/variants.py), and beyond which they are not."""


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("최은희", "최으니"),  # liaison, ㅎ lost
        ("최은희", "최은이"),
        ("김은희", "김언희"),  # ㅡ ㅓ
        ("이재은", "이제은"),  # ㅐ ㅔ
        ("박태호", "박때호"),  # aspirated, tense
        ("정가은", "정카은"),
        ("김도연", "김토연"),
        ("백승주", "백승쥬"),
        ("오민석", "오민섞"),  # codas said alike
        ("남궁현", "남군현"),  # ㅇ ㄴ
        ("강현미", "강혐미"),
        ("임수진", "임수신"),  # ㅈ ㅅ
        ("장은호", "장은오"),  # ㅎ between voiced sounds
        ("윤희수", "윤히수"),  # ㅢ ㅣ
        ("신예지", "신에지"),
        ("고연우", "고여누"),  # liaison
        ("전옥련", "전옹년"),  # a stop before ㄹ
        ("곽진로", "곽질로"),  # ㄴ beside ㄹ
        ("문정아", "문저아"),  # a coda lost
        ("서보람", "서부람"),  # ㅗ ㅜ
    ],
)
def test_a_garbled_name_is_near(name: str, heard: str) -> None:
    assert 0 <= distance(name, heard) <= MISHEARD


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("김민수", "김민호"),
        ("김민수", "박민수"),
        ("김민수", "김지수"),
        ("이서연", "이서준"),
        ("이서연", "이주연"),
        ("박지훈", "박지영"),
        ("정수빈", "정다빈"),
        ("최은희", "최은미"),
        ("한도윤", "한도경"),
        ("장미란", "강미라"),
        ("오민석", "오민재"),
        ("윤태호", "윤재호"),
        ("배상출", "배상득"),
        ("조현우", "조진우"),
        ("임하늘", "임마음"),
    ],
)
def test_another_persons_name_is_far(name: str, other: str) -> None:
    assert distance(name, other) > ANOTHER


@pytest.mark.parametrize(
    ("word", "spoken"),
    [
        ("목련", "몽년"),
        ("신라", "실라"),
        ("은이", "으니"),
        ("낙하", "나카"),
        ("앉아", "안자"),
        ("밖", "박"),
        ("꽃", "꼳"),
        ("심리", "심니"),
        ("많이", "마니"),
    ],
)
def test_words_are_compared_as_they_are_said(word: str, spoken: str) -> None:
    assert said(word) == said(spoken) and distance(word, spoken) == 0


def test_h_may_be_lost_between_voiced_sounds_only() -> None:
    assert said("은희", losing_h=True) == said("으늬") != said("은희")
    assert said("희수", losing_h=True) == said("희수")


@given(HANGUL)
def test_a_word_is_no_distance_from_itself(word: str) -> None:
    assert distance(word, word) == 0
    assert len(said(word)) == len(said(word, losing_h=True)) == len(word)


@given(HANGUL, HANGUL)
def test_distance_is_symmetric_and_of_equal_length_alone(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one) >= 0
    assert math.isinf(distance(one, other)) == (len(one) != len(other))


@pytest.mark.parametrize("word", ["Kim", "김 수", "ㄱ", "1", "김😀"])
def test_other_script_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="Hangul"):
        said(word)
