"""Recognizer: places and institutions, by gazetteer and by the ending that shows their kind.

An institution is named where something stands before its ending that no general word explains: 한빛정신병원, but not
정신건강복지센터, which every district has. Whether the rest is general is decided by cutting it into the words of the
lexicon's `generic` list. Scores: districts .9, cities .8 (.5 where the city is a word as well), institutions .85,
neighbourhoods and stations .75 before a particle of place and .5 elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.finding import Labelled
from pipeline.korean import WORD, agrees, is_tail, tail_of
from pipeline.lexicon import Lexicon, is_generic, lexicon
from pipeline.people import Entry
from pipeline.transcript import Finding, Label

_LOCATIVE = re.compile(
    r"(?:에서|에|으로|로|까지|부터|쪽|서)(?:도|는|서|만|요)?(?![가-힣])|\s[가-힣]{1,4}(?:읍|면|동|리|군|시)(?!간|작)|\s?(?:근처|앞|옆|뒤|사는|살|사거리|역|주민센터|시장|쪽|안에|출신|사람|토박이|태생|총각|아가씨|양반)"
)
_STUDIED = re.compile(
    r"(?:를|에|에서|에는)?\s?(?:[가-힣0-9]{1,4}\s?회\s?졸업|[가-힣]{1,6}(?:학과|학부|과)\s|심리|간호|사회복지|[일이삼]학년|계셨|계시|시절|때|교복|동창|나와|나왔|나온|졸업|다녔|다니|다닐|다닌|들어|출신|입학|중퇴|휴학|편입|병원)"
)
_LEFT = re.compile(
    r"(?:를|을)?\s?(?:나왔|나온|나오셨|계셨|계시|졸업|출신|동창|입학|중퇴|교복|[일이삼]학년|[가-힣0-9]{1,4}\s?회\s)"
)
_SHORT_SCHOOLS = {"대", "고", "중"}
_QUARTER = re.compile("[가-힣]{1,5}?(?:동|역|읍)")
_SECTION = re.compile(r"(?<![가-힣])[가-힣]{1,4}(?:로|동)\s?[1-9일이삼사오육칠]가(?![가-힣]{3})")
_LANDMARK = re.compile(
    "([가-힣]{1,6}?)(마을|사거리|오거리|삼거리|로터리|해수욕장|터미널|산성|시장|아파트|고시원|고시텔|빌라|공원|공단|나루|포구|고개|다리"
    "|해변|해안|계곡|폭포|저수지|온천|수목원|휴양림|유원지|둘레길|지하상가|먹자골목|대교|신도시|교육도시|산단|바위|바다|골(?!프|목|반|절|고|라|치|때))"
)
_LANDMARKS_TOO = frozenset({"다리", "골", "고개", "바위", "바다", "마을", "나루", "빌라", "공원"})
"""Those that end other words, and stand alone behind a word for what they are like."""
_KINDS = (
    "모임|센터|시설|병원|기관|단체|학교|학원|회사|가게|카페|교회|쉼터|클럽|동아리|공동체|작업장|사업장|복지관|재단|협회"
    "|식당|술집|책방|공장"
)
_CALLED = re.compile(
    r"(?<![가-힣])([가-힣]{2,8}?)(?:이라는|라는|이라고\s하는|라고\s하는|이란|란)\s(?:[가-힣]{1,6}\s)?"
    rf"([가-힣]*(?:{_KINDS}|밴드|게스트하우스|서점|빵집|극단|클랜|동호회|프로그램|프로젝트|사이트)|(?:데|곳)(?=[가-힣]{{0,3}}(?:\s|,|$)))"
)
_PLACE_GUESSED = re.compile(
    r"(?<![가-힣])([가-힣]{2,8}?)(?:이라고|라고|인가|이던가|던가)\s(?:거기|카페|거서|그기|게스트하우스|밴드|식당)"
)
_KINDS_BEHIND = f"{_KINDS}|절|암자|사찰|주간재활|데|디|곳"
_TOLD_OF = re.compile(
    r"(?<![가-힣])([가-힣]{2,7}?)(?:이라고|라고|이라꼬|라꼬)\s(?:[가-힣]+\s){0,6}?(?:[가-힣]*[는은던한인]\s)(?:[가-힣]{1,4}\s)?"
    rf"(?:{_KINDS_BEHIND})(?=이|가|를|을|에|예|여|인|라|로|도|는|은|[가-힣]?요|$|\s)"
)
"""징검다리라고 낮에 가서 탁구 치는 데를, 운해암이라꼬 산에 있는 쪼매난 암자라."""
_NAMED_KIND = re.compile(
    r"(?<![가-힣])((?:[가-힣]*(?:모임|센터|쉼터|동아리)|카페|스튜디오|밴드|극단|책방|식당|게스트하우스|주식회사)\s[가-힣]{2,8}?)"
    r"(?:이?라고|이?라는|이?라꼬|이?란\s|\s거기|\s거서|인데\s거)"
)
"""A word that says what it is, and its name: 카페 모퉁이 거기."""
_PLAIN = re.compile(
    r"(?<![가-힣])([가-힣]{2,4}(?<![부센쎈])터|[가-힣]{2,5}의집)(?=에서|에|라고|라는|가|는|를|로|랑|도|\s|$)"
)
"""Groups often call themselves a place or a house of something: 이음터, 다솜의집."""


@dataclass(frozen=True)
class Places:
    """Satisfies `Recognizer`."""

    words: Lexicon
    name: str = "places"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """Every place and institution. `known` plays no part."""
        return tuple(
            Finding(number, start, end, label, score, self.name)
            for number, line in enumerate(lines)
            for start, end, label, score in self._line(line)
        )

    def _line(self, line: str) -> Iterator[Labelled]:
        for word in WORD.finditer(line):
            yield from self._gazetteer(line, word)
            yield from self._suffixed(line, word)
            yield from self._institution(line, word)
        for match in _SECTION.finditer(line):
            yield match.start(), match.end(), Label.PLACE, 0.8
        for match in _NAMED_KIND.finditer(line):
            yield match.start(1), match.end(1), Label.ORG, 0.55
        for match in _PLAIN.finditer(line):
            if not is_generic(match[1][:-1], self.words.generic) and match[1] not in self.words.stoplist:
                yield match.start(1), match.end(1), Label.ORG, 0.5
        for match in _TOLD_OF.finditer(line):
            if not is_generic(match[1], self.words.general) and not self.words.names_nobody(match[1]):
                yield match.start(1), match.end(1), Label.ORG, 0.45
        for match in (*_CALLED.finditer(line), *_PLACE_GUESSED.finditer(line)):
            known = {match[1], f"{match[1]}라"} & self.words.stoplist  # 마누라는
            if not known and not is_generic(match[1], self.words.general):
                yield match.start(1), match.end(1), Label.ORG, 0.7

    def _gazetteer(self, line: str, word: re.Match[str]) -> Iterator[Labelled]:
        text = word.group()
        for length in range(min(6, len(text)), 1, -1):
            head, rest = text[:length], text[length:]
            end = word.start() + length
            if head in self.words.districts and (is_tail(rest) or length > 2):
                yield word.start(), end, Label.PLACE, 0.9 if length > 2 else 0.6
                return
            if head in self.words.counties and agrees(head, rest):
                locative, doubted = _LOCATIVE.match(line, end), head in self.words.cities_that_are_words
                if locative or not doubted:
                    yield word.start(), end, Label.PLACE, 0.45 if doubted or not locative else 0.7
                return
            if head not in self.words.cities or rest.startswith("네"):
                continue  # 안+동네
            suffix = re.match("특별시|광역시|시(?!간|작|도|절|기|에서만)", rest)
            if suffix and is_tail(rest[suffix.end() :]):
                yield word.start(), end + suffix.end(), Label.PLACE, 0.9
                return
            if agrees(head, rest):
                doubted = head in self.words.cities_that_are_words and not _LOCATIVE.match(line, end)
                yield word.start(), end, Label.PLACE, 0.45 if doubted else 0.8
                return

    def _suffixed(self, line: str, word: re.Match[str]) -> Iterator[Labelled]:
        quarter = _QUARTER.match(word.group())
        if quarter is not None and not self._explained(quarter.group()):
            end, rest = word.start() + quarter.end(), word.group()[quarter.end() :]
            if is_tail(rest) and not rest.startswith("네"):  # 안+동네
                sure = _LOCATIVE.match(line, end) and len(quarter.group()) > 2
                yield word.start(), end, Label.PLACE, 0.75 if sure else 0.45
        landmark = _LANDMARK.match(word.group())
        if landmark is not None and not is_generic(landmark[1], self.words.generic):
            end = word.start() + landmark.end()
            if is_tail(tail_of(line, end)):
                yield word.start(), end, Label.PLACE, 0.45 if landmark[2] in _LANDMARKS_TOO else 0.55

    def _explained(self, text: str) -> bool:
        """Whether `text`, which ends like a quarter, is another word: 운동, 신체활동; but 불광역 is a station."""
        never = [ending for ending in self.words.never_a_place if text.endswith(ending)]
        rests = [text.removesuffix(ending) for ending in never]
        return any(len(rest) != 1 or is_generic(rest, self.words.generic) for rest in rests)

    def _institution(self, line: str, word: re.Match[str]) -> Iterator[Labelled]:
        text = word.group()
        for ending in self.words.org_endings_in(text):
            at = text.rfind(ending)
            end = word.start() + at + len(ending)
            if ending in _SHORT_SCHOOLS and not self._short_school(line, text[: at + 1], end):
                continue
            rest = text[at + len(ending) :]
            if not is_tail(rest) and not is_generic(rest, self.words.generic | self.words.titles):
                continue
            head = text[:at]
            own = bool(head) and not is_generic(head, self.words.generic)
            start = self._with_words_before(line, word.start(), own)
            if own or start < word.start():
                yield start, end, Label.ORG, 0.85 if len(ending) > 1 else self._school_score(line, end)
            return

    def _short_school(self, line: str, name: str, end: int) -> bool:
        """Whether `name` is a school's, cut to one syllable (한솔고 나왔어요), and no quotation (실장이라고)."""
        return len(name) > 2 and not name.endswith("라고") and _STUDIED.match(line, end) is not None

    def _school_score(self, line: str, end: int) -> float:
        """가야고 나왔는데: what somebody left is a school, though 가야 is a verb too."""
        return 0.55 if _LEFT.match(line, end) else 0.45

    def _with_words_before(self, line: str, start: int, own: bool) -> int:
        """`start`, or where the district that belongs to the institution starts: 마포구 정신건강복지센터."""
        before = re.search(r"([가-힣]{2,6})\s$", line[:start])
        if before is None:
            return start
        word = before.group(1)
        if word in self.words.districts or (not own and word.removesuffix("시") in self.words.cities):
            return before.start(1)
        return start


def places() -> Places:
    """The recognizer with the house's lexicon."""
    return Places(lexicon())
