"""How alike two Korean words sound, as a recognizer of speech confuses them. Standard library only.

Words are compared as they are said, syllable by syllable: a coda goes to an empty onset behind it (liaison), codas that
sound the same are the same, a stop and ㅎ are aspirated, stops before nasals are nasals, ㄴ beside ㄹ is ㄹ (Standard
Pronunciation of Korean, articles 8 to 20); ㅎ between voiced sounds may be lost. What differs costs the less, the more
easily it is misheard: lax, tense and aspirated consonants, ㅐ and ㅔ little; vowels beside each other more; a coda that
is lost more still.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import NamedTuple

_ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_NUCLEI = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_CODAS = (" ", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_DOUBLE = dict(
    zip(
        "ㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄ",
        ("ㄱㅅ", "ㄴㅈ", "ㄴㅎ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ", "ㄹㅎ", "ㅂㅅ"),
        strict=True,
    )
)
"""Two consonants that close a syllable together: the first stays, the second goes to a vowel."""
_CLOSED = dict(zip("ㄲㅋㄳㄺㅅㅆㅈㅊㅌㅎㅍㅄㄿㄵㄶㄻㄼㄽㄾㅀ", "ㄱㄱㄱㄱㄷㄷㄷㄷㄷㄷㅂㅂㅂㄴㄴㅁㄹㄹㄹㄹ", strict=True))
"""What a coda sounds like where no vowel follows."""
_NASAL = {"ㄱ": "ㅇ", "ㄷ": "ㄴ", "ㅂ": "ㅁ"}

NONE = " "
"""No onset (ㅇ before a vowel), or no coda."""

_MANNERS = ("ㄱㄲㅋ", "ㄷㄸㅌ", "ㅂㅃㅍ", "ㅅㅆ", "ㅈㅉㅊ")
_MANNER, _NEAR, _OTHER = 0.3, 0.5, 1.0
_NEAR_ONSETS = ("ㄴㅁ", "ㄴㄹ", f"{NONE}ㅎ", "ㅅㅈ", "ㅅㅊ", "ㅎㅋ", "ㄱㅎ")
_ALIKE_NUCLEI = ("ㅐㅔ", "ㅒㅖ", "ㅙㅚㅞ", "ㅔㅖ", "ㅢㅣ")
_NEAR_NUCLEI = (
    *("ㅓㅗ", "ㅡㅜ", "ㅓㅡ", "ㅏㅓ", "ㅗㅜ", "ㅟㅣ", "ㅟㅢ", "ㅢㅡ", "ㅔㅣ", "ㅚㅔ", "ㅙㅐ"),
    *("ㅏㅑ", "ㅓㅕ", "ㅗㅛ", "ㅜㅠ", "ㅕㅛ", "ㅕㅖ", "ㅕㅔ", "ㅘㅏ", "ㅝㅓ"),
)
_LOST = {"ㄴ": 0.6, "ㅁ": 0.6, "ㅇ": 0.6, "ㄹ": 0.7}
_LOST_STOP = 0.8
_STOPS, _NASALS = "ㄱㄷㅂ", "ㄴㅁㅇ"
_VOICED = {NONE, "ㄴ", "ㄹ", "ㅁ", "ㅇ"}
_ASPIRATED = {"ㄱ": "ㅋ", "ㄷ": "ㅌ", "ㅂ": "ㅍ", "ㅈ": "ㅊ"}


class Syllable(NamedTuple):
    """Consonant, vowel, closing consonant, as said; `NONE` where there is no consonant."""

    onset: str
    nucleus: str
    coda: str


@lru_cache(maxsize=65536)
def said(word: str, losing_h: bool = False) -> tuple[Syllable, ...]:
    """The syllables of `word` as they are said; with `losing_h`, ㅎ is lost between voiced sounds.

    Raises ValueError for anything but composed Hangul.

    >>> ["".join(part).strip() for part in said("목련")], ["".join(part).strip() for part in said("은희", True)]
    (['ㅁㅗㅇ', 'ㄴㅕㄴ'], ['ㅡ', 'ㄴㅢ'])
    """
    syllables = [_taken_apart(sign) for sign in word]
    for at in range(len(syllables) - 1):
        before, after = syllables[at : at + 2]
        if losing_h and after.onset == "ㅎ" and before.coda in _VOICED:
            after = after._replace(onset=NONE)
        syllables[at : at + 2] = _joined(before, after)
    return tuple(one._replace(coda=_CLOSED.get(one.coda, one.coda)) for one in syllables)


@lru_cache(maxsize=65536)
def distance(one: str, other: str) -> float:
    """How much `one` differs from `other` in sound; 0: said alike; infinite: not of as many syllables.

    >>> [round(distance("은희", other), 1) for other in ("은희", "으니", "은이", "언희", "민수", "희")]
    [0.0, 0.6, 0.6, 0.5, 4.0, inf]
    """
    if len(one) != len(other):
        return math.inf
    exactly, losing_h = (said(one), said(other)), (said(one, True), said(other, True))
    exact = sum(map(_between, *exactly))
    return exact if losing_h == exactly else min(exact, _MANNER + sum(map(_between, *losing_h)))


def _taken_apart(sign: str) -> Syllable:
    index = ord(sign) - ord("가")
    if not 0 <= index < 11172:
        raise ValueError("not composed Hangul")
    onset, rest = divmod(index, 588)
    found = _ONSETS[onset]
    return Syllable(NONE if found == "ㅇ" else found, _NUCLEI[rest // 28], _CODAS[rest % 28])


def _joined(before: Syllable, after: Syllable) -> tuple[Syllable, Syllable]:
    """Two neighbours as they are said one after the other."""
    coda, onset = before.coda, after.onset
    if onset == NONE and coda not in {NONE, "ㅇ"}:
        stays, goes = tuple(_DOUBLE.get(coda, NONE + coda))
        if goes == "ㅎ":
            stays, goes = NONE, (NONE if stays == NONE else stays)
        return before._replace(coda=stays), after._replace(onset=goes)
    closed = _CLOSED.get(coda, coda)
    if onset == "ㅎ" and closed in _ASPIRATED:
        return before._replace(coda=NONE), after._replace(onset=_ASPIRATED[closed])
    if closed in _NASAL and onset in {"ㄴ", "ㅁ", "ㄹ"}:
        return before._replace(coda=_NASAL[closed]), after._replace(onset="ㄴ" if onset == "ㄹ" else onset)
    if (closed, onset) in {("ㄴ", "ㄹ"), ("ㄹ", "ㄴ")}:
        return before._replace(coda="ㄹ"), after._replace(onset="ㄹ")
    if closed in {"ㅁ", "ㅇ"} and onset == "ㄹ":
        return before._replace(coda=closed), after._replace(onset="ㄴ")
    return before._replace(coda=closed), after


@lru_cache(maxsize=65536)
def _between(one: Syllable, other: Syllable) -> float:
    return _onsets(one.onset, other.onset) + _nuclei(one.nucleus, other.nucleus) + _codas(one.coda, other.coda)


@cache
def _onsets(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if any(one in group and other in group for group in _MANNERS):
        return _MANNER
    return _NEAR if any(one in pair and other in pair for pair in _NEAR_ONSETS) else _OTHER


@cache
def _nuclei(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if any(one in group and other in group for group in _ALIKE_NUCLEI):
        return _MANNER
    return _NEAR if any(one in pair and other in pair for pair in _NEAR_NUCLEI) else _OTHER


@cache
def _codas(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if NONE in {one, other}:
        return _LOST.get((one + other).strip(), _LOST_STOP)
    alike = (one in _STOPS and other in _STOPS) or (one in _NASALS and other in _NASALS)
    return _NEAR if alike else _OTHER
