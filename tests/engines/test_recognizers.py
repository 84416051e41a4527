"""The recognizers of names together; each by itself is in names/. All sentences are invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from braces import found, unmarked

from pipeline.engines.rules.introductions import introductions
from pipeline.engines.rules.titles import titles
from pipeline.engines.rules.vocatives import vocatives
from pipeline.evaluation.names import NamesScore, score_names
from pipeline.interview import Person
from pipeline.naming import mentions_in
from pipeline.settings import load
from pipeline.transcript import Finding, Mention

UTTERANCES = Path(__file__).parent / "invented_utterances.txt"


@pytest.mark.parametrize(
    "text",
    [
        "아저씨가 그러셨어요",
        "날씨가 좋네요",
        "선생님이 그러셨어요",
        "우리 선생님은 좋으세요",
        "담당 팀장님이 바뀌었어요",
        "부모님이랑 살아요",
        "회원님들이 오셨어요",
        "다른 과장님도 계세요",
        "어린이가 뛰어요",
        "원숭이는 귀엽죠",
        "사람이랑 만나요",
        "그래야 편하죠",
        "가 봐야 알죠",
        "기다려야 돼요",
        "이름이 뭐예요",
        "이름이 없는 사람이에요",
        "별명은 따로 없어요",
        "양말을 신었어요",
        "태양이 뜨거웠어요",
        "군인이었어요",
    ],
)
def test_no_rule_of_names_takes_another_word_for_one(text: str) -> None:
    assert [found(recognizer, text) for recognizer in (titles(), introductions(), vocatives())] == [set()] * 3


def interviews() -> list[tuple[list[str], list[tuple[str, list[Finding]]]]]:
    result: list[tuple[list[str], list[tuple[str, list[Finding]]]]] = []
    for line in UTTERANCES.read_text("utf-8").splitlines():
        if line.startswith("=="):
            result.append(([name.strip() for name in line[2:].split(",")], []))
        elif line and not line.startswith("#"):
            result[-1][1].append(unmarked(line))
    return result


@pytest.mark.engines
def test_together_they_find_what_an_interview_names() -> None:
    lines: list[str] = []
    truth: list[list[Finding]] = []
    seen: list[tuple[Mention, ...]] = []
    settings = load()
    for names, utterances in interviews():
        texts = tuple(text for text, _ in utterances)
        lines += texts
        truth += (wanted for _, wanted in utterances)
        seen += mentions_in(texts, tuple(map(Person, names)), settings)
    score: NamesScore = score_names(lines, truth, seen)
    names_found, others = score.names, score.others
    assert names_found.missed <= 3 and names_found.false_sure + names_found.other_sure <= 3
    assert others.missed <= 1
    assert score.touched_sure == 0 and score.touched * 10 <= score.plain


# --- what the study lists -------------------------------------------------------------------------------------------
