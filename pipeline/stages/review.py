"""`Transcript` and `Corrections` → `Reviewed`: a person's words for the machine's, or an orphan, never a wrong line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from pipeline.interview import Role
from pipeline.speech import SpokenWord
from pipeline.transcript import Corrections, Reviewed, Segment, TextCorrection, Transcript


def review(transcript: Transcript, corrections: Corrections | None) -> Reviewed:
    """Apply what fits: a correction fits where its segment still has the text that the person corrected."""
    given = corrections or Corrections()
    roles = dict(given.roles)
    heard = {segment.id: segment.text for segment in transcript.segments}
    fitting = {c.segment: c for c in given.texts if heard.get(c.segment) == c.before}
    orphans = tuple(c for c in given.texts if heard.get(c.segment) != c.before)
    segments = tuple(_corrected(segment, fitting.get(segment.id), roles) for segment in transcript.segments)
    flags = tuple(flag for flag in transcript.flags if not (flag == "roles" and _are_given(roles, transcript)))
    return Reviewed(segments, transcript.gaps, given.rulings, transcript.lineage, orphans, flags)


def _are_given(roles: dict[str, Role], transcript: Transcript) -> bool:
    """Whether the person said of every voice what it is."""
    return roles.keys() >= {segment.speaker for segment in transcript.segments}


def _corrected(segment: Segment, correction: TextCorrection | None, roles: dict[str, Role]) -> Segment:
    role = roles.get(segment.speaker, segment.role)
    if correction is None:
        return replace(segment, role=role)
    words = realigned(segment.words, correction.after.split())
    return replace(segment, role=role, text=correction.after, words=words, version=segment.version + 1)


def realigned(words: Sequence[SpokenWord], texts: Sequence[str]) -> tuple[SpokenWord, ...]:
    """`texts` with the times of the `words` they correct: equal words keep theirs, a changed run shares its span."""
    result: list[SpokenWord] = []
    matcher = SequenceMatcher(None, [word.text for word in words], list(texts), autojunk=False)
    for tag, old_start, old_stop, new_start, new_stop in matcher.get_opcodes():
        old, new = words[old_start:old_stop], texts[new_start:new_stop]
        if tag == "equal":
            result += old
        elif new and words:
            like = words[min(old_start, len(words) - 1)]
            start = like.start if old_start < len(words) else like.end
            end = old[-1].end if old else start
            step = (end - start) / len(new)
            result += (
                replace(like, text=text, start=start + i * step, end=min(end, start + (i + 1) * step), probability=1.0)
                for i, text in enumerate(new)
            )
    return tuple(result)
