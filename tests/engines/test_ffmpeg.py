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
from pipeline.engines.pyav import declared
from pipeline.errors import EngineFailed
from pipeline.interview import SAMPLE_RATE

LOSSY = {"mp3", "m4a", "mp4", "mov", "3gp", "amr", "ogg", "opus", "webm", "wma", "aac"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("made")
    return {form: recorded(folder, form) for form in FORMATS}


def decoded(path: Path, scratch: Path | None = None) -> np.ndarray:
    with path.open("rb") as stream:
        return np.frombuffer(b"".join(FfmpegDecoder(scratch or path.parent)(stream)), "<i2")


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


@pytest.mark.parametrize("form", ["m4a", "mp3"])
def test_nothing_is_put_on_the_disk(made: dict[str, Path], form: str, tmp_path: Path) -> None:
    if form == "m4a" and not hasattr(os, "memfd_create"):
        pytest.skip("without memory files the scratch is used")
    assert decoded(made[form], tmp_path).size
    assert list(tmp_path.iterdir()) == []


def test_without_memory_files_the_scratch_is_used_and_left_empty(
    made: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    expected = decoded(made["mp4"])
    assert np.array_equal(decoded(made["m4a"], tmp_path), decoded(made["m4a"], tmp_path))
    assert expected.size
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["m4a", "wav"])
def test_a_listener_who_stops_early_leaves_no_process(tmp_path: Path, form: str) -> None:
    path = recorded(tmp_path, form, 120.0)
    with path.open("rb") as stream:
        pieces = FfmpegDecoder(tmp_path)(stream)
        assert next(pieces)
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
    engine = FfmpegDecoder(Path()).engine
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
