"""Recognizer: names before titles, 씨 and 님.

Needs no dictionary but the lexicon. Scores: .9 for 씨 or 님 behind what is made like a name, for a surname or full
name with a title; a surname that is a determiner too .55 (이 선생님), glued to its title .75; a given name with a title
.45, for morphology decides more; another word with 씨, perhaps a garbled name, .6; a noun before an elder's title .4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pipeline.engines.rules.applied import Hit, applied
from pipeline.korean import WORD, coda, is_tail, tail_of
from pipeline.lexicon import Lexicon, lexicon
from pipeline.people import Entry
from pipeline.transcript import Finding

_KIN_BEHIND = re.compile(
    r"(?<![가-힣])([가-힣]{2,5}?)(\s?)(형|누나|언니|오빠|아저씨|아줌마|이모|삼촌|삼춘|할머니|할아버지|할매|할배|행님|성님|형님|누님|쌤)([가-힣]*)"
)

_NO_NOUN = re.compile(
    "[은는을를의에도로만던운린한된간온올할인른친운큰작젊늙]$|[가이](?=$)|(?:에서|하고|이랑|에게|한테|니까|는데|지만|어서|아서)$"
    "|[어아예해]요$|잖아|[시했었았이다자냐]고$|[응니]께$|[람]이라$"
)

_LETTER_OR_SYLLABLE = re.compile(
    r"(?<![가-힣])(에이|디|이|에프|지|에이치|제이|케이|엘|엠|엔|큐|알|에스|티|유|브이|와이|[가-힣])\s씨(?=[은는이가도를랑와과의하한께네예였]|\s|,|$|라)"
)

_BY_SIZE = re.compile(
    r"(?<![가-힣])(?:큰|작은|젊은|늙은)\s?(?!애)([가-힣])(?=\s|,|$|은|는|이|가|도|씨|한테|하고|을|를)"
)

_HONOURED = re.compile(r"(?<![가-힣])([가-힣]{1,5}?)(\s?)(씨|님)(?![가-힣]{2,}님)")

_SURNAME_TOLD = re.compile(
    r"(?<![가-힣])성(?:이|은|씨가|도)\s(?:그\s|저\s)?(?!나[고가])([가-힣]{1,2}?)(?=\s?씨|이|예|라|여|가|고|인)"
)

_EXCLAIMED = frozenset({"아", "어", "에이", "이", "그", "저", "뭐", "왜", "야", "두", "세", "네", "몇"})
"""What stands before 씨 when somebody swears."""

_CLOSE = frozenset({"쌤", "샘", "형", "누나", "언니", "오빠"})
"""Titles between friends, which stand behind names."""

_DETERMINERS = frozenset("이그저한두온여제내나어음전현새첫각모동네세")
"""Syllables that are surnames, and before a word for a relative hardly ever are: 이 친구, 두 언니."""

_MINE = frozenset("내제")
_RANKS = frozenset("부총수준시")
"""Syllables of a rank, or of a husband's kin, when glued to a title: 부반장, 수간호사, 시동생."""

_ENDS_LIKE_PARTICLE = frozenset("은는이가의을를도에과와로만")


@dataclass(frozen=True)
class Titles:
    """Satisfies `Recognizer`."""

    words: Lexicon
    name: str = "titles"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """Every name that a title shows. `known` plays no part, so that what is found does not feed itself."""
        rules = (
            self._surname_titled,
            self._full_titled,
            self._given_titled,
            self._full_split,
            self._honoured,
            self._anyones_elder,
            self._of_one_syllable,
            self._by_surname,
        )
        return applied(rules, lines, self.name)

    @cached_property
    def _surname(self) -> re.Pattern[str]:
        names = "|".join(sorted(self.words.compound_surnames)) + f"|[{''.join(sorted(self.words.surnames))}]"
        return re.compile(rf"(?<![가-힣])({names})(\s?)(?=[가-힣])")

    def _surname_titled(self, line: str) -> Iterator[Hit]:
        for match in self._surname.finditer(line):
            surname, spaced = match[1], bool(match[2])
            title = self.words.title_at(line, match.end(1))
            if title is None or (title == "님") or (not spaced and surname + title in self.words.stoplist):
                continue
            if surname in self.words.kin or (not spaced and surname in _RANKS):
                continue
            if not spaced and any(f"{surname}{title}{end}" in self.words.ends_like_honorific for end in ("", "님")):
                continue
            if spaced and surname in _MINE:
                continue  # 내 팀장님, 제 담당
            determines = surname in self.words.surnames_that_determine
            form = f"{surname} {title}"
            if title in self.words.kin and title != "씨":
                if spaced and surname in _DETERMINERS:
                    continue
                if spaced and determines:
                    yield match.start(1), match.end(1), 0.4, form
                elif spaced or len(title) > 1:
                    yield match.start(1), match.end(1), 0.75 if len(title) > 1 else 0.6, form
            else:
                yield match.start(1), match.end(1), (0.55 if spaced else 0.75) if determines else 0.9, form

    def _given_titled(self, line: str) -> Iterator[Hit]:
        """A given name before a title: doubtful, for without morphology a noun may be one (경비 아저씨)."""
        for word in WORD.finditer(line):
            head = word.group()[:2]
            title = self.words.title_at(line, word.start() + 2)
            if self.words.is_given(head) and title not in {None, "님", "씨", "양", "군"}:
                close = title in _CLOSE and not self.words.is_word(head)
                yield word.start(), word.start() + 2, 0.5 if close else 0.45, ""

    def _full_split(self, line: str) -> Iterator[Hit]:
        """김 민수 씨, 문 막례 할머니: a full name that was cut in two."""
        for match in self._surname.finditer(line):
            start, end = match.end(), match.end() + 2
            if match[2] and self.words.is_given(line[start:end]) and self.words.title_at(line, end):
                yield match.start(1), end, 0.5 if match[1] in self.words.surnames_that_determine else 0.75, ""

    def _full_titled(self, line: str) -> Iterator[Hit]:
        for word in WORD.finditer(line):
            for length in (4, 3):
                end = word.start() + length
                if end > word.end() or not self.words.is_full(line[word.start() : end]):
                    continue
                title = self.words.title_at(line, end)
                if title is None and line[end : end + 1] == "의" and self.words.title_at(line, end + 1):
                    yield word.start(), end + 1, 0.5, ""  # 초연후의 선생님: a garbled name
                    break
                if title is not None:
                    if line[word.start() : end - 1] in self.words.stoplist:
                        break  # 선배가 후배를
                    apart = line[end : end + 1] == " " and line[end - 1] in _ENDS_LIKE_PARTICLE
                    yield word.start(), end, 0.55 if apart else 0.9, ""
                    break

    def _honoured(self, line: str) -> Iterator[Hit]:
        for match in _HONOURED.finditer(line):
            head, spaced, honour = match[1], bool(match[2]), match[3]
            if not is_tail(tail_of(line, match.end())) or not self._may_be_honoured(head, honour, spaced):
                continue
            bare = (
                head[:-1]
                if len(head) > 2 and head.endswith("이") and coda(head[-2]) and not self.words.is_full(head)
                else head
            )
            if len(bare) == 1:
                continue  # a surname: `_surname_titled`; a given name of one syllable only the register knows
            usual = self.words.is_full(bare) or self.words.is_given(bare)
            if not usual and (
                (honour == "님" and spaced)
                or (honour == "씨" and not spaced and line[match.end() : match.end() + 1] == "요")
            ):
                continue  # 조심히 올라가씨요: a request, in Jeolla
            yield match.start(1), match.start(1) + len(bare), (0.9 if usual else 0.6), ""

    def _may_be_honoured(self, head: str, honour: str, spaced: bool) -> bool:
        if honour == "씨" and head in _EXCLAIMED:
            return False
        if head in self.words.stoplist or (f"{head}{honour}" in self.words.ends_like_honorific and not spaced):
            return False
        return not head.endswith(self.words.never_honoured) and self.words.garbled_title(head) is None

    def _anyones_elder(self, line: str) -> Iterator[Hit]:
        """짱구 형, 새벽세시 형: a noun that says nothing of kin, work or place, before a word for an elder."""
        for match in _KIN_BEHIND.finditer(line):
            head, spaced = match[1], match[2]
            if (
                not is_tail(match[4])
                or _NO_NOUN.search(head)
                or head in self.words.stoplist
                or self.words.names_nobody(head)
            ):
                continue
            if spaced or len(head) > 2:
                yield match.start(1), match.end(1), 0.4, ""

    def _of_one_syllable(self, line: str) -> Iterator[Hit]:
        """비 씨, 란 씨: a letter, or a name of one syllable."""
        for match in _LETTER_OR_SYLLABLE.finditer(line):
            if match[1] not in _EXCLAIMED and not self.words.is_surname(match[1]):
                yield match.start(1), match.end(1), 0.5, ""

    def _by_surname(self, line: str) -> Iterator[Hit]:
        """성이 옥 씨예요; 큰 정, 작은 정: people of one surname told apart."""
        for match in _SURNAME_TOLD.finditer(line):
            if self.words.is_surname(match[1]):
                yield match.start(1), match.end(1), 0.7, ""
        sizes = [match for match in _BY_SIZE.finditer(line) if match[1] in self.words.surnames]
        for match in sizes if len(sizes) > 1 else ():
            glued = match.start(1) - match.start() == len(match.group()) - 1 and " " not in match.group()
            yield match.start() if glued else match.start(1), match.end(1), 0.6, ""


def titles() -> Titles:
    """The recognizer with the house's lexicon."""
    return Titles(lexicon())
