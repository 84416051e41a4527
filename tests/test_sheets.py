from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import HANGUL, nfd

from pipeline.errors import SheetInvalid, StudyInvalid
from pipeline.interview import Category, Consent, InterviewId, Person, Sheet, normal_text
from pipeline.places import ROOT
from pipeline.sheets import laid_over, missing, read_sheet, read_study, sheet_of

SHEET = """
study = "peers"
participant = "P01"
session = "S1"
speakers = 3
recorded_on = 2026-03-12

[consent]
recording = true
processing = true
until = 2036-12-31

[[people]]
name = "김민수"
role = "participant"
aliases = ["민수", "까치 형"]

[[people]]
name = "박지영"

[attributes]
occupation = "간호사"
age = "30-39"
"""
SECRET = "김민수"


def written(folder: Path, text: str | bytes, name: str = "sheet.toml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


# --- the participant sheet ------------------------------------------------------------------------------------------


def test_a_sheet_says_who_speaks_who_is_named_and_what_was_consented_to(tmp_path: Path) -> None:
    assert read_sheet(written(tmp_path, SHEET)) == Sheet(
        InterviewId("peers", "P01", "S1"),
        Consent(True, True, date(2036, 12, 31)),
        3,
        (Person("김민수", ("민수", "까치 형"), "participant"), Person("박지영")),
        (("age", "30-39"), ("occupation", "간호사")),
        date(2026, 3, 12),
    )


MINIMAL = 'study="a"\nparticipant="b"\nsession="c"\n[consent]\nrecording=false\nprocessing=true\n'


def test_a_sheet_can_be_short(tmp_path: Path) -> None:
    assert read_sheet(written(tmp_path, MINIMAL)) == Sheet(InterviewId("a", "b", "c"), Consent(False, True))


@pytest.mark.parametrize(
    "form",
    [
        nfd,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace('"P01"', '" P01 "'),
        lambda text: text.replace("김민수", " 김민수\\n"),
    ],
    ids=["NFD", "CRLF", "BOM", "spaces around a code", "spaces around a name"],
)
def test_however_it_was_saved_it_says_the_same(tmp_path: Path, form: Callable[[str], str]) -> None:
    assert read_sheet(written(tmp_path, form(SHEET))) == read_sheet(written(tmp_path, SHEET, "plain.toml"))


@given(name=HANGUL.filter(lambda name: len(name) > 1), key=HANGUL)
def test_names_and_attributes_are_nfc_whatever_the_editor(
    tmp_path_factory: pytest.TempPathFactory, name: str, key: str
) -> None:
    text = f'{MINIMAL}[[people]]\nname = "{name}"\naliases = ["{name}"]\n[attributes]\n"{key}" = "{name}"\n'
    sheet = read_sheet(written(tmp_path_factory.getbasetemp(), nfd(text)))
    assert sheet.people == (Person(name, (name,)),)
    assert sheet.attributes == ((key, name),)


def test_an_unknown_number_of_speakers_is_none(tmp_path: Path) -> None:
    assert read_sheet(written(tmp_path, SHEET.replace("speakers = 3", 'speakers = "unknown"'))).speakers is None


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("speakers", "speaker", "speaker"),
        ("[consent]", "[concent]", "concent"),
        ("recording = true", 'recording = "yes please"', "consent.recording"),
        ("recording = true", "", "consent.recording"),
        ("processing = true", "processing = 2", "consent.processing"),
        ("speakers = 3", "speakers = 0", "speakers"),
        ("speakers = 3", "speakers = 11", "speakers"),
        ("speakers = 3", 'speakers = "김민수"', "speakers"),
        ("speakers = 3", "speakers = [", "line"),
        ("2026-03-12", '"작년"', "recorded_on"),
        ("2036-12-31", "2036-13-31", "line"),
        ('"P01"', '"김민수"', "participant"),
        ('"P01"', '"P-01"', "participant"),
        ('"P01"', '""', "participant"),
        ('"P01"', "1", "participant"),
        ('study = "peers"', "", "study"),
        ('role = "participant"', 'role = "김민수"', "people.0.role"),
        ('role = "participant"', 'rolle = "participant"', "people.0.rolle"),
        ('name = "박지영"', 'name = "박"', "people.1.name"),
        ('name = "박지영"', "name = 3", "people.1.name"),
        ('name = "박지영"', "", "people.1.name"),
        ('["민수", "까치 형"]', '"민수"', "people.0.aliases"),
        ('["민수", "까치 형"]', '["민"]', "people.0.aliases.0"),
        ('age = "30-39"', "age = 30", "attributes.age"),
        ('name = "박지영"', 'name = "박지영', "line"),
        ("[[people]]", "[people]", "line"),
    ],
)
def test_a_typo_is_named_by_its_place_and_no_value_is_quoted(tmp_path: Path, old: str, new: str, where: str) -> None:
    assert old in SHEET
    path = written(tmp_path, SHEET.replace(old, new))
    with pytest.raises(SheetInvalid) as refused:
        read_sheet(path)
    assert refused.value.facts["path"] == path
    assert where in str(refused.value.facts["where"])
    for secret in (SECRET, "박지영", "민수", "작년", "yes please"):
        assert secret not in str(refused.value) and secret not in refused.value.in_language("ko")
    assert refused.value.__cause__ is None and refused.value.__suppress_context__


@pytest.mark.parametrize("content", [b"\xff\xfe\0", "이름".encode("cp949"), SHEET.encode("utf-16")])
def test_another_encoding_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SheetInvalid, match="UnicodeDecodeError"):
        read_sheet(written(tmp_path, content))


def test_a_missing_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SheetInvalid, match="FileNotFoundError"):
        read_sheet(tmp_path / "none.toml")


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SheetInvalid):
        read_sheet(written(tmp_path, ""))


# --- the study file -------------------------------------------------------------------------------------------------


def test_a_study_has_a_title_terms_questions_and_settings(tmp_path: Path) -> None:
    study = read_study(
        written(
            tmp_path,
            nfd(
                'id="peers"\ntitle="동료 지원"\nterms=["재활"]\nquestions=["왜요?"]\n'
                "[settings.segment]\nmax_seconds = 9.0\n"
            ),
        )
    )
    assert (study.id, study.title, study.terms, study.questions) == ("peers", "동료 지원", ("재활",), ("왜요?",))
    assert study.settings == {"segment": {"max_seconds": 9.0}}
    assert study.example is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        'id = "연구"',
        'id = "a b"',
        'id = ""',
        'id = "a-b"',
        "id = 3",
        'id = "a"\nterm = ["x"]',
        'id = "a"\nterms = "x"',
        'id = "a"\n[settings]\nx',
        'id = "a"\nexample = "perhaps"',
        'id = "a"\nsettings = 3',
        f'id = "{"a" * 33}"',
        'id = "a\\n"',
        'id = "../../etc"',
    ],
)
def test_a_wrong_study_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(StudyInvalid):
        if read_study(written(tmp_path, text)).id == "a":
            raise StudyInvalid(path=tmp_path, where="stripped")  # white space around a code does not count


def test_a_missing_study_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyInvalid, match="FileNotFoundError"):
        read_study(tmp_path / "none.toml")


def test_the_examples_that_people_copy_are_right() -> None:
    study = read_study(ROOT / "config" / "example-study.toml")
    sheet = read_sheet(ROOT / "config" / "example-sheet.toml")
    assert study.example and sheet.interview.study == study.id
    assert read_sheet(ROOT / "data" / "samples" / "P01_S1.toml").interview == sheet.interview


@given(st.text(max_size=80))
def test_whatever_stands_in_it_the_answer_is_a_study_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read_study(path)
    except StudyInvalid as error:
        assert "\n" not in str(error)


# --- what a study lists ---------------------------------------------------------------------------------------------

LISTED = """
[[categories]]
name = "프로그램"
words = ["희망터", ["두드림", "두드림 프로그램"]]

[[categories]]
name = "모임"
words = ["둥지"]
"""
CATEGORIES = (
    Category("프로그램", (("희망터",), ("두드림", "두드림 프로그램"))),
    Category("모임", (("둥지",),)),
)


@pytest.mark.parametrize("form", [str, nfd])
def test_a_study_lists_words_by_category(tmp_path: Path, form: Callable[[str], str]) -> None:
    study = read_study(written(tmp_path, form('id = "peers"\n' + LISTED)))
    assert study.listed == CATEGORIES
    assert type(study).model_validate(study.model_dump(mode="json")) == study


def test_a_sheet_lists_what_may_not_stand_in_the_study_file(tmp_path: Path) -> None:
    assert read_sheet(written(tmp_path, SHEET + LISTED)).categories == CATEGORIES
    assert read_sheet(written(tmp_path, SHEET)).categories == ()


@pytest.mark.parametrize(
    "table",
    [
        'name = "프로그램"\nwords = []',
        'name = "프로그램"\nwords = [[]]',
        'name = "프로그램"\nwords = ["가"]',
        'name = "프로그램"\nwords = "두드림"',
        'name = "프로그램"\nwords = [7]',
        'name = ""\nwords = ["두드림"]',
        'name = "[x]"\nwords = ["두드림"]',
        'name = "{n}"\nwords = ["두드림"]',
        'words = ["두드림"]',
        'name = "프로그램"\nwords = ["두드림"]\nkind = "x"',
    ],
)
def test_a_category_that_cannot_be_meant_is_refused(tmp_path: Path, table: str) -> None:
    with pytest.raises(StudyInvalid, match="categories"):
        read_study(written(tmp_path, f'id = "peers"\n[[categories]]\n{table}\n'))
    with pytest.raises(SheetInvalid) as refused:
        read_sheet(written(tmp_path, f"{SHEET}\n[[categories]]\n{table}\n"))
    assert "두드림" not in str(refused.value)


@pytest.mark.parametrize("name", ["😀😀", "...", "!?", "솔", ""])
def test_a_name_without_a_letter_or_of_one_is_refused_and_not_dropped(tmp_path: Path, name: str) -> None:
    with pytest.raises(SheetInvalid, match=r"people\.0\.name"):
        read_sheet(written(tmp_path, SHEET.replace('"김민수"', f'"{name}"')))


@pytest.mark.parametrize("name", ["하나", "보라", "나라", "훈이😀", nfd("김민수"), "Mike", "박 과장님"])
def test_odd_names_are_read(tmp_path: Path, name: str) -> None:
    assert read_sheet(written(tmp_path, SHEET.replace('"김민수"', f'"{name}"'))).people[0].name == normal_text(name)


# --- YAML, and sheets of folders --------------------------------------------------------------------------------------

YAML = """
study: peers
participant: P01
session: S1
speakers: 3
recorded_on: 2026-03-12
consent: {recording: true, processing: true, until: 2036-12-31}
people:
- {name: 김민수, role: participant, aliases: [민수, 까치 형]}
- name: 박지영
attributes: {occupation: 간호사, age: 30-39}
"""


@pytest.mark.parametrize("ending", ["yaml", "yml", "YAML"])
def test_a_sheet_may_be_yaml(tmp_path: Path, ending: str) -> None:
    assert read_sheet(written(tmp_path, YAML, f"sheet.{ending}")) == read_sheet(written(tmp_path, SHEET))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"study: [{SECRET}", "YAML (line 1"),
        (f"{SECRET}: *{SECRET}", "YAML (line 1"),
        (f"a: 1\n{SECRET}: 1\n{SECRET}: 2", "YAML (line"),
        (f"- {SECRET}", "YAML: key: value"),
        ("", "YAML: key: value"),
        (f"!!python/object/apply:os.system ['{SECRET}']", "YAML (line 1"),
        (YAML.replace("P01", "01"), "participant: Input should be a valid string"),
        (YAML.replace("true,", "maybe,"), "consent.recording: Input should be a valid boolean"),
        (YAML + "typo: 1\n", "typo: Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_in_yaml_is_said_without_quoting_it(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(SheetInvalid) as caught:
        read_sheet(written(tmp_path, text, "sheet.yaml"))
    assert str(caught.value.facts["where"]).startswith(where)
    assert SECRET not in str(caught.value) and caught.value.__cause__ is None


@given(st.dictionaries(st.sampled_from(["study", "session", "speakers", "attributes"]), st.integers()),
       st.dictionaries(st.sampled_from(["study", "session", "speakers", "attributes"]), st.integers()))  # fmt: skip
def test_the_upper_table_wins_key_by_key(below: dict[str, int], over: dict[str, int]) -> None:
    assert laid_over(below, over) == {**below, **over}
    assert laid_over({}, over) == over and laid_over(below, {}) == below


def test_consent_is_taken_as_a_whole_and_people_are_added() -> None:
    below = {"consent": {"recording": True, "processing": True}, "people": [{"name": "김민수"}, {"name": "이수진"}]}
    over = {"consent": {"recording": True}, "people": [{"name": nfd("이수진"), "role": "family"}]}
    assert laid_over(below, over) == {
        "consent": {"recording": True},
        "people": [{"name": nfd("이수진"), "role": "family"}, {"name": "김민수"}],
    }


@pytest.mark.parametrize("wrong", [5, "김민수", {"name": "김민수"}, [5], [None]])
def test_people_that_are_no_list_are_left_to_be_refused(wrong: object) -> None:
    below = {
        **dict.fromkeys(("study", "participant", "session"), "a"),
        "consent": {"recording": True, "processing": True},
    }
    with pytest.raises(SheetInvalid):
        sheet_of(laid_over({**below, "people": [{"name": "이수진"}]}, {"people": wrong}), Path("sheet.toml"))


def test_what_is_missing() -> None:
    assert missing({}) == ("study", "participant", "session", "consent")
    assert missing({"study": 1, "consent": {}}) == ("participant", "session")
