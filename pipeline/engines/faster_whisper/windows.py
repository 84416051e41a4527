"""Windows of up to 30 seconds through Whisper's network: encoded, decoded, doubted and tried again, and timed.

CTranslate2 is asked directly; of faster-whisper come the spectrum, the tokenizer and the alignment of words. The guards
are those of its sequential mode (compression ratio, mean log probability, no speech), and loops and half characters
beside them.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from pipeline.engines.faster_whisper.lines import AFTER_A_WORD, BEFORE_A_WORD, Aligned, Line, dealt, fitted, lines
from pipeline.hearing.doubts import is_echo, is_unsound
from pipeline.hearing.listening import Heard, Samples, prompt, spread, words
from pipeline.hearing.vocabulary import found_more, misheard
from pipeline.interview import SAMPLE_RATE
from pipeline.speech import Passage

WINDOW_SECONDS = 30.0
FRAMES_A_SECOND = 100
"""Of the spectrum."""

SHORT_SECONDS, AFTER_SECONDS = 12.0, 6.0
"""Windows all shorter than this are not filled up to 30 s but by so much; with less silence after it Whisper loops."""

COMPRESSION_RATIO, LOG_PROBABILITY, NO_SPEECH = 2.4, -1.0, 0.6
"""Whisper's own thresholds: more repetitive than this or less probable is doubted; both of the last two is silence."""

MOST_TOKENS = 113
"""A quarter of Whisper's text context. A longer text gets worse towards its end: what is beyond is read in the next
window (CER 14.4 against 14.7 on ten interviews). It also cuts loops short."""

FIRST_TIME_STEPS = 50
"""The first passage of a window begins within its first second."""

TRIES: tuple[dict[str, Any], ...] = (
    {"repetition_penalty": 1.1},
    {"repetition_penalty": 1.1, "beam_size": 1, "num_hypotheses": 5, "sampling_topk": 0, "sampling_temperature": 0.4},
    {"repetition_penalty": 1.2, "beam_size": 1, "num_hypotheses": 5, "sampling_topk": 0, "sampling_temperature": 0.8},
)
"""How a doubted window is heard again until it is not doubted."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The tokens of a window, times among them, with Whisper's figures for them."""

    tokens: tuple[int, ...]
    text: str
    mean_log_probability: float
    no_speech_probability: float

    @property
    def compression_ratio(self) -> float:
        """How often the text repeats itself: its bytes over those of its zlib form."""
        data = self.text.encode()
        return len(data) / len(zlib.compress(data))

    @property
    def silent(self) -> bool:
        """Whether Whisper holds that nobody speaks."""
        return self.no_speech_probability > NO_SPEECH and self.mean_log_probability < LOG_PROBABILITY

    def doubted(self, terms: Sequence[str]) -> bool:
        """Whether it should be heard again with other settings."""
        if self.silent:
            return False
        unlikely = self.compression_ratio > COMPRESSION_RATIO or self.mean_log_probability < LOG_PROBABILITY
        return unlikely or is_unsound(self.text.split()) or is_echo(self.text, terms)


class Ear:
    """Whisper's network with a language, a beam, and the terms to expect."""

    def __init__(self, network: Any, language: str, beam_size: int, terms: Sequence[str]) -> None:
        from faster_whisper.tokenizer import Tokenizer
        from faster_whisper.transcribe import get_suppressed_tokens

        self.network, self.language, self.beam_size, self.terms = network, language, beam_size, terms
        self.tokenizer: Any = Tokenizer(network.hf_tokenizer, network.model.is_multilingual, "transcribe", language)
        self.suppressed = list(get_suppressed_tokens(self.tokenizer, [-1]))

    def hear(self, sounds: Sequence[Samples]) -> list[Heard]:
        """The passages of each of `sounds`, of at most `WINDOW_SECONDS`.

        What is doubted is tried again; what sounds like one of the terms is heard again with them in the prompt.
        """
        return self._hear(sounds, self._reconsidered)

    def hear_plainly(self, sounds: Sequence[Samples]) -> list[Heard]:
        """The same at first hearing."""
        return self._hear(sounds, lambda draft, encoded: draft)

    def _hear(self, sounds: Sequence[Samples], better: Callable[[Draft, Callable[[], Any]], Draft]) -> list[Heard]:
        longest = max(len(sound) for sound in sounds) / SAMPLE_RATE
        filled = WINDOW_SECONDS if longest > SHORT_SECONDS else longest + AFTER_SECONDS
        encoded = self._encode(sounds, filled)
        drafts = [
            better(draft, partial(self._one, encoded, index, sound, filled))
            for index, (draft, sound) in enumerate(zip(self._decode(encoded, len(sounds)), sounds, strict=True))
        ]
        seconds, first_time = [len(sound) / SAMPLE_RATE for sound in sounds], self.tokenizer.timestamp_begin
        cut = [
            ([], length) if draft.silent or not draft.tokens else lines(draft.tokens, first_time, length)
            for draft, length in zip(drafts, seconds, strict=True)
        ]
        timed = self._timed(encoded, [found for found, _ in cut], seconds)
        return [
            self._heard(draft, found, done, aligned)
            for draft, (found, done), aligned in zip(drafts, cut, timed, strict=True)
        ]

    def _heard(self, draft: Draft, found: Sequence[Line], done: float | None, aligned: Sequence[Aligned]) -> Heard:
        passages = tuple(self._passages(draft, found, aligned))
        ends = [word.end for passage in passages for word in passage.words]
        return Heard(passages, max(ends, default=WINDOW_SECONDS) if done is None else done)

    def _encode(self, sounds: Sequence[Samples], seconds: float) -> Any:
        """What the network's first half makes of them. On a CPU one by one: together they cost more."""
        from ctranslate2 import StorageView

        spectra = np.stack([self._spectrum(sound, round(seconds * FRAMES_A_SECOND)) for sound in sounds])
        if self.network.model.device != "cpu" or len(sounds) == 1:
            return self.network.encode(spectra)
        halves = [np.array(self.network.encode(spectrum)) for spectrum in spectra]
        return StorageView.from_array(np.concatenate(halves))

    def _spectrum(self, sound: Samples, frames: int) -> Any:
        from faster_whisper.audio import pad_or_trim

        return pad_or_trim(self.network.feature_extractor(sound)[..., :-1], frames)

    def _one(self, encoded: Any, index: int, sound: Samples, filled: float) -> Any:
        """One of the windows that were encoded together."""
        from ctranslate2 import StorageView

        if self.network.model.device != "cpu":
            return self._encode([sound], filled)
        return StorageView.from_array(np.array(encoded)[index : index + 1])

    def _decode(self, encoded: Any, count: int, given: str | None = None, **settings: Any) -> list[Draft]:
        results = self.network.model.generate(
            encoded,
            [self.network.get_prompt(self.tokenizer, [], hotwords=given)] * count,
            **{"beam_size": self.beam_size, **settings},
            max_length=2 * MOST_TOKENS,  # CTranslate2 generates up to half of it
            max_initial_timestamp_index=FIRST_TIME_STEPS,
            suppress_tokens=self.suppressed,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [self._draft(result) for result in results]

    def _draft(self, result: Any) -> Draft:
        tokens = tuple(result.sequences_ids[0])
        mean = result.scores[0] * len(tokens) / (len(tokens) + 1)
        return Draft(tokens, self.tokenizer.decode(tokens).strip(), mean, result.no_speech_prob)

    def _reconsidered(self, draft: Draft, encoded: Callable[[], Any]) -> Draft:
        if draft.doubted(self.terms):
            draft = self._again(draft, encoded())
        near = misheard(draft.text, self.terms)
        if not near:
            return draft
        (other,) = self._decode(encoded(), 1, prompt(near))
        more_probable = other.mean_log_probability - draft.mean_log_probability
        better = not other.doubted(self.terms) and found_more(draft.text, other.text, more_probable, near)
        return other if better else draft

    def _again(self, draft: Draft, encoded: Any) -> Draft:
        """The first of the `TRIES` that is not doubted, else the most probable without a loop, else the `draft`."""
        drafts = [draft]
        for settings in TRIES:
            drafts.extend(self._decode(encoded, 1, **settings))
            if not drafts[-1].doubted(self.terms):
                return drafts[-1]
        sane = [found for found in drafts if not is_unsound(found.text.split())]
        return max(sane or [draft], key=lambda found: found.mean_log_probability)

    def _timed(self, encoded: Any, found: Sequence[list[Line]], seconds: Sequence[float]) -> list[list[Aligned]]:
        """The words of all lines of each window, with their times in it."""
        from faster_whisper.transcribe import merge_punctuations

        texts = [[token for line in some for token in line.tokens] for some in found]
        if not any(texts):
            return [[] for _ in found]
        frames = [round(length * FRAMES_A_SECOND) for length in seconds]
        aligned = self.network.find_alignment(self.tokenizer, texts, encoded, frames)
        for window in aligned:
            merge_punctuations(window, BEFORE_A_WORD, AFTER_A_WORD)
        return [[Aligned(**one) for one in window] for window in aligned]

    def _passages(self, draft: Draft, found: Sequence[Line], aligned: Sequence[Aligned]) -> Iterator[Passage]:
        """A passage for each line. A line whose words got no times keeps them, spread evenly."""
        for line, pieces in dealt(found, aligned):
            text = self.tokenizer.decode(line.tokens)
            even = spread(text, line.start, line.end, draft.mean_log_probability)
            yield Passage(
                line.start,
                line.end,
                words(fitted(pieces, line.start, line.end) if pieces else even, self.language),
                draft.mean_log_probability,
                draft.no_speech_probability,
                draft.compression_ratio,
            )
