"""Which stretches of a recording nobody may hear: where replaced words were said, and speech nobody has read.

Where it is not sure when a word was said, more is hidden, never less: what a reviewer changed has no times of its own,
so a mention in it takes its whole line; a word that is too short to have been said takes its neighbours.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipeline.hearing.listening import overlooked
from pipeline.hearing.spans import Span, union, without
from pipeline.korean import composed
from pipeline.speech import SpokenWord, Transcription
from pipeline.transcript import Mention, Mentions, Reviewed, Segment, State, Transcript

FASTEST_SECONDS = 0.06
"""A syllable takes at least so long: nobody says 17 in a second. A shorter word has a wrong time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is hidden; the numbers and their reasons are in config/default.toml."""

    cover: str
    margin_seconds: float
    silence_unread: bool
    unread_seconds: float


def replaced(mentions: Mentions) -> tuple[Mention, ...]:
    """Those that the release replaces: sure and doubtful ones."""
    return tuple(mention for mention in mentions.mentions if mention.state is not State.REJECTED)


def hidden(reviewed: Reviewed, mentions: Mentions, transcript: Transcript, limits: Limits) -> list[Span]:
    """Where a replaced mention was said, or what a reviewer took out of the text; with the margin, sorted, disjoint.

    `transcript` is what was heard, before anybody corrected it. The first span may begin before 0.
    """
    standing: defaultdict[str, list[Mention]] = defaultdict(list)
    for mention in replaced(mentions):
        standing[mention.segment].append(mention)
    heard = {segment.id: segment.words for segment in transcript.segments}
    spans: list[Span] = []
    for segment in reviewed.segments:
        before = heard.get(segment.id, ())
        spans += _taken_out(before, segment)
        if standing[segment.id]:
            spans += _of_line(segment, standing[segment.id], before, limits)
    margin = limits.margin_seconds
    return union((start - margin, end + margin) for start, end in spans)


def unread(reviewed: Reviewed, transcript: Transcript, transcription: Transcription, limits: Limits) -> list[Span]:
    """Speech of which no believable word was read, sorted, disjoint: the gap ledger, refused and doubted passages, and
    shorter stretches between words that voice activity detection hears.

    An unheard line into which a reviewer wrote what was said has been read.
    """
    if not limits.silence_unread:
        return []
    doubted = [passage for passage in transcription.passages if passage.doubts]
    words = [word for passage in transcription.passages if not passage.doubts for word in passage.words]
    spans = [(gap.start, gap.end) for gap in (*reviewed.gaps, *transcription.gaps)]
    spans += [(passage.start, passage.end) for passage in doubted]
    spans += overlooked(transcription.speech, words, limits.unread_seconds)
    text = {segment.id: segment.text for segment in transcript.segments if not segment.words}
    filled = union((one.start, one.end) for one in reviewed.segments if one.text != text.get(one.id, one.text))
    return union(part for span in spans if span[0] < span[1] for part in without(span, filled))


# --- one line -------------------------------------------------------------------------------------------------------


def _of_line(
    segment: Segment, mentions: Sequence[Mention], heard: Sequence[SpokenWord], limits: Limits
) -> Iterator[Span]:
    """Where its `mentions` were said: their words as heard, or all of it where those have no times."""
    places, known = _places(segment), frozenset(heard)
    for mention in mentions:
        touched = [number for number, (start, end) in enumerate(places) if start < mention.end and mention.start < end]
        if limits.cover == "lines" or not touched or any(segment.words[number] not in known for number in touched):
            yield _whole(segment, heard)
        else:
            yield from (_said(segment.words, number) for number in touched)


def _places(segment: Segment) -> list[tuple[int, int]]:
    """Code points of each word in the text; empty where the text is no longer its words joined."""
    found = list(re.finditer(r"\S+", segment.text))
    said = [composed(word.text)[0] for word in segment.words]
    return [match.span() for match in found] if [composed(match[0])[0] for match in found] == said else []


def _whole(segment: Segment, heard: Sequence[SpokenWord]) -> Span:
    """All of the line, as it is and as it was heard."""
    parts = ((segment.start, segment.end), *((word.start, word.end) for word in (*heard, *segment.words)))
    return min(start for start, _ in parts), max(end for _, end in parts)


def _said(words: Sequence[SpokenWord], number: int) -> Span:
    """When a word was said; with its neighbours where its own time is too short to be true."""
    word = words[number]
    if word.end - word.start >= FASTEST_SECONDS * sum(map(str.isalnum, word.text)):
        return word.start, word.end
    around = words[max(0, number - 1) : number + 2]
    return min(one.start for one in around), max(one.end for one in around)


def _taken_out(heard: Sequence[SpokenWord], segment: Segment) -> Iterator[Span]:
    """Words of the line that a reviewer deleted, or for which they wrote fewer: names taken out by hand are there."""
    texts = segment.text.split()
    if not heard or [word.text for word in heard] == texts:
        return
    matcher = SequenceMatcher(None, [word.text for word in heard], texts, autojunk=False)
    for tag, start, stop, new_start, new_stop in matcher.get_opcodes():
        if tag != "equal" and new_stop - new_start < stop - start:
            yield from (_said(heard, number) for number in range(start, stop))
