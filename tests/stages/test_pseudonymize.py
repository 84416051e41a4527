from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.coarse import Coarse
from pipeline.engines.kiwi import kiwi
from pipeline.engines.rules.patterns import patterns
from pipeline.engines.rules.places import places
from pipeline.engines.rules.roster import roster
from pipeline.engines.rules.titles import titles
from pipeline.interview import InterviewId, Person, Role
from pipeline.korean import agreeing, is_tail, tail_of
from pipeline.lexicon import lexicon
from pipeline.lines.notation import Marks
from pipeline.people import Entry, Register, sought_forms
from pipeline.speech import SpokenWord
from pipeline.stages.detect import detect
from pipeline.stages.enlist import enlist, enrol
from pipeline.stages.pseudonymize import pseudonymize
from pipeline.stand_ins import CODE, Style, settled
from pipeline.transcript import Label, Mention, Mentions, Pseudonymized, Reviewed, Segment, State

INTERVIEW = InterviewId("s", "P01", "S1")
RECOGNIZERS = (roster(), patterns(), titles(), places())
KO = Marks(pauses=True, pause_from_seconds=3.0, silence_from_seconds=10.0, overlaps=True)
PLAIN = Marks(pauses=False, pause_from_seconds=3.0, silence_from_seconds=10.0, overlaps=False)


def segment(text: str, number: int = 0) -> Segment:
    words = tuple(SpokenWord(word, 0.0, 1.0, 0.9, "A") for word in text.split())
    return Segment(f"s{number}", number, "A", Role.PARTICIPANT, 0.0, 1.0, text, words)


def replaced(text: str, *names: tuple[str, Entry | None, State], label: Label = Label.NAME) -> str:
    """`text` with the given names replaced; a name that stands twice is replaced twice."""
    mentions = tuple(
        Mention("s0", match.start(), match.end(), name, label, state, 0.9, ("x",), entry.forms[0] if entry else "")
        for name, entry, state in names
        for match in re.finditer(name, text)
    )
    register = Register("s", tuple({entry.id: entry for _, entry, _ in names if entry}.values()))
    draft = pseudonymize(INTERVIEW, Reviewed((segment(text),)), Mentions(mentions), register, PLAIN)
    return draft.lines[0].text


def one(form: str, stand_in: str = "[이름2]", label: Label = Label.NAME) -> Entry:
    return Entry(form, label, (form,), stand_in)


def walked(texts: tuple[str, ...], *people: Person) -> tuple[Pseudonymized, Register]:
    """The draft after detecting and enlisting until the register rests."""
    return drafted(tuple(segment(text, number) for number, text in enumerate(texts)), *people)


def drafted(
    segments: tuple[Segment, ...], *people: Person, marks: Marks = PLAIN, style: Style = CODE
) -> tuple[Pseudonymized, Register]:
    register = enrol(people, Register("s"), "P01", style=style)
    reviewed = Reviewed(segments)
    for _ in range(6):
        mentions = detect(reviewed, register, RECOGNIZERS, 0.7, 0.3)
        before, register = register, enlist(mentions, register, style=style)
        if before.entries == register.entries:
            return pseudonymize(INTERVIEW, reviewed, mentions, register, marks), register
    raise AssertionError("the register does not come to rest")


@pytest.mark.parametrize(
    ("text", "name", "stand_in", "expected"),
    [
        ("정훈이가 왔어요", "정훈", "[이름1]", "[이름1]이 왔어요"),
        ("정훈이는 갔어요", "정훈", "[이름2]", "[이름2]는 갔어요"),
        ("정훈이라고 해요", "정훈", "[이름2]", "[이름2]라고 해요"),
        ("정훈이 형이 왔어요", "정훈", "[이름2]", "[이름2] 형이 왔어요"),
        ("정훈이형이요", "정훈", "[이름2]", "[이름2]형이요"),
        ("정훈이 먼저 갔어요", "정훈", "[이름2]", "[이름2]가 먼저 갔어요"),
        ("정훈아 밥 먹자", "정훈", "[이름2]", "[이름2]야 밥 먹자"),
        ("유나야 밥 먹자", "유나", "참여자1", "참여자1아 밥 먹자"),
        ("유나를 봤어요", "유나", "참여자3", "참여자3을 봤어요"),
        ("유나예요", "유나", "참여자1", "참여자1이에요"),
        ("박 과장님이", "박", "[이름2]", "[이름2] 과장님이"),
        ("박과장님이", "박", "[이름2]", "[이름2]과장님이"),
        ("박이사님이", "박", "[이름2]", "[이름2]이사님이"),
        ("유나 유나랑", "유나", "[이름1]", "[이름1] [이름1]이랑"),
        ("유나", "유나", "[이름1]", "[이름1]"),
        ("유나, 유나. 유나!", "유나", "[이름1]", "[이름1], [이름1]. [이름1]!"),
    ],
)
def test_a_name_gives_way_to_its_stand_in(text: str, name: str, stand_in: str, expected: str) -> None:
    assert replaced(text, (name, one(name, stand_in), State.SURE)) == expected


def test_places_and_institutions_keep_their_particles_right() -> None:
    hospital = one("새벽병원", "[병원A]", Label.ORG)
    assert replaced("새벽병원으로 갔어요", ("새벽병원", hospital, State.SURE), label=Label.ORG) == "[병원A]로 갔어요"


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (Label.PHONE, "[전화번호]예요"),
        (Label.EMAIL, "[이메일]이에요"),
        (Label.DOB, "[생년월일]이에요"),
        (Label.ADDRESS, "[주소]예요"),
        (Label.RRN, "[주민번호]예요"),
        (Label.NAME, "[이름?]이에요"),
        (Label.PLACE, "[장소?]예요"),
        (Label.ORG, "[기관?]이에요"),
    ],
)
def test_what_no_entry_covers_has_a_placeholder(label: Label, expected: str) -> None:
    assert replaced("아무개예요", ("아무개", None, State.DOUBTFUL), label=label) == expected


def test_rejected_mentions_stay_and_states_are_counted() -> None:
    texts = (segment("하늘 유나 정훈", 0), segment("보라", 1))
    spots = ((0, 0, 2, State.REJECTED), (0, 3, 5, State.SURE), (0, 6, 8, State.DOUBTFUL), (1, 0, 2, State.DOUBTFUL))
    mentions = tuple(
        Mention(f"s{n}", start, end, texts[n].text[start:end], Label.NAME, state, 0.5, ("x",))
        for n, start, end, state in spots
    )
    draft = pseudonymize(INTERVIEW, Reviewed(texts), Mentions(mentions), Register("s", (one("유나"),)), PLAIN)
    assert [line.text for line in draft.lines] == ["하늘 [이름2] [이름?]", "[이름?]"]
    assert (draft.sure, draft.doubtful) == (1, 2)
    assert [line.replaced for line in draft.lines] == [2, 1]


def test_a_line_keeps_its_place_and_loses_its_words() -> None:
    draft = pseudonymize(INTERVIEW, Reviewed((segment("안녕하세요", 4),)), Mentions(()), Register("s"), PLAIN)
    (line,) = draft.lines
    assert (line.id, line.line, line.speaker, line.role, line.text) == ("s4", 4, "A", Role.PARTICIPANT, "안녕하세요")
    assert not hasattr(line, "words")


def test_one_person_has_one_stand_in_under_every_form() -> None:
    draft, _ = walked(
        ("저는 김정훈이라고 합니다", "정훈이가 그랬어요", "김 정훈 씨", "정훈아", "김정훈 팀장님이요"),
        Person("김정훈", (), "participant"),
    )
    assert [line.text for line in draft.lines] == [
        "저는 참여자1이라고 합니다",
        "참여자1이 그랬어요",
        "참여자1 씨",
        "참여자1아",
        "참여자1 팀장님이요",
    ]


def test_a_name_found_once_is_replaced_everywhere() -> None:
    draft, _ = walked(("탁정훈 선생님이 계셨어요", "정훈은 먼저 갔고", "탁정훈은요"))
    assert [line.text for line in draft.lines] == ["[이름1] 선생님이 계셨어요", "[이름1]은 먼저 갔고", "[이름1]은요"]


def test_names_in_nfd_are_replaced_too() -> None:
    text = unicodedata.normalize("NFD", "김정훈이 정훈이를 봤어요")
    draft, _ = walked((text,), Person(unicodedata.normalize("NFD", "김정훈")))
    assert draft.lines[0].text == "[이름1]이 [이름1]을 봤어요"


FULL = st.sampled_from(
    ["김정훈", "박서연", "최유나", "남궁솔빈", "이도윤", "황보은", "제갈민지", "강태율", "오지안", "탁현민"]
)
PAIRED = "은/는 이/가 을/를 과/와 이랑/랑 아/야 으로/로 이나/나 이에요/예요 이라고/라고"
SUFFIXED = "이가/가 이는/는 이한테/한테 이고요/고요"
ALONE = ["도", "에게서", "만", "쌤이랑", "님"]
PAIRS = [pair.partition("/") for pair in f"{PAIRED} {SUFFIXED}".split()]
PARTICLES = st.sampled_from([(a, b) for a, _, b in PAIRS] + [(x, x) for x in (*ALONE, "", " 씨가", " 선생님")])
AROUND = st.sampled_from(
    ["{}", "그때 {} 왔어요", "{} 그랬죠", "저는 {}", "아 {} 네", "근데 {}, 그게요", "우리 {} 있잖아요"]
)
SHAPES = st.sampled_from(["full", "spaced", "given"])


@st.composite
def sentences(draw: st.DrawFn, names: tuple[str, ...]) -> str:
    """A sentence that names one of `names`, with a particle that agrees."""
    full = draw(st.sampled_from(names))
    surname = 2 if full[:2] in lexicon().compound_surnames else 1
    shape = draw(SHAPES)
    form = {"full": full, "spaced": f"{full[:surname]} {full[surname:]}", "given": full[surname:]}[shape]
    return draw(AROUND).format(form + agreeing(draw(PARTICLES), form))


@st.composite
def interviews(draw: st.DrawFn) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = tuple(draw(st.lists(FULL, min_size=1, max_size=4, unique=True)))
    return names, tuple(draw(st.lists(sentences(names), min_size=1, max_size=6)))


def still_named(text: str, form: str) -> bool:
    """Whether `form` stands in `text`: a full name anywhere, a given name where a particle or nothing follows."""
    if len(form) > 2:
        return form in re.sub(r"\s", "", text)
    pattern = rf"(?<![가-힣]){re.escape(form)}"
    return any(is_tail(tail_of(text, match.end())) for match in re.finditer(pattern, text))


@settings(max_examples=150)
@given(interviews(), st.booleans())
def test_no_form_of_anybody_is_left(case: tuple[tuple[str, ...], tuple[str, ...]], decomposed: bool) -> None:
    names, texts = case
    if decomposed:
        texts = tuple(unicodedata.normalize("NFD", text) for text in texts)
    draft, register = walked(texts, *(Person(name) for name in names))
    forms = {form for entry in register.entries if entry.label is Label.NAME for form in sought_forms(entry, lexicon())}
    for line in draft.lines:
        left = {form for form in forms if " " not in form and len(form) > 1 and still_named(line.text, form)}
        assert not left, (left, line.text)


@given(interviews())
def test_what_is_no_name_stays_as_it_was(case: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    names, _ = case
    texts = ("그때는 정말 힘들었어요", "약을 먹고 잠을 잤죠", "회복이라는 말이 좋았어요")
    draft, _ = walked(texts, *(Person(name) for name in names))
    assert tuple(line.text for line in draft.lines) == texts and draft.sure == draft.doubtful == 0


# --- marks ----------------------------------------------------------------------------------------------------------


def under(text: str, *numbers: int, pause: float = 0.0) -> Segment:
    """A line of which the words of these numbers, from 0, are overlapped."""
    plain = segment(text)
    words = tuple(replace(word, overlapped=place in numbers) for place, word in enumerate(plain.words))
    return replace(plain, words=words, pause=pause)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (under("김정훈이 정훈이를 봤어요", 0), "[겹침: [이름1]이] [이름1]을 봤어요"),
        (under("김정훈이 정훈이를 봤어요", 0, 1), "[겹침: [이름1]이 [이름1]을] 봤어요"),
        (under("김정훈이 정훈이를 봤어요", 1, 2), "[이름1]이 [겹침: [이름1]을 봤어요]"),
        (under("김 정훈이랑 갔어요", 0), "[겹침: [이름1]이랑] 갔어요"),
        (under("김 정훈이랑 갔어요", 1), "[겹침: [이름1]이랑] 갔어요"),
        (under("저는 김 정훈입니다", 0, 1), "[겹침: 저는 [이름1]입니다]"),
        (under("김정훈 김정훈", 0), "[겹침: [이름1]] [이름1]"),
        (under("정훈이 형이 왔어요 김정훈", 0), "[겹침: [이름1]] 형이 왔어요 [이름1]"),
        (under("정훈이 형이 왔어요 김정훈", 1), "[이름1] [겹침: 형이] 왔어요 [이름1]"),
        (under("김정훈이라고 해요", 0, pause=12.0), "(침묵 12초) [겹침: [이름1]이라고] 해요"),
        (under("네 맞아요", 0), "[겹침: 네] 맞아요"),
    ],
)
def test_a_name_under_an_overlap_is_replaced_and_its_particle_repaired(said: Segment, expected: str) -> None:
    people = Person("김정훈")
    draft, _ = drafted((said, segment("김정훈이요", 1)), people, marks=KO)
    assert draft.lines[0].text == expected
    decomposed = replace(said, text=unicodedata.normalize("NFD", said.text))
    assert drafted((decomposed,), people, marks=KO)[0].lines[0].text == expected


def test_a_corrected_line_keeps_its_pause() -> None:
    said = replace(under("김정훈이 왔내요", 1, pause=4.0), text="김정훈이 안 왔네요")
    assert drafted((said,), Person("김정훈"), marks=KO)[0].lines[0].text == "(4초) [이름1]이 안 왔네요"


@settings(max_examples=80)
@given(interviews(), st.data())
def test_marks_change_nothing_of_what_is_replaced(
    case: tuple[tuple[str, ...], tuple[str, ...]], data: st.DataObject
) -> None:
    names, texts = case
    plain, people = tuple(segment(text, number) for number, text in enumerate(texts)), tuple(map(Person, names))
    overlapped = tuple(
        replace(
            said,
            words=tuple(replace(word, overlapped=data.draw(st.booleans())) for word in said.words),
            pause=data.draw(st.sampled_from((0.0, 5.0))),
        )
        for said in plain
    )
    draft, _ = drafted(overlapped, *people, marks=KO)
    expected, _ = drafted(plain, *people)
    bare = [re.sub(r"^\(5초\) |\[겹침: ", "", line.text) for line in draft.lines]
    for text, line in zip(bare, expected.lines, strict=True):
        assert re.sub(r"\](?![가-힣])(?=\]|[ ,.?!]|$)", "", text) == re.sub(r"\](?=[ ,.?!]|$)", "", line.text)
    assert [line.replaced for line in draft.lines] == [line.replaced for line in expected.lines]


def test_flags_and_questions_go_with_the_draft() -> None:
    said = replace(segment("네"), question=3)
    draft = pseudonymize(INTERVIEW, Reviewed((said,), flags=("unheard",)), Mentions(()), Register("s"), KO)
    assert draft.flags == ("unheard",) and draft.lines[0].question == 3


@pytest.mark.parametrize("clock", ["00:00:00", "00:12:31", "01:01:01", "02:59:59", "10:10:10"])
def test_a_line_of_unheard_speech_names_nobody(clock: str) -> None:
    gap = replace(segment(f"(잘 안 들림 {clock})", 1), words=())
    said = (segment("김정훈 선생님이요", 0), gap, segment("정훈이가 왔어요", 2))
    for recognizers in (RECOGNIZERS, (*RECOGNIZERS, kiwi())):
        mentions = detect(Reviewed(said), enrol((Person("김정훈"),), Register("s")), recognizers, 0.7, 0.3)
        assert {mention.segment for mention in mentions.mentions} == {"s0", "s2"}
    assert drafted(said, Person("김정훈"), marks=KO)[0].lines[1].text == f"(잘 안 들림 {clock})"


# --- invented names -------------------------------------------------------------------------------------------------

NATURAL = Style(natural=True)
PARTICLES_AND_COPULAS = """
이 가 은 는 을 를 과 와 이랑 랑 아 야 으로 로 이나 나 이에요 예요 이라고 라고 이야 이었어요 였어요 이라서 라서
이세요 세요 이가 이는 이를 이한테 이도 이네 이하고 이랑은 한테 도 에게서 만 의 씨 님 입니다 인데 이유 이여유 이더라고요
이고 고 이죠 죠 이니까 니까 께서 처럼 헌티 이캉 이라예
"""
AFTER = PARTICLES_AND_COPULAS.split()
TITLES = ("", " 씨", " 선생님", "이 형", " 과장님이")
CLASSES = ("김민수", "김민철", "김민석", "남궁하나", "황보율", "박민", "제갈솔", "오지안")


def called(entry: Entry, text: str, name: str, form: str = "") -> str:
    """`text` with the one `name` in it replaced as `entry`'s."""
    start = text.index(name)
    mention = Mention("s0", start, start + len(name), name, Label.NAME, State.SURE, 0.9, ("x",), form)
    draft = pseudonymize(INTERVIEW, Reviewed((segment(text),)), Mentions((mention,)), Register("s", (entry,)), PLAIN)
    return draft.lines[0].text


@pytest.mark.parametrize("full", CLASSES)
def test_around_an_invented_name_not_a_byte_changes(full: str) -> None:
    (entry,) = settled(Register("s", (Entry("1", Label.NAME, (full, "까치"), ""),)), NATURAL).entries
    for form in (*sought_forms(entry, lexicon()), f"{full[:1]} {full[1:]}"):
        for behind in (*AFTER, *TITLES):
            said = f"그때 {form}{behind} 왔어요"
            told = called(entry, said, form, full if " " in form else "")
            assert len(told) == len(said) and told != said
            start, end = said.index(form), said.index(form) + len(form)
            assert (told[:start], told[end:]) == (said[:start], said[end:]), (said, told)
            assert [at for at, letter in enumerate(told) if letter == " "] == [
                at for at, letter in enumerate(said) if letter == " "
            ]


@pytest.mark.parametrize(
    ("stand_in", "said", "expected"),
    [
        ("오태건", "김민수가 왔어요", "오태건이 왔어요"),
        ("오태건", "민수야 밥 먹자", "태건아 밥 먹자"),
        ("오태건", "민수는 갔고", "태건은 갔고"),
        ("오다희", "김민석이가 왔어요", "오다희가 왔어요"),
        ("오다희", "민석이 형이요", "다희 형이요"),
        ("오다희", "민석아 밥 먹자", "다희야 밥 먹자"),
        ("오서율", "김민석이가 왔어요", "오서율이가 왔어요"),
        ("오서율", "민석이 형이요", "서율이 형이요"),
        ("오서율", "민석으로 할게요", "서율로 할게요"),
        ("오태건", "민율로 할게요", "태건으로 할게요"),
    ],
)
def test_behind_a_name_that_ends_otherwise_particles_are_repaired(stand_in: str, said: str, expected: str) -> None:
    full = next(name for name in ("김민수", "김민석", "김민율") if name[1:] in said)
    entry = Entry("1", Label.NAME, (full,), stand_in, shown=(stand_in,), chosen=True)
    assert called(entry, said, full if full in said else full[1:]) == expected


def test_a_titled_surname_is_called_by_another_surname() -> None:
    (entry,) = settled(Register("s", (Entry("1", Label.NAME, ("박 과장",), ""),)), NATURAL).entries
    told = called(entry, "박 과장님이 오셨어요", "박", "박 과장")
    assert told.endswith(" 과장님이 오셨어요") and len(told) == len("박 과장님이 오셨어요") and told[0] != "박"


@settings(max_examples=100)
@given(interviews(), st.booleans())
def test_no_form_of_anybody_is_left_in_the_natural_style(
    case: tuple[tuple[str, ...], tuple[str, ...]], decomposed: bool
) -> None:
    names, texts = case
    if decomposed:
        texts = tuple(unicodedata.normalize("NFD", text) for text in texts)
    segments = tuple(segment(text, number) for number, text in enumerate(texts))
    draft, register = drafted(segments, *(Person(name) for name in names), style=NATURAL)
    forms = {form for entry in register.entries if entry.label is Label.NAME for form in sought_forms(entry, lexicon())}
    for line, text in zip(draft.lines, texts, strict=True):
        left = {form for form in forms if " " not in form and len(form) > 1 and still_named(line.text, form)}
        assert not left, (left, line.text)
        assert len(line.text) == len(unicodedata.normalize("NFC", text)) or "[" in line.text


# --- dates and ages -------------------------------------------------------------------------------------------------


def test_dates_and_ages_are_as_coarse_as_the_study_asks_and_mentions_come_first() -> None:
    said = (
        segment("김정훈은 서른두 살이고 2019년 3월 12일에 왔고 정훈이가 그랬어요", 0),
        segment("1987년 3월 12일생이에요", 1),
    )
    register = enrol((Person("김정훈"),), Register("s"))
    mentions = detect(Reviewed(said), register, RECOGNIZERS, 0.7, 0.3)

    def told(coarse: Coarse) -> list[str]:
        draft = pseudonymize(INTERVIEW, Reviewed(said), mentions, register, PLAIN, coarse)
        return [line.text for line in draft.lines]

    assert told(Coarse()) == [
        "[이름1]은 서른두 살이고 2019년 3월 12일에 왔고 [이름1]이 그랬어요",
        "[생년월일]이에요",
    ]
    assert told(Coarse("month", "decade", "year")) == [
        "[이름1]은 30대고 2019년 3월에 왔고 [이름1]이 그랬어요",
        "1987년생이에요",
    ]


def test_a_coarser_date_under_an_overlap_stays_within_it() -> None:
    said = under("2019년 3월 12일에 왔어요", 1, 2)
    register, mentions = Register("s"), Mentions(())
    draft = pseudonymize(INTERVIEW, Reviewed((said,)), mentions, register, KO, Coarse(dates="month"))
    assert draft.lines[0].text == "[겹침: 2019년 3월에] 왔어요"
