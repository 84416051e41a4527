from __future__ import annotations

import doctest

import pytest

from pipeline.lines import asking
from pipeline.lines.asking import acknowledges, addresses, asks, bare, humbles, reflects


@pytest.mark.parametrize(
    "text",
    [
        "언제부터 일하셨어요?",
        "언제부터 일하셨어요",
        "기분이 어떠셨나요",
        "그게 왜 힘들까요",
        "무엇이 도움이 됩니까",
        "가장 힘든 점은 무엇인가요",
        "앞으로 바라는 점이 있다면요",
        "하루 일과를 편하게 말씀해 주시겠어요",
        "들려주세요",
        "그 얘기를 조금 더 해 주세요",
        "더 하고 싶은 말씀 있으세요",
        "괜찮으시죠",
        "어떤 일을 하고 계세요",
        "그렇습니까",
        "하나만 더 여쭤볼게요",
        "육아와 일을 같이 하시기가 어떠신지요",
        "선생님은요?",
        "네?",
    ],
)
def test_what_asks(text: str) -> None:
    assert asks(text)
    assert asks(text.rstrip("?")) or text in {"선생님은요?", "네?"}


@pytest.mark.parametrize(
    "text",
    [
        "선생님이 많이 도와주세요.",
        "어머니가 올라오셨어요",
        "그래서 그만뒀어요",
        "힘드니까요",
        "제가 하니까",
        "아까 말한 대로",
        "주말에는 산에 가요",
        "그러셨군요",
        "그러셨군요?",
        "많이 힘드셨네요",
        "안녕하세요",
        "많이 힘드시겠어요",
        "어떻게든 버텼어요",
        "왜 그랬는지 모르겠어요",
        "뭐 그냥 그랬어요",
        "네",
        "",
    ],
)
def test_what_only_looks_as_if_it_asked(text: str) -> None:
    assert not asks(text)


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("네.", True),
        ("아, 네네.", True),
        ("음…", True),
        ("그렇군요.", True),
        ("네 제가요", False),
        ("아니요", False),
        ("", False),
        ("네 그런데", False),
        ("아침", False),
        ("...", False),
    ],
)
def test_what_a_listener_says(text: str, only: bool) -> None:
    assert acknowledges(text) is only


@pytest.mark.parametrize(
    ("text", "honours", "humbled"),
    [
        ("저는 제가 할게요", 0, 2),
        ("어떻게 지내셨어요", 1, 0),
        ("안녕하세요 저는 김이라고 합니다", 0, 1),
        ("선생님이 도와주세요", 0, 0),
        ("많이 힘드시겠어요", 1, 0),
        ("전 저희 집에", 0, 2),
        ("하신 일을 말씀해 주시겠어요", 2, 0),
        ("제주도 전주 저녁", 0, 0),
    ],
)
def test_honorific_and_humble_forms_are_counted(text: str, honours: int, humbled: int) -> None:
    assert (addresses(text), humbles(text)) == (honours, humbled)


def test_marks_and_spaces_do_not_count() -> None:
    assert bare(' "네",  그래요?… ') == "네 그래요"
    assert reflects("힘드셨군요 .")


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(asking).failed == 0
