"""Sound in files that people can play, and nothing but sound."""

from __future__ import annotations

import errno
import io

import av
import numpy as np
import pytest
import soundfile

from pipeline.engines.encoding import FORMS, encoded
from pipeline.errors import EngineFailed

MAKERS = (b"Lavf", b"Lavc", b"libav", b"encoder", b"ENCODER", b"title", b"TITLE", b"ARTIST", b"COMMENT", b"creation")


def sound(length: int = 40_000) -> np.ndarray:
    at = np.arange(length) / 16_000
    return (8_000 * np.sin(2 * np.pi * 300 * at)).astype("<i2")


def pieces(samples: np.ndarray, size: int = 16_000) -> list[bytes]:
    return [samples[at : at + size].tobytes() for at in range(0, len(samples), size)]


def file_of(samples: np.ndarray, form: str) -> bytes:
    file = io.BytesIO()
    encoded(pieces(samples), form, file)
    return file.getvalue()


@pytest.mark.parametrize("length", [16_000, 40_000, 16_001, 100])
def test_flac_gives_every_sample_back_and_states_its_length(length: int) -> None:
    file = io.BytesIO(file_of(sound(length), "flac"))
    assert soundfile.info(file).frames == length
    file.seek(0)
    samples, rate = soundfile.read(file, dtype="int16")
    assert rate == 16_000 and (samples == sound(length)).all()


def test_m4a_sounds_like_it_and_is_as_long() -> None:
    with av.open(io.BytesIO(file_of(sound(), "m4a"))) as container:
        track = container.streams.audio[0]
        assert (track.codec_context.name, track.sample_rate, track.channels) == ("aac", 16_000, 1)
        assert float(track.duration * track.time_base) == pytest.approx(2.5, abs=0.07)
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(track)])
    assert np.sqrt(np.mean(heard[4_000:36_000] ** 2)) == pytest.approx(8_000 / 32_768 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("form", FORMS)
def test_there_is_no_tag_and_no_name_of_a_program(form: str) -> None:
    """FLAC must have a vendor string and M4A names its handler; neither says who, when, or with which version."""
    data = file_of(sound(), form)
    with av.open(io.BytesIO(data)) as container:
        tags = {**container.metadata, **container.streams.audio[0].metadata}
    demanded = {"major_brand", "minor_version", "compatible_brands", "language", "handler_name"}
    assert set(tags) <= (demanded if form == "m4a" else set())
    assert [maker for maker in MAKERS if maker in data] == []
    assert data == file_of(sound(), form)


def test_the_vendor_string_is_the_formats_own() -> None:
    assert b"\x06\x00\x00\x00ffmpeg\x00\x00\x00\x00" in file_of(sound(), "flac")


class Full(io.BytesIO):
    """A file that takes only so many writes."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self.left = writes

    def write(self, data: object) -> int:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, "full")
        return super().write(data)


@pytest.mark.parametrize("form", FORMS)
def test_a_disk_that_fills_up_anywhere_is_the_systems_error(form: str) -> None:
    """At every one of the file's writes, its header's second one among them."""
    whole = Full(10_000)
    encoded(pieces(sound()), form, whole)
    for writes in range(10_000 - whole.left):
        with pytest.raises(OSError) as full:
            encoded(pieces(sound()), form, Full(writes))
        assert full.value.errno == errno.ENOSPC


def test_what_is_no_sound_is_an_error_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMS, "flac", ("flac", "aac"))
    with pytest.raises(EngineFailed):
        encoded(pieces(sound()), "flac", io.BytesIO())
