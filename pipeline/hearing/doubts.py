"""What speaks against words that a recognizer gives: loops, boilerplate of its training, echoes of its prompt. Pure.

Whisper fills silence and noise with what stood under the videos that it was trained on, and falls into loops. The rules
are those found by others (mynah-stt's loop guard; reports to SYSTRAN/faster-whisper, thewh1teagle/vibe,
PocketShell-io/pocketshell) and apply to whole passages: a part of a sentence that reads like boilerplate is speech.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.hearing.spans import Span, Timeline
from pipeline.hearing.vocabulary import plain
from pipeline.speech import Gap, Passage, Word

LOOP, BROKEN, BOILERPLATE, ECHO, FOREIGN, NO_SPEECH, COLLAPSED = (
    "loop", "broken text", "boilerplate", "echo", "foreign", "no speech", "collapsed"
)  # fmt: skip
"""The first two are refused: their time goes to the gap ledger. The others are kept, for they may have been said."""

WORD_TIMES, PAIR_TIMES, PHRASE_TIMES, PHRASE_WORDS = 8, 6, 3, 12
"""A loop: a word so often, a pair so often, or a longer phrase so often and over so many words, without a break."""
LONGEST_PHRASE = 30
PAUSE = 1.0
"""Seconds of silence that end a loop: somebody who listens may well say 네 eight times, one by one."""
STUTTER = re.compile(r"(.{1,6}?)\1{15,}")
"""Within a word: one to six characters sixteen times."""

LINES, UNIQUE_SHARE, ONE_SHARE = 20, 0.20, 0.50
"""A collapsed transcript: of at least so many lines, so few are different, or one is so many of them."""

UNSURE = 0.5
"""Mean probability of words, below which they are doubted where nobody surely speaks; soft speech is more probable."""

FEWEST_LETTERS = 4
"""Fewer letters of another script are a name or an abbreviation, not another language."""

_VIDEO = r"(?:오늘도|지금까지|끝까지)?(?:영상|방송)?(?:을|도)?"
_BOILERPLATE = re.compile(
    "|".join(
        (
            rf"{_VIDEO}시청해주(?:셔서|신여러분)(?:대단히|정말)?감사합니다",
            r"(?:구독과?좋아요|좋아요와?구독)(?:과?알림설정)?(?:까지)?(?:한번씩|꼭|꾹)?(?:눌러주세요|(?:을|를)?부탁드립니다|부탁드릴게요)?",
            r"다음(?:영상|시간|이시간)에(?:서)?(?:또)?(?:만나요|뵙겠습니다|뵐게요|만나뵙겠습니다)",
            r"(?:mbc|kbs|sbs|ytn|jtbc)뉴스(?:[가-힣]{2,4}(?:기자)?)?(?:였|이었)?입니다",
            r"(?:한글|한국어|영어)?자막(?:by|제공|제작|번역)(?:by)?[0-9a-z가-힣]{0,8}",
            r"(?:이영상은|본영상은)?(?:유료)?광고를?포함하고있습니다",
            r"\d부에서계속됩니다",
            r"감사합니다",
        )
    )
)


# --- loops ----------------------------------------------------------------------------------------------------------


def loops(words: Sequence[str]) -> list[tuple[int, int]]:
    """``[first, past the last)`` of the words that are caught in a loop, in order and disjoint.

    >>> loops("네 저는 " .split() + ["팝"] * 9 + ["그래서"])
    [(2, 11)]
    """
    signs = [plain(word) or word for word in words]
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(signs):
        stop = at + _loop_from(signs, at)
        if stop > at:
            found.append((at, stop))
        at = max(stop, at + 1)
    return found


def _loop_from(signs: Sequence[str], at: int) -> int:
    """How many words from `at` on are a loop; 0 where none is."""
    if STUTTER.search(signs[at]):
        return 1
    for width in range(1, min(LONGEST_PHRASE, (len(signs) - at) // PHRASE_TIMES) + 1):
        same = 0
        while at + width + same < len(signs) and signs[at + same] == signs[at + width + same]:
            same += 1
        if (width + same) // width >= _fewest_times(width):
            return width + same
    return 0


def _fewest_times(width: int) -> int:
    return {1: WORD_TIMES, 2: PAIR_TIMES}.get(width, max(PHRASE_TIMES, math.ceil(PHRASE_WORDS / width)))


def is_broken(word: str) -> bool:
    """Whether a piece of a character is missing from it: half a syllable in UTF-8."""
    return "\ufffd" in word


# --- one passage ----------------------------------------------------------------------------------------------------


def is_boilerplate(text: str) -> bool:
    """Whether `text` as a whole is what Whisper says of silence; spaces and marks do not matter.

    >>> is_boilerplate("시청해 주셔서 감사합니다."), is_boilerplate("와 주셔서 감사합니다.")
    (True, False)
    """
    return bool(_BOILERPLATE.fullmatch(plain(text)))


def is_echo(text: str, terms: Sequence[str]) -> bool:
    """Whether `text` is the prompt read out: two or more of the `terms`, or one of them again and again, nothing else.

    >>> is_echo("조현병, 회복. 회복.", ("조현병", "회복")), is_echo("조현병.", ("조현병", "회복"))
    (True, False)
    """
    given = "|".join(sorted((re.escape(sign) for term in terms if (sign := plain(term))), key=len, reverse=True))
    return bool(given) and bool(re.fullmatch(f"(?:{given}){{2,}}", plain(text)))


def is_foreign(text: str, language: str) -> bool:
    """Whether a passage that should be Korean has letters, but of other scripts than Hangul only."""
    letters = [sign for sign in text if sign.isalpha()]
    return language == "ko" and len(letters) >= FEWEST_LETTERS and not any("가" <= sign <= "힣" for sign in letters)


def is_unsound(words: Sequence[str]) -> bool:
    """Whether the words are worth another try with other settings: a loop, or half a character."""
    return bool(loops(words)) or any(map(is_broken, words))


# --- a whole transcription ------------------------------------------------------------------------------------------


def sifted(
    passages: Iterable[Passage], speech: Sequence[Span], terms: Sequence[str], language: str
) -> tuple[tuple[Passage, ...], tuple[Gap, ...]]:
    """The passages with what speaks against them, and the stretches whose words are refused. No other word is lost.

    `speech` is where voice activity detection hears any, empty where that is not known. A passage of no length says
    nothing of where it was said: it is dropped, and the speech that it may stand for is in the ledger for want of
    words.
    """
    given = tuple(passages)
    refused, voiced, gaps = _refused(given), Timeline.of(speech) if speech else None, list[Gap]()
    kept: list[Passage] = []
    for number, passage in enumerate(given):
        reasons = {index: reason for (where, index), reason in refused.items() if where == number}
        gaps.extend(Gap(word.start, word.end, reason) for word, reason in _stretches(passage.words, reasons))
        words = tuple(word for index, word in enumerate(passage.words) if index not in reasons)
        if words and words[0].start < words[-1].end:
            kept.append(_doubted(replace(passage, words=words), voiced, terms, language))
    return _collapsed(tuple(kept)), tuple(gap for gap in gaps if gap.start < gap.end)


def _refused(passages: Sequence[Passage]) -> dict[tuple[int, int], str]:
    """(passage, word) and why it is refused. A loop may go through several passages, but not through a pause."""
    places = [(number, index) for number, passage in enumerate(passages) for index in range(len(passage.words))]
    words = [passages[number].words[index] for number, index in places]
    found = {place: BROKEN for place, word in zip(places, words, strict=True) if is_broken(word.text)}
    breaks = [at for at in range(1, len(words)) if words[at].start - words[at - 1].end >= PAUSE]
    for begin, end in zip([0, *breaks], [*breaks, len(words)], strict=True):
        for first, stop in loops([word.text for word in words[begin:end]]):
            found |= dict.fromkeys(places[begin + first : begin + stop], LOOP)
    return found


def _stretches(words: Sequence[Word], refused: dict[int, str]) -> list[tuple[Word, str]]:
    """The refused words, neighbours of one reason joined."""
    joined: list[tuple[Word, str]] = []
    for index, reason in sorted(refused.items()):
        word = words[index]
        if joined and joined[-1][1] == reason and refused.get(index - 1) == reason:
            joined[-1] = (replace(joined[-1][0], end=word.end), reason)
        else:
            joined.append((word, reason))
    return joined


def _doubted(passage: Passage, voiced: Timeline | None, terms: Sequence[str], language: str) -> Passage:
    text = " ".join(word.text for word in passage.words)
    silent = voiced is not None and not voiced.seconds(passage.words[0].start, passage.words[-1].end)
    unsure = sum(word.probability for word in passage.words) < UNSURE * len(passage.words)
    found = {
        BOILERPLATE: is_boilerplate(text),
        ECHO: is_echo(text, terms),
        FOREIGN: is_foreign(text, language),
        NO_SPEECH: silent and unsure,
    }
    doubts = (*passage.doubts, *(doubt for doubt, holds in found.items() if holds and doubt not in passage.doubts))
    return replace(passage, start=passage.words[0].start, end=passage.words[-1].end, doubts=doubts)


def _collapsed(passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """All of them doubted where the engine said the same over and over, from line to line."""
    lines = Counter(plain("".join(word.text for word in passage.words)) for passage in passages)
    total = len(passages)
    if total < LINES or (len(lines) / total > UNIQUE_SHARE and max(lines.values()) / total < ONE_SHARE):
        return passages
    return tuple(replace(passage, doubts=(*passage.doubts, COLLAPSED)) for passage in passages)
