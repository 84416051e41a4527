from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest

from pipeline.cast import FEMININE, MASCULINE, NEUTRAL, PATH, cast
from pipeline.errors import SettingsInvalid
from pipeline.korean import coda_class
from pipeline.lexicon import lexicon
from pipeline.recognizers import everyday_word
from pipeline.stand_ins import is_common

CAST, WORDS = cast(), lexicon()
CELLS = [(size, ending) for size in (1, 2, 3) for ending in (0, 1, 2)]


@pytest.mark.parametrize(("size", "ending"), CELLS)
@pytest.mark.parametrize("impression", [FEMININE, MASCULINE, NEUTRAL])
def test_there_is_somebody_for_every_kind_of_name(impression: str, size: int, ending: int) -> None:
    alike = [name for name in dict(CAST.given)[impression] if (len(name), coda_class(name)) == (size, ending)]
    assert len(alike) >= {1: 2, 2: 20, 3: 9}[size]


@pytest.mark.parametrize("impression", [FEMININE, MASCULINE, NEUTRAL])
def test_the_names_of_a_list_give_its_impression(impression: str) -> None:
    assert {CAST.impression(name) for name in dict(CAST.given)[impression]} == {impression}


def test_names_of_two_syllables_and_more_are_no_words() -> None:
    is_word = everyday_word()
    names = [*chain.from_iterable(names for _, names in CAST.given), *CAST.nicknames]
    assert [name for name in names if len(name) > 1 and (is_common(name, WORDS) or is_word(name))] == []


def test_surnames_are_surnames() -> None:
    assert [name for name in CAST.surnames if not WORDS.is_surname(name)] == []
    assert {len(name) for name in CAST.surnames} == {1, 2}


def test_the_impression_comes_first_and_is_given_up_last() -> None:
    for real, order in (("영희", (FEMININE, NEUTRAL, MASCULINE)), ("준호", (MASCULINE, NEUTRAL, FEMININE)),
                        ("민수", (NEUTRAL, FEMININE, MASCULINE))):  # fmt: skip
        found = list(CAST.givens_like(real))
        assert [CAST.impression(names[0]) for names in found] == list(order)
        assert {(len(name), coda_class(name)) for names in found for name in names} == {(2, 0)}


@pytest.mark.parametrize(
    ("form", "size", "ending"),
    [
        ("까치", 2, 0),
        ("별", 1, 1),
        ("까치형", 3, 2),
        ("해바라기", 4, 0),
        ("우리동네반장", 6, 2),
        ("Mike", 2, 0),
        ("😀", 2, 0),
    ],
)
def test_nicknames_are_like_the_real_one(form: str, size: int, ending: int) -> None:
    names = CAST.nicknames_like(form)
    assert len(names) > 2 and {(len(name), coda_class(name)) for name in names} == {(size, ending)}


def test_a_surname_for_any_surname() -> None:
    for surname in (*CAST.surnames, "어금", "빙"):
        alike = list(CAST.surnames_like(surname))
        assert {len(name) for name in alike} == {len(surname)}
        same = [coda_class(name) == coda_class(surname) for name in alike]
        assert same == sorted(same, reverse=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[nicknames]", "[nick]"),
        ("feminine =", "female ="),
        ("[surnames]", "[surnames]\nthree = '가나다'"),
        ('two = "', 'two = "Kim '),
        ('neutral = """', 'neutral = """ 민준 '),
        ("[given]", "[given"),
    ],
    ids=["no table", "no list", "a list more", "no Hangul", "twice", "no TOML"],
)
def test_a_broken_cast_is_a_clear_error(tmp_path: Path, old: str, new: str) -> None:
    text = PATH.read_text("utf-8")
    assert old in text
    path = tmp_path / "cast.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(SettingsInvalid):
        cast(path)


def test_a_missing_cast_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid):
        cast(tmp_path / "none.toml")
