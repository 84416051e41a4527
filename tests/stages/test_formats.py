"""Every container, codec and rate that the ffmpeg at hand can write, whole and damaged, from the file to the recording.

Each gives a recording that sounds like what was recorded, with its flags, or an error of its own: never an accident,
never an empty success.
"""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import Shelf, encoded, encoders, speech, written

from pipeline.engines.ffmpeg import FfmpegDecoder, binary
from pipeline.engines.pyav import declared, sound_alone
from pipeline.errors import AudioTruncated, InputError, NotAudio
from pipeline.interview import SAMPLE_RATE, Consent, InterviewId, Recording, Sheet
from pipeline.settings import load
from pipeline.stages.intake import intake
from pipeline.stages.normalise import Limits, normalise

SECONDS = 8.0
LIMITS = Limits(**load().normalise.model_dump(exclude={"engine"}))
SHEET = Sheet(InterviewId("a", "b", "c"), Consent(True, True))
LOW = ("-ar", "8000", "-ac", "1")

CASES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # name: (ending, encoder, options)
    **{f"wav {rate}": ("wav", "pcm_s16le", ("-ar", str(rate))) for rate in (8000, 11025, 16000, 22050, 44100, 96000)},
    **{f"wav {codec}": ("wav", codec, ()) for codec in ("pcm_u8", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le")},
    **{f"wav {codec}": ("wav", codec, LOW) for codec in ("pcm_mulaw", "pcm_alaw", "adpcm_ima_wav", "adpcm_ms", "g726")},
    "wav gsm": ("wav", "libgsm_ms", LOW),
    "wav mp3": ("wav", "libmp3lame", ()),
    "wav 24 bit 96 kHz": ("wav", "pcm_s24le", ("-ar", "96000")),
    "rf64": ("wav", "pcm_s16le", ("-rf64", "always")),
    "w64": ("w64", "pcm_s16le", ()),
    "aiff": ("aiff", "pcm_s16be", ()),
    "aifc": ("aif", "pcm_s24be", ("-f", "aiff")),
    "caf": ("caf", "pcm_s16le", ()),
    "caf alac": ("caf", "alac", ()),
    "caf ima": ("caf", "adpcm_ima_qt", ()),
    "au": ("au", "pcm_mulaw", LOW),
    "voc": ("voc", "pcm_u8", LOW),
    **{f"mp3 {rate}": ("mp3", "libmp3lame", ("-ar", str(rate), "-b:a", "32k")) for rate in (8000, 16000, 22050, 48000)},
    "mp3 vbr": ("mp3", "libmp3lame", ("-q:a", "7")),
    "mp3 cbr without xing": ("mp3", "libmp3lame", ("-b:a", "64k", "-write_xing", "0")),
    "mp2": ("mp2", "mp2", ()),
    **{f"m4a {rate}": ("m4a", "aac", ("-ar", str(rate), "-b:a", "64k")) for rate in (8000, 16000, 44100, 48000)},
    "m4a alac": ("m4a", "alac", ()),
    "m4a faststart": ("m4a", "aac", ("-movflags", "+faststart")),
    "m4a fragments": ("m4a", "aac", ("-movflags", "frag_keyframe+empty_moov")),
    "m4b": ("m4b", "aac", ("-f", "ipod")),
    "mp4 mp3": ("mp4", "libmp3lame", ()),
    "mp4 ac3": ("mp4", "ac3", ()),
    "mov pcm": ("mov", "pcm_s16le", ()),
    "mov 24 bit": ("mov", "pcm_s24le", ()),
    "3gp amr": ("3gp", "libopencore_amrnb", (*LOW, "-b:a", "12.2k")),
    "3gp amr low": ("3gp", "libopencore_amrnb", (*LOW, "-b:a", "4.75k")),
    "3gp amr-wb": ("3gp", "libvo_amrwbenc", ("-ar", "16000", "-ac", "1")),
    "3gp aac": ("3gp", "aac", ()),
    "3g2": ("3g2", "aac", ()),
    "amr": ("amr", "libopencore_amrnb", (*LOW, "-b:a", "12.2k")),
    "amr-wb": ("awb", "libvo_amrwbenc", ("-ar", "16000", "-ac", "1", "-f", "amr")),
    "ogg vorbis": ("ogg", "libvorbis", ()),
    "ogg flac": ("oga", "flac", ("-f", "ogg")),
    "ogg speex": ("ogg", "libspeex", ("-ar", "16000", "-ac", "1")),
    "opus": ("opus", "libopus", ("-b:a", "24k")),
    "opus narrow": ("opus", "libopus", ("-b:a", "8k", *LOW)),
    "webm opus": ("webm", "libopus", ()),
    "webm vorbis": ("webm", "libvorbis", ()),
    "mka": ("mka", "flac", ()),
    "mkv aac": ("mkv", "aac", ()),
    **{f"flac {rate}": ("flac", "flac", ("-ar", str(rate))) for rate in (8000, 48000, 96000)},
    "flac 24 bit": ("flac", "flac", ("-sample_fmt", "s32", "-bits_per_raw_sample", "24")),
    "wma 2": ("wma", "wmav2", ("-b:a", "64k")),
    "wma 1": ("wma", "wmav1", ("-b:a", "64k")),
    "wma low": ("wma", "wmav2", ("-b:a", "24k", "-ar", "22050", "-ac", "1")),
    "asf mp3": ("asf", "libmp3lame", ()),
    "aac": ("aac", "aac", ()),
    "mpeg-ts": ("ts", "aac", ("-f", "mpegts")),
    "avi": ("avi", "pcm_s16le", ()),
    "avi mp3": ("avi", "libmp3lame", ()),
    "flv": ("flv", "libmp3lame", ("-ar", "44100")),
    "tta": ("tta", "tta", ()),
    "wavpack": ("wv", "wavpack", ()),
    "ac3": ("ac3", "ac3", ()),
    "g722": ("wav", "g722", ("-ar", "16000", "-ac", "1")),
}  # fmt: skip
TOLD_AT_THE_END = {
    "aac",
    "ac3",
    "amr",
    "awb",
    "avi",
    "caf",
    "flv",
    "m4a",
    "mka",
    "mkv",
    "mp2",
    "oga",
    "ogg",
    "opus",
    "ts",
    "voc",
    "w64",
    "webm",
}
"""Endings of containers that do not say at their front how long they are: of a copy that was cut off, nothing shows."""


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Speech as two channels of 48 kHz that are nearly one, as most recorders' are."""
    mono = speech(SECONDS, 48_000, busy=0.9)
    return written(tmp_path_factory.mktemp("master") / "master.wav", np.stack([mono, 0.9 * mono], 1), 48_000)


@pytest.fixture
def made(master: Path, name: str) -> Path:
    """The case's file, written once."""
    ending, codec, options = CASES[name]
    if codec not in encoders():
        pytest.skip(f"the ffmpeg at hand cannot write {codec}")
    path = master.parent / f"{name.replace(' ', '_')}.{ending}"
    return path if path.exists() else encoded(master, path, "-c:a", codec, *options)


def taken(*files: Path) -> tuple[Recording, np.ndarray]:
    """The recording out of these files, and its sound."""
    shelf = Shelf()
    source = intake(files, SHEET, declared, shelf)
    recording = normalise(source, shelf.open, shelf.write, FfmpegDecoder(sound_alone), LIMITS)
    samples = np.frombuffer(shelf.held["recording"], "<i2")
    assert samples.size == recording.samples > 0
    return recording, samples / 32768


def envelope(heard: np.ndarray) -> np.ndarray:
    return np.convolve(heard[: SAMPLE_RATE * 7] ** 2, np.ones(800) / 800)[::80] ** 0.5


def likeness(heard: np.ndarray, original: np.ndarray) -> float:
    """Correlation of two envelopes, codecs' delays aside."""
    a, b = envelope(heard), envelope(original)
    size = min(len(a), len(b)) - 80
    return max(float(np.corrcoef(a[40 : 40 + size], b[shift : shift + size])[0, 1]) for shift in range(80))


@pytest.fixture(scope="module")
def original(master: Path) -> np.ndarray:
    return taken(master)[1]


@pytest.mark.parametrize("name", CASES)
def test_it_is_heard_as_it_was_recorded(made: Path, original: np.ndarray, name: str) -> None:
    recording, heard = taken(made)
    assert recording.seconds == pytest.approx(SECONDS, abs=0.25)
    assert likeness(heard, original) > 0.95
    assert recording.microphones == 1
    _, codec, options = CASES[name]
    assert ("narrowband" in recording.flags) == ("8000" in options or "11025" in options)
    assert set(recording.flags) <= ({"narrowband", "noisy"} if codec in {"pcm_u8", "g726"} else {"narrowband"})


@pytest.mark.parametrize("name", CASES)
def test_a_copy_that_was_cut_off_is_an_error_or_what_there_is_of_it(made: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / made.name
    path.write_bytes(made.read_bytes()[: made.stat().st_size // 2])
    try:
        recording, _ = taken(path)
    except (AudioTruncated, NotAudio):
        return
    assert path.suffix[1:] in TOLD_AT_THE_END or name == "mp3 cbr without xing"
    assert recording.seconds == pytest.approx(SECONDS / 2, abs=1.1)  # an Ogg page holds a second


@pytest.mark.parametrize("name", CASES)
def test_a_header_alone_is_an_error(made: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / made.name
    for size in (1, 12, 44, 100, 1000):
        path.write_bytes(made.read_bytes()[:size])
        with pytest.raises(InputError) as refused:
            taken(path)
        assert refused.value.in_language("ko")


def tail_of_zeros(path: Path, master: Path, *options: str) -> Path:
    """The first half of 24 seconds; the card held nothing more."""
    longer = written(master.parent / "longer.wav", speech(24, busy=0.9))
    data = encoded(longer, path, *options).read_bytes()
    path.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
    return path


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.wav", ()), ("a.flac", ()), ("a.mp3", ()), ("a.m4a", ("-movflags", "+faststart")), ("a.m4a", ()), ("a.wma", ()),
     ("a.3gp", ("-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1")), ("a.ogg", ("-c:a", "libvorbis")),
     ("a.opus", ())],
)  # fmt: skip
def test_a_tail_of_zeros_is_an_error_or_flagged(
    tmp_path: Path, master: Path, name: str, options: tuple[str, ...]
) -> None:
    try:
        recording, _ = taken(tail_of_zeros(tmp_path / name, master, *options))
    except (AudioTruncated, NotAudio):
        return
    assert "blank" in recording.flags or (recording.seconds < 13 and Path(name).suffix[1:] in TOLD_AT_THE_END)


@pytest.mark.parametrize(
    ("name", "ending"), [("m4a 44100", "wav"), ("mp3 16000", "m4a"), ("wav 16000", "mp3"), ("3gp aac", "amr"),
                         ("wma 2", "mp3"), ("opus", "wav"), ("flac 48000", "hwp")],
)  # fmt: skip
def test_a_wrong_ending_does_no_harm(made: Path, original: np.ndarray, tmp_path: Path, name: str, ending: str) -> None:
    path = tmp_path / f"recording.{ending}"
    path.write_bytes(made.read_bytes())
    assert likeness(taken(path)[1], original) > 0.95


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_wav_whose_length_was_never_written_is_heard_whole(master: Path, tmp_path: Path, size: int) -> None:
    """A recorder whose battery died, or a program that streamed, leaves 0 or all ones where the length will be."""
    path = encoded(master, tmp_path / "a.wav", "-ar", "16000", "-ac", "1", "-bitexact")
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = data[4:8] = struct.pack("<I", size)
    path.write_bytes(data)
    if size == 0x7FFFFFFF:  # that is a length, and most of it is missing
        with pytest.raises(AudioTruncated):
            taken(path)
    else:
        assert taken(path)[0].seconds == pytest.approx(SECONDS, abs=0.01)


def test_a_wav_of_more_than_four_gigabytes_says_its_length_in_rf64(master: Path, tmp_path: Path) -> None:
    path = encoded(master, tmp_path / "a.wav", "-rf64", "always", "-bitexact")
    data = path.read_bytes()
    long = data.index(b"ds64") + 16
    path.write_bytes(data[:long] + struct.pack("<Q", 5 << 30) + data[long + 8 :])
    with path.open("rb") as stream:
        found = declared(stream)
    assert found is not None and found.seconds == pytest.approx((5 << 30) / 192_000, rel=1e-6)


VIDEO = ("-f", "lavfi", "-i", "testsrc2=size=64x48:duration=4:rate=5")


def ffmpeg(*options: str) -> None:
    subprocess.run([binary(), "-v", "error", "-y", *options], check=True, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "avi", "webm", "3gp"])
def test_a_video_without_a_sound_track_is_no_audio(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    codec = {"webm": "libvpx", "3gp": "mpeg4"}.get(ending, "mpeg4")
    ffmpeg(*VIDEO, "-c:v", codec, str(path))
    with pytest.raises(NotAudio):
        taken(path)


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "avi"])
def test_of_a_video_the_sound_is_heard(master: Path, original: np.ndarray, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x48:duration=8:rate=5", "-i", str(master), "-c:v", "mpeg4", str(path))
    assert likeness(taken(path)[1], original) > 0.95


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_of_two_sound_tracks_the_first_is_heard(
    master: Path, original: np.ndarray, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"a.{ending}"
    other = ("-f", "lavfi", "-i", "sine=frequency=500:duration=8")
    ffmpeg("-i", str(master), *other, "-map", "0:a", "-map", "1:a", str(path))
    assert likeness(taken(path)[1], original) > 0.95


@pytest.mark.parametrize("ending", ["mp3", "m4a", "flac"])
def test_a_picture_on_the_cover_is_no_track(master: Path, original: np.ndarray, tmp_path: Path, ending: str) -> None:
    path, picture = tmp_path / f"a.{ending}", tmp_path / "cover.png"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=900x900:duration=1:rate=1", "-frames:v", "1", str(picture))
    cover = ("-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic")
    ffmpeg("-i", str(master), "-i", str(picture), *cover, str(path))
    assert likeness(taken(path)[1], original) > 0.95


def test_parts_of_different_rates_and_codecs_are_one_recording(master: Path, tmp_path: Path) -> None:
    """A later part begins where the sound before it ends, whatever was declared."""
    first = encoded(master, tmp_path / "a.mp3", "-ar", "22050", "-b:a", "64k", "-write_xing", "0")
    second = encoded(master, tmp_path / "b.wav", "-ar", "8000", "-ac", "1")
    third = encoded(master, tmp_path / "c.flac")
    recording, heard = taken(first, second, third)
    alone = [taken(path) for path in (first, second, third)]
    assert recording.offsets == pytest.approx((0, alone[0][0].seconds, alone[0][0].seconds + alone[1][0].seconds))
    assert np.array_equal(heard, np.concatenate([each for _, each in alone]))
    assert recording.flags == ("narrowband",)


@settings(max_examples=40)
@given(st.sampled_from(("wav 16000", "mp3 16000", "m4a faststart", "wma 2", "3gp amr", "flac 48000")), st.data())
def test_a_damaged_file_is_a_recording_or_an_error(master: Path, name: str, data: st.DataObject) -> None:
    ending, codec, options = CASES[name]
    path = master.parent / f"damaged_{name.replace(' ', '_')}.{ending}"
    if not path.exists():
        encoded(master, path, "-c:a", codec, *options)
    content = bytearray(path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=20)):
        content[at : at + 16] = data.draw(st.binary(min_size=16, max_size=16))
    spoilt = path.with_name(f"spoilt.{ending}")
    spoilt.write_bytes(content)
    try:
        recording, _ = taken(spoilt)
    except InputError:
        return
    assert 0 < recording.seconds < 60
