"""The forms of the register, as people say them: each kind of form, and words that only contain one."""

from __future__ import annotations

import pytest
from braces import entry, found, unmarked, wanted

from pipeline.engines.rules.roster import roster
from pipeline.transcript import Label

NAMES: dict[str, list[tuple[str, str, float]]] = {  # kind of form: form, line, at least which score
    "full": [
        ("김정훈", "거기 {김정훈}이라고 있어요", 0.9),
        ("김정훈", "{김 정훈} 씨 들어오세요", 0.9),
        ("김정훈", "저는{김정훈}입니다", 0.5),
        ("마이클", "{마이클}이 그러는데", 0.9),
    ],
    "given": [
        ("김정훈", "그때 {정훈}이가 왔어요", 0.9),
        ("김정훈", "{정훈}아 밥 먹었니", 0.8),
        ("김정훈", "{정훈} 형한테 물어봤죠", 0.9),
        ("김정훈", "{정훈}씨는 어때요", 0.9),
        ("김정훈", "{정훈}이네 집이요", 0.8),
        ("김정훈", "우리{정훈}이가요", 0.5),
        ("김정훈", "{박정훈}이라고 하던데", 0.5),
        ("박하늘", "{하늘}이가 와서", 0.9),
        ("박하늘", "{하늘} 씨는", 0.9),
        ("박하늘", "{하늘}을 보면", 0.4),
        ("선우현", "{우현}이랑 같이", 0.8),
    ],
    "one syllable": [
        ("남궁솔", "{솔}이는 제 동생이에요", 0.8),
        ("남궁솔", "{솔}아 이리 와", 0.3),
        ("남궁률", "{률} 씨가 왔어요", 0.8),
    ],
    "surname with a title": [("박 과장", "{박} 과장님이요", 0.9), ("박 과장", "{박}과장이 그랬어요", 0.9)],
}

THINGS: list[tuple[str, Label, str, float]] = [
    ("새벽정신병원", Label.ORG, "{ORG:새벽 정신병원}에 갔어요", 0.9),
    ("옹달샘", Label.ORG, "우리 {ORG:옹달샘} 회원들이요", 0.7),
    ("괴산", Label.PLACE, "{PLACE:괴산}에서 왔어요", 0.9),
    ("괴산", Label.PLACE, "{PLACE:괴산}역에서요", 0.9),
]

OTHER_WORDS: dict[str, list[tuple[str, Label, str]]] = {
    "full": [("이수정", Label.NAME, "수정액으로 지웠어요"), ("김정훈", Label.NAME, "김 정말 맛있어요")],
    "given": [
        ("김지수", Label.NAME, "스트레스 지수표를 봤어요"),
        ("강보라", Label.NAME, "보라고 해서 봤는데요"),
        ("박하늘", Label.NAME, "하늘하늘 흔들려요"),
    ],
    "one syllable": [("남궁솔", Label.NAME, "솔직히 말하면요"), ("남궁률", Label.NAME, "법률을 공부했어요")],
    "surname with a title": [("박 과장", Label.NAME, "박수를 치고 과장했어요"), ("민 팀장", Label.NAME, "주민 팀장요")],
    "things": [("괴산", Label.PLACE, "파괴산업이에요"), ("들꽃", Label.ORG, "산들꽃밭이에요")],
}


@pytest.mark.parametrize(("form", "marked", "least"), [case for cases in NAMES.values() for case in cases])
def test_a_form_is_found_as_it_is_said(form: str, marked: str, least: float) -> None:
    text, truth = wanted(marked)
    assert truth <= found(roster(), text, (entry(form),), least)


@pytest.mark.parametrize(("form", "label", "marked", "least"), THINGS)
def test_places_and_institutions_that_are_known_are_found(form: str, label: Label, marked: str, least: float) -> None:
    text, truth = wanted(marked)
    assert truth <= found(roster(), text, (entry(form, label),), least)


@pytest.mark.parametrize(("form", "label", "text"), [case for cases in OTHER_WORDS.values() for case in cases])
def test_other_words_are_left(form: str, label: Label, text: str) -> None:
    assert found(roster(), text, (entry(form, label),)) == set()


def test_every_kind_has_its_cases() -> None:
    assert {*NAMES, "things"} == OTHER_WORDS.keys()
    assert min(map(len, [*NAMES.values(), THINGS, *OTHER_WORDS.values()])) >= 2


def test_every_form_is_found_in_every_line() -> None:
    lines = ("박정훈이 그랬어요", "정훈이가 왔고", "김정훈 씨")
    known = roster()(lines, (entry("김정훈"),))
    assert {(f.line, f.form) for f in known} >= {(0, "박정훈"), (1, "정훈"), (2, "김정훈")}


def test_a_filler_is_no_surname() -> None:
    assert found(roster(), "음 정훈이는요", (entry("김정훈"),)) == found(roster(), "네 정훈이는요", (entry("김정훈"),))
    assert found(roster(), "박 정훈이는요", (entry("김정훈"),)) == {(0, 4, Label.NAME)}


def test_nobody_known_nothing_found() -> None:
    assert roster()(("김정훈이 왔어요",), ()) == ()


@pytest.mark.parametrize(
    ("form", "marked", "least"),
    [
        ("희망터", "{희망터}에 다녔어요", 0.9),
        ("희망터", "{희망 터}에서 만났고", 0.9),
        ("희망터", "{희망터}가 {희망터}랑요", 0.9),
        ("희망터", "우리{희망터}가요", 0.5),
        ("두드림프로그램", "{두드림 프로그램}에서 만났고", 0.9),
        ("두드림프로그램", "{두드림프로그램}보다는", 0.9),
        ("두드림", "{두드림}은행", 0.5),
        ("ACTNow", "{actnow}라는 데서", 0.9),
        ("ACTNow", "{ACT Now}에서", 0.9),
        ("희망터", "희망이 터졌어요", 0.3),
        ("희망터", "희망도 터전도 없이", 0.3),
    ],
)
def test_the_roster_finds_what_the_study_lists(form: str, marked: str, least: float) -> None:
    text, truth = unmarked(marked)
    listed = (entry(form, Label.STUDY),)
    assert found(roster(), text, listed, least) == {(one.start, one.end, Label.STUDY) for one in truth}
