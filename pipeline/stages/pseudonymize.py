"""`Reviewed` × `Mentions` × `Register` → `Pseudonymized`: every mention replaced, the particle behind it repaired."""

from __future__ import annotations

import re
from collections import defaultdict

from pipeline.interview import InterviewId, normal_text
from pipeline.korean import coda, repaired, tail_of
from pipeline.lexicon import Lexicon, lexicon
from pipeline.people import Register, entry_of, form_of
from pipeline.transcript import Label, Line, Mention, Mentions, Pseudonymized, Reviewed, Segment, State

PLACEHOLDERS = {
    Label.PHONE: "[전화번호]",
    Label.EMAIL: "[이메일]",
    Label.DOB: "[생년월일]",
    Label.ADDRESS: "[주소]",
    Label.RRN: "[주민번호]",
}
"""Of identifiers with a shape: nobody needs to know one again."""
UNKNOWN = {Label.NAME: "[이름?]", Label.PLACE: "[장소?]", Label.ORG: "[기관?]"}
"""Of mentions that nobody in the register is known by."""


def pseudonymize(interview: InterviewId, reviewed: Reviewed, mentions: Mentions, register: Register) -> Pseudonymized:
    """The draft of a release. Mentions that a reviewer rejected stay as they are; word times and words go."""
    standing: defaultdict[str, list[Mention]] = defaultdict(list)
    for mention in mentions.mentions:
        if mention.state is not State.REJECTED:
            standing[mention.segment].append(mention)
    lines = tuple(_line(segment, standing[segment.id], register) for segment in reviewed.segments)
    states = [mention.state for of_segment in standing.values() for mention in of_segment]
    return Pseudonymized(
        interview=interview,
        lines=lines,
        gaps=reviewed.gaps,
        lineage=reviewed.lineage,
        sure=states.count(State.SURE),
        doubtful=states.count(State.DOUBTFUL),
    )


def stand_in_of(mention: Mention, register: Register) -> str:
    """What stands in the draft instead of `mention`."""
    if mention.label in PLACEHOLDERS:
        return PLACEHOLDERS[mention.label]
    entry = entry_of(mention.label, form_of(mention, mention.text), register.entries, lexicon())
    return entry.stand_in if entry is not None else UNKNOWN[mention.label]


def _line(segment: Segment, mentions: list[Mention], register: Register) -> Line:
    text = segment.text
    for mention in sorted(mentions, key=lambda mention: mention.start, reverse=True):
        text = _replaced(text, mention, stand_in_of(mention, register))
    return Line(
        id=segment.id,
        line=segment.line,
        version=segment.version,
        speaker=segment.speaker,
        role=segment.role,
        start=segment.start,
        end=segment.end,
        text=normal_text(text),
        replaced=len(mentions),
    )


def _replaced(text: str, mention: Mention, stand_in: str) -> str:
    """`text` with `stand_in` for the mention. Right to left: what follows it has been replaced already."""
    before, after = text[: mention.start], normal_text(text[mention.end :])
    name = normal_text(text[mention.start : mention.end])
    if mention.label is Label.NAME:
        after = _without_suffix_before_title(name, after, lexicon())
    rest = tail_of(after, 0)
    return before + stand_in + repaired(stand_in, rest) + after[len(rest) :]


def _without_suffix_before_title(name: str, after: str, words: Lexicon) -> str:
    """`after` without the suffix 이 that stands between a given name and a title: 재민이 형 → [이름2] 형."""
    if after.startswith("이") and coda(name) and words.title_at(after[1:], 0) and re.match(r"이\s?[가-힣]", after):
        return after[1:]
    return after
