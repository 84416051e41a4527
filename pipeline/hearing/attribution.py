"""Whose word it is: the cheapest sequence of speakers, with changes of speaker where people do change.

The plain rule (the turn with the longest overlap, else the nearest) cuts sentences at their edges: turns begin and end
some tenths of a second off, and Whisper puts the first word after a pause before it. Here a word costs what lies in
other people's turns of it, and a change of speaker costs less where there is a pause, a sentence has ended, or one
begins. Everything is counted in seconds of speech. The weights follow a conditional logit over all cuts within two
words of a change, and a sweep around it, on 25 interview mixes (whisper-base, pyannote); nothing hangs on their second
digit. Made-up dialogues with back-channels, which the mixes lack, held them back (docs/benchmarks.md).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from pipeline.hearing import vocabulary
from pipeline.hearing.spans import Timeline, plausible
from pipeline.korean import RIEUL, coda
from pipeline.speech import Diarization, Turn, Word

NOBODY = "S1"
"""Who spoke where the diarizer heard nobody at all and yet there are words."""

CHANGE, LEAST_CHANGE = 0.8, 0.02
"""What a change of speaker costs in the middle of a sentence, and what it costs where everything speaks for it."""

PAUSE, LONGEST_PAUSE = 1.0, 0.5
"""What a second of silence before a word takes off, and the seconds after which more silence says nothing more."""

SENTENCE, OPENING, DRIFT = 0.55, 0.2, 0.2
"""Taken off after the end of a sentence and before a word that begins one; laid on after a word that stands close to
the one before it and `DRIFT_GAP` before the next: recognizers that skip silence leave the next turn's first word so."""

DRIFT_GAP, CLOSE = 0.6, 0.15
"""Seconds."""

SHARED = 0.5
"""What a second counts in which somebody speaks too, but the exclusive turn is another's."""

AWAY, FARTHEST = 0.1, 2.0
"""What a second between a word and the nearest turn costs where the word is in no turn, and the most that counts."""

OWN_TURN, OWN_TURN_AWAY = 1.0, 0.4
"""A back-channel stays with a turn that is at most so long, and at most so far away."""

SENTENCE_MARK = re.compile(r"""[.?!…]["')\]”’]*$""")
OPENINGS = frozenset((
    "그", "그래서", "그러니까", "그러면", "그런데", "그럼", "그렇다면", "그리고", "근데", "이제", "자", "저", "저는",
    "제가", "지금", "혹시",
))  # fmt: skip
BACK_CHANNELS = frozenset((
    "그래요", "그렇구나", "그렇군요", "그렇죠", "그렇지", "그죠", "그쵸", "그치", "네", "네네", "네에", "맞습니다",
    "맞아요", "아", "아니요", "어", "어어", "예", "예예", "오", "와", "음", "음음", "응", "응응", "흠",
))  # fmt: skip
_BIEUP, _CLOSED = 17, {4, 18, 20, 27}
"""The coda of 습니까, and those of 한다, 없다, 있다, 좋다; 보다 and 에다 have none."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Who said a word. `margin` are the seconds of evidence by which it was nobody else: infinite where it is clear."""

    speaker: str
    margin: float


def overlap(start: float, end: float, turn: Turn) -> float:
    """Seconds that ``[start, end)`` shares with `turn`; negative is the distance between them."""
    return min(end, turn.end) - max(start, turn.start)


def plain(words: Sequence[Word], exclusive: Sequence[Turn]) -> list[Turn | None]:
    """The plain rule: for each word the exclusive turn that it shares most with, else the nearest; None without turns.

    Turns are disjoint and sorted; of equals the earlier wins.
    """
    starts = [turn.start for turn in exclusive]

    def best(word: Word) -> Turn | None:
        near = exclusive[max(0, bisect_left(starts, word.start) - 1) : bisect_left(starts, word.end) + 1]
        return max(near, key=lambda turn: overlap(word.start, word.end, turn), default=None)

    return [best(word) for word in words]


def choices(words: Sequence[Word], diarization: Diarization, repair_seconds: float) -> list[Choice]:
    """Who said each of `words`, which are in order of time.

    A word of which `repair_seconds`, where it was plausibly said, lie in one speaker's exclusive turns is theirs. Words
    next to each other are taken from whom the plain rule gives them to only against less than that in all.
    """
    turns = plain(words, sorted(diarization.exclusive, key=lambda turn: turn.start))
    ruled = [turn.speaker for turn in turns if turn]
    if not words or len(ruled) < len(words):
        return [Choice(NOBODY, float("inf")) for _ in words]
    speakers = list(dict.fromkeys(turn.speaker for turn in sorted(diarization.turns, key=lambda turn: turn.start)))
    speakers += dict.fromkeys(speaker for speaker in ruled if speaker not in speakers)
    costs = _costs(words, turns, diarization, speakers, repair_seconds)
    totals, path = _cheapest(costs, _changes(words, diarization))
    kept = _restrained(path, [speakers.index(name) for name in ruled], costs, repair_seconds)
    return [Choice(speakers[who], _margin(total, who)) for who, total in zip(kept, totals, strict=True)]


# --- what it costs --------------------------------------------------------------------------------------------------


def _costs(
    words: Sequence[Word], turns: Sequence[Turn | None], diarization: Diarization, speakers: Sequence[str], clear: float
) -> list[list[float]]:
    """For each word what each speaker costs: seconds that speak for the likeliest one and not for them."""
    kinds = diarization.exclusive, diarization.turns
    times = [
        [Timeline.of((turn.start, turn.end) for turn in kind if turn.speaker == who) for kind in kinds]
        for who in speakers
    ]
    rows: list[list[float]] = []
    for word, turn in zip(words, turns, strict=True):
        if turn and is_back_channel(word) and _is_own(turn, word):
            rows.append([0.0 if who == turn.speaker else float("inf") for who in speakers])
            continue
        scores = [_evidence(word, *own) for own in times]
        best = max(scores)
        rows.append([best - score if score == best or best < clear else float("inf") for score in scores])
    return rows


def _evidence(word: Word, exclusive: Timeline, turns: Timeline) -> float:
    """Seconds of the word in the speaker's turns, or, negative, what their distance costs; the mean of its places."""
    places = plausible(word)
    total = 0.0
    for start, end in places:
        alone = exclusive.seconds(start, end)
        seconds = alone + SHARED * max(0.0, turns.seconds(start, end) - alone)
        total += seconds or -AWAY * min(exclusive.distance(start, end), turns.distance(start, end), FARTHEST)
    return total / len(places)


def _is_own(turn: Turn, word: Word) -> bool:
    return turn.end - turn.start <= OWN_TURN and overlap(word.start, word.end, turn) > -OWN_TURN_AWAY


def _changes(words: Sequence[Word], diarization: Diarization) -> list[float]:
    """What a change of speaker costs between each word and the next."""
    voices = Timeline.of((turn.start, turn.end) for turn in diarization.turns)
    costs: list[float] = []
    before = float("-inf")
    for word, following in pairwise(words):
        silence = voices.longest_hole((word.start + word.end) / 2, (following.start + following.end) / 2)
        cost = CHANGE - PAUSE * min(silence, LONGEST_PAUSE)
        if closes(word.text) or is_back_channel(word) or is_back_channel(following):
            cost -= SENTENCE
        elif following.start - word.end >= DRIFT_GAP and word.start - before <= CLOSE:
            cost += DRIFT
        if vocabulary.plain(following.text) in OPENINGS or is_back_channel(following):
            cost -= OPENING
        costs.append(max(LEAST_CHANGE, cost))
        before = word.end
    return costs


def is_back_channel(word: Word) -> bool:
    """네, 음, 그렇죠: what people say while somebody else goes on."""
    return vocabulary.plain(word.text) in BACK_CHANNELS


def closes(text: str) -> bool:
    """Whether a sentence may end with the word: by its mark, or by a final ending.

    >>> [closes(text) for text in ("했어요", "갔습니까", "그러니까", "없다", "학교에다", "그랬네", "동네", "끝.")]
    [True, True, False, True, False, True, False, True]
    """
    if SENTENCE_MARK.search(text):
        return True
    word = vocabulary.plain(text)
    stem, last = word[:-1], word[-1:]
    if last == "까":
        return coda(stem) == RIEUL or (stem.endswith("니") and coda(stem[:-1]) == _BIEUP)
    if last in {"다", "네"}:
        return stem.endswith("니") or coda(stem) in (_CLOSED if last == "다" else _CLOSED - {4})
    return bool(stem) and word.endswith(("요", "죠", "군", "구나"))


# --- the cheapest sequence ------------------------------------------------------------------------------------------


def _cheapest(costs: Sequence[Sequence[float]], changes: Sequence[float]) -> tuple[list[list[float]], list[int]]:
    """For each word and speaker the least cost of a sequence in which they say it; and the cheapest sequence (Viterbi).

    Of equals, who spoke before speaks on.
    """
    forward = [list(costs[0])]
    origins: list[list[int]] = []
    for row, change in zip(costs[1:], changes, strict=True):
        last = forward[-1]
        cheapest = min(range(len(last)), key=last.__getitem__)
        origins.append([who if last[who] <= last[cheapest] + change else cheapest for who in range(len(row))])
        forward.append([min(last[who], last[cheapest] + change) + cost for who, cost in enumerate(row)])
    path = [min(range(len(forward[-1])), key=forward[-1].__getitem__)]
    for origin in reversed(origins):
        path.append(origin[path[-1]])
    rest = [0.0] * len(costs[0])
    totals = [forward[-1]]
    for sums, row, change in zip(forward[-2::-1], costs[:0:-1], changes[::-1], strict=True):
        onward = [cost + later for cost, later in zip(row, rest, strict=True)]
        rest = [min(cost, min(onward) + change) for cost in onward]
        totals.append([cost + later for cost, later in zip(sums, rest, strict=True)])
    return totals[::-1], path[::-1]


def _restrained(path: Sequence[int], ruled: Sequence[int], costs: Sequence[Sequence[float]], most: float) -> list[int]:
    """`path`, except where neighbouring words would be taken from the plain rule's speaker against `most` or more."""
    kept = list(path)
    for moved, run in groupby(range(len(path)), key=lambda index: path[index] != ruled[index]):
        indexes = list(run)
        if moved and sum(costs[index][path[index]] for index in indexes) >= most:
            kept[indexes[0] : indexes[-1] + 1] = ruled[indexes[0] : indexes[-1] + 1]
    return kept


def _margin(totals: Sequence[float], who: int) -> float:
    """How much dearer the cheapest sequence is in which somebody else says the word; 0 where it is cheaper."""
    others = (total for other, total in enumerate(totals) if other != who)
    return max(0.0, min(others, default=float("inf")) - totals[who])
