"""Words cut into lines fit for line-by-line coding: one sentence each, with the small ones that belong to it.

A line ends where the speaker changes, at a long pause, where speech went unheard, at the end of a sentence, and where
it grows too long: then at a pause or the end of a clause. A small sentence (``네.``, ``그렇죠.``) of the same breath
stays with the one that follows it, or at the end of a breath with the one before. What another puts in (``네``, ``음``,
anything while the first speaks on without a pause) is a line of its own and does not cut the first one's sentence:
lines are in order of their starts, and of two that overlap one may end within the other.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil

from pipeline.lines.asking import acknowledges
from pipeline.speech import SpokenWord

Line = tuple[SpokenWord, ...]
Split = Callable[[tuple[str, ...]], Sequence[Sequence[int]]]
"""Texts → for each, the code points at which its sentences end, in order."""

_FINAL = re.compile(r"(?:요|죠|다|(?<!니)까|네|자|[.?!…])[\"'”’)]*$")
"""How a word ends that may end a sentence: enough beside a pause, not without one."""
_CLAUSE = re.compile(r"(?:,|고|서|데|면|며|니까|지만|거나|려고|다가|더니|든지|해도|어도|아도|은데|는데요|고요)$")
_PAUSE_WORTH, _CLAUSE_WORTH = 2.0, 0.5
"""What a second of pause and the end of a clause count for when a long sentence must be cut somewhere."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where lines end, and from where a role is sure; the numbers and their reasons are in config/default.toml."""

    max_pause_seconds: float
    breath_seconds: float
    max_seconds: float
    max_characters: int
    short_characters: int
    backchannel_seconds: float
    role_sure_from: float


def cut(words: Sequence[SpokenWord], unheard: Sequence[float], limits: Limits, split: Split) -> list[Line]:
    """Lines in order of time out of `words` in order of time; `unheard` are the starts of gaps, sorted.

    Each word is in exactly one line, the words of a line in order. Only a word that alone is beyond the limits makes a
    line beyond them.
    """
    strands = _strands(_runs(words, unheard, limits), unheard, limits)
    ends = split(tuple(_text(strand.words) for strand in strands))
    lines = [line for strand, found in zip(strands, ends, strict=True) for line in _lines(strand, found, limits)]
    return sorted(lines, key=lambda line: line[0].start)


# --- what may be one line at most ------------------------------------------------------------------------------------


def _runs(words: Sequence[SpokenWord], unheard: Sequence[float], limits: Limits) -> list[Line]:
    """Words of one speaker without a long pause or unheard speech between them."""
    runs: list[list[SpokenWord]] = []
    for word in words:
        last = runs[-1][-1] if runs else None
        if last and last.speaker == word.speaker and _near(last, word, unheard, limits):
            runs[-1].append(word)
        else:
            runs.append([word])
    return [tuple(run) for run in runs]


def _near(before: SpokenWord, after: SpokenWord, unheard: Sequence[float], limits: Limits) -> bool:
    interrupted = bisect_left(unheard, before.start) < bisect_left(unheard, after.start)
    return not interrupted and after.start - before.end <= limits.max_pause_seconds


@dataclass(slots=True)
class _Strand:
    """A speaker's words that may make one line; `seams` are those after which somebody else spoke alone."""

    words: list[SpokenWord]
    seams: set[SpokenWord]


def _strands(runs: Sequence[Line], unheard: Sequence[float], limits: Limits) -> list[_Strand]:
    """Runs put together where their speaker went on, whatever another said meanwhile."""
    strands: list[_Strand] = []
    latest: dict[str, tuple[int, int]] = {}
    for number, run in enumerate(runs):
        strand, before = latest.get(run[0].speaker, (len(strands), number))
        last, between = runs[before][-1], runs[before + 1 : number] if before < number else ()
        if between and _goes_on(last, between, run[0], unheard, limits):
            strands[strand].words.extend(run)
            if any(last.end <= other[0].start and other[-1].end <= run[0].start for other in between):
                strands[strand].seams.add(last)
        else:
            strand = len(strands)
            strands.append(_Strand(list(run), set()))
        latest[run[0].speaker] = strand, number
    return strands


def _goes_on(
    last: SpokenWord, between: Sequence[Line], first: SpokenWord, unheard: Sequence[float], limits: Limits
) -> bool:
    """Whether a speaker who said `last` was still speaking at `first`, with what others said in `between`."""
    return _near(last, first, unheard, limits) and (
        first.start - last.end <= limits.breath_seconds or all(_is_backchannel(run, limits) for run in between)
    )


def _is_backchannel(run: Line, limits: Limits) -> bool:
    return run[-1].end - run[0].start <= limits.backchannel_seconds and acknowledges(_text(run))


# --- sentences and lines ---------------------------------------------------------------------------------------------


def _lines(strand: _Strand, ends: Sequence[int], limits: Limits) -> Iterator[Line]:
    """The strand's lines: its sentences, short enough each, small ones together within a breath."""
    words, ended = tuple(strand.words), set(ends)
    sentences: list[Line] = []
    at = start = 0
    for index, word in enumerate(words):
        at += len(word.text)
        is_last = index + 1 == len(words)
        rests = is_last or word in strand.seams or words[index + 1].start - word.end >= limits.breath_seconds
        if is_last or at in ended or (rests and _FINAL.search(word.text)):
            sentences.extend(_shortened(words[start : index + 1], limits))
            start = index + 1
        at += 1
    yield from _joined(sentences, strand.seams, limits)


def _shortened(sentence: Line, limits: Limits) -> Iterator[Line]:
    """The sentence in pieces within the limits, cut where it hurts least, else in even pieces."""
    while (fit := _fitting(sentence, limits)) < len(sentence):
        even = ceil(len(sentence) / ceil(len(sentence) / fit))
        counts = sorted(range(max(1, fit // 2), fit + 1), key=lambda count: abs(count - even))
        count = max(counts, key=partial(_worth, sentence))
        yield sentence[:count]
        sentence = sentence[count:]
    yield sentence


def _worth(sentence: Line, count: int) -> float:
    """How good a place to cut the sentence there is after that many words."""
    before, after = sentence[count - 1], sentence[count]
    clause = _CLAUSE_WORTH if _CLAUSE.search(before.text) else 0.0
    return clause + _PAUSE_WORTH * max(0.0, after.start - before.end)


def _fitting(words: Line, limits: Limits) -> int:
    """How many words from the start fit into a line; at least one."""
    characters, end = -1, 0.0
    for count, word in enumerate(words):
        characters += 1 + len(word.text)
        end = max(end, word.end)
        if count and (characters > limits.max_characters or end - words[0].start > limits.max_seconds):
            return count
    return len(words)


def _joined(sentences: Sequence[Line], seams: set[SpokenWord], limits: Limits) -> Iterator[Line]:
    """Small sentences with the one after them, or, where a breath ends, with the one before."""
    line: Line = ()
    for number, sentence in enumerate(sentences):
        follower = sentences[number + 1] if number + 1 < len(sentences) else ()
        is_last = not follower or not _one_breath(sentence, follower, seams, limits)
        if line and not (
            _one_breath(line, sentence, seams, limits)
            and (_is_small(line, limits) or (is_last and _is_small(sentence, limits)))
        ):
            yield line
            line = ()
        line += sentence
    if line:
        yield line


def _one_breath(before: Line, after: Line, seams: set[SpokenWord], limits: Limits) -> bool:
    """Whether two neighbours may stand in one line: no pause for breath, nobody between them, short enough together."""
    both = before + after
    near = after[0].start - before[-1].end < limits.breath_seconds and before[-1] not in seams
    return near and _fitting(both, limits) == len(both)


def _is_small(sentence: Line, limits: Limits) -> bool:
    return len(_text(sentence)) < limits.short_characters


def _text(words: Sequence[SpokenWord]) -> str:
    return " ".join(word.text for word in words)
