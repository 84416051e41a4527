"""What can be said of a word that may be a name: its make, what stands around it, how two morphologies read it.

Every piece of evidence is a named number, 1.0 where it simply holds; `pipeline.engines.context` weighs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.korean import DIALECT_VERB, WORD, coda, has_suffix, is_tail, is_vocative, tail_of, within_ending
from pipeline.lexicon import Lexicon

LONGEST = 6
"""Syllables of a name that is looked for here."""
_LONG = 5
_PEOPLE = ("한테", "에게", "께", "이랑", "랑", "하고", "허고", "캉", "더러", "보고", "네")
_TOLD = ("이라고", "라고", "이라는", "라는", "이란", "란")
_WHERE = ("에서", "에", "으로", "로", "까지", "부터")
_CASES = "가는를은을이와과도의"
_RELATIVES = frozenset(
    ["아들", "딸", "남편", "아내", "조카", "며느리", "사위", "막내", "큰애", "둘째", "첫째", "애가", "이름이", "이름은"]
)
_LIVED = re.compile(r"\s?(?:근처|앞|옆|뒤|사는|살|사거리|쪽|안에|출신)|\s[가-힣]{1,4}(?:읍|면|동|리|군|시)(?!간|작)")


class Morpheme(Protocol):
    """Code points ``[start, end)`` of a line, and a tag of the Sejong corpus (``NNG``, fused ones ``VV+EC``)."""

    @property
    def tag(self) -> str:
        """Its tag."""

    @property
    def start(self) -> int:
        """Its first code point."""

    @property
    def end(self) -> int:
        """The code point behind it."""


class Known(Morpheme, Protocol):
    """A morpheme of kiwi's."""

    @property
    def unknown(self) -> bool:
        """Whether the dictionary lacks it."""


class Sensed(Morpheme, Protocol):
    """A morpheme of mecab-ko-dic's."""

    @property
    def sense(self) -> str:
        """Its semantic class: 인명 a person, 지명 a place."""


@dataclass(frozen=True)
class Sources:
    """Who is asked."""

    words: Lexicon
    kiwi: Callable[[str], Sequence[Known]]
    mecab: Callable[[str], Sequence[Sensed]]


def candidates(line: str, words: Lexicon) -> Iterator[tuple[int, int]]:
    """``(start, end)`` of every beginning of a word that particles or a title may follow."""
    for match in WORD.finditer(line):
        for end in range(match.start() + 1, min(match.end(), match.start() + LONGEST) + 1):
            head, honoured = line[match.start() : end], line[end : end + 1] == "님"
            if words.is_explained(head) or (honoured and words.garbled_title(head)):
                continue
            if shape(head, words) == "no" and within_ending(line, match.start(), end):
                continue
            titled = words.title_at(line, end) is not None
            if titled or (is_tail(tail_of(line, end)) and (end - match.start() > 1 or end < match.end())):
                yield match.start(), end


def evidence(line: str, start: int, end: int, sources: Sources) -> dict[str, float]:
    """What is said of ``line[start:end]``, the beginning of a word, without weighing it against a name."""
    words, head = sources.words, line[start:end]
    before = _last_word(line[:start])
    known, ambiguous = head in words.known_places, head in words.ambiguous_places
    said = {
        f"{min(len(head), _LONG)} syllables": 1.0,
        f"like a {shape(head, words)} name": 1.0,
        f"before {_behind(line, head, end, words)}": 1.0,
        f"kiwi: {_by_kiwi(line, start, end, sources)}": 1.0,
        f"mecab: {_by_mecab(line, start, end, sources)}": 1.0,
        "a word too": words.is_word(head),
        "ends like an institution": words.names_nobody(head),
        "after a relative": before in _RELATIVES or before.endswith(words.relatives),
        "first in the line": not line[:start].strip(),
        "last before a mark": not line[end:].strip() or line[end] in ",.?",
        "ends like a verb of a dialect": bool(DIALECT_VERB.search(line[start:end] + tail_of(line, end))),
        "twice": line.count(head) > 1,
        "after a surname": len(before) == 1 and before in words.surnames and words.is_given(head),
        "ends like a place": len(head) > 2 and head.endswith(words.place_suffixes),
        "a known place": known and not ambiguous,
        "a place too": known and ambiguous,
        "where somebody is": bool(_LIVED.match(line, end)) or tail_of(line, end).startswith(_WHERE),
    }
    return {name: float(value) for name, value in said.items() if value}


def shape(head: str, words: Lexicon) -> str:
    """What kind of name `head` is made like: ``full``, ``given``, ``short`` (곽철), ``one-syllable`` or ``no``."""
    if len(head) == 1:
        return "one-syllable" if coda(head) and head in words.given_last else "no"
    kinds = (("full", words.is_full), ("given", words.is_given), ("short", words.is_short))
    return next((kind for kind, like in kinds if like(head)), "no")


def _last_word(text: str) -> str:
    match = re.search(r"([가-힣]+)$", text.rstrip())
    return match[1] if match else ""


def _behind(line: str, head: str, end: int, words: Lexicon) -> str:
    title, rest = words.title_at(line, end), tail_of(line, end)
    if title is not None:
        return "씨 or 님" if title in {"씨", "님"} else "a title"
    if coda(head) and has_suffix(rest):
        return "the suffix 이"
    if not rest:
        return "nothing"
    if is_vocative(head, rest):
        return "아 or 야"
    kinds = ((_PEOPLE, "a particle of people"), (_WHERE, "a particle of place"), (_TOLD, "라고"))
    for beginnings, kind in kinds:
        if rest.startswith(beginnings):
            return kind
    return "a particle" if rest[0] in _CASES else "an ending"


def _by_kiwi(line: str, start: int, end: int, sources: Sources) -> str:
    inside = [token for token in sources.kiwi(line) if token.end > start and token.start < end]
    exact = next((token for token in inside if (token.start, token.end) == (start, end)), None)
    if inside and inside[0].tag in {"NR", "SN"}:
        return "a number"
    if exact is not None:
        common = "unknown" if exact.unknown else "a common noun"
        return {"NNG": common, "NNP": "a proper noun"}.get(exact.tag, "another word")
    if len(inside) == 1:
        return "part of a noun" if inside[0].tag.startswith("NN") else "part of a word"
    return "pieces"


def _by_mecab(line: str, start: int, end: int, sources: Sources) -> str:
    inside = [token for token in sources.mecab(line) if token.end > start and token.start < end]
    exact = next((token for token in inside if (token.start, token.end) == (start, end)), None)
    if exact is None:
        return "part of a word" if len(inside) == 1 else "pieces"
    senses = {"인명": "a person", "지명": "a place"}
    return senses.get(exact.sense, "a common noun" if exact.tag == "NNG" else "another word")
