"""What sounds like a name of the register: suggested, never a word that the dictionary has as it stands there."""

from __future__ import annotations

import pytest
from braces import entry, found, wanted

from pipeline.engines.variants import SCORE, Variants
from pipeline.lexicon import lexicon
from pipeline.transcript import Label

WORDS = frozenset({"문의", "민주", "수진", "지우"})


def variants() -> Variants:
    """With a dictionary of four words."""
    return Variants(lexicon(), lambda line, start, end: line[start:end] in WORDS)


@pytest.mark.parametrize(
    ("form", "marked"),
    [
        ("김민수", "{김문수} 씨가 왔어요"),  # ㅣ ㅜ, beside a title
        ("최은희", "{최으니}가 그랬어요"),  # liaison, ㅎ lost
        ("박태호", "{박때호}라고 있어요"),  # tense for aspirated
        ("박태호", "{때호} 씨가 왔어요"),  # beside a title farther
        ("김정훈", "{정운}이가 왔어요"),
        ("남궁현", "{남군현}이 왔어요"),
        ("이재은", "{이제은} 선생님이요"),
        ("민수", "{민주} 씨가 왔어요"),  # a word, but beside a title
    ],
)
def test_what_sounds_alike_is_found(form: str, marked: str) -> None:
    text, truth = wanted(marked)
    assert truth <= found(variants(), text, (entry(form),))


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("김민수", "김민수가 왔어요"),  # the name itself: the roster's
        ("김민수", "박지훈이 왔어요"),
        ("김민수", "김문수가 왔어요"),  # without a title too far: whoever it is, others find a name
        ("민수", "문의가 많아요"),  # a word
        ("민수", "민주가 뭐예요"),
        ("박태호", "박수를 쳤어요"),
        ("최은희", "최선을 다했어요"),
        ("김정훈", "정말 좋았어요"),
        ("솔", "술이 늘었어요"),  # one syllable is like too many
        ("박 과장", "복 과장님이요"),
        ("Kim", "킴이 왔어요"),
    ],
)
def test_other_words_are_left(form: str, text: str) -> None:
    assert found(variants(), text, (entry(form),)) == set()


def test_places_and_institutions_are_not_sought() -> None:
    assert found(variants(), "새뼉정신병원에요", (entry("새벽정신병원", Label.ORG),)) == set()


def test_a_variant_is_doubtful_and_joins_nobody() -> None:
    (one,) = variants()(("이제은이 왔어요",), (entry("이재은"),))
    assert (one.score, one.form) == (SCORE, "") and SCORE < 0.7


def test_a_word_near_two_names_is_found_once() -> None:
    assert len(variants()(("이제은이 왔어요",), (entry("이재은"), entry("이채은")))) == 1


def test_what_sounds_like_a_listed_word_is_doubtful() -> None:
    sounds_like = Variants(lexicon(), lambda line, start, end: False)
    (one,) = sounds_like(("히망터에 다녔어요",), (entry("희망터", Label.STUDY),))
    assert (one.start, one.end, one.label) == (0, 3, Label.STUDY) and 0.3 <= one.score < 0.7
    assert sounds_like(("희망터에 다녔어요",), (entry("희망터", Label.STUDY),)) == ()
