"""How any recognizer listens to a long recording: in windows cut where it is quiet, and what it hears put in order.

A recognizer sees one window at a time, so that its memory does not grow with the recording. The windows tile the
recording: every sample is in exactly one of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipeline.errors import EngineFailed
from pipeline.interview import SAMPLE_RATE, Audio, Passage, Progress, Word, normal_text

Samples = npt.NDArray[np.float32]
"""Mono sound at `SAMPLE_RATE`, -1 to 1."""

SEARCH_SECONDS = 30.0
"""How far before a window's latest end the quietest place is looked for: people breathe more often than that."""

QUIET_SECONDS = 0.1
"""Length of the quiet place; the cut is in its middle."""

BLOCK = SAMPLE_RATE // 100
"""Samples in the blocks of which energy is taken."""

UNSPACED = frozenset({"ja", "lo", "my", "th", "yue", "zh"})
"""Languages that are written without spaces: a word is what the recognizer calls one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a word as Whisper's tokenizer cuts it: a space at the front begins a new word. Seconds in the window."""

    text: str
    start: float
    end: float
    probability: float


def windows(audio: Audio, seconds: float) -> Iterator[tuple[int, Samples]]:
    """(first sample, sound) of windows of at most `seconds` that tile the recording, cut where it is quietest."""
    most, total, start = round(seconds * SAMPLE_RATE), audio.recording.samples, 0
    while start < total:
        stop = min(start + most, total)
        sound = np.frombuffer(audio.read(start, stop), "<i2").astype(np.float32) / np.float32(32768)
        if len(sound) != stop - start:
            raise EngineFailed(engine="listening", why="the recording is shorter than it says")
        if start + most < total:
            searched = min(round(SEARCH_SECONDS * SAMPLE_RATE), most // 2)
            sound = sound[: most - searched + quietest(sound[most - searched :])]
        yield start, sound
        start += len(sound)


def quietest(sound: Samples) -> int:
    """The sample in the middle of the quietest `QUIET_SECONDS`, of equals the first. `sound` is at least that long."""
    blocks = sound[: len(sound) // BLOCK * BLOCK].reshape(-1, BLOCK)
    width = round(QUIET_SECONDS * SAMPLE_RATE / BLOCK)
    energy = np.convolve(np.square(blocks).sum(axis=1), np.ones(width), "valid")
    return (int(energy.argmin()) + width // 2) * BLOCK


def passages(
    audio: Audio, seconds: float, hear: Callable[[Samples], Iterable[Passage]], progress: Progress
) -> Iterator[Passage]:
    """What `hear` makes of each window, on the recording's time line; passages without any text are dropped.

    `hear` gives seconds from the window's start. Times are put inside the window, none before that of the word before.
    """
    floor, total = 0.0, audio.recording.samples
    for start, sound in windows(audio, seconds):
        offset, ceiling = start / SAMPLE_RATE, (start + len(sound)) / SAMPLE_RATE
        for passage in hear(sound):
            if passage.words:
                placed = place(passage, offset, max(floor, offset), ceiling)
                floor = placed.end
                yield placed
                progress(floor * SAMPLE_RATE / total)
        progress((start + len(sound)) / total)


def place(passage: Passage, offset: float, floor: float, ceiling: float) -> Passage:
    """`passage` moved by `offset` seconds, its words in order and within `floor` and `ceiling`; it spans its words."""
    words: list[Word] = []
    for word in passage.words:
        start = min(max(word.start + offset, floor), ceiling)
        end = min(max(word.end + offset, start), ceiling)
        if words and words[-1].end > start:
            words[-1] = replace(words[-1], end=start)
        words.append(replace(word, start=start, end=end))
        floor = start
    return replace(passage, start=words[0].start, end=words[-1].end, words=tuple(words))


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
