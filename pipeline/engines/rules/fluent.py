"""Numbers and addresses as they were meant: without what is said while searching, and without what is taken back.

공일공에 삼이 음 삼이구오에 칠칠일공 is meant as 공일공에 삼이구오에 칠칠일공, 칠월 칠 아니 칠월 구일 as 칠월 구일, and
공 하나 공 as 공 일 공. Rules that know the shape of an identifier read the line as it was meant; what they find there
is put back into the line as it was said, with everything that was left out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from pipeline.engines.rules.searching import SEARCHING, TAKEN_BACK
from pipeline.spelled import DIGITS, HEARD_DIGITS, LETTERS, NATIVE

_NATIVE = dict(zip(NATIVE, DIGITS, strict=True))
_NATIVES = "|".join(_NATIVE)
_ONE_BY_ONE = re.compile(rf"(?<![가-힣])(?:(?:{_NATIVES}|[공영빵{DIGITS}])(?:\s?다시)?\s?){{3,}}")
_NUMERALS = f"0-9{HEARD_DIGITS}십백천"
_MAIL = "골뱅이|앳|점|쩜|닷|언더바|대시|하이픈|네이버|지메일|다음|한메일|구글|컴|콤|넷|[A-Za-z0-9._]+"

_WORD = re.compile(r"[^\s,]+")
_NUMBER = re.compile(rf"[{_NUMERALS}\-.년월도]*[{_NUMERALS}년월](?:에|의|일|호|동|번|길)?|다시|에|-|정월|섣달|동짓달")
_NUMBER_BEGINS = re.compile(
    rf"(?:[{_NUMERALS}]{{2}}|[{_NUMERALS}][년월일호동층\-.](?!하|을|를)|[{_NUMERALS}](?:에|의|이?[에고요]|$))"
)
_SPELLED = re.compile(rf"(?:{LETTERS}|{_MAIL}|[{_NUMERALS}])+")
_ENDS_IN_NUMBER = re.compile(rf".*[가-힣](?:로|길|동)$|.*[{_NUMERALS}]$")
_SEARCHING = re.compile(
    rf"{SEARCHING}|저기|인자|이제|뭐|뭐지|뭐더라|뭐였지|뭐였더라|뭐고|뭐라|뭣이냐|뭣이더라|뭐시냐|머고|머꼬|그라고|그리고|잠깐만|잠시만|맞나"
)
_TAKEN_BACK = re.compile(f"{TAKEN_BACK}|아니요")
_BEHIND = re.compile("뒤에[가는]?|뒷?자리[가는]?|뒤[가는]|그?다음[은이에]|끝[은이]|가운데[가는]?")
_AND = re.compile("이?고$")

_FARTHEST = 6
"""Words that somebody takes back, at most."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A line as it was meant; `spans` has for each code point of `text` the code points that were said for it."""

    text: str
    spans: tuple[tuple[int, int], ...]

    def said(self, start: int, end: int) -> tuple[int, int]:
        """Where in the line as it was said ``text[start:end]`` stands."""
        return self.spans[start][0], self.spans[end - 1][1]


def readings(line: str) -> tuple[Meant, ...]:
    """What may have been meant by `line`, where that is not the line itself.

    >>> [one.text for one in readings("번호가 공일공에 삼이 음 삼이구오에 칠칠일공이에요")]
    ['번호가 공일공에 삼이 삼이구오에 칠칠일공이에요', '번호가 공일공에 삼이구오에 칠칠일공이에요']
    """
    counted = _counted(Meant(line, tuple((at, at + 1) for at in range(len(line)))))
    found = [counted, *(_without(counted, restarts) for restarts in (False, True))]
    return tuple(one for one in dict.fromkeys(found) if one.text != line)


def _counted(meant: Meant) -> Meant:
    """With 일 이 삼 for 하나 둘 셋, where digits are told one by one."""
    cells = list(zip(meant.text, meant.spans, strict=True))
    for stretch in reversed([*_ONE_BY_ONE.finditer(meant.text)]):
        for digit in reversed([*re.finditer(_NATIVES, stretch.group())]):
            start, end = stretch.start() + digit.start(), stretch.start() + digit.end()
            cells[start:end] = [(_NATIVE[digit.group()], (cells[start][1][0], cells[end - 1][1][1]))]
    return _of(cells)


def _of(cells: list[tuple[str, tuple[int, int]]]) -> Meant:
    return Meant("".join(letter for letter, _ in cells), tuple(span for _, span in cells))


def _without(meant: Meant, restarts: bool) -> Meant:
    """Without searching and what was taken back; with `restarts`, also without what was begun and said again."""
    cells = list(zip(meant.text, meant.spans, strict=True))
    for gap in reversed([*_gaps(meant.text)]):
        begun = _begun(meant.text, gap, restarts)
        if begun is None:
            cells[gap.start : gap.end] = [(" ", (cells[gap.start][1][0], cells[gap.end - 1][1][1]))]
        else:
            cells[gap.end] = (cells[gap.end][0], (cells[begun][1][0], cells[gap.end][1][1]))
            del cells[begun : gap.end]
    return _of(cells)


@dataclass(frozen=True, slots=True)
class _Gap:
    """Between two numbers: ``text[start:end]``. `words` are those of the number before it, the last first."""

    start: int
    end: int
    taken_back: bool
    words: tuple[re.Match[str], ...]


def _gaps(text: str) -> Iterator[_Gap]:
    words = [*_WORD.finditer(text)]
    mail = "골뱅이" in text
    at = 0
    while at < len(words):
        between = [*takewhile(lambda word: _fills(word.group(), mail), words[at + 1 :])]
        behind = at + 1 + len(between)
        if between and behind < len(words):
            yield from _gap(words[: at + 1], between, words[behind], mail)
        at = max(at + 1, behind if between else 0)


def _fills(word: str, mail: bool) -> bool:
    """Whether `word` is none of a number's; of an address, 아이 is the letter I."""
    return not (mail and word == "아이") and any(kind.fullmatch(word) for kind in (_SEARCHING, _TAKEN_BACK, _BEHIND))


def _gap(
    before: list[re.Match[str]], between: list[re.Match[str]], behind: re.Match[str], mail: bool
) -> Iterator[_Gap]:
    last, then = before[-1].group(), any(_BEHIND.fullmatch(word.group()) for word in between)
    core = _AND.sub("", last) if then else last
    begins = _NUMBER_BEGINS.match(behind.group()) or (mail and _SPELLED.match(behind.group()))
    if not begins or not (_is_number(core, mail) or _ENDS_IN_NUMBER.match(core)):
        return
    earlier = takewhile(lambda word: _is_number(word.group(), mail), reversed(before[:-1]))
    words = (before[-1], *(word for word, _ in zip(earlier, range(_FARTHEST), strict=False)))
    taken_back = any(_TAKEN_BACK.fullmatch(word.group()) for word in between)
    yield _Gap(before[-1].start() + len(core), behind.start(), taken_back, words)


def _is_number(word: str, mail: bool) -> bool:
    return bool(_NUMBER.fullmatch(word) or (mail and _SPELLED.fullmatch(word)))


def _begun(text: str, gap: _Gap, restarts: bool) -> int | None:
    """Where that begins which was taken back or said again behind `gap`; None where nothing was.

    It is what is likest to what follows: of 칠월 칠 아니 칠월 구일 not the second 칠, but 칠월 칠.
    """
    if not (gap.taken_back or restarts):
        return None
    starts = [at for word in gap.words for at in _starts(word)]
    alike, begun = max((_common(text, at, gap), -at) for at in starts)
    length = sum(not letter.isspace() for letter in text[-begun : gap.start])
    if gap.taken_back:
        return -begun if alike else starts[0]
    return -begun if alike >= min(2, length) else None


def _starts(word: re.Match[str]) -> list[int]:
    """Where a number may begin in `word`: at its beginning, behind a hyphen and behind a road; the last first."""
    inner = (match.end() for match in re.finditer(r"[\-.]|(?<=[가-힣]{2})[로길동]", word.group()))
    return [word.start() + at for at in sorted({0, *inner}, reverse=True) if at < len(word.group())]


def _common(text: str, start: int, gap: _Gap) -> int:
    """How many letters that begin at `start` are those behind the gap."""
    said, again = (re.sub(r"\s", "", part) for part in (text[start : gap.start], text[gap.end :]))
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(said, again, strict=False)))
