"""`Reviewed` × `Mentions` × `Register` → `Pseudonymized`: every mention replaced, the particle behind it repaired.

A draft is what people read, so the marks of `pipeline.lines.notation` are laid on here, together with the replacements.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict

from pipeline.interview import InterviewId, normal_text
from pipeline.korean import coda, composed, repaired, tail_of
from pipeline.lexicon import Lexicon, lexicon
from pipeline.lines.notation import Edit, Marks, marked
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


def pseudonymize(
    interview: InterviewId, reviewed: Reviewed, mentions: Mentions, register: Register, marks: Marks
) -> Pseudonymized:
    """The draft of a release. Mentions that a reviewer rejected stay as they are; word times and words go."""
    standing: defaultdict[str, list[Mention]] = defaultdict(list)
    for mention in mentions.mentions:
        if mention.state is not State.REJECTED:
            standing[mention.segment].append(mention)
    lines = tuple(_line(segment, standing[segment.id], register, marks) for segment in reviewed.segments)
    states = [mention.state for of_segment in standing.values() for mention in of_segment]
    return Pseudonymized(
        interview=interview,
        lines=lines,
        gaps=reviewed.gaps,
        lineage=reviewed.lineage,
        sure=states.count(State.SURE),
        doubtful=states.count(State.DOUBTFUL),
        flags=reviewed.flags,
    )


def stand_in_of(mention: Mention, register: Register) -> str:
    """What stands in the draft instead of `mention`."""
    if mention.label in PLACEHOLDERS:
        return PLACEHOLDERS[mention.label]
    entry = entry_of(mention.label, form_of(mention, mention.text), register.entries, lexicon())
    return entry.stand_in if entry is not None else UNKNOWN[mention.label]


def _line(segment: Segment, mentions: list[Mention], register: Register, marks: Marks) -> Line:
    return Line(
        id=segment.id,
        line=segment.line,
        version=segment.version,
        speaker=segment.speaker,
        role=segment.role,
        start=segment.start,
        end=segment.end,
        text=normal_text(marked(segment, marks, _edits(segment.text, mentions, register))),
        replaced=len(mentions),
        question=segment.question,
    )


def _edits(given: str, mentions: list[Mention], register: Register) -> list[Edit]:
    """The replacements in the text as given, whose offsets the mentions have; the edits are of the text in NFC."""
    text, places = composed(given)
    edits: list[Edit] = []
    at, done = len(text), ""  # right to left: what follows a mention has been replaced already
    for mention in sorted(mentions, key=lambda mention: mention.start, reverse=True):
        start, end = bisect_left(places, mention.start), bisect_left(places, mention.end)
        behind = tail_of(text[end:at], 0)
        new = _replaced(mention.label, text[start:end], behind, text[end:at] + done, stand_in_of(mention, register))
        edits.append(Edit(start, end + len(behind), new))
        at, done = start, new + text[end + len(behind) : at] + done
    return edits


def _replaced(label: Label, name: str, behind: str, after: str, stand_in: str) -> str:
    """`stand_in`, and `behind`, the rest of the name's word, as it follows it. `after` begins with `behind`."""
    if label is Label.NAME and _is_suffix_before_title(name, after, lexicon()):
        behind = behind[1:]
    return stand_in + repaired(stand_in, behind)


def _is_suffix_before_title(name: str, after: str, words: Lexicon) -> bool:
    """Whether `after` begins with the suffix 이 between a given name and a title: 재민이 형 → [이름2] 형."""
    return bool(re.match(r"이\s?[가-힣]", after) and coda(name) and words.title_at(after[1:], 0))
