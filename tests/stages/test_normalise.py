from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import AudioTruncated, EngineFailed, NotAudio, RecordingSilent, RecordingTooShort
from pipeline.interview import SAMPLE_RATE, Consent, EngineId, InterviewId, Part, Recording, Sheet, Source
from pipeline.stages.normalise import Limits, normalise

LIMITS = Limits(min_seconds=2.0, silent_below_dbfs=-60.0, max_missing_share=0.02, max_missing_seconds=1.0)


@dataclass
class Deck:
    """Plays its blobs as they are, in pieces of `piece` bytes; a blob that is no sound makes it fail."""

    blobs: dict[str, bytes]
    piece: int = 4096
    written: dict[str, bytes] = field(default_factory=dict)

    @property
    def engine(self) -> EngineId:
        return EngineId("deck", "1")

    def __call__(self, stream: BinaryIO) -> Iterator[bytes]:
        if stream.read(4) == b"text":
            raise EngineFailed(engine="deck", why="no sound")
        stream.seek(0)
        while piece := stream.read(self.piece):
            yield piece

    def open(self, blob: str) -> BinaryIO:
        return io.BytesIO(self.blobs[blob])

    def write(self, name: str, pieces: Iterable[bytes]) -> tuple[str, int]:
        self.written[name] = b"".join(pieces)
        return hashlib.sha256(self.written[name]).hexdigest(), len(self.written[name])


def tone(seconds: float, peak: float = 0.5) -> bytes:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (np.sin(2 * np.pi * 200 * time) * peak * 32767).astype("<i2").tobytes()


def made(deck: Deck, *declared: float) -> Recording:
    names = list(deck.blobs)
    parts = tuple(Part(name, name, 1, s, 1, 44100, "aac") for name, s in zip(names, declared, strict=True))
    sheet = Sheet(InterviewId("a", "b", "c"), Consent(True, True))
    return normalise(Source(sheet.interview, parts, sheet), deck.open, deck.write, deck, LIMITS)


def test_parts_become_one_recording_in_order() -> None:
    deck = Deck({"a": tone(3), "b": tone(2, 0.25)})
    recording = made(deck, 3.0, 2.0)
    assert deck.written == {"recording": tone(3) + tone(2, 0.25)}
    assert (recording.seconds, recording.blob, recording.source_sha256) == (5.0, "recording", "a+b")
    assert recording.sha256 == hashlib.sha256(deck.written["recording"]).hexdigest()
    assert recording.peak == pytest.approx(0.5, abs=0.001)


@given(st.integers(1, 9000))
def test_pieces_of_any_size_make_the_same_recording(piece: int) -> None:
    sound = tone(2.1)
    assert made(Deck({"a": sound}, piece), 2.1) == made(Deck({"a": sound}), 2.1)


@pytest.mark.parametrize(("seconds", "found"), [(0.0, 0.0), (1.0, 1.0), (1.99, 1.99), (2.0, None), (2.01, None)])
def test_a_recording_has_its_least_length(seconds: float, found: float | None) -> None:
    deck = Deck({"a": tone(seconds)})
    if found is None:
        assert made(deck, seconds).seconds == seconds
    else:
        with pytest.raises(RecordingTooShort) as short:
            made(deck, seconds)
        assert short.value.facts == {"found": pytest.approx(found), "least": 2.0}


@pytest.mark.parametrize(
    ("peak", "dbfs"), [(0.0, -math.inf), (0.0005, -66.0), (0.00095, -60.5), (0.0011, None), (1.0, None)]
)
def test_silence_is_refused(peak: float, dbfs: float | None) -> None:
    deck = Deck({"a": tone(3, peak)})
    if dbfs is None:
        assert made(deck, 3.0).peak == pytest.approx(peak, abs=1e-4)
    else:
        with pytest.raises(RecordingSilent) as silent:
            made(deck, 3.0)
        assert silent.value.facts["found"] == pytest.approx(dbfs, abs=0.6)
        assert str(silent.value)


def test_the_loudest_negative_sample_is_full_scale() -> None:
    assert made(Deck({"a": np.full(40_000, -32768, "<i2").tobytes()}), 2.5).peak == 1.0


@pytest.mark.parametrize(
    ("declared", "heard", "cut"),
    [(10.0, 10.0, False), (10.0, 9.1, False), (10.0, 8.9, True), (60.0, 58.9, False), (60.0, 58.7, True),
     (10.0, 12.0, False), (0.0, 5.0, False)],
)  # fmt: skip
def test_a_recording_that_is_cut_off_is_refused(declared: float, heard: float, cut: bool) -> None:
    deck = Deck({"a": tone(heard)})
    if not cut:
        assert made(deck, declared).seconds == pytest.approx(heard)
        return
    with pytest.raises(AudioTruncated) as truncated:
        made(deck, declared)
    assert truncated.value.facts == {"path": "a", "declared": declared, "found": pytest.approx(heard)}


def test_a_second_part_that_is_cut_off_is_the_one_named() -> None:
    with pytest.raises(AudioTruncated) as truncated:
        made(Deck({"a": tone(5), "b": tone(5)}), 5.0, 9.0)
    assert truncated.value.facts["path"] == "b"


def test_what_cannot_be_decoded_is_no_audio() -> None:
    with pytest.raises(NotAudio) as refused:
        made(Deck({"a": b"text, no sound"}), 0.0)
    assert refused.value.facts == {"path": "a"}


def test_nothing_of_an_odd_byte_at_the_end_is_kept() -> None:
    assert made(Deck({"a": tone(3) + b"\x01"}), 3.0).samples == 3 * SAMPLE_RATE
