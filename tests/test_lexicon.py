from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SettingsInvalid
from pipeline.lexicon import PATH, PLACES_PATH, lexicon

WORDS = lexicon()


@pytest.mark.parametrize("name", ["김정훈", "이서연", "남궁솔", "황보은지", "선우현", "탁민재"])
def test_full_names_read_as_such(name: str) -> None:
    assert WORDS.is_full(name)


@pytest.mark.parametrize("word", ["고마워", "선생님", "우리집", "하는데", "", " 정훈", "김", "Kim"])
def test_other_words_do_not(word: str) -> None:
    assert not WORDS.is_full(word)


@pytest.mark.parametrize(
    ("line", "at", "title"),
    [
        ("정훈 과장님이", 2, "과장"),
        ("정훈씨가", 2, "씨"),
        ("정훈이 형이랑", 2, "형"),
        ("유나이 형", 2, None),
        ("정훈 양말", 2, None),
        ("정훈 형광등", 2, None),
        ("정훈", 2, None),
        ("신과장님방에", 1, "과장"),
        ("신과장방에", 1, None),
    ],
)
def test_a_title_stands_behind_a_name(line: str, at: int, title: str | None) -> None:
    assert WORDS.title_at(line, at) == title


def test_a_broken_lexicon_is_a_clear_error(tmp_path: Path) -> None:
    text = PATH.read_text("utf-8")
    for name, content in {
        "typo": text.replace("surnames =", "surnmes =", 1),
        "no_toml": "people",
        "list": "[people]\nx = 1",
    }.items():
        path = tmp_path / f"{name}.toml"
        path.write_text(content, "utf-8")
        with pytest.raises(SettingsInvalid):
            lexicon(path)
    with pytest.raises(SettingsInvalid):
        lexicon(tmp_path / "missing.toml")


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("[stations]", "[statoins]"),  # a missing list
        ("[words]", ""),
        ("[towns]", "[towns"),  # no TOML
        ('gyeonggi = """', 'gyeonggi = 1\nrest = """'),  # no list
    ],
)
def test_a_broken_gazetteer_is_a_clear_error_that_names_it(tmp_path: Path, before: str, behind: str) -> None:
    text = PLACES_PATH.read_text("utf-8")
    assert before in text
    path = tmp_path / "places.toml"
    path.write_text(text.replace(before, behind, 1), "utf-8")
    with pytest.raises(SettingsInvalid) as refused:
        lexicon(PATH, path)
    assert str(path) in str(refused.value)


def test_the_wrong_file_is_no_gazetteer(tmp_path: Path) -> None:
    for path in (PATH, tmp_path / "missing.toml"):
        with pytest.raises(SettingsInvalid):
            lexicon(PATH, path)


@pytest.mark.parametrize(
    ("word", "in_gazetteer", "ambiguous"),
    [
        ("팽성", True, False),
        ("삼랑진", True, False),
        ("새터", False, False),
        ("김정훈", False, False),
        ("구미", True, True),
    ],
)
def test_places_are_known_without_their_suffix(word: str, in_gazetteer: bool, ambiguous: bool) -> None:
    assert (word in WORDS.gazetteer, word in WORDS.ambiguous_places) == (in_gazetteer, ambiguous)


@pytest.mark.parametrize(
    ("word", "endings"), [("한빛정신병원", ["정신병원", "병원"]), ("하고", ["고"]), ("민수", []), ("", [])]
)
def test_endings_of_institutions_come_longest_first(word: str, endings: list[str]) -> None:
    assert WORDS.org_endings_in(word) == tuple(endings)


def test_no_list_is_empty_and_veto_words_are_no_surnames_with_titles() -> None:
    for name, value in vars(WORDS).items():
        assert value, name
    assert not WORDS.compound_surnames & WORDS.stoplist
    assert WORDS.surnames_that_determine <= WORDS.surnames
    assert WORDS.cities_that_are_words <= WORDS.cities | WORDS.counties
