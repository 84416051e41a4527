from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.korean import COPULA_PAIRS, PAIRS, agreeing, agrees, coda, composed, evened, has_suffix, is_tail, repaired

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
    # honorific and dialect forms of the copula, codes that end in digits and letters, what is only like a particle
    ("[이름2]", "이에유", "예유"),
    ("[이름1]", "예유", "이에유"),
    ("[이름2]", "이어유", "여유"),
    ("[이름2]", "이래요", "래요"),
    ("[이름1]", "래요", "이래요"),
    ("[이름2]", "이라니까요", "라니까요"),
    ("[이름2]", "이었는데", "였는데"),
    ("[이름1]", "였는데", "이었는데"),
    ("[이름2]", "이었던", "였던"),
    ("[이름2]", "이었잖아요", "였잖아요"),
    ("[이름1]", "랑도", "이랑도"),
    ("[이름2]", "이랑만", "랑만"),
    ("[이름2]", "이라도요", "라도요"),
    ("[이름1]", "나요", "이나요"),
    ("[이름2]", "이나마", "나마"),
    ("[이름2]", "이네", "네"),
    ("[이름1]", "네요", "이네요"),
    ("[이름2]", "이여", "여"),
    ("[이름1]", "인데", "인데"),
    ("[이름2]", "인데", "인데"),
    ("[이름2]", "이세요", "세요"),
    ("[이름1]", "세요", "이세요"),
    ("[이름2]", "이셨어요", "셨어요"),
    ("[이름1]", "셨어요", "이셨어요"),
    ("[이름2]", "이신데", "신데"),
    ("[이름1]", "신데", "이신데"),
    ("[이름2]", "이십니다", "십니다"),
    ("[이름1]", "십니다", "이십니다"),
    ("[이름2]", "이거든예", "거든예"),
    ("[이름2]", "이라예", "라예"),
    ("[이름1]", "라예", "이라예"),
    ("[이름2]", "이구먼유", "구먼유"),
    ("[이름2]", "이랑께", "랑께"),
    ("[이름1]", "랑께", "이랑께"),
    ("[이름2]", "이캉", "캉"),
    ("[이름1]", "캉", "이캉"),
    ("[이름1]", "한티", "한티"),
    ("[이름1]", "헌티는", "헌티는"),
    ("[이름2]", "이한티", "한티"),
    ("[이름1]", "맹키로", "맹키로"),
    ("[이름2]", "이허고", "허고"),
    ("[이름2]", "으로는", "로는"),
    ("[이름3]", "로도", "으로도"),
    ("[이름1]", "으로서는", "로서는"),
    ("[이름1]", "로써", "로써"),
    ("[이름2]", "은요", "는요"),
    ("[이름2]", "이요", "요"),
    ("[이름1]", "요", "이요"),
    ("[이름2]", "을요", "를요"),
    ("P03", "가", "이"),
    ("P03", "는", "은"),
    ("P04", "은", "는"),
    ("P10", "를", "을"),
    ("P07", "으로", "로"),
    ("P08", "로", "로"),
    ("P06", "로", "으로"),
    ("P05", "과", "와"),
    ("참여자10", "가", "이"),
    ("참여자7", "와", "과"),
    ("참여자3", "예요", "이에요"),
    ("[구 B]", "은", "는"),
    ("[구 L]", "가", "이"),
    ("[병원 L]", "으로", "로"),
    ("[병원 M]", "로", "으로"),
    ("[병원 N]", "라고", "이라고"),
    ("[학교 R]", "를", "을"),
    ("[이름-7]", "가", "이"),
    ("[이름-7]", "로", "로"),
    ("서율", "가", "이"),
    ("서율", "으로", "로"),
    ("민석", "야", "아"),
    ("유나", "아", "야"),
    ("[이름2]", "이라꼬", "라꼬"),
    ("[이름1]", "라꼬", "이라꼬"),
    ("[이름2]", "이라카데", "라카데"),
    ("[이름2]", "이다", "다"),
    ("[이름1]", "다", "이다"),
    ("[이름2]", "이었다", "였다"),
    ("[이름2]", "이더라", "더라"),
    ("[이름2]", "이더라고요", "더라고요"),
    ("[이름1]", "더라고요", "이더라고요"),
    ("[이름2]", "이었을", "였을"),
    ("[이름2]", "이든가", "든가"),
    ("[이름2]", "이라든가", "라든가"),
    ("[이름1]", "라든가", "이라든가"),
    ("[이름2]", "이라서요", "라서요"),
    ("[이름2]", "이라면서요", "라면서요"),
    ("[이름2]", "이니", "니"),
    ("[이름1]", "야말로", "이야말로"),
    ("[이름2]", "이냐", "냐"),
    ("[이름2]", "이냐고", "냐고"),
    ("[이름1]", "냐고", "이냐고"),
    ("[이름1]", "지예", "이지예"),
    ("[이름2]", "이지예", "지예"),
    ("[이름2]", "이가요", "가요"),
    ("[이름1]", "여서", "이어서"),
    ("[이름2]", "이어서", "여서"),
    ("[이름2]", "이에", "에"),
    ("[이름2]", "이씨가", "씨가"),
    ("[이름1]", "시장에", "시장에"),
    ("[이름2]", "신문", "신문"),
    ("[이름1]", "다음에", "다음에"),
    ("[이름1]", "니트", "니트"),
    ("[이름2]", "이와", "와"),
    ("[이름1]", "이와", "과"),
    ("[이름3]", "이로", "으로"),
    ("[이름2]", "이서", "서"),
    ("[이름2]", "이서방", "이서방"),
]


@pytest.mark.parametrize(("stand_in", "rest", "expected"), REPAIRS)
def test_particles_follow_the_stand_in(stand_in: str, rest: str, expected: str) -> None:
    assert repaired(stand_in, rest) == expected


@given(SYLLABLES, st.sampled_from(PAIRS), st.booleans())
def test_every_pair_agrees_after_every_coda(syllable: str, pair: tuple[str, str], after_vowel: bool) -> None:
    wanted = agreeing(pair, syllable)
    assert repaired(syllable, pair[after_vowel]) in {wanted, wanted.replace("이예요", "이에요")}


@pytest.mark.parametrize("coda_number", range(28))
def test_every_pair_agrees_after_each_of_the_codas(coda_number: int) -> None:
    """Against the letters: what follows a name that ends in 하, and in each of the 27 codas below it."""
    name = chr(ord("하") + coda_number)
    for closed, opened in (*PAIRS, *COPULA_PAIRS):
        wanted = opened if coda_number == 0 or (coda_number == 8 and closed.startswith("으로")) else closed
        spoken = {repaired(name, closed), repaired(name, opened)}
        assert {form.replace("이예요", "이에요") for form in spoken} == {wanted.replace("이예요", "이에요")}, closed


@given(SYLLABLES, st.sampled_from((*PAIRS, *COPULA_PAIRS)), st.booleans())
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


@pytest.mark.parametrize(
    ("text", "even"),
    [("박  과장님", "박 과장님"), ("박\u3000\t과장", "박 과장"), ("  박", " 박"), ("박 ", "박 "), ("", "")],
)
def test_white_space_is_evened_and_every_sign_knows_where_it_stood(text: str, even: str) -> None:
    found, offsets = evened(text)
    assert found == even and len(offsets) == len(found) + 1 and offsets[-1] == len(text)
    assert all(found[at] in (text[offsets[at]], " ") for at in range(len(found)))
