"""Speech to text by openai-whisper (PyTorch): the original, for comparison and for machines where CTranslate2 is not.

Slower than faster-whisper by a factor of five to ten on a CPU. It has no voice activity detection of its own: it is
given the speech alone, and tries again at higher temperatures what repeats itself or is improbable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from pipeline.hearing.listening import (
    Heard,
    Piece,
    Samples,
    VoiceActivity,
    ordered,
    portions,
    prompt,
    reels,
    side_by_side,
    spread,
    words,
)
from pipeline.hearing.vocabulary import found_more, misheard
from pipeline.interview import SAMPLE_RATE, Audio, EngineId, Progress
from pipeline.speech import Passage, SpokenPassages
from pipeline.weights import Located

WINDOW_SECONDS = 120.0
"""Longest stretch heard at once, cut where it is quietest. Short: progress is known only after each."""


@dataclass(frozen=True, slots=True)
class OpenAIWhisper:
    """Hears an openai-whisper checkpoint. Settings as in config/default.toml, ``[transcribe]``."""

    weights: Located
    voice: VoiceActivity
    language: str
    beam_size: int
    device: str
    threads: int

    @property
    def engine(self) -> EngineId:
        """Which engine this is; found without loading it."""
        return EngineId(
            name="openai-whisper",
            version=f"{version('openai-whisper')} (torch {version('torch')})",
            weights=self.weights.hashes,
            demo_grade=self.weights.demo_grade,
        )

    def __call__(self, audio: Audio, terms: tuple[str, ...], progress: Progress) -> SpokenPassages:
        """The passages of `audio`. `terms` are words to expect: given to Whisper where it hears something like them."""
        voice = self.voice(audio)
        network = self._load()

        def hear(sounds: Sequence[Samples]) -> list[Heard]:
            return [Heard(self._better(network, sound, terms), len(sound) / SAMPLE_RATE) for sound in sounds]

        taken = [part for reel in reels(audio, voice.perhaps, 1, 1) for part in portions(audio, reel, WINDOW_SECONDS)]
        passages: list[Passage] = []
        for number, part in enumerate(taken):
            passages.extend(side_by_side(audio, [part], hear, WINDOW_SECONDS, lambda seconds: None))
            progress((number + 1) / len(taken))
        progress(1.0)
        return SpokenPassages(tuple(ordered(passages, audio.recording.seconds)), voice.surely)

    def _better(self, network: Any, sound: Samples, terms: tuple[str, ...]) -> tuple[Passage, ...]:
        """What is heard of `sound`; with those of `terms` that something sounds like, where that finds them."""
        first = self._heard(network, sound, None)
        near = fitting(misheard(said(first), terms), network)
        if not near:
            return first
        other = self._heard(network, sound, prompt(near))
        more_probable = likely(other) - likely(first)
        return other if found_more(said(first), said(other), more_probable, near) else first

    def _heard(self, network: Any, sound: Samples, expected: str | None) -> tuple[Passage, ...]:
        heard = network.transcribe(
            sound,
            language=self.language,
            beam_size=self.beam_size,
            condition_on_previous_text=False,
            word_timestamps=True,
            fp16=self.device == "cuda",
            initial_prompt=expected,
            carry_initial_prompt=expected is not None,
        )
        return tuple(self._passage(segment) for segment in heard["segments"])

    def _load(self) -> Any:
        """The network. A path carries no alignment heads, which word times need: they are known by the file's name."""
        import torch
        import whisper

        torch.set_num_threads(self.threads)
        (checkpoint,) = self.weights.files.values()
        network = whisper.load_model(str(checkpoint), device=self.device)  # loads tensors only, never code
        if heads := whisper._ALIGNMENT_HEADS.get(checkpoint.stem):
            network.set_alignment_heads(heads)
        return network

    def _passage(self, segment: dict[str, Any]) -> Passage:
        pieces = [Piece(word["word"], word["start"], word["end"], word["probability"]) for word in segment["words"]]
        even = spread(segment["text"], segment["start"], segment["end"], segment["avg_logprob"])
        return Passage(
            start=segment["start"],
            end=segment["end"],
            words=words(pieces or even, self.language),
            mean_log_probability=segment["avg_logprob"],
            no_speech_probability=segment["no_speech_prob"],
            compression_ratio=segment["compression_ratio"],
        )


def said(passages: Sequence[Passage]) -> str:
    """All words of `passages`."""
    return " ".join(word.text for passage in passages for word in passage.words)


def likely(passages: Sequence[Passage]) -> float:
    """The mean log probability of all words of `passages`."""
    total = sum(len(passage.words) * passage.mean_log_probability for passage in passages)
    return total / max(1, sum(len(passage.words) for passage in passages))


def fitting(terms: tuple[str, ...], network: Any) -> tuple[str, ...]:
    """As many of the first `terms` as the prompt takes, half of the text context: Whisper would cut it at the front."""
    from whisper.tokenizer import get_tokenizer

    tokenizer = get_tokenizer(network.is_multilingual, num_languages=network.num_languages)
    while terms and len(tokenizer.encode(f" {prompt(terms)}")) > network.dims.n_text_ctx // 2 - 1:
        terms = terms[:-1]
    return terms
