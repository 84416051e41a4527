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
from recordings import people, speech

from pipeline.errors import AudioTruncated, EngineFailed, NotAudio, RecordingSilent, RecordingTooShort
from pipeline.interview import SAMPLE_RATE, Consent, EngineId, InterviewId, Part, Recording, Sheet, Source
from pipeline.stages.normalise import Limits, normalise

LIMITS = Limits(
    min_seconds=2.0,
    silent_below_dbfs=-60.0,
    max_missing_share=0.02,
    max_missing_seconds=1.0,
    clipped_share=0.001,
    quiet_below_dbfs=-40.0,
    quiet_to_dbfs=-23.0,
    noisy_below_db=20.0,
    blank_seconds=10.0,
    microphone_share=0.65,
    microphone_lead_db=6.0,
)


@dataclass
class Deck:
    """Plays its blobs, 16-bit sound, in pieces of `piece` samples; a blob that is no sound makes it fail."""

    blobs: dict[str, bytes]
    piece: int = 4096
    channels: int = 1
    written: dict[str, bytes] = field(default_factory=dict)

    @property
    def engine(self) -> EngineId:
        return EngineId("deck", "1")

    def __call__(self, stream: BinaryIO) -> Iterator[np.ndarray]:
        if stream.read(4) == b"text":
            raise EngineFailed(engine="deck", why="no sound")
        stream.seek(0)
        while piece := stream.read(2 * self.channels * self.piece):
            yield (np.frombuffer(piece, "<i2") / np.float32(32768)).reshape(-1, self.channels)

    def open(self, blob: str) -> BinaryIO:
        return io.BytesIO(self.blobs[blob])

    def write(self, name: str, pieces: Iterable[bytes]) -> tuple[str, int]:
        self.written[name] = b"".join(pieces)
        return hashlib.sha256(self.written[name]).hexdigest(), len(self.written[name])


def tone(seconds: float, peak: float = 0.5) -> bytes:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (np.sin(2 * np.pi * 200 * time) * peak * 32767).astype("<i2").tobytes()


def made(deck: Deck, *declared: float, rate: int = 44_100) -> Recording:
    names = list(deck.blobs)
    parts = tuple(Part(name, name, 1, s, 1, rate, "aac") for name, s in zip(names, declared, strict=True))
    sheet = Sheet(InterviewId("a", "b", "c"), Consent(True, True))
    return normalise(Source(sheet.interview, parts, sheet), deck.open, deck.write, deck, LIMITS)


def test_parts_become_one_recording_in_order() -> None:
    deck = Deck({"a": tone(3), "b": tone(2, 0.25)})
    recording = made(deck, 3.0, 2.0)
    assert deck.written == {"recording": tone(3) + tone(2, 0.25)}
    assert (recording.seconds, recording.blob, recording.source_sha256) == (5.0, "recording", "a+b")
    assert recording.offsets == (0.0, 3.0)
    assert recording.sha256 == hashlib.sha256(deck.written["recording"]).hexdigest()
    assert recording.peak == pytest.approx(0.5, abs=0.001)


@given(st.integers(1, 9000))
def test_pieces_of_any_size_make_the_same_recording(piece: int) -> None:
    sound = tone(2.1)
    assert made(Deck({"a": sound}, piece), 2.1) == made(Deck({"a": sound}), 2.1)


@pytest.mark.parametrize(("seconds", "found"), [(0.01, 0.01), (1.0, 1.0), (1.99, 1.99), (2.0, None), (2.01, None)])
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
        recording = made(deck, 3.0)
        assert recording.peak >= peak - 1e-4
        assert ("quiet" in recording.flags) == (recording.gain_db > 0) == (peak < 0.01)
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


def test_a_part_without_a_sample_is_no_audio() -> None:
    with pytest.raises(NotAudio) as refused:
        made(Deck({"a": tone(3), "b": b""}), 3.0, 0.0)
    assert refused.value.facts == {"path": "b"}


# --- channels, levels and flags -------------------------------------------------------------------------------------


def pcm(sound: np.ndarray) -> bytes:
    return np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def heard(deck: Deck) -> np.ndarray:
    return np.frombuffer(deck.written["recording"], "<i2") / 32768


def of(*sounds: np.ndarray, declared: float = 0.0, rate: int = 44_100) -> tuple[Recording, Deck]:
    """The recording of files with as many channels as the sounds have."""
    channels = 1 if sounds[0].ndim == 1 else sounds[0].shape[1]
    deck = Deck({f"part{number}": pcm(sound) for number, sound in enumerate(sounds)}, channels=channels)
    return made(deck, *(declared for _ in sounds), rate=rate), deck


VOICE = speech(30)


def test_later_parts_begin_where_the_sound_before_them_ends_not_where_it_was_declared_to() -> None:
    deck = Deck({"a": tone(3.0), "b": tone(2.5), "c": tone(2.0)})
    assert made(deck, 3.04, 0.0, 2.0).offsets == (0.0, 3.0, 5.5)


def test_false_stereo_is_the_mono_sound() -> None:
    recording, deck = of(np.stack([VOICE, VOICE], 1))
    _, alone = of(VOICE)
    assert deck.written == alone.written
    assert (recording.microphones, recording.levels_blob, recording.flags, recording.gain_db) == (1, "", (), 0.0)


def test_two_channels_are_their_mean() -> None:
    other = 0.7 * np.roll(VOICE, 11)
    _, deck = of(np.stack([VOICE, other], 1))
    assert np.abs(heard(deck) - (VOICE + other) / 2).max() < 2e-4


def test_a_reversed_channel_does_not_cancel_the_voice() -> None:
    recording, deck = of(np.stack([VOICE, -VOICE], 1))
    assert np.abs(heard(deck) - VOICE).max() < 2e-4
    assert recording.flags == ("reversed_channel",)
    assert recording.peak == pytest.approx(np.abs(VOICE).max(), abs=1e-3)


def test_a_dead_channel_takes_nothing_away() -> None:
    recording, deck = of(np.stack([VOICE, VOICE * 0], 1))
    assert np.abs(heard(deck) - VOICE).max() < 2e-4
    assert recording.flags == ("dead_channel",)


def test_a_part_whose_cable_was_pulled_is_mended_alone() -> None:
    recording, deck = of(np.stack([VOICE, VOICE], 1), np.stack([VOICE, -VOICE], 1))
    assert np.abs(heard(deck) - np.concatenate([VOICE, VOICE])).max() < 2e-4
    assert recording.flags == ("reversed_channel",)


@pytest.mark.parametrize("below", [-25, -35, -45])
def test_a_quiet_voice_is_amplified_and_says_by_how_much(below: float) -> None:
    recording, deck = of(VOICE * 10 ** (below / 20))
    assert recording.gain_db == pytest.approx(-below - 3, abs=2)
    loud = np.sqrt((heard(deck) ** 2).mean() / (VOICE**2).mean())
    assert 20 * np.log10(loud) == pytest.approx(recording.gain_db + below, abs=0.5)
    assert recording.flags == ("quiet",)
    assert 0.2 < recording.peak < 1


def test_a_bang_in_a_quiet_recording_neither_keeps_it_quiet_nor_clips() -> None:
    quiet = VOICE * 10 ** (-35 / 20)
    quiet[16_000:16_200] = 0.9
    recording, deck = of(quiet)
    assert recording.gain_db == pytest.approx(32, abs=3)
    assert np.abs(heard(deck)).max() <= 1.0
    assert recording.flags == ("quiet",)


@pytest.mark.parametrize("below", [0, -10, -15])
def test_a_voice_of_usual_level_is_left_as_it_is(below: float) -> None:
    sound = VOICE * 10 ** (below / 20)
    recording, deck = of(sound)
    assert (recording.gain_db, recording.flags) == (0.0, ())
    assert np.abs(heard(deck) - sound).max() < 1e-4


@pytest.mark.parametrize(("gain", "clipped"), [(1.0, False), (1.5, False), (8.0, True), (30.0, True)])
def test_what_was_recorded_too_loud_is_flagged(gain: float, clipped: bool) -> None:
    assert ("clipped" in of(VOICE * gain)[0].flags) == clipped


def test_one_clipped_channel_is_enough() -> None:
    assert "clipped" in of(np.stack([VOICE * 20, VOICE * 20 * 0.5], 1))[0].flags


@pytest.mark.parametrize(("noise_dbfs", "noisy"), [(-80, False), (-50, False), (-20, True)])
def test_noise_is_flagged(noise_dbfs: float, noisy: bool) -> None:
    noise = np.random.default_rng(1).standard_normal(len(VOICE)) * 10 ** (noise_dbfs / 20)
    assert ("noisy" in of(VOICE + noise)[0].flags) == noisy


@pytest.mark.parametrize(
    ("rate", "narrow"), [(8000, True), (11_025, True), (16_000, False), (48_000, False), (0, False)]
)
def test_a_telephones_rate_is_flagged(rate: int, narrow: bool) -> None:
    assert ("narrowband" in of(VOICE, rate=rate)[0].flags) == narrow


@pytest.mark.parametrize(("seconds", "blank"), [(0, False), (9, False), (11, True)])
def test_a_copy_filled_up_with_zeros_is_flagged(seconds: int, blank: bool) -> None:
    assert ("blank" in of(np.concatenate([VOICE, np.zeros(seconds * SAMPLE_RATE)]))[0].flags) == blank


def test_music_alone_is_never_without_a_flag() -> None:
    time = np.arange(30 * SAMPLE_RATE) / SAMPLE_RATE
    beat = 0.6 + 0.4 * np.sign(np.sin(2 * np.pi * 2 * time))
    chord = sum(np.sin(2 * np.pi * hertz * time) for hertz in (262, 330, 392, 523)) * 0.05 * beat
    assert "noisy" in of(chord)[0].flags


def test_a_click_in_silence_is_silence() -> None:
    silence = np.random.default_rng(1).standard_normal(60 * SAMPLE_RATE) * 1e-5
    silence[SAMPLE_RATE : SAMPLE_RATE + 50] = 0.8
    with pytest.raises(RecordingSilent):
        of(silence)


@pytest.mark.parametrize("count", [2, 3])
def test_the_levels_of_peoples_own_microphones_are_kept_beside_the_sound(count: int) -> None:
    both = people(count, -16)
    recording, deck = of(both)
    assert (recording.microphones, recording.levels_blob) == (count, "levels")
    levels = np.frombuffer(deck.written["levels"], np.uint8).reshape(-1, count)
    assert len(levels) == recording.samples // 160
    assert [int(levels[second * 100].argmax()) for second in (2, 6)] == [0, 1]
    assert np.abs(heard(deck) - both.mean(axis=1)).max() < 2e-4


def test_the_levels_of_parts_lie_where_their_sound_lies() -> None:
    both = people(2, -16)
    uneven = (both[: 16_000 * 12 + 77], both[16_000 * 12 + 77 : 16_000 * 20 + 5], both[16_000 * 20 + 5 :])
    recording, deck = of(*uneven)
    assert recording.microphones == 2
    levels = np.frombuffer(deck.written["levels"], np.uint8).reshape(-1, 2)
    _, whole = of(both)
    wanted = np.frombuffer(whole.written["levels"], np.uint8).reshape(-1, 2)
    assert levels.shape == wanted.shape
    assert np.mean(np.abs(levels.astype(int) - wanted) > 8) < 0.15  # a frame is cut elsewhere, and that is all
