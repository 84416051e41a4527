"""Recognizer: what Korean puts around a person's name: titles, 씨 and 님, the vocative, the suffix 이, introductions.

Needs no dictionary but the lexicon. Scores: .9 for 씨 or 님 behind what is made like a name, for a surname or full
name with a title; a surname that is a determiner too .55 (이 선생님), glued to its title .75; the suffix 이 before a
particle that no other noun takes .75; introductions .8 for a full name, else .5 to .7; a given name with a title .45,
for morphology decides more; vocatives and self-repairs .5; another word with 씨, perhaps a garbled name, .6.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pipeline.korean import coda, has_suffix, is_tail, tail_of
from pipeline.lexicon import Lexicon, lexicon
from pipeline.people import Entry
from pipeline.transcript import Finding, Label

Hit = tuple[int, int, float, str]
"""Start, end, score, form."""

_WORD = re.compile(r"[가-힣]+")
_INTRODUCED = re.compile(
    r"(?:이름|성함|본명|실명|별명|닉네임|활동명|법명|세례명|가명|호칭)(?:은|는|이|가|도)?\s+(?:제가\s|그냥\s|원래\s|좀\s|또\s)?([가-힣]{2,})"
)
_SELF = re.compile(
    r"(?:저는|전|나는|난|제가|저\s는)\s+([가-힣]{2,5}?)(?:이?라고\s?(?:하|합|해|불)|입니다|이에요|예요|이라\s?합)"
)
_CALLED = re.compile(
    r"(?<![가-힣])([가-힣]{2,4}?)(?:이?라고|이?라)\s(?:부르|불러|불렀|불리|불려|합니다|제\s|내\s|우리\s|저희\s|있었|있는|있거|있어|계시|계셨)"
)
_NICKNAMED = re.compile(
    r"(?<![가-힣])([가-힣]{2,5}?)(?:이라고|라고|이라는|라는|이란|란)\s(?:하는\s)?(?:별명|이름|닉네임|활동명|본명|애칭|호칭)"
)
_PERSON_NOUN = re.compile(
    r"(?<![가-힣])([가-힣]{2,4}?)(?:이라는|라는|이라고\s하는|라고\s하는)\s(?:[가-힣]{1,4}\s)?(?:놈|녀석|양반|총각|처녀|아가씨|할머니|할아버지|교수|강사|의사|간호사|복지사|원장|팀장|친구|분|사람|언니|형|오빠|누나|선생|동생|애|아이|여자|남자|환자|동료|후배|선배)"
)
_ALONE = re.compile(
    r"^(?:네|예|아|안녕하세요|저)?[\s,.]*([가-힣]{3,4}?)(?:입니다|이에요|예요|이고요|라고\s?합니다|이라고\s?합니다)"
)
_VILLAGE_WIFE = re.compile(r"(?<![가-힣])([가-힣]{2}댁)(?=이|은|는|도|네|한테|하고|이라|요|$|\s)")
_VIETNAMESE = re.compile(
    r"(?<![가-힣])((?:응우옌|응웬|응엔|쩐|팜|호앙|부이|보티|레티|쯔엉)(?:\s?[가-힣]{1,3}(?=\s|이|은|는|가|을|를|라|씨|,|$)){0,3})"
)
_KIN_BEHIND = re.compile(
    r"(?<![가-힣])([가-힣]{2,5}?)(\s?)(형|누나|언니|오빠|아저씨|아줌마|이모|삼촌|삼춘|할머니|할아버지|할매|할배|행님|성님|형님|누님|쌤)([가-힣]*)"
)
_NO_NOUN = re.compile(
    "[은는을를의에도로만던운린한된간온올할인른친운큰작젊늙]$|[가이](?=$)|(?:에서|하고|이랑|에게|한테|니까|는데|지만|어서|아서)$"
)
_HOUSEHOLD = re.compile(
    r"(?<![가-힣])([가-힣]{2}?)(?:이?네)(?=가\s|는\s|도\s|에서|한테|\s?집|\s[가-힣]{0,2}집|\s?가게|\s?엄마|\s?식구)"
)
_LETTER_OR_SYLLABLE = re.compile(
    r"(?<![가-힣])(에이|디|이|에프|지|에이치|제이|케이|엘|엠|엔|큐|알|에스|티|유|브이|와이|[가-힣])\s씨(?=[은는이가도를랑와과의하한께네예였]|\s|,|$|라)"
)
_SINGLE = re.compile(
    r"(?<![가-힣])([가-힣]{2})(?=\s?(?:자\s)?외자|이?라고\s외자)|외자[^.]{0,12}?(?<![가-힣])([가-힣]{1,2})(?=$|이|요|예)"
)
_REPAIR = re.compile(r"(?<![가-힣])([가-힣]{1,3})\s?(?:아니다|아니|어|음|그|뭐지|뭐더라|그게)[\s,.]+(?=([가-힣]{2,}))")
_THERE_WAS = re.compile(
    r"(?<![가-힣])([가-힣]{2,5}?)(?:이라고|라고|이라구|라구|이라는|라는)\s(?:[가-힣]{1,3}\s){0,2}?(?:있었|있는데|있거든|있어|계셨|계시|계신|하나\s있)"
)
_BY_SIZE = re.compile(r"(?<![가-힣])(?:큰|작은|젊은|늙은)\s?([가-힣])(?=\s|,|$|이가|은|는|이|가|씨)")
_SURNAME_TOLD = re.compile(
    r"(?<![가-힣])성(?:이|은|씨가|도)\s(?:그\s|저\s)?([가-힣]{1,2}?)(?=\s?씨|이|예|라|여|가|고|인)"
)


@dataclass(frozen=True)
class Titles:
    """Satisfies `Recognizer`."""

    words: Lexicon
    name: str = "titles"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """Every name that its surroundings show. `known` plays no part, so that what is found does not feed itself."""
        rules: tuple[Callable[[str], Iterator[Hit]], ...] = (
            self._surname_titled,
            self._full_titled,
            self._given_titled,
            self._honoured,
            self._with_suffix,
            self._called,
            self._introduced,
            self._there_was,
            self._anyones_elder,
            self._of_one_syllable,
            self._by_surname,
            self._repaired,
        )
        return tuple(
            Finding(number, start, end, Label.NAME, score, self.name, form)
            for number, line in enumerate(lines)
            for rule in rules
            for start, end, score, form in rule(line)
        )

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
            if not spaced and surname in _RANKS:
                continue
            if not spaced and any(f"{surname}{title}{end}" in self.words.ends_like_honorific for end in ("", "님")):
                continue
            determines = surname in self.words.surnames_that_determine
            form = f"{surname} {title}"
            if title in self.words.kin and title != "씨":
                if spaced and determines:
                    continue
                if spaced or len(title) > 1:
                    yield match.start(1), match.end(1), 0.75 if len(title) > 1 else 0.6, form
            else:
                yield match.start(1), match.end(1), (0.55 if spaced else 0.75) if determines else 0.9, form

    def _given_titled(self, line: str) -> Iterator[Hit]:
        """A given name before a title: doubtful, for without morphology a noun may be one (경비 아저씨)."""
        for word in _WORD.finditer(line):
            head = word.group()[:2]
            if self.words.is_given(head) and self.words.title_at(line, word.start() + 2) not in {
                None,
                "님",
                "씨",
                "양",
                "군",
            }:
                yield word.start(), word.start() + 2, 0.45, ""

    def _full_titled(self, line: str) -> Iterator[Hit]:
        for word in _WORD.finditer(line):
            for length in (4, 3):
                end = word.start() + length
                if end > word.end() or not self.words.is_full(line[word.start() : end]):
                    continue
                title = self.words.title_at(line, end)
                if title is not None:
                    if line[word.start() : end - 1] in self.words.stoplist:
                        break  # 선배가 후배를
                    apart = line[end : end + 1] == " " and line[end - 1] in _ENDS_LIKE_PARTICLE
                    yield word.start(), end, 0.55 if apart else 0.9, ""
                    break

    def _honoured(self, line: str) -> Iterator[Hit]:
        for match in re.finditer(r"(?<![가-힣])([가-힣]{1,5}?)(\s?)(씨|님)(?![가-힣]{2,}님)", line):
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
            if honour == "님" and spaced and not usual:
                continue
            yield match.start(1), match.start(1) + len(bare), (0.9 if usual else 0.6), ""

    def _may_be_honoured(self, head: str, honour: str, spaced: bool) -> bool:
        if head in self.words.stoplist or (f"{head}{honour}" in self.words.ends_like_honorific and not spaced):
            return False
        if any(head.endswith(title) and len(title) > 1 for title in self.words.titles | self.words.never_a_name):
            return False
        return not any(head.endswith(word[:-1]) for word in self.words.ends_like_honorific if len(word) > 2)

    def _with_suffix(self, line: str) -> Iterator[Hit]:
        for word in _WORD.finditer(line):
            text = word.group()
            for length in (2, 3):
                head, rest = text[:length], text[length:]
                if not (rest and coda(head) and has_suffix(rest)) or f"{head}이" in self.words.nouns_with_i:
                    continue
                if self.words.is_given(head) and not any(
                    f"{head}이".endswith(n) for n in self.words.nouns_with_i if len(n) > 2
                ):
                    yield (
                        word.start(),
                        word.start() + 2,
                        0.75 if head not in self.words.names_that_are_words else 0.5,
                        "",
                    )
                elif self.words.is_full(head):
                    yield word.start(), word.start() + 3, 0.75, ""
                elif length == 2 and not any(f"{head}이".endswith(n) for n in self.words.nouns_with_i):
                    yield word.start(), word.start() + 2, 0.4, ""

    def _called(self, line: str) -> Iterator[Hit]:
        """Vocatives, where the coda agrees: 민수야, 지훈아."""
        for word in _WORD.finditer(line):
            head, last = word.group()[:-1], word.group()[-1]
            if last != ("아" if head and coda(head) else "야") or not head:
                continue
            twice = line.count(word.group()) > 1
            if head[-1] in _VERBAL or (word.start() and self.words.is_word(head) and not twice):
                continue  # a name that is a word is called at the beginning, or is no name: 그게 이유야
            if self.words.is_full(head):
                yield word.start(), word.end() - 1, 0.6, ""
            elif self.words.is_given(head):
                yield word.start(), word.end() - 1, 0.5, ""

    def _introduced(self, line: str) -> Iterator[Hit]:
        for pattern in (_VILLAGE_WIFE, _VIETNAMESE):
            yield from ((match.start(1), match.end(1), 0.5, "") for match in pattern.finditer(line))
        for match in _INTRODUCED.finditer(line):
            start = match.start(1)
            told = line[match.start() : start].strip()
            if told.endswith(("은", "는", "이", "가")) or self.words.is_full(match[1][:3]):
                yield from self._named(line, start, match[1], 0.6)
        for pattern, guess in ((_SELF, 0.0), (_ALONE, 0.0), (_CALLED, 0.5), (_PERSON_NOUN, 0.5), (_NICKNAMED, 0.6)):
            for match in pattern.finditer(line):
                head = match[1]
                if self.words.is_full(head):
                    yield match.start(1), match.end(1), 0.8, ""
                elif (
                    guess
                    and not self._explained(head)
                    and (pattern in {_NICKNAMED, _PERSON_NOUN} or self.words.is_given(head))
                ):
                    yield match.start(1), match.end(1), guess, ""

    def _explained(self, head: str) -> bool:
        """Whether `head` is a word that names nobody, alone or with the particle 이."""
        if any(head.endswith(ending) for ending, _ in self.words.org_kinds if len(ending) > 1):
            return True
        return head in self.words.stoplist or head.removesuffix("이") in self.words.titles | {"저", "나", "이"}

    def _named(self, line: str, start: int, word: str, score: float) -> Iterator[Hit]:
        """The name at the beginning of `word`, which follows 이름이 or 별명은: the rest is a form of the copula."""
        if self._no_introduction(word):
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
            yield start, start + length, (0.7 if self.words.is_given(head) else score), ""
            return

    def _no_introduction(self, word: str) -> bool:
        """Whether `word` says something about the name instead of telling it: 이름이 특이해요."""
        begun = [begin for begin in self.words.never_introduced if word.startswith(begin)]
        like_a_name = self.words.is_full(word[:3]) or self.words.is_given(word[:2])
        return any(len(begin) > 1 for begin in begun) or (bool(begun) and not like_a_name)

    def _there_was(self, line: str) -> Iterator[Hit]:
        """짱구라고 있었는데: whoever is introduced so, whatever the word."""
        for match in _THERE_WAS.finditer(line):
            if not self._explained(match[1]):
                yield match.start(1), match.end(1), 0.55, ""

    def _anyones_elder(self, line: str) -> Iterator[Hit]:
        """짱구 형, 새벽세시 형: a noun that says nothing of kin, work or place, before a word for an elder."""
        for match in _KIN_BEHIND.finditer(line):
            head, spaced = match[1], match[2]
            if not is_tail(match[4]) or _NO_NOUN.search(head) or head in self.words.stoplist or self._explained(head):
                continue
            if spaced or len(head) > 2:
                yield match.start(1), match.end(1), 0.4, ""

    def _of_one_syllable(self, line: str) -> Iterator[Hit]:
        """문정 외자 이름이에요: a surname and one syllable. 비 씨, 란 씨: a letter, or a name of one syllable."""
        for match in _LETTER_OR_SYLLABLE.finditer(line):
            if match[1] not in _EXCLAIMED and not self.words.is_surname(match[1]):
                yield match.start(1), match.end(1), 0.5, ""
        for match in _HOUSEHOLD.finditer(line):
            if self.words.is_given(match[1]):
                yield match.start(1), match.end(1), 0.4, ""
        for match in _SINGLE.finditer(line):
            group = 1 if match[1] else 2
            if self.words.is_surname(match[group][0]) or group == 2:
                yield match.start(group), match.end(group), 0.5, ""

    def _by_surname(self, line: str) -> Iterator[Hit]:
        """성이 옥 씨예요; 큰 정, 작은 정: people of one surname told apart."""
        for match in _SURNAME_TOLD.finditer(line):
            if self.words.is_surname(match[1]):
                yield match.start(1), match.end(1), 0.7, ""
        sizes = [match for match in _BY_SIZE.finditer(line) if match[1] in self.words.surnames]
        for match in sizes if len(sizes) > 1 else ():
            glued = match.start(1) - match.start() == len(match.group()) - 1 and " " not in match.group()
            yield match.start() if glued else match.start(1), match.end(1), 0.6, ""

    def _repaired(self, line: str) -> Iterator[Hit]:
        """태 아니 태호, 김 어 김민수: a name that was begun, and the name."""
        for match in _REPAIR.finditer(line):
            begun, whole = match[1], match[2]
            full = next((whole[:n] for n in (4, 3) if self.words.is_full(whole[:n])), "")
            given = self.words.givens(full) or ((whole[:2],) if self.words.is_given(whole[:2]) else ())
            if begun in self.words.never_a_fragment or (len(begun) > 1 and begun in self.words.stoplist):
                continue
            if any(_begins(begun, name) for name in (full, *given) if name):
                yield match.start(1), match.end(1), 0.5, ""


def _begins(begun: str, name: str) -> bool:
    """Whether `begun` may be the beginning of `name`, cut off within a syllable: 강유 of 강윤서, 기 of 규민."""
    if len(begun) > len(name) or begun == name:
        return False
    whole, last = begun[:-1], begun[-1]
    onset = unicodedata.normalize("NFD", last)[0]
    return name.startswith(whole) and unicodedata.normalize("NFD", name[len(whole)])[0] == onset


_EXCLAIMED = frozenset({"아", "어", "에이", "이", "그", "저", "뭐", "왜", "야", "두", "세", "네", "몇"})
"""What stands before 씨 when somebody swears."""

_RANKS = frozenset("부총수준")
"""Syllables of a rank when glued to a title: 부반장, 수간호사."""

_VERBAL = frozenset("려져어와여해워봐줘켜펴서")
"""Last syllables of a verb before 야, must: 기다려야, 봐야."""

_ENDS_LIKE_PARTICLE = frozenset("은는이가의을를도에과와로만")

_COPULA = re.compile(
    r"(?:이?(?:에요|예요|야|고|구|라고|라는|래|랍|거든|었|였|죠|지|네|ㄴ)|인가|인데|인디|인지|인게|인\s|이여|여|여요|입니|이라|이요|요$|일)"
)


def titles() -> Titles:
    """The recognizer with the house's lexicon."""
    return Titles(lexicon())
