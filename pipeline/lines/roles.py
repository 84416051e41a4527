"""Who interviews and who takes part: what speaks for it, added up openly as log-odds (natural logarithm).

Everything that counts stands in the table below: positive speaks for the interviewer. The numbers are judgements, not
fitted to any recording: rates of forms as one expects them of people who ask and of people who tell. Lines of one
person are no independent draws, so that each kind of evidence is capped by the number of lines that it counts for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, log2, prod

from pipeline.interview import Role
from pipeline.lines.asking import acknowledges, addresses, asks, humbles
from pipeline.transcript import RoleGuess

GUIDE_ASKED, GUIDE_NOT_ASKED, GUIDE_MOST = 1.2, -0.4, 4
"""For each guide question that a speaker asked, or, where they asked none, that another did; at most so many."""
ASKS, ASKS_NOT, ASKS_MOST = log(0.40 / 0.05), log(0.60 / 0.95), 8
"""A line that asks: two in five of an interviewer's lines, one in twenty of a participant's."""
ADDRESSES, HUMBLES, HONORIFICS_MOST = log(0.65 / 0.40), log(0.35 / 0.60), 5
"""An honorific predicate meant for the listener (하셨나요), and a humble 저는. Little: both sides are polite."""
TALKS, TALKS_RANGE = -1.2, (-2.0, 1.0)
"""For each doubling of the share of talk over an equal share: who asks talks less."""
BEGINS, BEGINS_NOT = 0.6, -0.2
"""Who speaks first: most interviews begin with the interviewer's introduction."""
SOUNDS_LIKE, SOUNDS_NEUTRAL, SOUNDS_MOST = 15.0, 0.5, 5.0
"""For each unit of cosine to the enrolled interviewer's voice over the one that says nothing; at most so much.

Measured on ten mixes (15 dB; half a minute enrolled, clean): 0.62 to 0.84 for nine people themselves, 0.02 to 0.46 for
others."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log-odds that a speaker is the interviewer, by what speaks for it."""

    guide: float
    questions: float
    honorifics: float
    talk: float
    begins: float
    voice: float

    @property
    def total(self) -> float:
        """All of it together."""
        return self.guide + self.questions + self.honorifics + self.talk + self.begins + self.voice


def guesses(
    said: Sequence[tuple[str, str]], guide: Mapping[str, int], likeness: Mapping[str, float], sure_from: float
) -> tuple[RoleGuess, ...]:
    """The role of each speaker of `said`, lines of (speaker, text) in order, in the order in which they first speak.

    `guide` counts the guide questions that each asked; `likeness` is `Diarization.likeness`. Of several speakers at
    least one interviews and at least one takes part. `sure` from a confidence of `sure_from`.
    """
    odds = {who: found.total for who, found in evidence(said, guide, likeness).items()}
    chances = {who: 1 / (1 + exp(-total)) for who, total in odds.items()}
    if len(chances) > 1:
        all_ask, all_tell = prod(chances.values()), prod(1 - chance for chance in chances.values())
        possible = max(1 - all_ask - all_tell, 1e-12)
        chances = {who: min(max((chance - all_ask) / possible, 0.0), 1.0) for who, chance in chances.items()}
    return tuple(_guess(who, chance, sure_from) for who, chance in chances.items())


def _guess(speaker: str, chance: float, sure_from: float) -> RoleGuess:
    role, confidence = (Role.INTERVIEWER, chance) if chance > 0.5 else (Role.PARTICIPANT, 1 - chance)
    confidence = round(confidence, 3)
    return RoleGuess(speaker, role, confidence, confidence >= sure_from)


def evidence(
    said: Sequence[tuple[str, str]], guide: Mapping[str, int], likeness: Mapping[str, float]
) -> dict[str, Evidence]:
    """What speaks for each speaker's being the interviewer, in the order in which they first speak."""
    texts: dict[str, list[str]] = {}
    for speaker, text in said:
        texts.setdefault(speaker, []).append(text)
    whole = sum(len(text) for _, text in said) or 1
    first = next(iter(texts), "")
    return {
        who: Evidence(
            _guide(guide.get(who, 0), max((count for other, count in guide.items() if other != who), default=0)),
            _questions(lines),
            _honorifics(lines),
            _talk(sum(map(len, lines)) / whole * len(texts)),
            (BEGINS if who == first else BEGINS_NOT) if len(texts) > 1 else 0.0,
            _voice(likeness[who]) if who in likeness else 0.0,
        )
        for who, lines in texts.items()
    }


def _guide(own: int, others: int) -> float:
    return GUIDE_ASKED * min(own, GUIDE_MOST) if own else GUIDE_NOT_ASKED * min(others, GUIDE_MOST)


def _questions(lines: Sequence[str]) -> float:
    told = [line for line in lines if not acknowledges(line)]
    asking = sum(asks(line) for line in told)
    return _capped(asking * ASKS + (len(told) - asking) * ASKS_NOT, len(told), ASKS_MOST)


def _honorifics(lines: Sequence[str]) -> float:
    honours, humbled = sum(map(addresses, lines)), sum(map(humbles, lines))
    return _capped(honours * ADDRESSES + humbled * HUMBLES, honours + humbled, HONORIFICS_MOST)


def _talk(times_equal: float) -> float:
    """`times_equal`: the share of talk as a multiple of an equal share."""
    low, high = TALKS_RANGE
    return TALKS * min(max(log2(times_equal), low), high) if times_equal > 0 else TALKS * low


def _voice(cosine: float) -> float:
    return min(max(SOUNDS_LIKE * (cosine - SOUNDS_NEUTRAL), -SOUNDS_MOST), SOUNDS_MOST)


def _capped(total: float, count: int, most: int) -> float:
    """`total` over `count` draws as if there were `most` at most."""
    return total * min(1.0, most / count) if count else 0.0
