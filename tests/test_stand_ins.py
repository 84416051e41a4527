from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cast import cast
from pipeline.korean import coda_class, is_natural
from pipeline.lexicon import lexicon
from pipeline.people import Entry, Register, rendering, renderings, sought_forms
from pipeline.settings import load
from pipeline.stand_ins import CODE, Style, kind_of, real_names, settled, style_of
from pipeline.transcript import Label

WORDS = lexicon()
NATURAL = Style(natural=True)
EVERYBODY = Style(natural=True, natural_roles=True)


def person(*forms: str, id: str = "", kind: str = "") -> Entry:
    return Entry(id or f"entry-{forms[0]}", Label.NAME, forms, "", kind=kind)


def thing(form: str, label: Label, kind: str = "") -> Entry:
    return Entry(f"entry-{form}", label, (form,), "", kind=kind)


def named(*entries: Entry, style: Style = NATURAL) -> Register:
    return settled(Register("s", entries), style)


def more(register: Register, *entries: Entry, style: Style = NATURAL) -> Register:
    return settled(replace(register, entries=(*register.entries, *entries)), style)


# --- codes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "codes"),
    [
        (CODE, ("참여자1", "연구자1", "[이름1]", "[병원 A]", "[구 A]", "[프로그램 A]")),
        (
            Style(participant="P{n:02}", interviewer="I{n}", name="[이름-{n}]", thing="[{kind}{n}]"),
            ("P01", "I1", "[이름-1]", "[병원1]", "[구1]", "[프로그램1]"),
        ),
        (
            Style(participant="{code}", interviewer="면담자{a}", name="[사람 {a}]", thing="({kind} {a})"),
            ("P07", "면담자A", "[사람 A]", "(병원 A)", "(구 A)", "(프로그램 A)"),
        ),
    ],
)
def test_the_study_says_how_codes_look(style: Style, codes: tuple[str, ...]) -> None:
    register = named(
        person("김정훈", id="participant-P07", kind="participant"),
        person("이서연", kind="interviewer"),
        person("박도윤"),
        thing("새벽병원", Label.ORG),
        thing("은평구", Label.PLACE),
        thing("두드림", Label.STUDY, "프로그램"),
        style=style,
    )
    assert tuple(entry.stand_in for entry in register.entries) == codes
    assert not any(entry.shown for entry in register.entries)


def test_the_settings_are_the_style() -> None:
    assert style_of(load()) == CODE


def test_codes_of_a_kind_are_counted_on() -> None:
    register = named(*(person(f"김정{last}") for last in "훈우민"), style=CODE)
    assert [entry.stand_in for entry in register.entries] == ["[이름1]", "[이름2]", "[이름3]"]


@pytest.mark.parametrize(
    ("label", "form", "kind"),
    [
        (Label.ORG, "새벽병원", "병원"),
        (Label.ORG, "한빛정신건강의학과", "병원"),
        (Label.ORG, "두레센터", "센터"),
        (Label.ORG, "은솔초등학교", "학교"),
        (Label.ORG, "은솔교회", "교회"),
        (Label.ORG, "은솔성당", "성당"),
        (Label.ORG, "은솔전자", "회사"),
        (Label.ORG, "희망터", "기관"),
        (Label.PLACE, "수원시", "시"),
        (Label.PLACE, "부산", "시"),
        (Label.PLACE, "부산광역시", "시"),
        (Label.PLACE, "노원구", "구"),
        (Label.PLACE, "노원", "구"),
        (Label.PLACE, "괴산", "군"),
        (Label.PLACE, "상계동", "동"),
        (Label.PLACE, "봉양읍", "읍"),
        (Label.PLACE, "물골", "지역"),
        (Label.STUDY, "두드림", "표현"),
    ],
)
def test_things_keep_their_kind(label: Label, form: str, kind: str) -> None:
    assert kind_of(label, form) == kind


# --- invented names -------------------------------------------------------------------------------------------------

SURNAMES = st.sampled_from(["김", "이", "박", "최", "정", "강", "남궁", "황보", "제갈", "설"])
FIRST = st.sampled_from(["민", "지", "서", "영", "하", "준", "은"])
LAST = st.sampled_from(["수", "희", "호", "아", "실", "철", "별", "율", "민", "준", "숙", "석", "영"])
GIVENS = st.one_of(LAST, st.builds(lambda a, b: a + b, FIRST, LAST)).filter(lambda name: name not in WORDS.stoplist)
FULL = st.builds(lambda a, b: a + b, SURNAMES, GIVENS).filter(lambda name: bool(WORDS.givens(name)))
NICK = st.sampled_from(["까치", "훈이", "마이클", "별", "해바라기", "왕눈이", "Mike"])
PEOPLE = st.lists(st.one_of(FULL, FULL, GIVENS, NICK), min_size=1, max_size=8, unique=True).map(
    lambda forms: tuple(person(form) for form in forms)
)


@settings(max_examples=150)
@given(PEOPLE)
def test_an_invented_name_is_like_the_real_one(people: tuple[Entry, ...]) -> None:
    for entry in named(*people).entries:
        for form in sought_forms(entry, WORDS):
            shown = rendering(entry, form, WORDS)
            assert is_natural(shown) and shown != form
            assert coda_class(shown) == coda_class(form)
            assert len(shown) == len(form) or form == "Mike"


@settings(max_examples=100)
@given(PEOPLE, PEOPLE)
def test_nobody_is_called_like_anybody(first: tuple[Entry, ...], later: tuple[Entry, ...]) -> None:
    known = {entry.id for entry in first}
    register = more(named(*first), *(entry for entry in later if entry.id not in known))
    assert settled(register, NATURAL) == register
    names, seen = real_names(register.entries, WORDS), set[str]()
    for entry in register.entries:
        called = renderings(entry, WORDS)
        assert called and not called & names.keys() and not called & seen
        seen |= called


def test_the_impression_is_kept_while_there_are_names() -> None:
    people = [
        person(f"{surname}{given}") for surname, given in zip("김이박최정강조윤", ("영희", "준호") * 4, strict=True)
    ]
    for entry in named(*people).entries:
        assert cast().impression(entry.stand_in[1:]) == cast().impression(entry.forms[0][1:]) != "neutral"


@pytest.mark.parametrize(
    ("forms", "sizes"),
    [
        (("김민수", "김 과장", "까치", "민수"), (3, 1, 2, 2)),
        (("남궁솔", "솔"), (3, 1)),
        (("제갈민", "제갈 선생"), (3, 2)),
        (("박 과장",), (1,)),
        (("민수",), (2,)),
        (("선우현",), (3,)),
        (("김민수", "이민수"), (3, 3)),
    ],
)
def test_one_person_is_one_under_all_forms(forms: tuple[str, ...], sizes: tuple[int, ...]) -> None:
    (entry,) = named(person(*forms)).entries
    shown = {form: rendering(entry, form, WORDS) for form in sought_forms(entry, WORDS)}
    assert tuple(len(shown[form]) for form in forms) == sizes
    whole = next((form for form in forms if WORDS.givens(form)), None)
    if whole:
        assert entry.stand_in == shown[whole]
        for given_name in WORDS.givens(whole):
            assert shown[whole].endswith(shown[given_name])
        for form in forms:
            if " " in form:
                assert shown[whole].startswith(shown[form])


def test_a_new_alias_leaves_the_others_as_they_are() -> None:
    register = named(person("김민수", "까치"))
    (entry,) = register.entries
    grown = settled(replace(register, entries=(replace(entry, forms=(*entry.forms, "왕눈이", "김 과장")),)), NATURAL)
    (after,) = grown.entries
    assert after.shown[:2] == entry.shown and after.stand_in == entry.stand_in
    assert after.shown[3] == f"{entry.stand_in[0]} 과장" and len(after.shown[2]) == 3


def test_who_was_found_by_the_given_name_keeps_it_in_the_full_one() -> None:
    (entry,) = named(person("민수")).entries
    (after,) = settled(Register("s", (replace(entry, forms=("김민수",), shown=()),)), NATURAL).entries
    assert after.stand_in[1:] == entry.stand_in and rendering(after, "민수", WORDS) == entry.stand_in


def test_participants_and_interviewers_have_codes_unless_the_study_asks() -> None:
    people = (person("김민수", kind="participant", id="participant-P01"), person("박지영", kind="interviewer"))
    assert [entry.stand_in for entry in named(*people).entries] == ["참여자1", "연구자1"]
    everybody = named(*people, style=EVERYBODY).entries
    assert all(is_natural(entry.stand_in) and len(entry.stand_in) == 3 for entry in everybody)


def test_places_have_codes_in_every_style() -> None:
    assert named(thing("노원구", Label.PLACE)).entries[0].stand_in == "[구 A]"


def test_where_the_cast_runs_out_a_code_stands() -> None:
    names = (f"{surname}{given}" for surname in ("남궁", "황보", "독고") for given in "솔별설율결철걸일길슬")
    register = named(*map(person, names))
    codes = [entry for entry in register.entries if not entry.shown]
    assert settled(register, NATURAL) == register
    called = [entry.stand_in for entry in register.entries]
    assert len(set(called)) == len(called)
    assert codes and all(entry.stand_in.startswith("[이름") for entry in codes)


# --- what may not stand ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["full", "given", "nickname", "surname and title"])
def test_a_real_name_that_turns_up_later_pushes_a_stand_in_away(which: str) -> None:
    register = named(person("김민수", "까치", "김 과장"), person("박지영"))
    entry, other = register.entries
    whole = entry.stand_in
    form = {"full": whole, "given": whole[1:], "nickname": entry.shown[1], "surname and title": entry.shown[2]}[which]
    after = more(register, person(form, id="late"))
    assert form not in renderings(after.entries[0], WORDS) and after.entries[0].stand_in
    assert after.entries[1] == other
    assert settled(after, NATURAL) == after


def test_a_place_with_the_name_of_a_stand_in_pushes_it_away_too() -> None:
    register = named(person("민수"))
    after = more(register, thing(register.entries[0].stand_in, Label.PLACE))
    assert after.entries[0].stand_in != register.entries[0].stand_in


def test_a_code_with_a_name_in_it_is_minted_of_another_word() -> None:
    register = more(named(person("김정훈"), style=CODE), person("이름"), style=CODE)
    assert [entry.stand_in for entry in register.entries] == ["[가칭1]", "[가칭2]"]
    worst = named(person("가칭"), person("사람"), person("이름"), style=CODE)
    assert [entry.stand_in for entry in worst.entries] == ["[1]", "[2]", "[3]"]


def test_a_nickname_like_a_code_pushes_that_code_away() -> None:
    style = Style(name="P{n}")
    register = more(named(person("김정훈"), style=style), person("P1"), style=style)
    assert len({entry.stand_in for entry in register.entries} | {"P1"}) == 3


def test_what_a_person_chose_gives_way_to_a_real_name_only() -> None:
    register = named(person("김민수"), style=CODE)
    chosen = replace(register.entries[0], stand_in="[언니]", chosen=True)
    register = replace(register, entries=(chosen,))
    assert settled(register, CODE) == settled(register, NATURAL) == register
    after = more(register, person("언니"), style=CODE).entries[0]
    assert (after.stand_in, after.chosen) == ("[이름1]", False)


def test_what_is_doubtful_is_no_new_stand_in() -> None:
    usual = named(person("민수")).entries[0].stand_in
    assert settled(Register("s", (person("민수"),)), NATURAL, frozenset({usual})).entries[0].stand_in != usual
    register = named(person("민수"))
    assert settled(register, NATURAL, frozenset({usual})) == register


def test_another_style_is_for_everybody_and_back() -> None:
    people = (person("김민수"), person("박지영", kind="interviewer"), thing("새벽병원", Label.ORG))
    code = named(*people, style=CODE)
    natural = settled(code, NATURAL)
    assert [bool(entry.shown) for entry in natural.entries] == [True, False, False]
    assert natural.entries[1:] == code.entries[1:]
    assert settled(natural, CODE) == code


def test_a_destroyed_person_keeps_the_stand_in_and_nobody_gets_it() -> None:
    register = named(person("김민수"))
    gone = replace(register.entries[0], forms=())
    after = more(replace(register, entries=(gone,)), person("김민재", id="other"))
    assert after.entries[0] == gone
    assert not renderings(after.entries[1], WORDS) & {*gone.shown, gone.stand_in}
