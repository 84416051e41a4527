"""Who interviews: invented interviews, and those in which a single sign would mislead."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.interview import Role
from pipeline.lines.roles import Evidence, evidence, guesses

Said = list[tuple[str, str]]
ASKER, TELLER = Role.INTERVIEWER, Role.PARTICIPANT


def said(*rows: str) -> Said:
    """Rows ``A: text``."""
    return [(row[0], row[3:]) for row in rows]


PLAIN = said(
    "A: 안녕하세요. 오늘 면담을 맡은 연구자입니다.",
    "B: 네 안녕하세요.",
    "A: 하루 일과를 말씀해 주시겠어요?",
    "B: 저는 아침 여섯 시에 일어나서 버스를 타고 병원에 가요.",
    "A: 네.",
    "B: 일곱 시 반에 인계를 받고 환자들을 봅니다.",
    "A: 그때 기분은 어떠세요?",
    "B: 바쁘지만 제가 좋아하는 일이라서 괜찮아요.",
    "A: 언제 제일 힘드셨어요?",
    "B: 작년 겨울에 밤 근무가 이어져서 잠을 못 잤어요. 그때가 제일 힘들었던 것 같아요.",
)
UNMARKED = [(who, text.rstrip(".?")) for who, text in PLAIN]
TELLER_FIRST = said(
    "B: 제가 좀 늦었어요. 길이 너무 막혀서요.",
    "A: 아니에요. 오시느라 힘드셨죠?",
    "B: 네 조금요.",
    "A: 요즘은 어떻게 지내세요?",
    "B: 저는 그냥 집에 있어요. 병원 다녀오고 약 먹고 자고 그래요.",
    "A: 약은 언제부터 드셨어요?",
    "B: 스무 살 때부터 먹었어요.",
)
ASKS_BACK = said(
    "A: 어떤 점이 도움이 되셨나요?",
    "B: 도움이요? 무엇을 말씀드려야 하나요?",
    "A: 편하게 생각나시는 대로 말씀해 주세요.",
    "B: 저는 동료들하고 이야기하는 게 제일 도움이 됐어요. 혼자가 아니라는 걸 알았으니까요.",
    "A: 어떤 이야기를 나누셨어요?",
    "B: 약 이야기요. 이런 것도 말해도 되나요?",
    "A: 그럼요. 그 이야기를 더 들려주세요.",
    "B: 제가 약을 줄이고 싶었는데 다들 천천히 하라고 했어요. 그래서 의사 선생님하고 상의해서 반년에 걸쳐 줄였어요.",
)
TALKS_MUCH = said(
    "A: 안녕하세요. 이 연구는 동료 지원가의 경험을 듣고자 하는 것이고 녹음은 연구에만 쓰입니다. 괜찮으시죠?",
    "B: 네.",
    "A: 설명문에 있는 것처럼 언제든지 그만두실 수 있고 불이익은 없습니다. 궁금하신 점 있으세요?",
    "B: 없어요.",
    "A: 처음에 어떻게 이 일을 시작하시게 되셨는지 말씀해 주시겠어요? 계기가 된 일이 있으셨는지요?",
    "B: 저는 복지관에서 권해서 시작했어요.",
    "A: 복지관에서 권하셨군요. 그때 어떤 마음이 드셨어요?",
    "B: 무서웠어요.",
)
TWO_TELL = said(
    "A: 두 분은 어떻게 만나셨어요?",
    "B: 저희는 대전에서 만났어요. 제가 먼저 와 있었고요.",
    "C: 네 맞아요. 저는 나중에 왔어요.",
    "A: 처음에 서로 어떠셨나요?",
    "B: 저는 좋았어요. 말이 잘 통했거든요.",
    "C: 저는 좀 어려웠어요. 나이 차이가 있어서요.",
    "A: 지금은 어떠세요?",
    "C: 지금은 편해요. 매일 통화도 하고 제가 밥도 자주 사요.",
    "B: 맞아요. 저희는 식구 같아요.",
)
TWO_ASK = said(
    "A: 오늘 시간 내 주셔서 감사합니다. 먼저 하시는 일을 소개해 주시겠어요?",
    "B: 저는 복지관에서 상담을 해요. 벌써 삼 년째예요.",
    "A: 어떤 분들을 만나세요?",
    "B: 저처럼 오래 아팠던 분들을 만나요. 이야기를 듣는 게 제 일이에요.",
    "C: 하나만 여쭤볼게요. 그분들은 어떻게 찾아오시나요?",
    "B: 병원에서 소개를 받아서 와요. 제가 전화를 먼저 할 때도 있어요.",
    "A: 힘드신 점은 무엇인가요?",
    "B: 제가 지칠 때가 있어요. 그래도 보람이 더 커요. 쉬는 날에는 산에 가요.",
    "C: 쉬시는 날은 언제예요?",
    "B: 수요일하고 일요일이요.",
)


@pytest.mark.parametrize(
    ("rows", "roles"),
    [
        (PLAIN, {"A": ASKER, "B": TELLER}),
        (UNMARKED, {"A": ASKER, "B": TELLER}),
        (TELLER_FIRST, {"A": ASKER, "B": TELLER}),
        (ASKS_BACK, {"A": ASKER, "B": TELLER}),
        (TALKS_MUCH, {"A": ASKER, "B": TELLER}),
        (TWO_TELL, {"A": ASKER, "B": TELLER, "C": TELLER}),
        (TWO_ASK, {"A": ASKER, "B": TELLER, "C": ASKER}),
        (said("B: 저는 오늘 아침에 일어나서 밥을 먹었어요.", "B: 그리고 병원에 갔어요."), {"B": TELLER}),
        (said("A: 어떠세요?", "B: 좋아요. 저는 잘 지내요."), {"A": ASKER, "B": TELLER}),
        ([], {}),
    ],
)
def test_who_asks_and_who_tells(rows: Said, roles: Mapping[str, Role]) -> None:
    assert {guess.speaker: guess.role for guess in guesses(rows, {}, {}, 0.95)} == roles


@pytest.mark.parametrize("rows", [PLAIN, UNMARKED, TELLER_FIRST, TWO_TELL])
def test_a_clear_interview_is_sure(rows: Said) -> None:
    assert all(guess.sure and guess.confidence >= 0.95 for guess in guesses(rows, {}, {}, 0.95))


CHAT = said("A: 저는 어제 산에 갔어요.", "B: 저도 갔어요.", "A: 날씨가 좋았어요.", "B: 네 사람이 많았어요.")


def test_a_talk_of_equals_is_a_guess_and_not_sure() -> None:
    found = guesses(CHAT, {}, {}, 0.95)
    assert {guess.role for guess in found} == {ASKER, TELLER}
    assert not any(guess.sure for guess in found)


def test_the_guide_and_the_enrolled_voice_decide_where_the_talk_does_not() -> None:
    for found in (guesses(CHAT, {"A": 0, "B": 4}, {}, 0.95), guesses(CHAT, {}, {"A": 0.1, "B": 0.8}, 0.95)):
        assert [(guess.speaker, guess.role, guess.sure) for guess in found] == [("A", TELLER, True), ("B", ASKER, True)]


def test_a_voice_that_contradicts_the_talk_leaves_it_unsure() -> None:
    assert not all(guess.sure for guess in guesses(TALKS_MUCH, {}, {"A": 0.1, "B": 0.75}, 0.95))


def test_the_evidence_is_open() -> None:
    of = evidence(PLAIN, {"A": 2, "B": 0}, {"B": 0.2})
    assert list(of) == ["A", "B"]
    assert of["A"].guide > 0 > of["B"].guide
    assert of["A"].questions > 0 > of["B"].questions
    assert of["A"].talk > 0 > of["B"].talk
    assert of["A"].begins > 0 > of["B"].begins
    assert of["A"].voice == 0 > of["B"].voice
    assert Evidence(1, 2, 3, 4, 5, 6).total == 21


def test_a_long_interview_is_no_surer_than_its_caps() -> None:
    once, often = (evidence(PLAIN * times, {}, {})["A"] for times in (10, 100))
    assert once.questions == pytest.approx(often.questions) and once.honorifics == pytest.approx(often.honorifics)


@given(
    st.lists(st.tuples(st.sampled_from("ABCD"), st.text(max_size=20)), max_size=12),
    st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 9)),
    st.dictionaries(st.sampled_from("ABCD"), st.floats(-1, 1)),
)
def test_each_speaker_has_one_role_and_several_have_both(
    rows: Said, guide: dict[str, int], likeness: dict[str, float]
) -> None:
    found = guesses(rows, guide, likeness, 0.95)
    assert [guess.speaker for guess in found] == list(dict.fromkeys(who for who, _ in rows))
    assert all(0.5 <= guess.confidence <= 1 and guess.sure == (guess.confidence >= 0.95) for guess in found)
    if len(found) > 1 and all(guess.sure for guess in found):
        assert {guess.role for guess in found} == {ASKER, TELLER}
