"""What is made of a second look at speech that has no words: what to believe of it, and where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.hearing.doubts import is_boilerplate, is_unsound
from pipeline.hearing.spans import Span
from pipeline.hearing.vocabulary import plain
from pipeline.speech import Passage, Word

LOG_PROBABILITY, NO_SPEECH = -0.8, 0.5
"""A stretch heard out of its context is believed only where it is more probable than this, and rather speech."""

NEAR_SECONDS = 5.0
"""Words so near that are said in it already have but a wrong time."""


def believable(heard: Iterable[Passage], holes: Sequence[Span], found: Sequence[Passage]) -> Iterator[Passage]:
    """The passages of a second look at `holes`, each cut to its words in them, that were not `found` beside them."""
    for passage in heard:
        words = tuple(word for word in passage.words if _in_any(word, holes))
        text = " ".join(word.text for word in words)
        likely = passage.mean_log_probability > LOG_PROBABILITY and passage.no_speech_probability < NO_SPEECH
        if words and likely and not is_boilerplate(text) and not is_unsound(text.split()):
            around = _around(words[0].start - NEAR_SECONDS, words[-1].end + NEAR_SECONDS, found)
            if plain(text) not in around:
                yield replace(passage, start=words[0].start, end=words[-1].end, words=words)


def _in_any(word: Word, holes: Sequence[Span]) -> bool:
    return any(start <= (word.start + word.end) / 2 < end for start, end in holes)


def _around(start: float, end: float, found: Sequence[Passage]) -> str:
    words = (word for passage in found for word in passage.words if start < word.end and word.start < end)
    return plain("".join(word.text for word in words))


def inserted(found: Iterable[Passage], more: Iterable[Passage]) -> list[Passage]:
    """`found` and `more` in order of time; a passage within which something of `more` was said is cut in two there."""
    starts = sorted(passage.words[0].start for passage in more if passage.words)
    parts = [part for passage in found for part in _cut(passage, starts)]
    return sorted([*parts, *more], key=lambda passage: passage.words[0].start)


def _cut(passage: Passage, starts: Sequence[float]) -> Iterator[Passage]:
    """`passage` in parts, no part going on beyond one of `starts` that lies within it."""
    words = list(passage.words)
    while words:
        border = next((start for start in starts if words[0].start < start <= words[-1].start), None)
        count = len(words) if border is None else sum(word.start < border for word in words)
        yield replace(passage, start=words[0].start, end=words[count - 1].end, words=tuple(words[:count]))
        words = words[count:]
