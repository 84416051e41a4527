"""Hypothesis strategies for the nouns: any artifact, and speech that could have been heard."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from pipeline.interview import InterviewId, Role
from pipeline.speech import Attribution, Diarization, Passage, SpokenWord, Transcription, Turn, Word
from pipeline.transcript import Segment

CODES = st.from_regex(r"[A-Za-z0-9_]{1,32}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
HANGUL = st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=6)
SPEAKERS = st.sampled_from(("S1", "S2", "S3"))
SECONDS = st.integers(0, 400).map(lambda tenths: tenths / 10)

st.register_type_strategy(InterviewId, st.builds(InterviewId, CODES, CODES, CODES))
st.register_type_strategy(str, TEXTS)
st.register_type_strategy(float, FINITE)
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))


def any_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any value of that noun."""
    return st.from_type(kind)


def nfd(text: str) -> str:
    """`text` as macOS writes it."""
    return unicodedata.normalize("NFD", text)


@st.composite
def exclusive_turns(draw: st.DrawFn) -> tuple[Turn, ...]:
    """Turns of which no two overlap, in order."""
    edges = sorted(draw(st.lists(SECONDS, unique=True, max_size=20)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple(Turn(start, end, draw(SPEAKERS)) for start, end in pairs)


@st.composite
def diarizations(draw: st.DrawFn) -> Diarization:
    """Exclusive turns, and beside them turns that may overlap."""
    exclusive = draw(exclusive_turns())
    spans = draw(st.lists(st.tuples(SECONDS, SECONDS, SPEAKERS), max_size=8))
    more = tuple(Turn(min(a, b), max(a, b), who) for a, b, who in spans if a != b)
    return Diarization((*exclusive, *more), exclusive, ("S1", "S2", "S3"), True)


@st.composite
def transcriptions(draw: st.DrawFn) -> Transcription:
    """Words in order of time, a few of them without length, in passages."""
    starts = sorted(draw(st.lists(SECONDS, max_size=25)))
    words = []
    for index, start in enumerate(starts):
        latest = starts[index + 1] if index + 1 < len(starts) else round(start + 3, 1)
        end = min(latest, round(start + draw(st.sampled_from((0.0, 0.2, 0.7, 2.0))), 1))
        words.append(Word(draw(HANGUL) + draw(st.sampled_from(("", ".", "?", ","))), start, end, 0.5))
    cut = draw(st.integers(0, len(words)))
    parts = [tuple(part) for part in (words[:cut], words[cut:]) if part]
    return Transcription("ko", tuple(Passage(part[0].start, part[-1].end, part) for part in parts))


@st.composite
def attributions(draw: st.DrawFn) -> Attribution:
    """Words in order of time, each with a speaker."""
    heard = draw(transcriptions()).words
    return Attribution(tuple(SpokenWord(w.text, w.start, w.end, 0.5, draw(SPEAKERS)) for w in heard), ())


def spoken(text: str, start: float = 0.0, end: float = 1.0, speaker: str = "S1") -> tuple[SpokenWord, ...]:
    """The words of `text`, equally long."""
    texts = text.split()
    step = (end - start) / max(1, len(texts))
    return tuple(
        SpokenWord(word, start + i * step, start + (i + 1) * step, 0.9, speaker) for i, word in enumerate(texts)
    )


def line(
    text: str, number: int = 1, *, id: str = "", start: float = 0.0, end: float = 1.0, speaker: str = "S1"
) -> Segment:
    """A segment whose words are those of its text."""
    role = Role.PARTICIPANT
    return Segment(id or f"id-{number}", number, speaker, role, start, end, text, spoken(text, start, end, speaker))
