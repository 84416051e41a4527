"""How any recognizer listens to a long recording: to its speech alone, in reels, and what it hears put in order.

A reel is speech with the silences cut out; every second of speech is on exactly one. A recognizer goes through a few
reels side by side, window by window, so that its memory does not grow with the recording: hearing several windows at
once costs less than one after the other.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from pipeline.errors import EngineFailed
from pipeline.hearing.spans import Span, plausible, union, without
from pipeline.interview import SAMPLE_RATE, Audio, normal_text
from pipeline.speech import Passage, Word

Samples = npt.NDArray[np.float32]
"""Mono sound at `SAMPLE_RATE`, -1 to 1."""

EDGE_SECONDS = 0.4
"""Heard before and after speech: consonants are quieter than what voice activity detection goes by."""

SILENCE_SECONDS = 1.2
"""Silence between two stretches with their edges that is not heard; shorter ones give speech its rhythm."""

SHORTEST_SECONDS, SHORTEST_SHARE = 90.0, 30.0
"""Of a reel, where a worker reads several: the last window of each is half empty; and where it reads one."""

SEARCH_SECONDS, QUIET_SECONDS = 30.0, 0.3
"""How far before a reel's latest end the quietest place is looked for, and that place's length."""

LEAST_SECONDS = 0.5
"""A recognizer that says it has heard less than this of a window has heard all it can: reading must go on."""

BLOCK = SAMPLE_RATE // 100
"""Samples in the blocks of which energy is taken."""

UNSPACED = frozenset({"ja", "lo", "my", "th", "yue", "zh"})
"""Languages that are written without spaces: a word is what the recognizer calls one."""

SLACK_SECONDS = 0.2
"""Word times are that far off."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Where in a recording somebody speaks, by voice activity detection: seconds, sorted, disjoint."""

    surely: tuple[Span, ...]
    perhaps: tuple[Span, ...]
    """And where somebody may: soft speech among it, which is worth hearing too."""


VoiceActivity = Callable[[Audio], Voice]


# --- what is heard --------------------------------------------------------------------------------------------------


def sound(audio: Audio, start: int, stop: int) -> Samples:
    """The samples of that range. Raises EngineFailed where the recording ends before `stop`."""
    found = np.frombuffer(audio.read(start, stop), "<i2").astype(np.float32) / np.float32(32768)
    if len(found) != stop - start:
        raise EngineFailed(engine="listening", why="the recording is shorter than it says")
    return found


@dataclass(frozen=True, slots=True)
class Reel:
    """Stretches of the recording, ``[first sample, past the last)``, sorted and disjoint, that are heard as one."""

    stretches: tuple[tuple[int, int], ...]

    @property
    def samples(self) -> int:
        """Its length."""
        return sum(stop - start for start, stop in self.stretches)

    def between(self, start: int, stop: int) -> Reel:
        """Its samples from `start` to `stop`, or to its end."""
        return Reel(tuple(_first(_first(self.stretches, stop)[0], start)[1]))

    def sound(self, audio: Audio) -> Samples:
        """What is on it. Raises EngineFailed."""
        return np.concatenate([sound(audio, start, stop) for start, stop in self.stretches])

    def placed(self, passage: Passage) -> Passage:
        """`passage`, heard in seconds of the reel, on the recording's time line; no word reaches over a cut.

        A word is in the stretch that holds its middle.
        """
        ends = list(accumulate(stop - start for start, stop in self.stretches))
        words = []
        for word in passage.words:
            middle = (word.start + word.end) / 2 * SAMPLE_RATE
            at = min(bisect_right(ends, middle), len(ends) - 1)
            start, stop = self.stretches[at]
            offset, low, high = (stop - ends[at]) / SAMPLE_RATE, start / SAMPLE_RATE, stop / SAMPLE_RATE
            begin = min(max(word.start + offset, low), high)
            words.append(replace(word, start=begin, end=min(max(word.end + offset, begin), high)))
        return replace(passage, words=tuple(words))


def listened(speech: Iterable[Span], samples: int) -> list[tuple[int, int]]:
    """The samples to hear for that `speech` (seconds): with its edges, and with the short silences in between."""
    wide = union(((start - EDGE_SECONDS, end + EDGE_SECONDS) for start, end in speech), SILENCE_SECONDS)
    ranges = ((max(0, round(start * SAMPLE_RATE)), min(samples, round(end * SAMPLE_RATE))) for start, end in wide)
    return [(start, stop) for start, stop in ranges if start < stop]


def reels(audio: Audio, speech: Sequence[Span], workers: int, places: int) -> list[Reel]:
    """All of the `speech` of `audio` on reels of about equal length, cut where it is quietest.

    There are up to `places` for each of `workers`, as many for one as for another, fewer where they would be too short.
    """
    left = listened(speech, audio.recording.samples)
    seconds = sum(stop - start for start, stop in left) / SAMPLE_RATE
    each = min(places, int(seconds / (workers * SHORTEST_SECONDS)))
    count = workers * each or min(workers, int(seconds / SHORTEST_SHARE))
    found, rest = [], Reel(tuple(left))
    for number in range(count, 1, -1):
        first, rest = _parted(audio, rest, rest.samples // number)
        found.append(first)
    return [*found, rest] if left else []


def portions(audio: Audio, reel: Reel, seconds: float) -> Iterator[Reel]:
    """`reel` in parts of at most that length, cut where it is quietest."""
    most = round(seconds * SAMPLE_RATE)
    while reel.samples > most:
        first, reel = _parted(audio, reel, most)
        yield first
    yield reel


def _parted(audio: Audio, reel: Reel, latest: int) -> tuple[Reel, Reel]:
    """`reel` in two: the first of at most `latest` samples."""
    searched = min(round(SEARCH_SECONDS * SAMPLE_RATE), latest // 2)
    cut = latest - searched + quietest(reel.between(latest - searched, latest).sound(audio))
    return reel.between(0, cut), reel.between(cut, reel.samples)


def _first(ranges: Sequence[tuple[int, int]], most: int) -> tuple[Sequence[tuple[int, int]], Sequence[tuple[int, int]]]:
    """The first `most` samples of `ranges`, and what is left of them."""
    for index, (start, stop) in enumerate(ranges):
        if stop - start > most:
            begun = [(start, start + most)] if most else []
            return [*ranges[:index], *begun], [(start + most, stop), *ranges[index + 1 :]]
        most -= stop - start
    return ranges, []


def quietest(sound: Samples) -> int:
    """The sample in the middle of the quietest `QUIET_SECONDS`, of equals the first; 0 where `sound` is shorter."""
    width = round(QUIET_SECONDS * SAMPLE_RATE / BLOCK)
    blocks = sound[: len(sound) // BLOCK * BLOCK].reshape(-1, BLOCK)
    if len(blocks) < width:
        return 0
    energy = np.convolve(np.square(blocks).sum(axis=1), np.ones(width), "valid")
    return (int(energy.argmin()) + width // 2) * BLOCK


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of a window, in seconds from its start, and how much of it is done with."""

    passages: tuple[Passage, ...]
    seconds: float


Hear = Callable[[Sequence[Samples]], Sequence[Heard]]
"""Hears several windows at once."""


def side_by_side(
    audio: Audio, taken: Sequence[Reel], hear: Hear, window_seconds: float, done: Callable[[float], None]
) -> list[Passage]:
    """The passages on all reels `taken`, reel by reel, on the recording's time line.

    Each reel is read from window to window, the next beginning where `hear` says that it is done with the last. `done`
    is told the seconds read.
    """
    found: list[list[Passage]] = [[] for _ in taken]
    at = {number: 0 for number, reel in enumerate(taken) if reel.samples}
    most = round(window_seconds * SAMPLE_RATE)
    while at:
        windows = [taken[number].between(start, start + most) for number, start in at.items()]
        heard = hear([window.sound(audio) for window in windows])
        for number, window, one in zip(list(at), windows, heard, strict=True):
            found[number].extend(window.placed(passage) for passage in one.passages)
            step = round(one.seconds * SAMPLE_RATE)
            step = step if LEAST_SECONDS * SAMPLE_RATE <= step < window.samples else window.samples
            at[number] += step
            done(step / SAMPLE_RATE)
            if at[number] >= taken[number].samples:
                del at[number]
    return [passage for passages in found for passage in passages]


def overlooked(speech: Sequence[Span], words: Iterable[Word], least_seconds: float) -> list[Span]:
    """Stretches of `speech` (sorted, disjoint) of at least `least_seconds` that no word covers, in order."""
    slack = SLACK_SECONDS
    heard = union((start - slack, end + slack) for word in words for start, end in plausible(word))
    holes = (hole for span in speech for hole in without(span, heard))
    return [(start, end) for start, end in holes if end - start >= least_seconds]


# --- what it makes of it --------------------------------------------------------------------------------------------


def ordered(passages: Iterable[Passage], ceiling: float) -> Iterator[Passage]:
    """`passages` with their words in order and within 0 and `ceiling`: none begins before the word before it.

    Those without words are dropped; each spans its words.
    """
    floor = 0.0
    for passage in passages:
        if passage.words:
            placed = place(passage, floor, ceiling)
            floor = placed.end
            yield placed


def place(passage: Passage, floor: float, ceiling: float) -> Passage:
    """`passage` with its words in order and within `floor` and `ceiling`; it spans its words."""
    words: list[Word] = []
    for word in passage.words:
        start = min(max(word.start, floor), ceiling)
        end = min(max(word.end, start), ceiling)
        if words and words[-1].end > start:
            words[-1] = replace(words[-1], end=start)
        words.append(replace(word, start=start, end=end))
        floor = start
    return replace(passage, start=words[0].start, end=words[-1].end, words=tuple(words))


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a word as Whisper's tokenizer cuts it: a space at the front begins a new word. Seconds in the window."""

    text: str
    start: float
    end: float
    probability: float


def words(pieces: Iterable[Piece], language: str) -> tuple[Word, ...]:
    """Whole words out of `pieces`, in NFC and without spaces around them; a word is as doubtful as its worst piece.

    >>> [word.text for word in words([Piece(" 20", 0, 1, 1), Piece("%", 1, 1, 1), Piece(" 정도", 1, 2, 1)], "ko")]
    ['20%', '정도']
    """
    whole: list[Piece] = []
    for piece in pieces:
        if whole and language not in UNSPACED and not piece.text[:1].isspace():
            last = whole[-1]
            probability = min(last.probability, piece.probability)
            whole[-1] = Piece(last.text + piece.text, last.start, piece.end, probability)
        else:
            whole.append(piece)
    clean = ((normal_text(piece.text).strip(), piece) for piece in whole)
    return tuple(Word(text, piece.start, piece.end, piece.probability) for text, piece in clean if text)


def prompt(terms: tuple[str, ...]) -> str | None:
    """The terms to expect as text that went before. None where there are none.

    It ends as a sentence does: after a list left open, Whisper leaves out whole sentences. Measured on whisper-base,
    two interviews, three terms each: CER .25 and .21 without the full stop, .07 and .10 with it, .06 and .12 with no
    terms.
    """
    return f"{', '.join(terms)}." if terms else None


def spread(text: str, start: float, end: float, mean_log_probability: float) -> Iterator[Piece]:
    """The words of a passage that was heard without word times, evenly from `start` to `end`: no word is lost."""
    heard = text.split()
    for index, word in enumerate(heard):
        begin, finish = (start + (end - start) * at / len(heard) for at in (index, index + 1))
        yield Piece(f" {word}", begin, finish, math.exp(min(mean_log_probability, 0.0)))
