"""Dates and ages said less exactly: 2019년 3월 12일 → 2019년 3월, 서른두 살 → 30대. Pure text, NFC.

They are no mentions and nobody reviews them: what is not recognized stays as it was said, as it does where the study
does not ask for this. A date keeps the words that it was said in and loses its end; an age becomes its decade. What is
only like one stays: 삼일절, 두 시 삼십 분, 3년 동안, 세 살 차이, 3세대.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.korean import agrees, is_tail, repaired, tail_of
from pipeline.spelled import BEFORE_NOUNS, DIGITS, MONTHS, NATIVE, tens, years

Change = tuple[int, int, str]
"""`text` for the code points ``[start, end)``."""


@dataclass(frozen=True, slots=True)
class Coarse:
    """How much is told; config/default.toml explains the words."""

    dates: Literal["as_said", "month", "year"] = "as_said"
    ages: Literal["as_said", "decade", "third"] = "as_said"
    births: Literal["hidden", "year"] = "hidden"


AS_SAID = Coarse()

_DIGIT = f"[{DIGITS}]"
_TENS = tens(_DIGIT)
_YEARS = rf"\d{{4}}|\d{{2}}|{years(_DIGIT)}"
_YEAR = rf"(?:{_YEARS})\s?년도?|작년|재작년|올해|내년|지난해|그해"
_MONTH = rf"(?:1[0-2]|0?[1-9]|{MONTHS})\s?월"
_DAY = rf"(?:3[01]|[12]\d|0?[1-9]|삼십일?|이?십{_DIGIT}?|{_DIGIT})\s?일"
_WEEKDAY = r"(?:\s?[월화수목금토일]요일)?"
_SAID = re.compile(
    rf"(?<![0-9가-힣])(?:(?P<year>{_YEAR})\s?)?(?P<month>{_MONTH})(?:\s?(?P<day>{_DAY})(?:날|자)?{_WEEKDAY})?"
)
_WRITTEN = re.compile(r"(?<![\d.])((?:19|20)\d\d)([./-])\s?(1[0-2]|0?[1-9])\2\s?(3[01]|[12]\d|0?[1-9])\.?(?!\d)")
_NO_DAY = re.compile(r"\s?(?:간|동안|차|째|절|만에)")

_NATIVE_TENS = {"열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50} | {
    "예순": 60, "일흔": 70, "여든": 80, "아흔": 90,
}  # fmt: skip
_NATIVE = NATIVE | BEFORE_NOUNS
_SINO = {digit: number for number, digit in enumerate("영" + DIGITS)} | {"공": 0}
_TEN, _ONE = "|".join(_NATIVE_TENS), "|".join(sorted(_NATIVE, key=len, reverse=True))
_AGES = (
    re.compile(
        rf"(?<![0-9가-힣.])(?P<full>만(?:으로)?\s?)?(?P<n>(?:{_TEN})\s?(?:{_ONE})?|{_ONE}|1?\d{{1,2}})\s?(?P<unit>살)"
    ),
    re.compile(rf"(?<![0-9가-힣.])(?P<full>만(?:으로)?\s?)?(?P<n>{_TENS}|1?\d{{1,2}}|(?<=만 ){_DIGIT})\s?(?P<unit>세)"),
    re.compile(rf"(?<![0-9가-힣.])(?P<full>만(?:으로)?\s?)(?P<n>(?:{_TEN})\s?(?:{_ONE})?)(?P<unit>)"),
    re.compile(rf"(?<=나이)(?P<full>(?:가|는|도)?\s)(?P<n>(?:{_TEN})\s?(?:{_ONE})?)(?P<unit>)"),
)
_NO_AGE = re.compile(
    r"\s?(?:미만|차이|차(?![가-힣])|터울|위|아래|어리|어린|어렸|많|적[은었]|더(?![가-힣])|연상|연하|밑|손위|씩|먹(?:을수록|으면서)|시대|시[가에는이](?![가-힣])"
    r"|한 살|명|개|번|분|시간|마리|권|가지|군데|곳|달|해(?![가-힣]))"
)
_BEHIND = ("짜리", "쯤", "정도", "때", "무렵", "경", "이상", "이하")


def coarsened(text: str, coarse: Coarse) -> tuple[Change, ...]:
    """What becomes of `text`, disjoint and in order; the particle behind a change is repaired in it.

    >>> coarsened("2019년 3월 12일에 왔어요", Coarse(dates="month")), coarsened("서른두 살이에요", Coarse(ages="third"))
    (((0, 13, '2019년 3월에'),), ((0, 8, '30대 초반이에요'),))
    """
    found = [*(_dates(text, coarse) if coarse.dates != "as_said" else ())]
    found += _ages(text, coarse) if coarse.ages != "as_said" else ()
    chosen: list[Change] = []
    for change in sorted(found, key=lambda change: (change[0], -change[1])):
        if not chosen or chosen[-1][1] <= change[0]:
            chosen.append(change)
    return tuple(chosen)


def birth_year(text: str) -> str | None:
    """The year of a birth date as it was said or written: ``1987년생``; None where it has none.

    >>> [birth_year(text) for text in ("87년 3월 12일", "팔오년생", "1987-03-12", "010203", "삼월 십이일")]
    ['1987년', '1985년생', '1987년', '2001년', None]
    """
    said = re.match(rf"(?P<n>{_YEARS})\s?년", text)
    written = re.match(r"(?P<n>(?:19|20)\d\d)\s?[./-]|(?P<six>\d\d)\s?\d\d\s?\d\d(?!\d)", text)
    match = said or written
    if match is None:
        return None
    year = _number(match["n"] or match.groupdict().get("six") or "")
    if year < 100:
        year += 1900 if year >= 30 else 2000
    return f"{year}년{'생' if text.rstrip().endswith('생') else ''}"


def _number(text: str) -> int:
    """A number in digits or words, said whole (팔십칠) or digit by digit (팔칠)."""
    squeezed = re.sub(r"\s", "", text)
    if squeezed.isdigit():
        return int(squeezed)
    if squeezed.startswith(("천구백", "이천")):
        rest = squeezed.removeprefix("천구백").removeprefix("이천")
        return (1900 if squeezed.startswith("천구백") else 2000) + (_number(rest) if rest else 0)
    tens, ten, ones = squeezed.partition("십")
    if ten:
        return 10 * (_SINO[tens] if tens else 1) + (_SINO[ones] if ones else 0)
    return int("".join(str(_SINO[digit]) for digit in squeezed))


# --- dates ----------------------------------------------------------------------------------------------------------


def _dates(text: str, coarse: Coarse) -> Iterator[Change]:
    for match in _WRITTEN.finditer(text):
        month = f" {int(match[3])}월" if coarse.dates == "month" else ""
        yield _changed(text, match.start(), match.end(), f"{match[1]}년{month}")
    for match in _SAID.finditer(text):
        rest = tail_of(text, match.end())
        if not is_tail(rest) and not rest.startswith(_BEHIND):
            continue
        if match["day"] and _NO_DAY.match(text, match.end()):
            continue
        if coarse.dates == "year" and match["year"]:
            yield _changed(text, match.start(), match.end(), match["year"].rstrip())
        elif match["day"]:
            yield _changed(text, match.start(), match.end(), text[match.start() : match.end("month")])


def _changed(text: str, start: int, end: int, new: str) -> Change:
    rest = tail_of(text, end)
    return start, end + len(rest), new + repaired(new, rest)


# --- ages -----------------------------------------------------------------------------------------------------------


def _ages(text: str, coarse: Coarse) -> Iterator[Change]:
    for pattern in _AGES:
        for match in pattern.finditer(text):
            age, rest = _age(match["n"]), tail_of(text, match.end())
            if not _is_age(match, age, text, rest):
                continue
            start = match.start("n") if match["full"] and not match["full"].startswith("만") else match.start()
            yield _changed(text, start, match.end(), _decade(age, coarse.ages))


def _is_age(match: re.Match[str], age: int, text: str, rest: str) -> bool:
    if age > 120 or _NO_AGE.match(text, match.end()):
        return False
    if match["unit"] == "세" and age < 10 and not match["full"]:
        return False  # 2세: the next generation
    last = match["unit"] or match["n"]
    return agrees(last, rest) or rest.startswith(_BEHIND)


def _age(said: str) -> int:
    squeezed = re.sub(r"\s", "", said)
    if squeezed in _NATIVE:
        return _NATIVE[squeezed]
    ten = next((word for word in _NATIVE_TENS if squeezed.startswith(word)), None)
    if ten is None:
        return _number(squeezed)
    return _NATIVE_TENS[ten] + _NATIVE.get(squeezed.removeprefix(ten), 0)


def _decade(age: int, ages: str) -> str:
    if age < 10:
        return "10세 미만"
    if age >= 90:
        return "90대 이상"  # so few are as old that the decade tells who it is
    third = "초반" if age % 10 < 4 else "중반" if age % 10 < 7 else "후반"
    return f"{age // 10 * 10}대" + (f" {third}" if ages == "third" else "")
