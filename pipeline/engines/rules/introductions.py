"""Recognizer: how Korean tells what somebody is called (제 이름은, 라고 불러요, 별명이), and names begun anew.

Scores: .8 for what reads as a full name, else .45 to .7 by how plainly the words name somebody; self-repairs .5; a
given name that the lexicon knows from elsewhere .6, with a title .8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.engines.rules.applied import Hit, applied
from pipeline.engines.rules.begun import cut_off
from pipeline.engines.rules.searching import WHATEVER
from pipeline.korean import WORD, coda, is_tail, tail_of
from pipeline.lexicon import Lexicon, lexicon
from pipeline.people import Entry
from pipeline.transcript import Finding

_INTRODUCED = re.compile(
    r"(?:이름|성함|함자|본명|실명|별명|별칭|닉네임|풀네임|활동명|예명|필명|아이디|애칭|법명|세례명|가명|호칭)(?:은|는|이|가|도)?\s+(?:제가\s|그냥\s|원래\s|좀\s|또\s)?([가-힣]{2,})"
)

_SELF = re.compile(
    r"(?:저는|전|나는|난|제가|저\s는)\s+([가-힣]{2,5}?)(?:이?라고\s?(?:하|합|해|불)|입니다|이에요|예요|이라\s?합)"
)

_CALLED = re.compile(
    r"(?<![가-힣])([가-힣]{2,4}?)(?:이?라고|이?라)\s(?:부르|불[러렀리려렸린릴]|합니다|제\s|내\s|우리\s|저희\s|있었|있는|있거|있어|계시|계셨)"
)

_CALLED_BY = re.compile(
    r"(?<![가-힣])([가-힣]{2,5}?)(?:이라고|라고|이라|라|이라꼬|라꼬)(?:들)?\s(?:[가-힣]{1,4}\s){0,2}(?:부르|불[러렀리려렸린릴]|놀[리려렸])"
)
_NICKNAMED = re.compile(
    r"(?<![가-힣])([가-힣]{2,5}?)(?:이라고|라고|이라는|라는|이란|란)\s(?:하는\s)?(?:별명|별칭|이름|닉네임|활동명|필명|예명|본명|애칭|호칭)"
)
_REAL = re.compile(r"(?<![가-힣])([가-힣]{3,4}?)(?:이?라고|인데)\s(?:진짜\s|그게\s|그것이\s)?(?:본명|실명)")

_PERSON_NOUN = re.compile(
    r"(?<![가-힣])([가-힣]{2,4}?)(?:이라는|라는|이라고\s하는|라고\s하는)\s(?:[가-힣]{1,4}\s)?(?:놈|녀석|양반|총각|처녀|아가씨|할머니|할아버지|교수|강사|의사|간호사|복지사|원장|팀장|친구|분|사람|언니|형|오빠|누나|선생|동생|애|아이|여자|남자|환자|동료|후배|선배)"
)

_ALONE = re.compile(
    r"^(?:네|예|아|안녕하세요|저)?[\s,.]*([가-힣]{3,4}?)(?:입니다|이에요|예요|이고요|라고\s?합니다|이라고\s?합니다)"
)

_VILLAGE_WIFE = re.compile(r"(?<![가-힣])([가-힣]{2}댁)(?=이|은|는|도|네|한테|하고|이라|요|$|\s)")

_VIETNAMESE = re.compile(
    r"(?<![가-힣])((?:응우옌|응웬|응엔|호앙|쯔엉|보티(?!첼)|레티(?!놀)|(?:쩐|팜|부이)(?=\s|티|반|응|꾸))"
    r"(?:(?!\s?(?:씨|님)|(?:이?[은는가를도]|[이을])(?:\s|,|$))\s?[가-힣]{1,3}?(?=\s|이|은|는|가|을|를|라|씨|,|$)){0,3})"
)

_SINGLE = re.compile(
    r"(?<![가-힣])([가-힣]{2})(?=\s?(?:자\s)?외자|이?라고\s외자)|외자[^.]{0,12}?(?<![가-힣])([가-힣]{1,2}?)(?=$|이|요|예)"
)

_SEARCHING = rf"(?:(?:아니다|아니|아이다|아이|어|음|아|그|저|그게|거시기|누구[가-힣]{{0,2}}|{WHATEVER})[\s,.]+)"
_REPAIR = re.compile(
    rf"(?<![가-힣])([가-힣]{{1,3}})(?:\s?(?:아니다|아니|아이다|뭐더라|누구더라)[\s,.]+{_SEARCHING}{{0,3}}|\s{_SEARCHING}{{1,3}})"
    r"(?=(?:([가-힣]{1,3})\s)?([가-힣]{2,}))"
)

_THERE_WAS = re.compile(
    r"(?<![가-힣])([가-힣]{2,5}?)(?:이라고|라고|이라구|라구|이라는|라는)\s(?:[가-힣]{1,3}\s){0,2}?(?:있었|있는데|있거든|있어|있습|있죠|있지|계셨|계시|계신|하나\s있)"
)

_BY_OTHERS = re.compile(
    r"(?<![가-힣])([가-힣]{2,5}?)(?:이라고|라고|이라꼬|라꼬|이라구|라구)\s(?:애들이|애들은|다들|사람들이|사람들은|친구들이|우리끼리|저희끼리"
    r"|남들이|거기서는?|동네서는?|동네에서는?|집에서는?|반에서는?|학교에서는?|병동에서는?)\s(?:다\s|저를\s|나를\s|저보고\s|나보고\s)?(?:그랬|그래|그러|했|해[요서]|하[지는던고]|통[했하해])"
)
"""짱돌이라고 애들이 그랬고: what others say to somebody."""
_AMONG = re.compile(
    r"(?<![가-힣])([가-힣]{2,5}?)(?:이라고|라고|이라꼬|라꼬)\s(?:[가-힣]+\s){1,6}?(?:사람|형|누나|언니|오빠|친구|아저씨|아줌마|할머니|할아버지|할매|할배|양반|놈|애|동생|분)"
    r"(?:이|가|도|하고|랑|이랑)?\s(?:[가-힣]+\s){0,2}?(?:있었|있는데|있거든|있어|계셨|계시)"
)
"""우체부라고 부여에서 집배원 하던 사람이 있었는데."""
_TWICE = re.compile(
    r"(?<![가-힣])([가-힣]{2,5})\s\1\s(?:그랬|그러[면는니]|그래[서요]|하[면는]|했|불[렀러]|부르|놀리|놀려)"
)
"""러브쌤 러브쌤 그랬거든요."""
_COPULA = re.compile(
    r"(?:이?(?:에요|예요|야|고|구|라고|라꼬|라구|라예|라카|라는|래|랍|거든|었|였|죠|지|네|ㄴ)|이시|이십|이셨|이셔|인가|인데|인디|인지|인게|인\s|이여|여|여요|입니|이라|이요|요$|일)"
)

_LONGEST_FOREIGN = 6

_NICKNAMES = ("별명", "별칭", "애칭", "닉네임", "활동명", "필명", "아이디", "호칭")
_COMPARED = ("랑", "하고", "처럼", "보다", "까지")
"""Particles that end no introduction: 이름이 배우랑 똑같아요."""


@dataclass(frozen=True)
class Introductions:
    """Satisfies `Recognizer`."""

    words: Lexicon
    name: str = "introductions"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """Every name that somebody is said to have. `known` plays no part: what is found does not feed itself."""
        rules = (
            self._introduced,
            self._there_was,
            self._single,
            self._from_elsewhere,
            self._repaired,
        )
        return applied(rules, lines, self.name)

    def _introduced(self, line: str) -> Iterator[Hit]:
        for pattern in (_VILLAGE_WIFE, _VIETNAMESE):
            for match in pattern.finditer(line):
                yield match.start(1), match.end(1), 0.8 if " " in match[1] else 0.5, ""
        for match in _INTRODUCED.finditer(line):
            start = match.start(1)
            told = line[match.start() : start].strip()
            if told.endswith(("은", "는", "이", "가")) or self.words.is_full(match[1][:3]):
                yield from self._named(line, start, match[1], told.startswith(_NICKNAMES))
        for pattern, guess in (
            (_SELF, 0.0),
            (_ALONE, 0.0),
            (_CALLED, 0.5),
            (_PERSON_NOUN, 0.5),
            (_CALLED_BY, 0.5),
            (_BY_OTHERS, 0.45),
            (_AMONG, 0.45),
            (_TWICE, 0.45),
            (_NICKNAMED, 0.6),
            (_REAL, 0.6),
        ):
            for match in pattern.finditer(line):
                head = match[1]
                if self.words.is_full(head):
                    yield match.start(1), match.end(1), 0.8, ""
                elif (
                    guess
                    and not self.words.names_nobody(head)
                    and (pattern is not _CALLED or self.words.is_given(head))
                ):
                    yield match.start(1), match.end(1), guess, ""

    def _named(self, line: str, start: int, word: str, nickname: bool) -> Iterator[Hit]:
        """The name at the beginning of `word`, which follows 이름이 or 별명은: the rest is a form of the copula.

        The 이 of 곰탱이거든요 may be the name's or the copula's: it counts as the name's, of a nickname always.
        """
        if self._no_introduction(word):
            return
        if len(word) > 2 and word.endswith(_COMPARED):
            return
        for length in (3, 4, 2):
            head, rest = word[:length], word[length:]
            if len(head) == length and self.words.is_full(head) and (not rest or _COPULA.match(rest)):
                yield start, start + length, 0.85, ""
                return
        for length in (2, 1, 3, 4):
            head, rest = word[:length], word[length:]
            if (
                len(head) < length
                or not (_COPULA.match(rest) or (not rest and length > 1))
                or head in self.words.stoplist
            ):
                continue
            if (length == 1) != (
                rest[:1] == "이" and coda(head) > 0 and len(word) < 5 and not self.words.is_given(word[:2])
            ):
                continue
            given = self.words.is_given(head)
            own = length > 1 and coda(head) > 0 and rest.startswith("이") and (nickname or not given)
            yield start, start + length + own, (0.7 if given else 0.6), ""
            return

    def _no_introduction(self, word: str) -> bool:
        """Whether `word` says something about the name instead of telling it: 이름이 특이해요."""
        begun = [begin for begin in self.words.never_introduced if word.startswith(begin)]
        like_a_name = self.words.is_full(word[:3]) or self.words.is_given(word[:2])
        return any(len(begin) > 1 for begin in begun) or (bool(begun) and not like_a_name)

    def _there_was(self, line: str) -> Iterator[Hit]:
        """짱구라고 있었는데: whoever is introduced so, whatever the word."""
        for match in _THERE_WAS.finditer(line):
            if not self.words.names_nobody(match[1]):
                yield match.start(1), match.end(1), 0.55, ""

    def _single(self, line: str) -> Iterator[Hit]:
        """문정 외자 이름이에요: a surname and one syllable."""
        for match in _SINGLE.finditer(line):
            group = 1 if match[1] else 2
            start, end = match.span(group)
            end += line[end : end + 1] == "이" and not coda(line[start:end])  # no copula: 외자예요 소이요
            name = line[start:end]
            if self.words.is_surname(name[0]) if group == 1 else not self._no_introduction(name):
                yield start, end, 0.5, ""

    def _from_elsewhere(self, line: str) -> Iterator[Hit]:
        """마리셀이 왔어요, 올가하고: a name that the lexicon knows from elsewhere."""
        for word in WORD.finditer(line):
            for length in range(min(_LONGEST_FOREIGN, len(word.group())), 1, -1):
                end = word.start() + length
                if word.group()[:length] not in self.words.foreign:
                    continue
                titled = self.words.title_at(line, end) is not None
                if titled or is_tail(tail_of(line, end)):
                    yield word.start(), end, 0.8 if titled else 0.6, ""
                break

    def _names_at(self, word: str) -> tuple[str, ...]:
        """The names, full and given, with which `word` may begin."""
        full = next((word[:n] for n in (4, 3) if self.words.is_full(word[:n])), "")
        given = self.words.givens(full) or ((word[:2],) if self.words.is_given(word[:2]) else ())
        return tuple(name for name in (full, *given) if name)

    def _repaired(self, line: str) -> Iterator[Hit]:
        """태 아니 태호, 김 어 김민수: a name that was begun, and the name."""
        for match in _REPAIR.finditer(line):
            begun, again, whole = match[1], match[2] or "", match[3]
            if begun in self.words.never_a_fragment or (len(begun) > 1 and begun in self.words.stoplist):
                continue
            if any(cut_off(begun, name) for word in (again, whole) for name in self._names_at(word)):
                yield match.start(1), match.end(1), 0.5, ""
                if again and any(cut_off(again, name) for name in self._names_at(whole)):
                    yield match.start(2), match.end(2), 0.5, ""


def introductions() -> Introductions:
    """The recognizer with the house's lexicon."""
    return Introductions(lexicon())
