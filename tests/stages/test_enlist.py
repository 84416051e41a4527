from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.rules.patterns import patterns
from pipeline.engines.rules.places import places
from pipeline.engines.rules.roster import roster
from pipeline.engines.rules.titles import titles
from pipeline.interview import Category, Person, Role
from pipeline.lexicon import lexicon
from pipeline.people import Entry, Register, entry_of
from pipeline.stages.detect import detect
from pipeline.stages.enlist import enlist, enrol, list_words
from pipeline.stand_ins import CODE, Style
from pipeline.transcript import Label, Mention, Mentions, Reviewed, Segment, State

EMPTY = Register("s")


def mention(text: str, label: Label = Label.NAME, state: State = State.SURE, form: str = "") -> Mention:
    return Mention("s0", 0, len(text), text, label, state, 0.9, ("x",), form)


def enlisted(*texts: str, register: Register = EMPTY) -> Register:
    return enlist(Mentions(tuple(mention(text) for text in texts)), register)


def who(register: Register, form: str, label: Label = Label.NAME) -> str | None:
    entry = entry_of(label, form, register.entries, lexicon())
    return entry.stand_in if entry else None


def test_people_of_the_sheet_stand_under_their_role() -> None:
    people = (
        Person("김정훈", (), "participant"),
        Person("이서연", (), "interviewer"),
        Person("박도윤", ("도리",), "family"),
    )
    register = enrol(people, EMPTY, "P01")
    assert [entry.stand_in for entry in register.entries] == ["참여자1", "연구자1", "[이름1]"]
    assert [entry.origin for entry in register.entries] == ["sheet"] * 3
    assert who(register, "정훈") == "참여자1" and who(register, "도리") == "[이름1]"


def test_participants_are_numbered_within_the_study() -> None:
    first = enrol((Person("김정훈", (), "participant"),), EMPTY, "P01")
    second = enrol((Person("최유나", (), "participant"),), first, "P02")
    assert [entry.stand_in for entry in second.entries] == ["참여자1", "참여자2"]


def test_the_next_session_knows_the_same_people() -> None:
    people = (Person("김정훈", (), "participant"), Person("이서연", (), "interviewer"))
    once = enrol(people, EMPTY, "P01")
    assert enrol(people, once, "P01") == once
    more = enrol((Person("김정훈", ("훈이",), "participant"),), once, "P01")
    assert len(more.entries) == 2 and who(more, "훈이") == "참여자1"


def test_two_participants_of_one_name_are_two_people() -> None:
    register = enrol((Person("김정훈", (), "participant"),), EMPTY, "P01")
    register = enrol((Person("김정훈", (), "participant"),), register, "P02")
    assert len(register.entries) == 2 and who(register, "김정훈") is None
    settled_register = enlisted("김정훈", register=register)
    assert who(settled_register, "김정훈") == "[이름1]"
    assert enlisted("김정훈", register=settled_register) == settled_register


def test_somebody_found_before_takes_the_role_of_the_sheet() -> None:
    register = enrol((Person("김정훈", (), "participant"),), enlisted("김정훈"), "P01")
    assert [(e.stand_in, e.origin) for e in register.entries] == [("참여자1", "sheet")]


@pytest.mark.parametrize("name", ["김 정훈", unicodedata.normalize("NFD", "김정훈"), " 김정훈 ", "김정훈님"])
def test_a_name_is_one_however_it_is_written(name: str) -> None:
    assert enrol((Person(name),), EMPTY).entries[0].forms == ("김정훈",)


def test_an_alias_may_be_a_surname_with_a_title() -> None:
    register = enrol((Person("박도윤", ("박 과장님", "도윤 쌤")),), EMPTY)
    assert register.entries[0].forms == ("박도윤", "박 과장", "도윤")


def test_every_sure_name_place_and_institution_gets_an_entry() -> None:
    found = (
        mention("김정훈"),
        mention("은평구", Label.PLACE),
        mention("새벽병원", Label.ORG),
        mention("두레클럽하우스", Label.ORG),
        mention("한솔고등학교", Label.ORG),
        mention("대전", Label.PLACE),
        mention("010-1234-5678", Label.PHONE),
        mention("하늘", state=State.DOUBTFUL),
        mention("보라", state=State.REJECTED),
    )
    register = enlist(Mentions(found), EMPTY)
    assert {e.forms[0]: e.stand_in for e in register.entries} == {
        "김정훈": "[이름1]",
        "은평구": "[구 A]",
        "새벽병원": "[병원 A]",
        "두레클럽하우스": "[기관 A]",
        "한솔고등학교": "[학교 A]",
        "대전": "[시 A]",
    }


@pytest.mark.parametrize("order", [("김정훈", "정훈"), ("정훈", "김정훈")])
def test_a_given_name_is_the_person_who_has_it(order: tuple[str, ...]) -> None:
    register = EMPTY
    for text in order:
        register = enlisted(text, register=register)
    assert len(register.entries) == 1 and who(register, "정훈") == who(register, "김정훈") == "[이름1]"


@pytest.mark.parametrize(
    "order", [("김정훈", "박정훈", "정훈"), ("정훈", "김정훈", "박정훈", "정훈"), ("김정훈", "정훈", "박정훈", "정훈")]
)
def test_a_given_name_of_two_people_is_neither(order: tuple[str, ...]) -> None:
    register = EMPTY
    for text in order:
        register = enlisted(text, register=register)
    stand_ins = {who(register, form) for form in ("김정훈", "박정훈", "정훈")}
    assert len(stand_ins) == 3 and None not in stand_ins


def test_a_surname_with_a_title_is_somebody_of_their_own() -> None:
    register = enrol((Person("박도윤"),), EMPTY)
    found = (mention("박", form="박 과장"), mention("박", form="박 간호사"))
    register = enlist(Mentions(found), register)
    assert len({who(register, form) for form in ("박도윤", "박 과장", "박 간호사")}) == 3


def test_stand_ins_hold_no_name() -> None:
    register = enrol((Person("이름"), Person("참여자", (), "participant")), EMPTY, "P01")
    register = enlisted("김정훈", register=register)
    assert not [e.stand_in for e in register.entries if "이름" in e.stand_in or "참여자" in e.stand_in]


def test_stand_ins_avoid_what_is_taken() -> None:
    taken = frozenset({"[이름1]", "[이름2]"})
    assert enlist(Mentions((mention("김정훈"),)), EMPTY, taken).entries[0].stand_in == "[이름3]"


def test_letters_go_on_after_z() -> None:
    found = tuple(mention(f"{chr(ord('가') + 588 * (i // 21) + 28 * (i % 21))}나동", Label.PLACE) for i in range(28))
    stand_ins = [entry.stand_in for entry in enlist(Mentions(found), EMPTY).entries]
    assert stand_ins[0] == "[동 A]" and stand_ins[25:] == ["[동 Z]", "[동 AA]", "[동 AB]"]


NAMES = ["김정훈", "박정훈", "최유나", "남궁솔", "선우현", "양준", "이하늘", "정훈", "유나", "솔", "마이클"]
AROUND = [
    "{} 씨가 왔어요",
    "{}이가 그랬어요",
    "저는 {}입니다",
    "박 과장님이 {}한테요",
    "{}아 밥 먹자",
    "{}",
    "은평구 {} 선생님",
]
TEXTS = st.lists(
    st.builds(lambda around, name: around.format(name), st.sampled_from(AROUND), st.sampled_from(NAMES)), max_size=8
)


@given(TEXTS, st.lists(st.sampled_from(NAMES), max_size=3, unique=True))
def test_detecting_and_enlisting_in_turn_comes_to_rest(texts: list[str], sheet: list[str]) -> None:
    recognizers = (roster(), patterns(), titles(), places())
    segments = tuple(Segment(f"s{i}", i, "A", Role.UNKNOWN, 0, 1, text) for i, text in enumerate(texts))
    register, rounds = enrol(tuple(Person(name) for name in sheet), EMPTY), 0
    while True:
        after = enlist(detect(Reviewed(segments), register, recognizers, 0.7, 0.3), register)
        rounds += 1
        assert rounds <= 4
        if after.entries == register.entries:
            break
        register = after
    stand_ins = [entry.stand_in for entry in register.entries]
    assert len(stand_ins) == len(set(stand_ins))


@given(st.lists(st.sampled_from(NAMES), max_size=8), st.lists(st.sampled_from(NAMES), max_size=4))
def test_enlisting_again_changes_nothing_and_loses_nobody(first: list[str], second: list[str]) -> None:
    once = enlisted(*second, register=enlisted(*first))
    assert enlisted(*second, register=once) == once
    assert {who(once, name) for name in second} & {None} == set()
    ids = [entry.id for entry in once.entries]
    assert len(ids) == len(set(ids))
    assert replace(once, entries=()) == replace(EMPTY, entries=())


def test_entries_that_a_person_made_are_left_alone() -> None:
    known = Entry("entry-1", Label.NAME, ("김정훈",), "[형]", "sheet")
    assert enlisted("정훈", "김정훈", register=Register("s", (known,))).entries == (known,)


# --- bad rosters ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "forms"),
    [
        ((Person("김정훈"), Person("김정훈")), [("김정훈",)]),
        ((Person("김정훈"), Person(unicodedata.normalize("NFD", "김 정훈"))), [("김정훈",)]),
        ((Person("김정훈", ("정훈", "정훈", "정훈 씨")),), [("김정훈", "정훈")]),
        ((Person("솔"), Person("별")), [("솔",), ("별",)]),
        ((Person("하나"), Person("보라"), Person("나라")), [("하나",), ("보라",), ("나라",)]),
        ((Person("😀"), Person("김정훈", ("😀", " ", "!"))), [("김정훈",)]),
        ((Person("훈이😀"),), [("훈이😀",)]),
        ((Person(""), Person("  "), Person("...")), []),
        ((Person("Mike", ("마이크",)), Person("Mike")), [("Mike", "마이크")]),
    ],
)
@pytest.mark.parametrize("style", [CODE, Style(natural=True)])
def test_a_roster_with_oddities_loses_nobody(
    people: tuple[Person, ...], forms: list[tuple[str, ...]], style: Style
) -> None:
    register = enrol(people, EMPTY, style=style)
    assert [entry.forms for entry in register.entries] == forms
    stand_ins = [entry.stand_in for entry in register.entries]
    assert all(stand_ins) and len(set(stand_ins)) == len(stand_ins)
    assert enrol(people, register, style=style) == register


def test_two_participants_of_one_sheet_are_two_people() -> None:
    people = (Person("김정훈", (), "participant"), Person("최유나", (), "participant"))
    register = enrol(people, EMPTY, "P01")
    assert [(e.id, e.stand_in) for e in register.entries] == [
        ("participant-P01", "참여자1"),
        ("participant-P01-2", "참여자2"),
    ]
    assert enrol(people, register, "P01") == enrol(people[::-1], register, "P01") == register
    assert enrol(people[1:], register, "P01") == register


def test_a_participant_under_another_name_in_the_next_session_is_the_same() -> None:
    register = enrol((Person("김정훈", (), "participant"),), EMPTY, "P01")
    register = enrol((Person("정후니", (), "participant"),), register, "P01")
    assert [(e.forms, e.stand_in) for e in register.entries] == [(("김정훈", "정후니"), "참여자1")]


def test_sheets_that_differ_on_a_role_do_not_take_turns() -> None:
    one, other = Person("이서연", (), "interviewer"), Person("이서연", (), "colleague")
    register = enrol((one,), enrol((other,), EMPTY))
    assert [(e.stand_in, e.kind) for e in register.entries] == [("연구자1", "interviewer")]
    assert enrol((other,), register) == enrol((one,), register) == register


def test_a_chosen_stand_in_outlives_a_role() -> None:
    (found,) = enlisted("김정훈").entries
    known = Register("s", (replace(found, stand_in="[형]", chosen=True),))
    register = enrol((Person("김정훈", (), "participant"),), known, "P01")
    assert [(e.id, e.stand_in) for e in register.entries] == [("participant-P01", "[형]")]


# --- what a study lists ---------------------------------------------------------------------------------------------

PROGRAMMES = Category("프로그램", (("두드림", "두드림 프로그램"), ("희망터",)))


def test_what_a_study_lists_is_called_by_its_category() -> None:
    register = list_words((PROGRAMMES, Category("모임", (("둥지",),))), EMPTY)
    assert [(e.forms, e.kind, e.stand_in) for e in register.entries] == [
        (("두드림", "두드림프로그램"), "프로그램", "[프로그램 A]"),
        (("희망터",), "프로그램", "[프로그램 B]"),
        (("둥지",), "모임", "[모임 A]"),
    ]
    assert list_words((PROGRAMMES,), register) == register


def test_another_word_of_a_listed_thing_joins_it() -> None:
    register = list_words((PROGRAMMES,), EMPTY)
    grown = list_words((Category("프로그램", (("희망터", "희망 터전"),)),), register)
    assert len(grown.entries) == 2 and who(grown, "희망터전", Label.STUDY) == "[프로그램 B]"


def test_a_listed_word_comes_before_a_name_and_an_institution() -> None:
    register = list_words((Category("모임", (("새벽병원",), ("정훈",))),), EMPTY)
    text = "새 벽병원이랑 정훈에서 왔어요 두드림도요"
    found = detect(
        Reviewed((Segment("s0", 0, "A", Role.UNKNOWN, 0, 1, text),)), register, (roster(), places()), 0.7, 0.3
    )
    assert [(m.text, m.label, m.state) for m in found.mentions] == [
        ("새 벽병원", Label.STUDY, State.SURE),
        ("정훈", Label.STUDY, State.SURE),
    ]


def test_a_reviewer_may_say_that_something_is_the_studys() -> None:
    register = enlist(Mentions((mention("둥지", Label.STUDY),)), EMPTY)
    assert [entry.stand_in for entry in register.entries] == ["[표현 A]"]
