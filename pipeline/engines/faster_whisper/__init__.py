"""Speech to text by faster-whisper (CTranslate2): the default.

Several places of the recording are read side by side, each as the sequential mode reads: from window to window, the
next beginning where the last one's text ended. That costs less than one place at a time and, unlike the library's
batched mode, leaves nothing out. What the reading passed over is then looked at once more by itself.

Each of several workers reads its part of the recording with a network of its own. So a worker's work does not wait for
another's, as threads within one network do, and what one draws by chance does not hang on how fast another is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from threading import Lock
from typing import Any, TypeVar

from pipeline.engines.faster_whisper.second_look import believable, inserted
from pipeline.engines.faster_whisper.windows import WINDOW_SECONDS, Ear
from pipeline.hearing.listening import Reel, VoiceActivity, listened, ordered, overlooked, reels, side_by_side
from pipeline.hearing.spans import Span
from pipeline.interview import SAMPLE_RATE, Audio, EngineId, Progress
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
    workers: int
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
        taken = reels(audio, voice.perhaps, self.workers, self.places)
        total, read, counting = sum(reel.samples for reel in taken) / SAMPLE_RATE, 0.0, Lock()

        def done(seconds: float) -> None:
            nonlocal read
            with counting:
                read += seconds
                progress(min(FIRST_LOOK, FIRST_LOOK * read / total))

        def first_look(ear: Ear, part: Sequence[Reel]) -> list[Passage]:
            return side_by_side(audio, part, ear.hear, WINDOW_SECONDS, done)

        def second_look(ear: Ear, holes: Sequence[Span]) -> list[Passage]:
            return list(self._second_look(audio, holes, found, ear))

        with ThreadPoolExecutor(self.workers) as pool:
            ears = list(
                pool.map(lambda _: Ear(self._load(), self.language, self.beam_size, terms), range(self.workers))
            )
            found = list(ordered(_by_each(pool, ears, taken, first_look), audio.recording.seconds))
            words = (word for passage in found for word in passage.words)
            holes = overlooked(voice.surely, words, self.overlooked_seconds)
            again = _by_each(pool, ears, holes, second_look)
        progress(1.0)
        return SpokenPassages(tuple(ordered(inserted(found, again), audio.recording.seconds)), voice.surely)

    def _second_look(
        self, audio: Audio, holes: Sequence[Span], found: Sequence[Passage], ear: Ear
    ) -> Iterator[Passage]:
        """What is heard of `holes`, speech without words, when nothing else is heard beside it."""
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


Item = TypeVar("Item")


def _by_each(
    pool: ThreadPoolExecutor,
    ears: Sequence[Ear],
    items: Sequence[Item],
    look: Callable[[Ear, Sequence[Item]], Iterable[Passage]],
) -> list[Passage]:
    """What all `ears` make of `items` in their order, each of an equal run of them, all at once."""
    bounds = [round(len(items) * number / len(ears)) for number in range(len(ears) + 1)]
    parts = [items[start:stop] for start, stop in pairwise(bounds)]
    return [passage for passages in pool.map(look, ears, parts) for passage in passages]
