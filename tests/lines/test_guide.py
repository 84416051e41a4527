"""Asked guide questions, in paraphrases and garbled as a recognizer of speech garbles them. All of it is invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.lines.guide import Ask, asked, under

NURSES = (
    "하루 일과를 편하게 말씀해 주시겠어요?",
    "일하면서 힘드신 점은 무엇인가요?",
    "일을 그만두고 싶었던 적이 있으셨나요?",
    "힘들 때 도움이 된 것은 무엇인가요?",
    "앞으로 바라는 점이 있다면요?",
)
WORKERS = (
    "현재 하시는 일을 소개해 주세요.",
    "처음 취업을 준비하실 때 어떤 어려움이 있었나요?",
    "직장에서 장애를 밝히셨나요?",
    "일을 계속하게 하는 힘은 무엇이라고 생각하세요?",
    "주변 사람들에게 어떤 지지를 받으셨나요?",
    "정책에 대해 제안하고 싶은 것이 있으신가요?",
)


def question_of(text: str, questions: tuple[str, ...]) -> int:
    asks = asked([("S1", text)], questions)
    return asks[0].question if asks else 0


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("그럼 먼저 하루 일과를 편하게 말씀해 주시겠어요?", 1),
        ("하루 일과가 보통 어떻게 되시는지 말씀해 주세요", 1),
        ("출근하셔서 퇴근하실 때까지 하루 일과를 순서대로 말씀해 주세요.", 1),
        ("하루 일가를 편하게 말씀해주시겠어요", 1),
        ("일을 하시면서 힘드신 점이 있다면 무엇인가요?", 2),
        ("네 그러면 일하면서 가장 힘든 점은 뭔가요?", 2),
        ("이라면서 힘드신 점은 무엇인가요", 2),
        ("혹시 일을 그만두고 싶다는 생각을 하신 적이 있으세요?", 3),
        ("일을 그 만들고 싶었던 적도 있으셨나요", 3),
        ("그렇게 힘들 때 도움이 된 것은 무엇이었나요?", 4),
        ("힘드실 때 누가 제일 도움이 됐나요?", 4),
        ("아프로 바라는 저미 있다면요", 5),
        ("앞으로 바라시는 점이 있다면 말씀해 주세요.", 5),
    ],
)
def test_a_paraphrase_asks_the_question(text: str, question: int) -> None:
    assert question_of(text, NURSES) == question


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("현재 하고 계신 일을 간단히 소개 부탁드립니다", 1),
        ("연재 하시는 이를 소개해 주세요", 1),
        ("취업 준비하시면서 어떤 어려움이 있으셨어요", 2),
        ("회사에 장애가 있다는 걸 밝히셨나요", 3),
        ("직장에서 장애를 발키션나요", 3),
        ("그 일을 계속하게 하는 힘은 무엇일까요?", 4),
        ("주변에서 어떤 지지를 받으셨나요", 5),
        ("정책적으로 제안하고 싶으신 게 있으세요?", 6),
    ],
)
def test_another_guide_is_known_by_its_own_words(text: str, question: int) -> None:
    assert question_of(text, WORKERS) == question


@pytest.mark.parametrize(
    "text",
    [
        "이수진 선생님과는 얼마나 같이 일하셨어요?",
        "점심을 거르면 많이 힘드시겠어요.",
        "가족분들의 도움이 컸네요.",
        "아 일을 그만두고 싶으셨군요.",
        "일을 그만두고 싶었던 적이 있었어요.",
        "그날 하루는 어떠셨어요?",
        "그게 왜 힘드셨어요?",
        "앞으로도 계속 거기서 일하실 건가요?",
        "편하게 말씀해 주시면 됩니다. 시작해도 될까요?",
        "그런 점은 다른 분들도 그런가요?",
        "혹시 더 하고 싶은 말씀 있으세요?",
        "그런 적이 자주 있으셨나요?",
        "조금 더 자세히 말씀해 주시겠어요?",
        "네",
        "",
    ],
)
def test_a_probe_or_an_echo_asks_no_question_of_the_guide(text: str) -> None:
    assert question_of(text, NURSES) == 0


@pytest.mark.parametrize(
    "text",
    [
        "그 회사에는 언제 들어가셨어요?",
        "그 일은 재미있으세요?",
        "왜 그렇게 생각하세요?",
        "아 장애를 밝히셨군요",
        "장애 등록은 언제 하셨어요?",
        "제안을 먼저 받으신 건가요?",
        "그때 주변에서는 뭐라고 하셨어요?",
        "그 힘이 어디서 오는 걸까요?",
    ],
)
def test_a_probe_of_another_guide_asks_none(text: str) -> None:
    assert question_of(text, WORKERS) == 0


def test_a_question_over_two_lines_is_asked_at_the_first() -> None:
    said = [("S1", "혹시 일을 그만두고"), ("S1", "싶었던 적이 있으셨나요?"), ("S2", "네 있었어요")]
    assert [(ask.line, ask.question) for ask in asked(said, NURSES)] == [(0, 3)]
    apart = [("S1", "혹시 일을 그만두고"), ("S2", "싶었던 적이 있으셨나요?")]
    assert asked(apart, ("일을 그만두고 싶었던 적이 있으셨나요?", "다른 질문")) == ()


def test_two_questions_alike_are_told_apart_by_what_they_do_not_share() -> None:
    twins = ("처음 입원했을 때 어떠셨나요?", "처음 퇴원했을 때 어떠셨나요?")
    assert question_of("처음 퇴원하셨을 때는 어떠셨어요?", twins) == 2
    assert question_of("처음에는 어떠셨어요?", twins) == 0


def test_lines_belong_to_the_question_asked_last_in_any_order_and_asked_again() -> None:
    asks = (Ask(1, 1, 1.0), Ask(4, 5, 1.0), Ask(6, 2, 1.0), Ask(8, 5, 1.0))
    assert under(10, asks) == (0, 1, 1, 1, 5, 5, 2, 2, 5, 5)
    assert under(3, ()) == (0, 0, 0)


def test_without_a_guide_nothing_is_asked() -> None:
    assert asked([("S1", "하루 일과를 말씀해 주시겠어요?")], ()) == ()


@given(st.lists(st.tuples(st.sampled_from("AB"), st.text(max_size=30)), max_size=8), st.lists(st.text(max_size=30)))
def test_whatever_is_said_the_asks_are_in_order_and_in_range(said: list[tuple[str, str]], questions: list[str]) -> None:
    asks = asked(said, questions)
    assert [ask.line for ask in asks] == sorted({ask.line for ask in asks})
    assert all(0 <= ask.line < len(said) and 1 <= ask.question <= len(questions) for ask in asks)
