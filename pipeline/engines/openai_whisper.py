"""Speech to text by openai-whisper (PyTorch): the original, for comparison and for machines where CTranslate2 is not.

Slower than faster-whisper by a factor of five to ten on a CPU, and it listens to silence too: it has no voice activity
detection.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from pipeline.interview import Audio, EngineId, Passage, Progress
from pipeline.listening import Piece, Samples, passages, prompt, spread, words
from pipeline.weights import Located

WINDOW_SECONDS = 120.0
"""Longest stretch heard at once. Short, because progress is known only after each."""


@dataclass(frozen=True, slots=True)
class OpenAIWhisper:
    """Hears an openai-whisper checkpoint. Settings as in config/default.toml, ``[transcribe]``."""

    weights: Located
    language: str
    beam_size: int
    device: str
    threads: int
    condition_on_previous_text: bool

    @property
    def engine(self) -> EngineId:
        """Which engine this is; found without loading it."""
        return EngineId(
            name="openai-whisper",
            version=f"{version('openai-whisper')} (torch {version('torch')})",
            weights=self.weights.hashes,
            demo_grade=self.weights.demo_grade,
        )

    def __call__(self, audio: Audio, terms: tuple[str, ...], progress: Progress) -> Iterator[Passage]:
        """The passages of `audio` in order. `terms` are words to expect: the front of every prompt."""
        network = self._load()
        expected = prompt(fitting(terms, network))

        def hear(sound: Samples) -> Iterator[Passage]:
            heard = network.transcribe(
                sound,
                language=self.language,
                beam_size=self.beam_size,
                condition_on_previous_text=self.condition_on_previous_text,
                word_timestamps=True,
                fp16=self.device == "cuda",
                initial_prompt=expected,
                carry_initial_prompt=expected is not None,
            )
            return (self._passage(segment) for segment in heard["segments"])

        return passages(audio, WINDOW_SECONDS, hear, progress)

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


def fitting(terms: tuple[str, ...], network: Any) -> tuple[str, ...]:
    """As many of the first `terms` as the prompt takes, half of the text context: Whisper would cut it at the front."""
    from whisper.tokenizer import get_tokenizer

    tokenizer = get_tokenizer(network.is_multilingual, num_languages=network.num_languages)
    while terms and len(tokenizer.encode(f" {prompt(terms)}")) > network.dims.n_text_ctx // 2 - 1:
        terms = terms[:-1]
    return terms
