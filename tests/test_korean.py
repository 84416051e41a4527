from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.korean import PAIRS, agreeing, agrees, coda, composed, has_suffix, is_tail, repaired

SYLLABLES = st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣"))


@pytest.mark.parametrize(
    ("word", "ending"),
    [
        ("민수", 0),
        ("민석", 1),
        ("서울", 8),
        ("가은", 4),
        ("참여자1", 8),
        ("참여자2", 0),
        ("참여자10", 21),
        ("[이름3]", 16),
        ("[이름6]", 1),
        ("[병원A]", 0),
        ("[병원L]", 8),
        ("[학교M]", 16),
        ("[학교N]", 4),
        ("[회사R]", 8),
        ("[이름?]", 16),
        ("P03", 16),
        ("", 0),
        ("?!", 0),
    ],
)
def test_coda_is_that_of_the_word_read_aloud(word: str, ending: int) -> None:
    assert coda(word) == ending


REPAIRS = [
    # (stand-in, what followed the name, what follows the stand-in); 1 ends in ㄹ, 2 in a vowel, 3 in another coda
    ("[이름1]", "가", "이"),
    ("[이름2]", "이", "가"),
    ("[이름3]", "가", "이"),
    ("[이름1]", "는", "은"),
    ("[이름2]", "은", "는"),
    ("[이름3]", "는요", "은요"),
    ("[이름1]", "를", "을"),
    ("[이름2]", "을", "를"),
    ("[이름1]", "와", "과"),
    ("[이름2]", "과", "와"),
    ("[이름2]", "과는", "와는"),
    ("[이름3]", "로", "으로"),
    ("[이름1]", "로", "로"),
    ("[이름1]", "으로", "로"),
    ("[이름2]", "으로", "로"),
    ("[이름3]", "로부터", "으로부터"),
    ("[이름3]", "로서", "으로서"),
    ("[이름1]", "야", "아"),
    ("[이름2]", "아", "야"),
    ("[이름3]", "야", "아"),
    ("[이름1]", "나", "이나"),
    ("[이름2]", "이나", "나"),
    ("[이름1]", "랑", "이랑"),
    ("[이름2]", "이랑", "랑"),
    ("[이름3]", "랑은", "이랑은"),
    ("[이름1]", "예요", "이에요"),
    ("[이름2]", "이에요", "예요"),
    ("[이름2]", "이예요", "예요"),
    ("[이름1]", "라고", "이라고"),
    ("[이름2]", "이라고", "라고"),
    ("[이름3]", "라고요", "이라고요"),
    ("[이름2]", "이라는", "라는"),
    ("[이름1]", "라도", "이라도"),
    ("[이름2]", "이라도", "라도"),
    ("[이름1]", "든지", "이든지"),
    ("[이름2]", "이야말로", "야말로"),
    ("[이름1]", "였어요", "이었어요"),
    ("[이름2]", "이었어요", "였어요"),
    ("[이름2]", "이거든요", "거든요"),
    ("[이름1]", "거든요", "이거든요"),
    ("[이름2]", "이고요", "고요"),
    ("[이름1]", "고", "이고"),
    ("[이름2]", "이죠", "죠"),
    ("[이름1]", "잖아요", "이잖아요"),
    ("[이름2]", "이니까", "니까"),
    ("[이름2]", "이면서", "면서"),
    ("[이름2]", "이네요", "네요"),
    ("[이름1]", "란", "이란"),
    ("[이름2]", "이며", "며"),
    ("[이름2]", "이야", "야"),
    # the suffix 이 goes
    ("[이름1]", "이가", "이"),
    ("[이름2]", "이가", "가"),
    ("[이름3]", "이는", "은"),
    ("[이름2]", "이를", "를"),
    ("[이름1]", "이한테", "한테"),
    ("[이름2]", "이도", "도"),
    ("[이름1]", "이네", "네"),
    ("[이름1]", "이하고", "하고"),
    ("[이름2]", "이씨는", "씨는"),
    # what has no pair, or is no particle, stays
    ("[이름1]", "", ""),
    ("[이름1]", "한테는", "한테는"),
    ("[이름2]", "도", "도"),
    ("[이름1]", "에게서", "에게서"),
    ("[이름1]", "만의", "만의"),
    ("[이름2]", "입니다", "입니다"),
    ("[이름2]", "과장님이", "과장님이"),
    ("[이름2]", "이사님이", "이사님이"),
    ("[이름1]", "나루터", "나루터"),
    ("[병원A]", "으로", "로"),
    ("[학교M]", "에서", "에서"),
    ("[전화번호]", "이고요", "고요"),
    ("[이메일]", "로", "로"),
]


@pytest.mark.parametrize(("stand_in", "rest", "expected"), REPAIRS)
def test_particles_follow_the_stand_in(stand_in: str, rest: str, expected: str) -> None:
    assert repaired(stand_in, rest) == expected


@given(SYLLABLES, st.sampled_from(PAIRS), st.booleans())
def test_every_pair_agrees_after_every_coda(syllable: str, pair: tuple[str, str], after_vowel: bool) -> None:
    wanted = agreeing(pair, syllable)
    assert repaired(syllable, pair[after_vowel]) in {wanted, wanted.replace("이예요", "이에요")}


@given(SYLLABLES, st.sampled_from(PAIRS), st.booleans())
def test_repairing_again_changes_nothing(syllable: str, pair: tuple[str, str], after_vowel: bool) -> None:
    once = repaired(syllable, pair[after_vowel])
    assert repaired(syllable, once) == once


@pytest.mark.parametrize(
    ("rest", "fits"),
    [
        ("", True),
        ("이라고", True),
        ("한테는요", True),
        ("이었거든요", True),
        ("이라꼬", True),
        ("은행", False),
        ("학교에서", False),
    ],
)
def test_a_tail_is_made_of_particles(rest: str, fits: bool) -> None:
    assert is_tail(rest) is fits


@pytest.mark.parametrize(
    ("name", "rest", "fits"),
    [
        ("민수", "가", True),
        ("민수", "은", False),
        ("민석", "가", False),
        ("민석", "이가", True),
        ("서울", "로", True),
        ("대전", "으로", True),
        ("보라", "고", False),
        ("민석", "입니다", True),
        ("민수", "입니다", True),
    ],
)
def test_particles_agree_with_the_coda(name: str, rest: str, fits: bool) -> None:
    assert agrees(name, rest) is fits


@pytest.mark.parametrize(
    ("rest", "shown"),
    [("이가", True), ("이는", True), ("이", False), ("이라고", False), ("이네요", False), ("가", False)],
)
def test_the_suffix_shows_before_what_no_coda_takes(rest: str, shown: bool) -> None:
    assert has_suffix(rest) is shown


@given(st.text(alphabet=st.one_of(SYLLABLES, st.sampled_from("aé 1😀ㄱ\u0301"))))
def test_composed_text_points_back_into_the_text_as_given(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    result, offsets = composed(decomposed)
    assert result == unicodedata.normalize("NFC", text)
    assert len(offsets) == len(result) + 1
    assert offsets[0] == 0 and offsets[-1] == len(decomposed)
    assert list(offsets) == sorted(offsets)


@given(st.text(alphabet=SYLLABLES, min_size=1), st.data())
def test_a_span_of_composed_hangul_is_the_same_text(text: str, data: st.DataObject) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    _, offsets = composed(decomposed)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, len(text)))
    assert unicodedata.normalize("NFC", decomposed[offsets[start] : offsets[end]]) == text[start:end]
