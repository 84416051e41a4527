"""Which question of the interview guide each line was said under.

A line asks a question of the guide where an asking line shares its particular words and its letters. Both are compared
as jamo (NFD), where what a recognizer of speech garbles (일가 for 일과) differs by a letter and not by a syllable, and
stems stay alike through their endings (힘드신, 힘들었던). The words that every interviewer needs (말씀, 어떻게, 점)
count for little, and so do those that several questions of the guide share: a probe (얼마나 같이 일하셨어요?) is no
guide question because of one common word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import partial_ratio, ratio

from pipeline.korean import is_tail
from pipeline.lines.asking import asks, bare, reflects

ALIKE = 0.86
"""Jaro-Winkler similarity of two stems' jamo, 0 to 1, from which they are the same word, heard or inflected."""
ASKED = 0.49
"""Score from which a line asks the question; `_score`."""
MARGIN = 0.06
"""By how much it must be more like that question than like any other."""
WORDS_SHARE = 0.7
"""What shared words count for in the score; the rest is the likeness of all letters."""
CHANCE = 55.0
"""rapidfuzz ratio, 0 to 100, of the jamo of two Korean sentences that have nothing to do with each other."""
COMMON_WORTH = 0.2
"""What a word counts for that every interviewer needs."""
SYLLABLE_WORTH = 0.5
"""What a word of one syllable counts for (일, 약): it is soon heard by chance."""

_COMMON = re.compile(
    "(?:말씀|이야기|얘기|들려|무엇|무슨|어떤|어떻|어떠|어때|어땠|어디|언제|누구|누가|얼마|혹시|그럼|그러|그런|그렇|먼저|편하|조금"
    "|있|없|싶|하[는고면셨시]|되[는고면셨시]|주[는었셨시세겠]|하신|한|할|되신|되어|된|됐|될|생각|대해|대한|관해|본인|선생|우리"
    "|저희|오늘|지금|보통|다음|가장|제일|계[신시세셨]|처음|경우)"
    "|(?:것|거|게|점|적|때|수|분|그|이|왜|뭐|뭔)(?:은|는|이|가|을|를|에|도|로|의|들|만|면|라고|예요|가요)*$"
)
"""The words that are in every interviewer's mouth."""
_PARTICLES = "은는이가을를에도와과로의만"


@dataclass(frozen=True, slots=True)
class Ask:
    """Line number `line` (0-based place in the lines given) asks guide question `question` (from 1)."""

    line: int
    question: int
    score: float


@dataclass(frozen=True, slots=True)
class _Question:
    words: tuple[tuple[str, float], ...]
    """(jamo of its stem, weight) of each word."""
    letters: str


def asked(said: Sequence[tuple[str, str]], questions: Sequence[str]) -> tuple[Ask, ...]:
    """Where the guide's `questions` are asked in lines of (speaker, text), by whomever, in order.

    A question may be spread over two neighbouring lines of one speaker, where neither asks one by itself.
    """
    guide = _guide(questions)
    found = {number: ask for number, (_, text) in enumerate(said) if (ask := _best(number, text, guide))}
    for number in range(len(said) - 1):
        (speaker, text), (other, more) = said[number], said[number + 1]
        if speaker == other and not found.keys() & {number - 1, number, number + 1}:
            ask = _best(number, f"{text} {more}", guide)
            if ask:
                found[number] = ask
    return tuple(found[number] for number in sorted(found))


def under(lines: int, asks: Collection[Ask]) -> tuple[int, ...]:
    """For each of that many lines, the question that was asked last, the asking line included; 0 before the first."""
    starts = {ask.line: ask.question for ask in asks}
    numbers, current = [], 0
    for line in range(lines):
        current = starts.get(line, current)
        numbers.append(current)
    return tuple(numbers)


def _best(line: int, text: str, guide: Sequence[_Question]) -> Ask | None:
    """The question that `text` asks, if it asks one."""
    if not guide or reflects(text) or not (asks(text) or "?" in text):
        return None
    words, letters = tuple(_stem(word) for word in bare(text).split()), _jamo(bare(text).replace(" ", ""))
    scores = sorted(((_score(words, letters, question), -number) for number, question in enumerate(guide, 1)))
    score, number = scores[-1]
    rival = scores[-2][0] if len(scores) > 1 else 0.0
    return Ask(line, -number, score) if score >= ASKED and score - rival >= MARGIN else None


def _score(words: Sequence[str], letters: str, question: _Question) -> float:
    """How much a line is like `question`, 0 to 1: the weight of the words that they share, and their letters."""
    whole = sum(weight for _, weight in question.words)
    shared = sum(weight * _likest(stem, words) for stem, weight in question.words) / whole if whole else 0.0
    compare = partial_ratio if len(letters) > len(question.letters) else ratio
    alike = max(0.0, compare(letters, question.letters) - CHANCE) / (100 - CHANCE)
    return WORDS_SHARE * shared + (1 - WORDS_SHARE) * alike


def _likest(stem: str, words: Sequence[str]) -> float:
    """How like the most like of `words` is to `stem`, 0 below `ALIKE`."""
    return max((JaroWinkler.similarity(stem, word, score_cutoff=ALIKE) for word in words), default=0.0)


def _guide(questions: Sequence[str]) -> tuple[_Question, ...]:
    spoken = [[(word, _stem(word)) for word in bare(question).split()] for question in questions]
    stems = [[stem for _, stem in words] for words in spoken]
    return tuple(
        _Question(
            tuple((stem, _weight(word) / sum(_likest(stem, others) > 0 for others in stems)) for word, stem in words),
            _jamo("".join(word for word, _ in words)),
        )
        for words in spoken
    )


def _weight(word: str) -> float:
    if _COMMON.match(word):
        return COMMON_WORTH
    return SYLLABLE_WORTH if len(_noun(word)) == 1 else 1.0


@lru_cache(maxsize=16384)
def _stem(word: str) -> str:
    """The jamo of `word` without its particles."""
    return _jamo(_noun(word))


def _noun(word: str) -> str:
    """The shortest beginning of `word`, of two syllables or more, that leaves particles; 일을 leaves 일, 힘든 힘든."""
    if len(word) == 2 and word[1] in _PARTICLES:
        return word[0]
    return next((word[:end] for end in range(2, len(word)) if is_tail(word[end:])), word)


def _jamo(text: str) -> str:
    return unicodedata.normalize("NFD", text)
