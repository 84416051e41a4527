"""Recognizer: would a name be likelier here than the word that stands here?

A substitution test. Each word is weighed in its surroundings against a common name (민수가 for 탁현묵이) and a common
place (수원에서 for 여량에서), by the language statistics of kiwi: a name that no dictionary has reads badly, as a row
of odd syllables, and a common name in its stead well; of an everyday word it is the other way about, also of one that
is somebody's name (하나도 안, but 하나가 전화했어요). With what two morphologies and the lexicon say, a logistic
regression makes of that a probability. config/context.ko.toml has its coefficients, and how they were found.

What is found by this alone is doubtful, or sure from a probability of .88 (`SCORE`, and `[detect] sure_from`). The same
judgement withdraws what others only guess (`sceptic`) and says where a name that is known elsewhere is none (`again`).
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.engines.context.evidence import Morpheme, Sources, candidates, evidence, shape
from pipeline.errors import SettingsInvalid
from pipeline.korean import coda, is_hangul, tail_of, within_ending
from pipeline.people import Entry
from pipeline.transcript import Finding, Label

PATH = Path(__file__).resolve().parent.parent.parent.parent / "config" / "context.ko.toml"

Weigh = Callable[[str], float]
"""The log-likelihood (nats) of the likeliest reading of a text."""

SCORE = 0.8
"""A finding's score, of its probability: what nothing else finds is doubtful, and sure where hardly else can stand."""
BELIEVED = 0.5
"""The score from which another's finding is left alone."""
_PLACED = 0.7
"""The probability, at most, that a town is somebody: 수원의사 may be 수원에서, misheard."""
_AGAINST = 0.02
"""The likelihood below which the context speaks against a name that is one elsewhere."""
_AROUND_BEFORE, _AROUND_BEHIND = 1, 1
"""Words of the surroundings: more change nothing (docs/benchmarks.md)."""
_NATS, _UNIT = 12.0, 4.0
"""A ratio counts up to this many nats either way, in units of that many."""
_GIVEN, _FULL, _PLACE = ("민수", "지훈"), ("김민수", "박지훈"), ("전주", "수원")
"""Common ones, without a coda and with one, so that the particles behind stay right."""


class Coefficients(BaseModel):
    """Of one label: those that decide whether a word is worth weighing at all, and those of the whole evidence."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    worth_from: float
    found_from: float
    withdrawn_below: float
    before: dict[str, float]
    whole: dict[str, float]


@dataclass(frozen=True)
class Judge:
    """How likely it is that a word names somebody, or a place."""

    sources: Sources
    weigh: Weigh
    coefficients: dict[Label, Coefficients]

    def worth(self, said: dict[str, float], label: Label) -> bool:
        """Whether evidence without weighing leaves the question open."""
        return probability(said, self.coefficients[label].before) >= self.coefficients[label].worth_from

    def likelihood(self, line: str, start: int, end: int, label: Label) -> float:
        """The probability that ``line[start:end]``, the beginning of a word, is of `label`, a name or a place."""
        return self.likelihood_given(evidence(line, start, end, self.sources), line, start, end, label)

    def likelihood_given(self, said: dict[str, float], line: str, start: int, end: int, label: Label) -> float:
        """The same, where its evidence is `said` already."""
        return probability({**said, **self.ratios(line, start, end, label)}, self.coefficients[label].whole)

    def against(self, line: str, start: int, end: int, label: Label) -> bool:
        """Whether the context speaks against what is a name, or place, elsewhere; of others, a verb does."""
        if not all(map(is_hangul, line[start:end])):
            return False
        if label not in self.coefficients:
            return self.is_verb(line, start)
        return self.likelihood(line, start, end, label) < _AGAINST

    def is_verb(self, line: str, start: int) -> bool:
        """Whether either morphology reads a stem at `start`, and an ending right behind it."""
        return any(_begins_with_stem(read(line), start) for read in (self.sources.kiwi, self.sources.mecab))

    def ends_a_sentence(self, line: str, end: int) -> bool:
        """Whether kiwi reads a verb's ending that ends at `end`: 자랑하고, no school."""
        return any(token.end == end and token.tag.startswith(("EC", "EF")) for token in self.sources.kiwi(line))

    def doubted(self, line: str, start: int, end: int) -> bool:
        """Whether ``line[start:end]`` may well be a verb: both morphologies say so, or a dialect's ending is in it."""
        if all(_begins_with_stem(read(line), start) for read in (self.sources.kiwi, self.sources.mecab)):
            return True
        return within_ending(line, start, end)

    def cuts_a_word(self, line: str, start: int, end: int) -> bool:
        """Whether ``line[start:end]`` cuts a word of kiwi's dictionary, or stands behind the stem of a verb."""
        tokens = self.sources.kiwi(line)
        known = [token for token in tokens if not token.unknown]
        if any(token.start < at < token.end for token in known for at in (start, end)):
            return True
        return any(token.end == start and token.tag.startswith((*_STEMS, "EP")) for token in tokens)

    def ratios(self, line: str, start: int, end: int, label: Label) -> dict[str, float]:
        """The log-likelihood ratios of a name, or place, in this word's stead; the one over the other."""
        head, rest = line[start:end], tail_of(line, end)
        before = line[:start].split()[-_AROUND_BEFORE:]
        behind = line[end + len(rest) :].split()[:_AROUND_BEHIND]

        def weighed(word: str) -> float:
            return self.weigh(" ".join((*before, word + rest, *behind)))

        itself, closed = weighed(head), coda(head) > 0
        name, place = weighed(_GIVEN[closed]) - itself, weighed(_PLACE[closed]) - itself
        mine, other = (name, place) if label is Label.NAME else (place, name)
        full = label is Label.NAME and shape(head, self.sources.words) == "full"
        likelier = weighed(_FULL[closed]) - itself if full else mine
        return {"ratio": _scaled(likelier), "ratio above 0": max(0.0, _scaled(likelier)), "over": _scaled(mine - other)}


_STEMS = ("VV", "VA", "VX", "XSV", "XSA", "VCN", "XR")
_ENDINGS = ("EC", "EF", "EP", "ETM", "ETN")


def _begins_with_stem(morphemes: Sequence[Morpheme], start: int) -> bool:
    for morpheme, behind in pairwise(morphemes):
        if morpheme.start == start:
            tags = morpheme.tag.split("+")
            return tags[0] in _STEMS and (tags[-1] in _ENDINGS or behind.tag.startswith(_ENDINGS))
    return False


def _scaled(nats: float) -> float:
    return max(-_NATS, min(_NATS, nats)) / _UNIT


def probability(said: dict[str, float], coefficients: dict[str, float]) -> float:
    """Of the logistic regression; evidence that it does not know says nothing."""
    total = coefficients["always"] + sum(value * coefficients.get(name, 0.0) for name, value in said.items())
    return 1 / (1 + math.exp(-total))


@dataclass(frozen=True)
class Context:
    """Satisfies `Recognizer`."""

    judge: Judge
    name: str = "context"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """Of the beginnings of every word the likeliest name and place. `known` plays no part."""
        return tuple(
            Finding(number, start, end, label, score * SCORE, self.name)
            for number, line in enumerate(lines)
            for start, end, label, score in self._line(line)
        )

    def _line(self, line: str) -> Iterator[tuple[int, int, Label, float]]:
        beginnings = groupby(candidates(line, self.judge.sources.words), key=lambda span: span[0])
        for _, spans in beginnings:
            said = {span: evidence(line, *span, self.judge.sources) for span in spans}
            for label, coefficients in self.judge.coefficients.items():
                worth = [span for span in said if self.judge.worth(said[span], label)]
                found = [(self.judge.likelihood_given(said[span], line, *span, label), span) for span in worth]
                score, (start, end) = max(found, default=(0.0, (0, 0)))
                if score >= coefficients.found_from:
                    placed = label is Label.NAME and "a known place" in said[start, end]
                    yield start, end, label, min(score, _PLACED) if placed else score


@cache
def coefficients(path: Path = PATH) -> tuple[dict[Label, Coefficients], str]:
    """Those in `path`, by label, and the file's sha256. Raises SettingsInvalid."""
    try:
        data = path.read_bytes()
        tables = tomllib.loads(data.decode())
        found = {Label(key): Coefficients.model_validate(table) for key, table in tables.items()}
    except (OSError, ValueError, ValidationError) as error:
        raise SettingsInvalid(path=path, where=type(error).__name__) from None
    return found, hashlib.sha256(data).hexdigest()
