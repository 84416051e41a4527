from __future__ import annotations

import re
from string import Formatter

import pytest

from pipeline import errors
from pipeline.errors import ChaerokError, Waiting
from pipeline.places import ROOT

FAMILIES = {
    errors.InputError, errors.PlaceError, errors.SealError, errors.WeightsError, errors.AudioCopyError,
    errors.EngineError, errors.StoreError, errors.ExchangeError, errors.CodingError, errors.OrchestrationError,
    errors.InboxError,
}  # fmt: skip
"""Between the base and the errors that are raised; never raised themselves."""


def below(kind: type[ChaerokError]) -> list[type[ChaerokError]]:
    return [kind, *(lower for child in kind.__subclasses__() for lower in below(child))]


RAISED = [kind for kind in below(ChaerokError) if kind is not ChaerokError and kind not in FAMILIES]
each = pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


def facts_of(kind: type[ChaerokError]) -> dict[str, object]:
    """A fact for each field: a number where the template formats one."""
    text = kind.says["en"] + kind.remedy["en"]
    return {
        field: 1.5 if form else f"<{field}>"
        for _, field, form, _ in Formatter().parse(text)
        if field
    }  # fmt: skip


def test_exit_codes_are_unique_and_free_of_those_with_another_meaning() -> None:
    codes = [kind.exit_code for kind in RAISED]
    assert len(set(codes)) == len(codes)
    assert not set(codes) & {0, 1, 2, 124, *range(126, 256)}


@each
def test_the_exit_code_stands_in_the_fives_of_its_family(kind: type[ChaerokError]) -> None:
    (family,) = FAMILIES & set(kind.__mro__)
    fives = {sibling.exit_code // 5 for sibling in family.__subclasses__()}
    assert kind.exit_code // 5 in fives
    others = {other.exit_code // 5 for f in FAMILIES - {family} for other in f.__subclasses__()}
    assert not fives & others


@each
def test_both_languages_say_the_same_facts(kind: type[ChaerokError]) -> None:
    for texts in (kind.says, kind.remedy):
        assert set(texts) == {"ko", "en"}
    assert fields(kind.says["ko"]) == fields(kind.says["en"])
    assert fields(kind.remedy["ko"]) == fields(kind.remedy["en"])
    assert re.search("[가-힣]", kind.says["ko"])
    assert not re.search("[가-힣]", kind.says["en"] + kind.remedy["en"])


@each
def test_an_error_is_one_line_with_its_remedy(kind: type[ChaerokError]) -> None:
    error = kind(**facts_of(kind))
    for language in ("ko", "en"):
        line = error.in_language(language)
        assert "\n" not in line
        assert "{" not in line.replace('{"id","doc","text"}', "")
        assert len(kind.remedy[language]) > 8
    assert str(error) == error.in_language("en")


@each
def test_a_missing_fact_is_noticed(kind: type[ChaerokError]) -> None:
    if facts_of(kind):
        with pytest.raises(KeyError):
            kind().in_language("ko")


@each
def test_the_error_says_its_own_words(kind: type[ChaerokError]) -> None:
    assert "says" in vars(kind) and "remedy" in vars(kind) and "exit_code" in vars(kind)
    assert kind.__doc__


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    drawn = dict(re.findall(r"([A-Z]\w+) (\d{2,3})\b", errors.__doc__ or ""))
    assert drawn == {kind.__name__: str(kind.exit_code) for kind in RAISED}


def test_the_docstring_puts_each_error_under_its_family() -> None:
    family, drawn = "", {}
    for line in (errors.__doc__ or "").splitlines():
        if heading := re.search(r"── (\w+Error)\b", line):
            family = heading[1]
        drawn |= dict.fromkeys(re.findall(r"([A-Z]\w+) \d{2,3}\b", line), family)
    assert drawn == {kind.__name__: next(f.__name__ for f in FAMILIES if issubclass(kind, f)) for kind in RAISED}


def test_every_error_is_documented_with_its_code() -> None:
    page = (ROOT / "docs" / "errors.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.MULTILINE))
    assert rows == {str(kind.exit_code): kind.__name__ for kind in RAISED}


@each
def test_the_page_explains_the_error_in_both_languages(kind: type[ChaerokError]) -> None:
    page = (ROOT / "docs" / "errors.md").read_text("utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| {kind.exit_code} |")]
    _, _, _, when, do, korean, _ = row.split("|")
    assert len(when.strip()) > 10 and len(do.strip()) > 10
    assert re.search("[가-힣]{2}", korean)


def test_waiting_is_no_error() -> None:
    assert not issubclass(Waiting, ChaerokError)
    waiting = Waiting("approval", "peers-P01-S1")
    assert (waiting.exit_code, str(waiting)) == (0, "peers-P01-S1: waiting for approval")


def test_every_error_is_raised_somewhere() -> None:
    code = "".join(path.read_text("utf-8") for part in ("pipeline", "flows") for path in (ROOT / part).rglob("*.py")
                   if path.name != "errors.py")  # fmt: skip
    unused = [kind.__name__ for kind in RAISED if not re.search(rf"\b{kind.__name__}\(|return {kind.__name__}|"
                                                                rf", {kind.__name__}\)", code)]  # fmt: skip
    assert unused == []
