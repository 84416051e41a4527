"""`Reviewed` × `Mentions` × `Register` → `Pseudonymized`: every mention replaced, the particle behind it repaired.

A draft is what people read, so the marks of `pipeline.lines.notation` are laid on here, together with the replacements.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict

from pipeline.coarse import AS_SAID, Coarse, birth_year, coarsened
from pipeline.interview import InterviewId, normal_text
from pipeline.korean import coda, coda_class, composed, has_suffix, is_natural, repaired, tail_of
from pipeline.lexicon import Lexicon, lexicon
from pipeline.lines.notation import Edit, Marks, marked
from pipeline.people import Register, entry_of, form_of, rendering
from pipeline.transcript import Label, Line, Mention, Mentions, Pseudonymized, Reviewed, Segment, State

PLACEHOLDERS = {
    Label.PHONE: "[전화번호]",
    Label.EMAIL: "[이메일]",
    Label.DOB: "[생년월일]",
    Label.ADDRESS: "[주소]",
    Label.RRN: "[주민번호]",
}
"""Of identifiers with a shape: nobody needs to know one again."""
UNKNOWN = {Label.NAME: "[이름?]", Label.PLACE: "[장소?]", Label.ORG: "[기관?]", Label.STUDY: "[표현?]"}
"""Of mentions that nobody in the register is known by."""


def pseudonymize(
    interview: InterviewId,
    reviewed: Reviewed,
    mentions: Mentions,
    register: Register,
    marks: Marks,
    coarse: Coarse = AS_SAID,
) -> Pseudonymized:
    """The draft of a release. Mentions that a reviewer rejected stay as they are; word times and words go."""
    standing: defaultdict[str, list[Mention]] = defaultdict(list)
    for mention in mentions.mentions:
        if mention.state is not State.REJECTED:
            standing[mention.segment].append(mention)
    lines = tuple(_line(segment, standing[segment.id], register, marks, coarse) for segment in reviewed.segments)
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


def stand_in_of(mention: Mention, register: Register, coarse: Coarse = AS_SAID) -> str:
    """What stands in the draft instead of `mention`."""
    if mention.label is Label.DOB and coarse.births == "year" and (year := birth_year(mention.text)):
        return year
    if mention.label in PLACEHOLDERS:
        return PLACEHOLDERS[mention.label]
    form = form_of(mention, mention.text)
    entry = entry_of(mention.label, form, register.entries, lexicon())
    if entry is None:
        return UNKNOWN[mention.label]
    return _spaced_like(mention.text, rendering(entry, form, lexicon())) if entry.shown else entry.stand_in


def _spaced_like(text: str, natural: str) -> str:
    """`natural` with the spaces of the `text` that it stands for (김 민수 → 이 서호), where both are as long."""
    given = normal_text(text)
    if len("".join(given.split())) != len(natural):
        return natural
    letters = iter(natural)
    return "".join(letter if letter.isspace() else next(letters) for letter in given)


def _line(segment: Segment, mentions: list[Mention], register: Register, marks: Marks, coarse: Coarse) -> Line:
    return Line(
        id=segment.id,
        line=segment.line,
        version=segment.version,
        speaker=segment.speaker,
        role=segment.role,
        start=segment.start,
        end=segment.end,
        text=normal_text(marked(segment, marks, _edits(segment.text, mentions, register, coarse))),
        replaced=len(mentions),
        question=segment.question,
    )


def _edits(given: str, mentions: list[Mention], register: Register, coarse: Coarse) -> list[Edit]:
    """The replacements in the text as given, whose offsets the mentions have; the edits are of the text in NFC.

    Dates and ages that are no part of a mention are made coarser.
    """
    text, places = composed(given)
    edits: list[Edit] = []
    at, done = len(text), ""  # right to left: what follows a mention has been replaced already
    for mention in sorted(mentions, key=lambda mention: mention.start, reverse=True):
        start, end = bisect_left(places, mention.start), bisect_left(places, mention.end)
        behind = tail_of(text[end:at], 0)
        stand_in = stand_in_of(mention, register, coarse)
        new = _replaced(mention.label, text[start:end], behind, text[end:at] + done, stand_in)
        edits.append(Edit(start, end + len(behind), new))
        at, done = start, new + text[end + len(behind) : at] + done
    changes = (Edit(*change) for change in coarsened(text, coarse))
    return [*edits, *(new for new in changes if not any(e.start < new.end and new.start < e.end for e in edits))]


def _replaced(label: Label, name: str, behind: str, after: str, stand_in: str) -> str:
    """`stand_in`, and `behind`, the rest of the name's word, as it follows it. `after` begins with `behind`.

    Behind an invented name that ends like the real one all stays as it was, and behind any that ends in a consonant the
    suffix 이; a code takes none.
    """
    before_title = label is Label.NAME and _is_suffix_before_title(name, after, lexicon())
    if is_natural(stand_in):
        suffixed = before_title or (coda(name) and has_suffix(behind))
        if coda_class(stand_in) == coda_class(name) or (coda(stand_in) and suffixed):
            return stand_in + behind
    return stand_in + repaired(stand_in, behind[1:] if before_title else behind)


def _is_suffix_before_title(name: str, after: str, words: Lexicon) -> bool:
    """Whether `after` begins with the suffix 이 between a given name and a title: 재민이 형 → [이름2] 형."""
    return bool(re.match(r"이\s?[가-힣]", after) and coda(name) and words.title_at(after[1:], 0))
