"""`Attribution` → `Transcript`: numbered lines that one person said, with ids that outlive re-runs.

How a line is cut, how it keeps its id, who is the interviewer and under which question of the guide a line was said
stand in `pipeline.lines`. Speech that nobody understood is a line too, without words: someone who listens can fill it
in, and coders see that something was said.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import accumulate
from typing import Protocol

from pipeline.hearing.attribution import NOBODY, overlap
from pipeline.interview import EngineId, Role
from pipeline.lines import guide, roles
from pipeline.lines.cutting import Limits, Line, cut
from pipeline.lines.lineage import keep_ids, traced_back
from pipeline.speech import Attribution, Diarization, Gap
from pipeline.transcript import RoleGuess, Segment, Transcript


class Splitter(Protocol):
    """Finds sentences."""

    @property
    def engine(self) -> EngineId:
        """What splits."""
        ...

    def __call__(self, texts: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
        """For each text the code points at which its sentences end, in order."""
        ...


def segment(
    attribution: Attribution,
    diarization: Diarization,
    previous: Transcript | None,
    mint: Callable[[], str],
    limits: Limits,
    questions: Sequence[str],
    split: Splitter,
) -> Transcript:
    """Lines in order of time, and what the speakers are taken for; flagged ``roles`` where that is not sure.

    `previous` is the transcript before, whose ids are kept; `mint` makes new ones. `questions` is the interview guide.
    """
    gaps = tuple(sorted(attribution.gaps, key=lambda gap: gap.start))
    spoken = [_spoken(line) for line in cut(attribution.words, [gap.start for gap in gaps], limits, split)]
    drafts = sorted((*spoken, *(_unheard(gap, diarization, spoken) for gap in gaps)), key=lambda draft: draft.start)
    asks = guide.asked([(draft.speaker, draft.text) for draft in drafts], questions)
    guesses = _guesses(drafts, asks, diarization, limits.role_sure_from)
    numbers = guide.under(len(drafts), _interviewers(asks, drafts, guesses))
    role_of = {guess.speaker: guess.role for guess in guesses}
    fresh = [
        replace(draft, line=line, role=role_of[draft.speaker], question=number, pause=pause)
        for line, (draft, number, pause) in enumerate(zip(drafts, numbers, _pauses(drafts), strict=True), start=1)
    ]
    named = keep_ids(fresh, previous.segments if previous else (), mint)
    flags = ("roles",) if any(guess.role is not Role.UNKNOWN and not guess.sure for guess in guesses) else ()
    lineage = traced_back([descent for _, descent in named], previous.lineage if previous else ())
    return Transcript(tuple(s for s, _ in named), gaps, lineage, guesses, flags=flags)


def _spoken(line: Line) -> Segment:
    end, text = max(word.end for word in line), " ".join(word.text for word in line)
    return Segment("", 0, line[0].speaker, Role.UNKNOWN, line[0].start, end, text, line)


# --- speech that nobody understood ----------------------------------------------------------------------------------


def _unheard(gap: Gap, diarization: Diarization, spoken: Sequence[Segment]) -> Segment:
    """The line of a gap. Whose it is: who speaks most in it by the diarizer, else who spoke last, else who comes."""
    text = f"(잘 안 들림 {timedelta(seconds=int(gap.start))!s:0>8})"
    talks: dict[str, float] = {}
    for turn in diarization.turns:
        talks[turn.speaker] = talks.get(turn.speaker, 0.0) + max(0.0, overlap(gap.start, gap.end, turn))
    speaker = max(talks, key=lambda who: talks[who], default="")
    if not talks.get(speaker):
        before = bisect_left(spoken, gap.start, key=lambda line: line.start)
        near = spoken[max(0, before - 1) : max(1, before)]
        speaker = near[0].speaker if near else next(iter(diarization.speakers), NOBODY)
    return Segment("", 0, speaker, Role.UNKNOWN, gap.start, gap.end, text)


def _pauses(drafts: Sequence[Segment]) -> list[float]:
    """Seconds of silence before each line: since the last word, by anybody, that began before it; 0 for the first."""
    heard = sorted((part.start, part.end) for draft in drafts for part in draft.words or (draft,))
    starts, ends = [start for start, _ in heard], list(accumulate((end for _, end in heard), max))
    before = [bisect_left(starts, draft.start) for draft in drafts]
    return [
        max(0.0, draft.start - ends[count - 1]) if count else 0.0 for draft, count in zip(drafts, before, strict=True)
    ]


# --- who asks -------------------------------------------------------------------------------------------------------


def _guesses(
    drafts: Sequence[Segment], asks: Sequence[guide.Ask], diarization: Diarization, sure_from: float
) -> tuple[RoleGuess, ...]:
    """What every speaker is taken for; nothing is known of one of whom no word was heard."""
    said = [(draft.speaker, draft.text) for draft in drafts if draft.words]
    questions = {(drafts[ask.line].speaker, ask.question) for ask in asks}
    counts = {who: sum(speaker == who for speaker, _ in questions) for who in dict.fromkeys(who for who, _ in said)}
    known = roles.guesses(said, counts, dict(diarization.likeness), sure_from)
    heard = {guess.speaker for guess in known}
    silent = dict.fromkeys(draft.speaker for draft in drafts if draft.speaker not in heard)
    return (*known, *(RoleGuess(speaker, Role.UNKNOWN, 0.0, False) for speaker in silent))


def _interviewers(
    asks: Sequence[guide.Ask], drafts: Sequence[Segment], guesses: Sequence[RoleGuess]
) -> list[guide.Ask]:
    """What the guide's questions are asked by: not by who surely takes part, and only asks back."""
    telling = {guess.speaker for guess in guesses if guess.role is Role.PARTICIPANT and guess.sure}
    return [ask for ask in asks if drafts[ask.line].speaker not in telling]
