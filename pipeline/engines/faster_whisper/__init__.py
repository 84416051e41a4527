"""Speech to text by faster-whisper (CTranslate2): the default.

Several places of the recording are read side by side, each as the sequential mode reads: from window to window, the
next beginning where the last one's text ended. That costs less than one place at a time and, unlike the library's
batched mode, leaves nothing out. What the reading passed over is then looked at once more by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from pipeline.engines.faster_whisper.second_look import believable, inserted
from pipeline.engines.faster_whisper.windows import WINDOW_SECONDS, Ear
from pipeline.interview import SAMPLE_RATE, Audio, EngineId, Progress
from pipeline.listening import Reel, VoiceActivity, listened, ordered, overlooked, reels, side_by_side
from pipeline.spans import Span
from pipeline.speech import Passage, SpokenPassages
from pipeline.weights import Located

SEED = 1
"""Of the tries that draw words by chance: the same recording is to give the same words."""

FIRST_LOOK = 0.95
"""The share of progress that is shown for it; the second look is short."""


@dataclass(frozen=True, slots=True)
class FasterWhisper:
    """Hears Whisper weights in CTranslate2's form. Settings as in config/default.toml, ``[transcribe]``."""

    weights: Located
    voice: VoiceActivity
    language: str
    beam_size: int
    compute_type: str
    device: str
    threads: int
    places: int
    overlooked_seconds: float

    @property
    def engine(self) -> EngineId:
        """Which engine this is; found without loading it."""
        return EngineId(
            name="faster-whisper",
            version=f"{version('faster-whisper')} (ctranslate2 {version('ctranslate2')})",
            weights=self.weights.hashes,
            demo_grade=self.weights.demo_grade,
        )

    def __call__(self, audio: Audio, terms: tuple[str, ...], progress: Progress) -> SpokenPassages:
        """The passages of `audio`. `terms` are words to expect: given to Whisper where it hears something like them."""
        voice = self.voice(audio)
        ear = Ear(self._load(), self.language, self.beam_size, terms)
        taken = reels(audio, voice.perhaps, self.places)
        total, read = sum(reel.samples for reel in taken) / SAMPLE_RATE, 0.0

        def done(seconds: float) -> None:
            nonlocal read
            read += seconds
            progress(min(FIRST_LOOK, FIRST_LOOK * read / total))

        found = list(ordered(side_by_side(audio, taken, ear.hear, WINDOW_SECONDS, done), audio.recording.seconds))
        again = list(self._second_look(audio, voice.surely, found, ear))
        progress(1.0)
        return SpokenPassages(tuple(ordered(inserted(found, again), audio.recording.seconds)), voice.surely)

    def _second_look(
        self, audio: Audio, speech: Sequence[Span], found: Sequence[Passage], ear: Ear
    ) -> Iterator[Passage]:
        """What is heard of the speech without words when nothing else is heard beside it."""
        holes = overlooked(speech, (word for passage in found for word in passage.words), self.overlooked_seconds)
        holes = sorted(holes, key=lambda hole: hole[1] - hole[0])  # short windows side by side need no filling up
        for at in range(0, len(holes), self.places):
            some = holes[at : at + self.places]
            taken = [Reel(tuple(listened([hole], audio.recording.samples))) for hole in some]
            heard = side_by_side(audio, taken, ear.hear_plainly, WINDOW_SECONDS, lambda seconds: None)
            yield from believable(heard, some, found)

    def _load(self) -> Any:
        import ctranslate2
        from faster_whisper import WhisperModel

        ctranslate2.set_random_seed(SEED)
        return WhisperModel(
            str(self.weights.folder),
            device=self.device,
            compute_type=self.compute_type,
            cpu_threads=self.threads,
            local_files_only=True,
        )
