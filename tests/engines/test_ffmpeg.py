"""Decoding and looking into real files of every format that recorders write: ffmpeg and PyAV beside each other."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import FORMATS, SECONDS, cut_off, recorded, wav

from pipeline.engines import ffmpeg
from pipeline.engines.ffmpeg import FfmpegDecoder, binary, version
from pipeline.engines.pyav import declared, sound_alone
from pipeline.errors import EngineFailed, SealBroken
from pipeline.interview import SAMPLE_RATE

DECODE = FfmpegDecoder(sound_alone)
LOSSY = {"mp3", "m4a", "mp4", "mov", "3gp", "amr", "ogg", "opus", "webm", "wma", "aac"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("made")
    return {form: recorded(folder, form) for form in FORMATS}


def channels(path: Path, decode: FfmpegDecoder = DECODE) -> np.ndarray:
    """(samples, channels), full scale 1.0."""
    with path.open("rb") as stream:
        return np.concatenate([*decode(stream), np.zeros((0, 1))][:-1] or [np.zeros((0, 1))])


def decoded(path: Path) -> np.ndarray:
    """The mean of the channels as 16-bit samples."""
    return np.rint(channels(path).mean(axis=1) * 32768).clip(-32768, 32767).astype(np.int16)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_becomes_16_khz_mono_of_the_same_length_and_pitch(made: dict[str, Path], form: str) -> None:
    samples = decoded(made[form])
    assert samples.size / SAMPLE_RATE == pytest.approx(SECONDS, abs=0.15 if form in LOSSY else 0.001)
    middle = samples[SAMPLE_RATE : 3 * SAMPLE_RATE].astype(float)
    assert np.argmax(np.abs(np.fft.rfft(middle))) / 2 == pytest.approx(220, abs=1)
    assert np.abs(middle).max() > 1000


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_declares_its_length(made: dict[str, Path], form: str) -> None:
    with made[form].open("rb") as stream:
        found = declared(stream)
        assert stream.tell() == 0
    assert found is not None
    if form not in {"aac", "amr"}:  # streams without a header: their length is a guess or is not given
        assert found.seconds == pytest.approx(SECONDS, abs=0.2)
    assert found.channels == (1 if form in {"3gp", "amr"} else 2)
    assert found.sample_rate == {"3gp": 8000, "amr": 8000, "opus": 48000, "webm": 48000}.get(form, 44100)


@pytest.mark.parametrize("form", ["aac", "amr"])
def test_a_stream_without_a_header_never_declares_much_more_than_it_holds(made: dict[str, Path], form: str) -> None:
    with made[form].open("rb") as stream:
        found = declared(stream)
    assert found is not None and found.seconds < SECONDS + 1


@pytest.mark.parametrize("form", ["wav", "flac", "mp3", "mp4"])
def test_a_recording_that_is_cut_off_declares_more_than_it_holds(tmp_path: Path, form: str) -> None:
    path = cut_off(recorded(tmp_path, form, 20.0))
    with path.open("rb") as stream:
        found = declared(stream)
    assert found is not None and found.seconds == pytest.approx(20.0, abs=0.2)
    assert 5 < decoded(path).size / SAMPLE_RATE < 15


@pytest.mark.parametrize("form", ["m4a", "mov", "3gp"])
def test_an_index_that_was_cut_off_leaves_no_audio(tmp_path: Path, form: str) -> None:
    path = cut_off(recorded(tmp_path, form), 0.9)
    with path.open("rb") as stream:
        assert declared(stream) is None
    with pytest.raises(EngineFailed):
        decoded(path)


def test_an_old_quicktime_file_begins_with_any_box(tmp_path: Path) -> None:
    path = recorded(tmp_path, "mov")
    data = path.read_bytes()
    assert data[4:8] == b"ftyp"
    path.write_bytes(data[:4] + b"free" + data[8:])
    with path.open("rb") as stream:
        assert declared(stream) is not None
    assert decoded(path).size > 0


NO_AUDIO = {
    "a byte": b"x", "text": "녹음 파일이 아닙니다\n".encode() * 100, "zeros": b"\0" * 10_000,
    "a picture": bytes.fromhex("89504e470d0a1a0a") + b"\0" * 100, "an m4a's head": b"\0\0\0\x20ftypM4A \0\0\0\0",
    "noise": bytes(np.random.default_rng(1).integers(0, 256, 20_000, dtype=np.uint8)),
    "a sheet": b'study = "a"\n[consent]\nrecording = true\n',
}  # fmt: skip


@pytest.mark.parametrize("name", NO_AUDIO)
def test_what_is_no_recording_is_neither_declared_nor_decoded(tmp_path: Path, name: str) -> None:
    path = tmp_path / "recording.m4a"
    path.write_bytes(NO_AUDIO[name])
    with path.open("rb") as stream:
        found = declared(stream)
        assert stream.tell() == 0
    try:
        heard = decoded(path).size
    except EngineFailed as error:
        assert str(path) not in str(error) and "\n" not in str(error)
        heard = 0
    assert found is None or heard == 0 or found.seconds < 0.1


@settings(max_examples=80)
@given(st.sampled_from(("wav", "flac", "mp3", "m4a", "3gp", "ogg")), st.data())
def test_a_damaged_file_is_looked_into_without_an_accident(
    made: dict[str, Path], form: str, data: st.DataObject
) -> None:
    content = bytearray(made[form].read_bytes())
    del content[data.draw(st.sampled_from((len(content), len(content) // 2, 100, 40, 12))) :]
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, min(60, len(content) - 1)), st.integers(0, 255)))):
        content[at] = byte
    found = declared(io.BytesIO(bytes(content)))
    assert found is None or (found.seconds >= 0 and found.codec)


def test_a_video_without_sound_has_no_audio(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    source = ["-f", "lavfi", "-i", "color=size=16x16:duration=1:rate=5"]
    subprocess.run([binary(), "-v", "error", *source, "-c:v", "mpeg4", str(path)], check=True)
    with path.open("rb") as stream:
        assert declared(stream) is None


def test_a_videos_sound_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    source = ["-f", "lavfi", "-i", "color=size=16x16:duration=3:rate=5", "-f", "lavfi", "-i", "sine=duration=3"]
    subprocess.run([binary(), "-v", "error", *source, "-c:v", "mpeg4", "-c:a", "aac", str(path)], check=True)
    assert decoded(path).size / SAMPLE_RATE == pytest.approx(3.0, abs=0.1)


NEEDS_SEEKING = ("m4a", "mov", "3gp", "mp4")


@pytest.mark.parametrize("form", NEEDS_SEEKING)
def test_a_large_file_or_one_without_memory_files_is_heard_by_its_sound_alone(
    made: dict[str, Path], form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = channels(made[form])
    monkeypatch.setattr(ffmpeg, "IN_MEMORY", 0)
    alone = channels(made[form])
    assert abs(len(alone) - len(whole)) < 0.05 * SAMPLE_RATE
    shortest = min(len(alone), len(whole))
    if form != "3gp":  # AMR's first frames are not marked as such: six milliseconds later
        assert np.abs(alone[:shortest] - whole[:shortest]).max() < 0.01
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr(ffmpeg, "IN_MEMORY", 1 << 40)
    assert np.array_equal(channels(made[form]), alone)


def test_of_a_video_nothing_but_the_sound_is_handed_on(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=320x240:duration=3:rate=15", "-f", "lavfi", "-i", "sine=duration=3"]
    subprocess.run([binary(), "-v", "error", *source, "-c:v", "mpeg4", "-c:a", "aac", str(path)], check=True)
    into = io.BytesIO()
    with path.open("rb") as stream:
        sound_alone(stream, into)
    assert 5_000 < len(into.getvalue()) < path.stat().st_size / 4


def test_a_large_file_that_is_cut_off_is_heard_as_far_as_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ffmpeg, "IN_MEMORY", 0)
    assert 5 < len(channels(cut_off(recorded(tmp_path, "mp4", 20.0)))) / SAMPLE_RATE < 15


class Broken(io.BytesIO):
    """A sealed file that was tampered with: its second half cannot be read."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 100_000:
            raise SealBroken(path="part01")
        return super().read(size)


@pytest.mark.parametrize("form", ["wav", "mp4"])
def test_a_broken_seal_is_said_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setattr(ffmpeg, "IN_MEMORY", 0)
    with pytest.raises(SealBroken):
        list(DECODE(Broken(recorded(tmp_path, form, 60.0).read_bytes())))


@pytest.mark.parametrize("form", ["m4a", "wav"])
def test_a_listener_who_stops_early_leaves_no_process(tmp_path: Path, form: str) -> None:
    path = recorded(tmp_path, form, 120.0)
    with path.open("rb") as stream:
        pieces = DECODE(stream)
        assert next(pieces).size
        pieces.close()  # type: ignore[attr-defined]
    children = psutil.Process().children(recursive=True)
    assert not [child for child in children if "ffmpeg" in child.name() and child.status() != psutil.STATUS_ZOMBIE]


def test_the_same_file_always_sounds_the_same(made: dict[str, Path]) -> None:
    assert np.array_equal(decoded(made["mp3"]), decoded(made["mp3"]))


def test_sixteen_kilohertz_mono_passes_unchanged(tmp_path: Path) -> None:
    path = wav(tmp_path / "plain.wav", 3.0)
    assert decoded(path).tobytes() == path.read_bytes()[44:]


def test_a_wav_that_was_being_written_declares_what_it_can(tmp_path: Path) -> None:
    """A recorder that streams leaves 0xFFFFFFFF where the length will be."""
    path = wav(tmp_path / "plain.wav", 3.0)
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = b"\xff" * 4
    found = declared(io.BytesIO(bytes(data)))
    assert found is not None and found.seconds <= 3.1


def test_the_engine_names_its_version() -> None:
    engine = DECODE.engine
    assert (engine.name, engine.version, engine.weights, engine.demo_grade) == ("ffmpeg", version(), (), False)
    assert version() and " " not in version()


def test_the_binary_on_the_path_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / ("ffmpeg.exe" if os.name == "nt" else "ffmpeg")
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    ffmpeg.binary.cache_clear()
    try:
        assert Path(binary()) == program
        program.unlink()
        ffmpeg.binary.cache_clear()
        assert "imageio_ffmpeg" in binary()
    finally:
        monkeypatch.undo()
        ffmpeg.binary.cache_clear()
