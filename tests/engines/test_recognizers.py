"""Each recognizer on what only it must see, and on near misses. All sentences are invented; spans stand in braces."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.engines.kiwi import kiwi
from pipeline.engines.rules.patterns import patterns
from pipeline.engines.rules.places import places
from pipeline.engines.rules.roster import roster
from pipeline.engines.rules.titles import titles
from pipeline.engines.variants import Variants
from pipeline.evaluation.names import NamesScore, score_names
from pipeline.interview import Person, Role
from pipeline.lexicon import lexicon
from pipeline.people import Entry, Register
from pipeline.stages.detect import Recognizer, detect
from pipeline.stages.enlist import enlist, enrol
from pipeline.transcript import Finding, Label, Mention, Reviewed, Segment

UTTERANCES = Path(__file__).parent / "invented_utterances.txt"
MARKED = re.compile(r"\{(?:([A-Z]+):)?([^}]*)\}")


def unmarked(marked: str) -> tuple[str, list[Finding]]:
    """The line without its marks, and what they mark."""
    text, found, at = "", [], 0
    for match in MARKED.finditer(marked):
        text += marked[at : match.start()]
        label = Label(match[1] or "NAME")
        found.append(Finding(0, len(text), len(text) + len(match[2]), label, 1.0, "truth"))
        text += match[2]
        at = match.end()
    return text + marked[at:], found


def spans(recognizer: Recognizer, text: str, known: tuple[Entry, ...] = (), least: float = 0.3) -> set[tuple[int, int]]:
    return {(f.start, f.end) for f in recognizer((text,), known) if f.score >= least}


def entry(form: str, label: Label = Label.NAME) -> Entry:
    return Entry(form, label, (form,), "[이름9]")


@pytest.mark.parametrize(
    ("form", "marked", "least"),
    [
        ("김정훈", "거기 {김정훈}이라고 있어요", 0.9),
        ("김정훈", "{김 정훈} 씨 들어오세요", 0.9),
        ("김정훈", "그때 {정훈}이가 왔어요", 0.9),
        ("김정훈", "{정훈}아 밥 먹었니", 0.8),
        ("김정훈", "{정훈} 형한테 물어봤죠", 0.9),
        ("김정훈", "{정훈}씨는 어때요", 0.9),
        ("김정훈", "{정훈}이네 집이요", 0.8),
        ("김정훈", "우리{정훈}이가요", 0.5),
        ("김정훈", "저는{김정훈}입니다", 0.5),
        ("김정훈", "{박정훈}이라고 하던데", 0.5),
        ("박하늘", "{하늘}이가 와서", 0.9),
        ("박하늘", "{하늘} 씨는", 0.9),
        ("박하늘", "{하늘}을 보면", 0.4),
        ("남궁솔", "{솔}이는 제 동생이에요", 0.8),
        ("남궁솔", "{솔}아 이리 와", 0.3),
        ("선우현", "{우현}이랑 같이", 0.8),
        ("박 과장", "{박} 과장님이요", 0.9),
        ("박 과장", "{박}과장이 그랬어요", 0.9),
        ("마이클", "{마이클}이 그러는데", 0.9),
    ],
)
def test_roster_finds_a_form_as_it_is_said(form: str, marked: str, least: float) -> None:
    text, wanted = unmarked(marked)
    assert {(w.start, w.end) for w in wanted} <= spans(roster(), text, (entry(form),), least)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("김지수", "스트레스 지수표를 봤어요"),
        ("강보라", "보라고 해서 봤는데요"),
        ("남궁솔", "솔직히 말하면요"),
        ("박 과장", "박수를 치고 과장했어요"),
        ("민 팀장", "주민 팀장요"),
        ("이수정", "수정액으로 지웠어요"),
    ],
)
def test_roster_leaves_other_words(form: str, text: str) -> None:
    assert spans(roster(), text, (entry(form),)) == set()


def test_roster_finds_every_form_in_every_line_in_order_of_nothing() -> None:
    lines = ("박정훈이 그랬어요", "정훈이가 왔고", "김정훈 씨")
    found = roster()(lines, (entry("김정훈"),))
    assert {(f.line, f.form) for f in found} >= {(0, "박정훈"), (1, "정훈"), (2, "김정훈")}


@pytest.mark.parametrize(
    ("label", "marked"),
    [
        (Label.PHONE, "{010-4412-3377}이에요"),
        (Label.PHONE, "{01044123377}로 주세요"),
        (Label.PHONE, "{010 4412 3377}"),
        (Label.PHONE, "번호가 {공일공 사사일이 삼삼칠칠}이고요"),
        (Label.PHONE, "{공일공에 사사일이에 삼삼칠칠}이요"),
        (Label.PHONE, "{공일공 4412 3377}"),
        (Label.PHONE, "집은 {031-224-5566}이고"),
        (Label.PHONE, "전화번호 뒷자리는 {3377}이에요"),
        (Label.PHONE, "뒷자리 {삼삼칠칠}이요"),
        (Label.RRN, "{870321-1234567}이에요"),
        (Label.RRN, "{870321 2234567}"),
        (Label.RRN, "{팔칠공삼이일에 일이삼사오육칠}이요"),
        (Label.RRN, "{팔칠공삼이일 다시 이이삼사오육칠}"),
        (Label.EMAIL, "{haneul.park@example.com}으로 주세요"),
        (Label.EMAIL, "{a_b-1@mail.example.co.kr}이고요"),
        (Label.EMAIL, "{haneul 골뱅이 네이버 점 컴}이에요"),
        (Label.EMAIL, "{에이 비 씨 일이삼 골뱅이 지메일 닷컴}이요"),
        (Label.DOB, "생일은 {1987년 3월 21일}"),
        (Label.DOB, "{팔칠년 삼월 이십일일}생이에요"),
        (Label.DOB, "{천구백팔십칠년 유월 오일}에 태어났어요"),
        (Label.DOB, "{구십이년 시월 삼십일일}에 낳았어요"),
        (Label.DOB, "생년월일이 {870321}이에요"),
        (Label.DOB, "주민번호 앞자리 {팔칠공삼이일}이요"),
        (Label.DOB, "{87년생}이에요"),
        (Label.DOB, "생일이 {3월 21일}이에요"),
        (Label.ADDRESS, "{경기도 안양시 만안구 안양로 123}에 살아요"),
        (Label.ADDRESS, "{성동구 왕십리로 12길 34, 201호}요"),
        (Label.ADDRESS, "{마포구 성산동 12-3번지}예요"),
        (Label.ADDRESS, "{한빛아파트 101동 502호}로 오세요"),
        (Label.ADDRESS, "{왕십리로 백이십삼번지}예요"),
        (Label.ADDRESS, "{백일동 오백이호}요"),
    ],
)
def test_patterns_find_identifiers_with_a_shape(label: Label, marked: str) -> None:
    text, wanted = unmarked(marked)
    assert (wanted[0].start, wanted[0].end) in {(f.start, f.end) for f in patterns()((text,), ()) if f.label is label}


@pytest.mark.parametrize(
    "text",
    [
        "이천십구년 삼월에 입원했어요",
        "하루에 세 번 두 알씩 먹어요",
        "삼십 명 중에 이십 명이 왔어요",
        "서울로 3번 갔다 왔어요",
        "부산으로 이사 갔어요",
        "집으로 2시간 걸려요",
        "십이월 이십오일에 퇴원했어요",
        "사오 년 됐나 칠팔 년 됐나",
        "구구단을 외웠어요",
        "2019-2020년 사업이에요",
        "이일 저일 다 해 봤어요",
        "골뱅이 무침을 먹었어요",
        "오백 원 주고 샀어요",
    ],
)
def test_patterns_leave_other_numbers(text: str) -> None:
    assert patterns()((text,), ()) == ()


def test_a_birth_date_may_answer_the_line_before() -> None:
    found = patterns()(("생년월일이 어떻게 되세요", "네 팔칠년 삼월 이십일일이요"), ())
    assert [(f.line, f.start, f.end, f.label) for f in found] == [(1, 2, 13, Label.DOB)]


@pytest.mark.parametrize(
    ("marked", "least"),
    [
        ("{박} 과장님이 오셨어요", 0.7),
        ("{최}팀장님이 그러셨어요", 0.7),
        ("{제갈} 선생님이요", 0.7),
        ("{서}간호사님한테요", 0.7),
        ("{이} 선생님이 그러셨어요", 0.3),
        ("{이}선생님이 그러셨어요", 0.7),
        ("{장} 할머니가 우셨어요", 0.7),
        ("{김정훈} 팀장이 면접을 봤어요", 0.7),
        ("{김정훈}선생님이요", 0.7),
        ("{정훈} 씨는 어때요", 0.7),
        ("{정훈}님 이쪽으로 오세요", 0.7),
        ("{소이연} 씨라고 있어요", 0.3),
        ("{정훈}이가 먼저 갔어요", 0.7),
        ("{정훈}이한테 그랬어요", 0.7),
        ("{정훈}아 일어나", 0.3),
        ("{유리}야 일어나 하는 사람", 0.3),
        ("저는 {김정훈}이라고 합니다", 0.7),
        ("제 이름은 {김정훈}이에요", 0.7),
        ("이름이 {정훈}인가 그랬어요", 0.5),
        ("본명은 {김정훈} 맞아요", 0.7),
        ("{뚱이}라고 별명이 있어요", 0.5),
        ("별명이 {뚱이}였어요", 0.5),
        ("{정} 아니 {정훈}이가요", 0.3),
        ("{마이클}이라는 친구가 있어요", 0.3),
    ],
)
def test_titles_find_names_by_what_stands_around_them(marked: str, least: float) -> None:
    text, wanted = unmarked(marked)
    assert {(w.start, w.end) for w in wanted} <= spans(titles(), text, least=least)


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
def test_titles_leave_other_words(text: str) -> None:
    assert spans(titles(), text) == set()


def test_a_surname_is_known_by_its_title() -> None:
    (found,) = titles()(("박 과장님이요",), ())
    assert (found.start, found.end, found.form) == (0, 1, "박 과장")


@pytest.mark.parametrize(
    ("label", "marked"),
    [
        (Label.ORG, "{새벽정신병원}에 있었어요"),
        (Label.ORG, "{은평구 정신건강복지센터}에 다녀요"),
        (Label.ORG, "{은평구정신건강복지센터}요"),
        (Label.ORG, "{두레클럽하우스}에서요"),
        (Label.ORG, "{한솔고등학교}를 나왔어요"),
        (Label.ORG, "{들꽃}이라는 모임에서요"),
        (Label.PLACE, "{대전}에서 왔어요"),
        (Label.PLACE, "{은평구}에 살아요"),
        (Label.PLACE, "{괴산군}이요"),
        (Label.PLACE, "{불광동}에서 살았어요"),
        (Label.PLACE, "{불광역} 앞에서"),
        (Label.PLACE, "{서울시}에서"),
        (Label.PLACE, "{을지로3가}에서"),
    ],
)
def test_places_find_places_and_institutions(label: Label, marked: str) -> None:
    text, wanted = unmarked(marked)
    assert (wanted[0].start, wanted[0].end) in {(f.start, f.end) for f in places()((text,), ()) if f.label is label}


@pytest.mark.parametrize(
    "text",
    [
        "정신건강복지센터에 갔어요",
        "우리 학교에서요",
        "종합병원은 커요",
        "운동을 해요",
        "지역에서 살아요",
        "활동이 좋았어요",
        "친구가 왔어요",
        "다시 갔어요",
        "간호사가 왔어요",
        "올라왔대요",
        "자조모임이 있어요",
        "유전자 검사",
        "경기도 사람이에요",
    ],
)
def test_places_leave_what_every_district_has(text: str) -> None:
    assert spans(places(), text) == set()


@pytest.mark.engines
@pytest.mark.parametrize(
    "marked",
    [
        "그때 {정훈}아 하고 불렀죠",
        "{예린}이랑 놀았어요",
        "{슬기} 언니가 왔어요",
        "{서연}쌤한테 배웠어요",
        "{이정훈}은 아직도 그래요",
    ],
)
def test_kiwi_finds_proper_nouns(marked: str) -> None:
    text, wanted = unmarked(marked)
    assert {(w.start, w.end) for w in wanted} <= spans(kiwi(), text)


@pytest.mark.engines
@pytest.mark.parametrize(
    "text",
    [
        "리스페달 먹고 잤어요",
        "카톡으로 보냈어요",
        "우리 언니가 왔어요",
        "한국에서 살아요",
        "엄마야 하고 울었어요",
        "동네 형이 그랬어요",
    ],
)
def test_kiwi_leaves_what_identifies_nobody(text: str) -> None:
    assert spans(kiwi(), text) == set()


def interviews() -> list[tuple[list[str], list[tuple[str, list[Finding]]]]]:
    result: list[tuple[list[str], list[tuple[str, list[Finding]]]]] = []
    for line in UTTERANCES.read_text("utf-8").splitlines():
        if line.startswith("=="):
            result.append(([name.strip() for name in line[2:].split(",")], []))
        elif line and not line.startswith("#"):
            result[-1][1].append(unmarked(line))
    return result


def walked(names: list[str], texts: list[str]) -> list[list[Mention]]:
    recognizers = (roster(), patterns(), titles(), places(), kiwi())
    register = enrol(tuple(Person(name) for name in names), Register("s"))
    reviewed = Reviewed(tuple(Segment(str(i), i, "", Role.UNKNOWN, 0, 0, text) for i, text in enumerate(texts)))
    for _ in range(4):
        mentions = detect(reviewed, register, recognizers, 0.7, 0.3)
        before, register = register, enlist(mentions, register)
        if before.entries == register.entries:
            return [[m for m in mentions.mentions if m.segment == str(i)] for i in range(len(texts))]
    raise AssertionError("the register does not come to rest")


@pytest.mark.engines
def test_together_they_find_what_an_interview_names() -> None:
    lines: list[str] = []
    truth: list[list[Finding]] = []
    found: list[list[Mention]] = []
    for names, utterances in interviews():
        lines += (text for text, _ in utterances)
        truth += (wanted for _, wanted in utterances)
        found += walked(names, [text for text, _ in utterances])
    score: NamesScore = score_names(lines, truth, found)
    names_found = dict(score.counts)[Label.NAME]
    others = [counts for label, counts in score.counts if label is not Label.NAME]
    assert names_found.missed <= 3 and names_found.false_sure + names_found.other_sure <= 3
    assert sum(counts.missed for counts in others) <= 1
    assert score.touched_sure == 0 and score.touched * 10 <= score.plain


# --- what the study lists -------------------------------------------------------------------------------------------


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
    text, wanted = unmarked(marked)
    assert spans(roster(), text, (entry(form, Label.STUDY),), least) == {(f.start, f.end) for f in wanted}


def test_what_sounds_like_a_listed_word_is_doubtful() -> None:
    sounds_like = Variants(lexicon(), lambda line, start, end: False)
    (found,) = sounds_like(("히망터에 다녔어요",), (entry("희망터", Label.STUDY),))
    assert (found.start, found.end, found.label) == (0, 3, Label.STUDY) and 0.3 <= found.score < 0.7
    assert sounds_like(("희망터에 다녔어요",), (entry("희망터", Label.STUDY),)) == ()
