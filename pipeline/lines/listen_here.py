"""Where a person should listen, and whether the run may pass for good: the listen-here list and the flags. Pure.

The score of a stretch is about how many of its words may be wrong, missing or given to the wrong person, so that the
reasons can be added up and compared:

================= ========== =======================================================================================
reason            each       what counts
================= ========== =======================================================================================
``words``         1 - p      a word of probability p below `Limits.low_probability`; ½ at most
``hallucination`` 0.8        a word of a passage that may never have been said (`Passage.doubts`)
``speaker``       0.5        a word of which it is close who said it (`SpokenWord.doubtful`): a coin's flip
``overlap``       0.3        a word under which somebody else spoke: what they said is often lost
``gap``           2 a second speech without words: Korean runs at two to three words (eojeol) a second
================= ========== =======================================================================================

Measured with Whisper base on mixes of Korean talks (3,439 words): a word of probability .7 to .8, .8 to .9 or above is
wrong in 29, 14 and 4 % of cases, and below .7 in about half, however low it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.interview import Recording
from pipeline.speech import Attribution, Diarization, Gap, Transcription
from pipeline.transcript import Stretch, Transcript

WORDS, HALLUCINATION, SPEAKER, OVERLAP, GAP = "words", "hallucination", "speaker", "overlap", "gap"
HALLUCINATED, MISHEARD, MISTAKEN, COVERED, UNHEARD_A_SECOND = 0.8, 0.5, 0.5, 0.3, 2.0
"""Words at stake, as in the table above."""
GAP_EDGE_SECONDS = 1.0
"""Heard on both sides of a gap, where words are cut off."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The list's length and grain, and when a run is flagged; numbers and reasons are in config/default.toml."""

    stretches: int
    low_probability: float
    min_seconds: float
    max_seconds: float
    join_seconds: float
    max_unheard_share: float
    max_suspect_share: float
    accepted_sound: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why ``[start, end)`` is worth an ear, and how many words are at stake there."""

    start: float
    end: float
    reason: str
    words: float


def judged(
    transcript: Transcript,
    attribution: Attribution,
    transcription: Transcription,
    diarization: Diarization,
    recording: Recording,
    speakers: int | None,
    limits: Limits,
) -> Transcript:
    """`transcript` with its listen-here list, and with the flags that follow from all this beside those it has."""
    listen = stretches(doubts(attribution, transcription, limits), recording.seconds, limits)
    found = flags(attribution, transcription, diarization, recording, speakers, limits)
    return replace(transcript, listen=listen, flags=tuple(sorted({*transcript.flags, *found})))


# --- the list -------------------------------------------------------------------------------------------------------


def doubts(attribution: Attribution, transcription: Transcription, limits: Limits) -> Iterator[Doubt]:
    """All that speaks against words and silences, in no order."""
    for word in attribution.words:
        if word.probability < limits.low_probability:
            yield Doubt(word.start, word.end, WORDS, min(MISHEARD, 1 - word.probability))
        if word.doubtful:
            yield Doubt(word.start, word.end, SPEAKER, MISTAKEN)
        if word.overlapped:
            yield Doubt(word.start, word.end, OVERLAP, COVERED)
    for passage in transcription.passages:
        if passage.doubts:
            yield from (Doubt(word.start, word.end, HALLUCINATION, HALLUCINATED) for word in passage.words)
    for gap in attribution.gaps:
        at_stake = UNHEARD_A_SECOND * min(gap.end - gap.start, limits.max_seconds)
        yield Doubt(max(0.0, gap.start - GAP_EDGE_SECONDS), gap.end + GAP_EDGE_SECONDS, GAP, at_stake)


def stretches(found: Iterable[Doubt], seconds: float, limits: Limits) -> tuple[Stretch, ...]:
    """The `limits.stretches` most worth it, best first; disjoint, within the `seconds` of the recording.

    Doubts near each other are one stretch of at most `max_seconds`; of what is longer, a stretch shows the beginning.
    Short ones are widened to `min_seconds` where there is room.
    """
    shown = [replace(doubt, end=min(doubt.end, doubt.start + limits.max_seconds)) for doubt in found]
    groups = _grouped(sorted(shown, key=lambda doubt: (doubt.start, doubt.end, doubt.reason, doubt.words)), limits)
    spans = _spans([(group[0].start, _end(group, limits)) for group in groups], seconds, limits)
    listed = [
        Stretch(round(start, 2), round(end, 2), _reasons(group), round(sum(doubt.words for doubt in group), 2))
        for group, (start, end) in zip(groups, spans, strict=True)
        if round(end, 2) > round(start, 2)
    ]
    return tuple(sorted(listed, key=lambda stretch: (-stretch.score, stretch.start))[: limits.stretches])


def _grouped(ordered: Sequence[Doubt], limits: Limits) -> list[list[Doubt]]:
    groups: list[list[Doubt]] = []
    for doubt in ordered:
        group = groups[-1] if groups else []
        near = group and doubt.start - _end(group, limits) <= limits.join_seconds
        fits = group and doubt.end - group[0].start <= limits.max_seconds
        if near and (fits or _end(group, limits) - group[0].start < limits.min_seconds):
            group.append(doubt)
        else:
            groups.append([doubt])
    return groups


def _end(group: Sequence[Doubt], limits: Limits) -> float:
    return min(max(doubt.end for doubt in group), group[0].start + limits.max_seconds)


def _spans(spans: Sequence[tuple[float, float]], seconds: float, limits: Limits) -> list[tuple[float, float]]:
    """Each span, of which none begins before the last, widened to the least length where its neighbours leave room."""
    widened: list[tuple[float, float]] = []
    for index, (start, end) in enumerate(spans):
        before = widened[-1][1] if widened else 0.0
        start, end = max(start, before), min(end, seconds)
        behind = max(end, min((seconds, *(next_start for next_start, _ in spans[index + 1 : index + 2]))))
        length = max(end - start, limits.min_seconds)
        left = min(max((start + end - length) / 2, before), max(behind - length, before))
        widened.append((left, max(left, min(left + length, behind))))
    return widened


def _reasons(group: Sequence[Doubt]) -> tuple[str, ...]:
    """The reasons, those with most at stake first."""
    at_stake: dict[str, float] = {}
    for doubt in group:
        at_stake[doubt.reason] = at_stake.get(doubt.reason, 0.0) + doubt.words
    return tuple(sorted(at_stake, key=lambda reason: (-at_stake[reason], reason)))


# --- the flags ------------------------------------------------------------------------------------------------------


def flags(
    attribution: Attribution,
    transcription: Transcription,
    diarization: Diarization,
    recording: Recording,
    speakers: int | None,
    limits: Limits,
) -> tuple[str, ...]:
    """Why the run is not simply good, sorted. `speakers` is the number that the sheet gave, if it did.

    ``unheard``: too much speech has no words, or nothing has. ``hallucination``: too many words may not have been said.
    ``speakers``: their number was estimated, or fewer were found than given. ``quality``: the sound itself is poor.
    """
    said = {
        "unheard": not attribution.words or unheard_share(attribution) > limits.max_unheard_share,
        "hallucination": suspect_share(transcription) > limits.max_suspect_share,
        "speakers": not diarization.speakers_given or len(diarization.speakers) < (speakers or 0),
        "quality": bool(set(recording.flags) - set(limits.accepted_sound)),
    }
    return tuple(sorted(flag for flag, holds in said.items() if holds))


def unheard_share(attribution: Attribution) -> float:
    """Speech without words over all speech, 0 to 1; what is known of it where nobody measured speech itself."""
    unheard = _seconds(attribution.gaps)
    heard = sum(word.end - word.start for word in attribution.words)
    speech = max(attribution.speech_seconds or unheard + heard, unheard)
    return unheard / speech if speech else 0.0


def suspect_share(transcription: Transcription) -> float:
    """Words of passages that may not have been said over all words, 0 to 1."""
    suspect = sum(len(passage.words) for passage in transcription.passages if passage.doubts)
    return suspect / len(transcription.words) if suspect else 0.0


def _seconds(gaps: Iterable[Gap]) -> float:
    return sum(gap.end - gap.start for gap in gaps)
