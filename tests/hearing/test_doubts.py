from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.hearing.doubts import is_boilerplate, is_broken, is_echo, is_foreign, is_unsound, loops, sifted
from pipeline.speech import Gap, Passage, Word

TERMS = ("동료지원가", "조현병", "정신건강복지센터", "회복")


def passage(text: str, start: float = 0.0, each: float = 0.3) -> Passage:
    words = tuple(Word(word, start + each * at, start + each * (at + 1), 0.9) for at, word in enumerate(text.split()))
    return Passage(start, start + each * len(words), words)


def texts(passages: tuple[Passage, ...]) -> list[str]:
    return [" ".join(word.text for word in one.words) for one in passages]


# --- loops -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("그래서 " + "팝 " * 8 + "되시나요", [(1, 9)]),
        ("그래서 " + "팝 " * 7 + "되시나요", []),
        ("네. 네, 네! 네 네 네 네 네", [(0, 8)]),  # marks do not make it another word
        ("그게 이제 " * 6, [(0, 12)]),
        ("그게 이제 " * 5, []),
        ("저는 잘 모르겠어요 " * 4, [(0, 12)]),
        ("저는 잘 모르겠어요 " * 3, []),  # nine words: people say things three times
        ("저는 그때 정말 힘들었어요 " * 3, [(0, 12)]),
        ("내가 오늘 당장 죽는다면 이 일을 할 가치가 있는가 " * 2, []),  # a quotation, said twice
        ("죽음이 " + "시" * 16, [(1, 2)]),
        ("죽음이 " + "시" * 15, []),
        ("아 " + "그러니까" * 16 + " 네", [(1, 2)]),
        ("하하하하하 그러니까요", []),
        ("네 " * 9 + "아니요 " + "음 " * 9, [(0, 9), (10, 19)]),
        ("저는 네 네 네 네 네 네 네 네 저는 네 네 네 네 네 네 네 네", [(1, 9), (10, 18)]),
        ("", []),
        ("... ... ... ... ... ... ... ...", [(0, 8)]),
    ],
)
def test_words_in_a_loop_are_found_and_no_others(text: str, caught: list[tuple[int, int]]) -> None:
    assert loops(text.split()) == caught


@given(st.lists(st.sampled_from(["네", "음", "저는", "그래서", "팝"]), max_size=60))
def test_loops_are_in_order_disjoint_and_stay_within(words: list[str]) -> None:
    bounds = [bound for pair in loops(words) for bound in pair]
    assert bounds == sorted(bounds)
    assert all(0 <= first < stop <= len(words) for first, stop in loops(words))


@given(st.lists(st.text("가나다라마바사", min_size=1, max_size=4), max_size=60, unique=True))
def test_words_that_are_all_different_are_no_loop(words: list[str]) -> None:
    assert loops(words) == []


# --- one passage ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "시청해주셔서 감사합니다.",
        "시청해 주셔서 감사합니다",
        "끝까지 시청해 주신 여러분 감사합니다.",
        "구독과 좋아요 부탁드립니다!",
        "구독, 좋아요",
        "다음 영상에서 만나요.",
        "MBC 뉴스 이덕영입니다.",
        "KBS 뉴스입니다",
        "한글자막 by 한효정",
        "자막 제공",
        "광고를 포함하고 있습니다",
        "유료광고를 포함하고 있습니다.",
        "1부에서 계속됩니다.",
        "감사합니다.",
        " 감사 합니다 ",
    ],
)
def test_boilerplate_is_known_as_a_whole(text: str) -> None:
    assert is_boilerplate(text)
    assert not is_boilerplate(f"제가 {text}")
    assert not is_boilerplate(f"{text} 그래서 저는 그만뒀어요")


@pytest.mark.parametrize(
    "text",
    [
        "와 주셔서 감사합니다.",
        "네, 감사합니다.",
        "구독을 했는데요",
        "다음에 만나요",
        "MBC 뉴스를 봤어요",
        "자막이 없으면 못 봐요",
        "광고를 보고 왔어요",
        "부에서 계속 됩니다",
        "",
    ],
)
def test_what_is_like_boilerplate_is_speech(text: str) -> None:
    assert not is_boilerplate(text)


@pytest.mark.parametrize(
    ("text", "echoed"),
    [
        ("동료지원가, 조현병, 정신건강복지센터, 회복.", True),
        ("조현병 정신건강복지센터", True),
        ("조현병, 회복.", True),
        ("조현병, 회복. 회복. 회복. 회복.", True),  # what whisper-base says of white noise
        ("조현병.", False),
        ("회복되는 조현병.", False),
        ("조현병, 회복이요.", False),
        ("", False),
    ],
)
def test_an_echo_is_the_prompt_and_nothing_else(text: str, echoed: bool) -> None:
    assert is_echo(text, TERMS) is echoed
    assert not is_echo(text, ())


@pytest.mark.parametrize(
    ("text", "language", "foreign"),
    [
        ("Thank you.", "ko", True),
        ("ご視聴ありがとうございました", "ko", True),
        ("MRI", "ko", False),
        ("Thank you.", "en", False),
        ("Thank you 그러더라고요", "ko", False),
        ("2005, 2006", "ko", False),
        ("", "ko", False),
    ],
)
def test_a_passage_without_hangul_is_foreign(text: str, language: str, foreign: bool) -> None:
    assert is_foreign(text, language) is foreign


def test_half_a_character_is_unsound() -> None:
    assert is_broken("회\ufffd")
    assert not is_broken("회복")
    assert is_unsound(["저는", "회\ufffd"]) and is_unsound(["팝"] * 8)
    assert not is_unsound(["저는", "팝", "팝"])


# --- a whole transcription --------------------------------------------------------------------------------------------


def test_the_words_of_a_loop_become_a_gap_and_the_others_stay() -> None:
    passages, gaps = sifted([passage("그래서 " + "팝 " * 9 + "되시나요", 10.0)], [(9, 20)], (), "ko")
    assert texts(passages) == ["그래서 되시나요"]
    assert [(round(gap.start, 2), round(gap.end, 2), gap.reason) for gap in gaps] == [(10.3, 13.0, "loop")]
    assert (passages[0].start, passages[0].end) == (10.0, pytest.approx(13.3))


def test_a_loop_may_go_through_passages_but_not_through_pauses() -> None:
    close = [passage("네.", 1.0 + 0.5 * at) for at in range(8)]
    assert sifted(close, (), (), "ko")[0] == ()
    assert {gap.reason for gap in sifted(close, (), (), "ko")[1]} == {"loop"}
    apart = [passage("네.", 1.0 + 5 * at) for at in range(8)]
    assert texts(sifted(apart, (), (), "ko")[0]) == ["네."] * 8
    assert sifted(apart, (), (), "ko")[1] == ()


def test_half_a_character_is_refused() -> None:
    passages, gaps = sifted([passage("저는 회\ufffd 를 했어요")], (), (), "ko")
    assert texts(passages) == ["저는 를 했어요"]
    assert [(gap.start, gap.end, gap.reason) for gap in gaps] == [(0.3, 0.6, "broken text")]


@pytest.mark.parametrize(
    ("text", "doubts"),
    [
        ("시청해 주셔서 감사합니다.", ("boilerplate",)),
        ("조현병, 정신건강복지센터.", ("echo",)),
        ("Thank you.", ("foreign",)),
        ("네, 맞아요.", ()),
    ],
)
def test_what_may_have_been_said_is_kept_and_marked(text: str, doubts: tuple[str, ...]) -> None:
    (kept,), gaps = sifted([passage(text)], [(0, 5)], TERMS, "ko")
    assert kept.doubts == doubts
    assert texts((kept,)) == [text]
    assert gaps == ()


def test_words_where_nobody_speaks_are_marked() -> None:
    unsure = passage("수고하셨습니다.", 10.0)
    unsure = replace(unsure, words=tuple(replace(word, probability=0.4) for word in unsure.words))
    given = [passage("네, 맞아요.", 1.0), unsure, passage("그랬어요.", 20.0)]
    passages, _ = sifted(given, [(0.5, 2.0)], (), "ko")
    assert [one.doubts for one in passages] == [(), ("no speech",), ()]
    assert not any(one.doubts for one in sifted(given, (), (), "ko")[0]), "not known where anybody speaks"


def test_a_passage_of_no_length_is_dropped() -> None:
    assert sifted([passage("네, 맞아요.", 1.0, each=0.0)], (), (), "ko") == ((), ())


@pytest.mark.parametrize(
    ("lines", "collapsed"),
    [
        (["이거는 어디로"] * 20, True),
        (["이거는 어디로"] * 19, False),
        (["이거는 어디로"] * 10 + [f"말 {'가나다라마바사아자차'[at]}" for at in range(10)], True),
        (["이거는 어디로"] * 9 + [f"말 {'가나다라마바사아자차카'[at]}" for at in range(11)], False),
        (["가", "나", "다", "라"] * 5, True),
        (["가", "나", "다", "라", "마"] * 4, False),
    ],
)
def test_a_collapsed_run_is_doubted_from_end_to_end(lines: list[str], collapsed: bool) -> None:
    passages, _ = sifted([passage(line, 5.0 * at) for at, line in enumerate(lines)], (), (), "ko")
    assert {one.doubts for one in passages} == {("collapsed",) if collapsed else ()}


spoken = st.lists(
    st.lists(st.sampled_from(["네", "음", "팝", "저는", "회\ufffd", "감사합니다", "그래서"]), max_size=30), max_size=6
)


@given(spoken, st.booleans())
def test_every_word_is_kept_or_its_time_is_in_a_gap(lines: list[list[str]], voiced: bool) -> None:
    given = [passage(" ".join(line), 20.0 * at) for at, line in enumerate(lines)]
    passages, gaps = sifted(given, [(0, 500)] if voiced else (), TERMS, "ko")
    kept = [word for one in passages for word in one.words]
    for word in (word for one in given for word in one.words):
        inside = any(gap.start <= word.start and word.end <= gap.end for gap in gaps)
        assert (word in kept) != inside
    assert all(isinstance(gap, Gap) and gap.start < gap.end for gap in gaps)
    assert not any(is_broken(word.text) for word in kept)
