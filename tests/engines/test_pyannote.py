"""Who speaks when: the pure parts on made-up spans, the networks on the bundled interview, on silence and on noise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines import pyannote
from pipeline.engines.pyannote import Heard, PyannoteDiarizer, Span, VoicePrint, as_turns, told, within
from pipeline.engines.pyannote.sound import samples_of
from pipeline.engines.pyannote.stretches import FRAMES, VOICES, WINDOW, Windows, seconds
from pipeline.errors import EngineFailed, WeightsMissing
from pipeline.interview import SAMPLE_RATE, Audio, Recording
from pipeline.places import ROOT, weights_folder
from pipeline.speech import SpeakerTurns, Turn

SAMPLE = ROOT / "data" / "samples" / "P01_S1.flac"
SEGMENTATION = weights_folder() / "pyannote-segmentation-3.0" / "pytorch_model.bin"
EMBEDDING = weights_folder() / "campplus-zh-en" / "campplus_cn_en_common.pt"

LARGEST_DER = 0.05
"""On the bundled interview, within 0.25 s of turn edges forgiven and overlap scored; 0.01 was measured."""


def audio(samples: np.ndarray) -> Audio:
    sound = samples.astype("<i2").tobytes()
    recording = Recording("blob", "0" * 64, len(samples), 1.0, "0" * 64)
    return Audio(recording, lambda start, stop: sound[2 * start : 2 * stop])


def unheard(_: float) -> None:
    """A progress that nobody watches."""


# --- spans to turns -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overlapping", "exclusive", "seconds", "turns"),
    [
        ([], [], 9.0, ([], [])),
        ([(0, 1, "b"), (2, 3, "a")], [(0, 1, "b")], 9.0, ([(0, 1, "S1"), (2, 3, "S2")], [(0, 1, "S1")])),
        ([(2, 3, "a"), (0, 1, "b")], [(2, 3, "a")], 9.0, ([(0, 1, "S1"), (2, 3, "S2")], [(2, 3, "S2")])),
        ([(-1, 2, "a"), (8, 11, "a")], [], 9.0, ([(0, 2, "S1"), (8, 9, "S1")], [])),
        ([(9, 11, "a"), (-2, 0, "b"), (1, 2, "c")], [], 9.0, ([(1, 2, "S1")], [])),
        ([(0, 1, "b")], [(5, 6, "c"), (0, 1, "b")], 9.0, ([(0, 1, "S1")], [(0, 1, "S1"), (5, 6, "S2")])),
    ],
    ids=["nobody", "two", "out of order", "cut at both ends", "outside is no speech", "only in exclusive"],
)
def test_turns_are_named_in_order_of_first_speech_and_stay_inside(
    overlapping: list[Any], exclusive: list[Any], seconds: float, turns: tuple[list[Any], list[Any]]
) -> None:
    *made, _ = as_turns([Span(*span) for span in overlapping], [Span(*span) for span in exclusive], seconds)
    assert tuple(made) == tuple(tuple(Turn(*turn) for turn in kind) for kind in turns)


SPANS = st.lists(st.builds(Span, st.floats(-5, 40), st.floats(-5, 40), st.sampled_from("abc")), max_size=12)


@given(SPANS, SPANS, st.floats(0.5, 30))
def test_any_spans_become_ordered_turns_inside_the_recording(one: list[Span], two: list[Span], seconds: float) -> None:
    for kind in as_turns(one, two, seconds)[:2]:
        assert all(0 <= turn.start < turn.end <= seconds for turn in kind)
        assert [turn.start for turn in kind] == sorted(turn.start for turn in kind)
    turns, alone, _ = as_turns(one, two, seconds)
    heard = list(dict.fromkeys(turn.speaker for turn in (*turns, *alone)))
    assert heard == [f"S{number}" for number in range(1, len(heard) + 1)]


@given(st.lists(st.floats(-5, 40), min_size=2, max_size=12, unique=True), st.floats(0.5, 30))
def test_exclusive_stays_exclusive(edges: list[float], seconds: float) -> None:
    edges = sorted(edges)
    alone = within([Span(start, end, "a") for start, end in pairwise(edges)], seconds)
    assert all(before.end <= after.start for before, after in pairwise(alone))


def test_speech_too_short_for_any_voice_print_is_one_persons() -> None:
    active = np.zeros((1, FRAMES, VOICES), dtype=np.bool_)
    active[0, 100:110, 2] = True
    heard = Heard(Windows(active, np.array([0])), [], [], np.zeros((0, 192)))
    assert told(heard, np.zeros((0, 192))) == ([Span(seconds(100), seconds(110), "0")],) * 2


# --- sound and weights ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "stop", "heard"),
    [(0, 3, [0, 1, 2]), (2, 4, [2, 3]), (3, 7, [3, 4, 0, 0]), (5, 7, [0, 0]), (9, 11, [0, 0]), (2, 2, [])],
    ids=["from the start", "within", "over the end", "from the end", "past it", "nothing"],
)
def test_sound_after_the_end_is_silence(start: int, stop: int, heard: list[int]) -> None:
    sound = samples_of(audio(np.arange(5)), start, stop)
    assert (sound * 32768).tolist() == heard and sound.dtype == np.float32


def test_a_recording_that_is_shorter_than_it_says_is_an_error() -> None:
    short = Audio(Recording("blob", "", 9, 1.0, ""), lambda start, stop: b"\0\0")
    with pytest.raises(EngineFailed, match="shorter than it says"):
        samples_of(short, 0, 5)


def test_the_engine_names_itself_without_importing_torch() -> None:
    code = """if True:
        import sys
        from pathlib import Path
        from pipeline.engines.pyannote import PyannoteDiarizer
        engine = PyannoteDiarizer(Path("a"), Path("b"), hashes=(("a", "0"),)).engine
        assert (engine.name, engine.weights) == ("pyannote", (("a", "0"),)) and engine.version[:2] == "4."
        assert not {"torch", "pyannote.audio"} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing) as missing:
        pyannote.loaded(lambda path: path, tmp_path / "some-weights" / "file.bin")
    assert missing.value.facts == {"name": "some-weights"}


@pytest.mark.parametrize("content", [b"", b"text, not weights", b"state of another network"])
def test_other_weights_are_refused(content: bytes, tmp_path: Path) -> None:
    import torch

    from pipeline.engines.pyannote.campplus import CamPlusPlus

    def load(path: Path) -> None:
        CamPlusPlus().load_state_dict(torch.load(path, weights_only=True), strict=True)

    checkpoint = tmp_path / "file.pt"
    checkpoint.write_bytes(content)
    if content.startswith(b"state"):
        torch.save(torch.nn.Linear(2, 2).state_dict(), checkpoint)
    with pytest.raises(EngineFailed):
        pyannote.loaded(load, checkpoint)


def test_functions_that_need_torchaudios_extension_say_so() -> None:
    from pipeline.engines.pyannote.torchaudio_stub import refuse

    def align() -> None: ...

    with pytest.raises(RuntimeError, match="align needs torchaudio's native extension"):
        refuse(align)()


# --- the networks ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def embedding() -> ModuleType:
    pyannote.prepare(threads=1)
    from pipeline.engines.pyannote import embedding

    return embedding


@pytest.mark.engines
def test_nothing_is_reported_home_even_where_it_was_switched_on() -> None:
    code = """if True:
        from pipeline.engines import pyannote
        pyannote.prepare(1)
        from pyannote.audio.telemetry.metrics import is_metrics_enabled
        assert not is_metrics_enabled()
    """
    environment = {**os.environ, "PYANNOTE_METRICS_ENABLED": "1"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=environment)


@pytest.mark.engines
def test_campplus_hears_what_the_published_network_hears() -> None:
    """The numbers are of modelscope 1.40.2 (its DTDNN.py) with the same weights; all 192 agreed."""
    import torch

    from pipeline.engines.pyannote.campplus import CamPlusPlus

    network = CamPlusPlus().eval()
    network.load_state_dict(torch.load(EMBEDDING, weights_only=True), strict=True)
    frames, bins = torch.arange(250.0)[:, None], torch.arange(80.0)[None]
    mels = torch.sin(frames * (0.05 + bins / 200)) * 3 + torch.cos(frames * bins / 70)
    with torch.inference_mode():
        voice = network((mels - mels.mean(0))[None])[0]
    torch.testing.assert_close(voice[:4], torch.tensor([-0.24562, 0.52799, 0.20618, -0.80810]), atol=1e-3, rtol=0)
    assert voice.shape == (192,)


@pytest.mark.engines
def test_windows_heard_for_several_voices_are_filtered_once(
    embedding: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    asked: list[Any] = []
    once = embedding.filter_bank
    monkeypatch.setattr(embedding, "filter_bank", lambda sound: asked.append(sound) or once(sound))
    first, second = torch.rand(2, 1, SAMPLE_RATE) - 0.5
    mels = list(embedding.filter_banks(torch.stack([first, first, first, second, first])))
    assert len(asked) == 3
    for sound, heard in zip([first, first, first, second, first], mels, strict=True):
        torch.testing.assert_close(heard, once(sound), atol=0, rtol=0)


@pytest.mark.engines
@pytest.mark.parametrize(
    ("mask", "frames"),
    [
        ([1.0], list(range(100))),
        ([0.0, 0.0], []),
        ([0.0, 1.0], list(range(50, 100))),
        ([0.0] * 99 + [1.0], [99] * 50),
        ([0.0] * 97 + [1.0] * 3, ([97, 98, 99] * 17)[:50]),
        ([0.0] * 30 + [1.0] * 70, [*range(30, 100), *range(30, 60)]),
    ],
    ids=["all", "none", "half", "one frame, again and again", "three", "seventy"],
)
def test_only_the_masked_frames_are_heard(embedding: ModuleType, mask: list[float], frames: list[int]) -> None:
    import torch

    mels = torch.arange(100.0)[:, None].expand(100, 80)
    assert embedding.heard(mels, torch.tensor(mask))[:, 0].tolist() == frames


@pytest.mark.engines
def test_a_voice_print_does_not_depend_on_its_batch(embedding: ModuleType) -> None:
    import torch

    network = embedding.load(EMBEDDING)
    sound, masks = torch.rand(2, 1, 2 * SAMPLE_RATE) - 0.5, torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    with torch.inference_mode():
        together = network(sound[[0, 0, 1]], weights=masks)
        alone = network(sound[:1], weights=masks[:1])
    torch.testing.assert_close(together[:1], alone, atol=0, rtol=0)
    assert together[:2].isfinite().all() and together[2].isnan().all()


@pytest.fixture(scope="module")
def segmentation(embedding: ModuleType) -> ModuleType:
    from pipeline.engines.pyannote import segmentation

    return segmentation


@pytest.mark.engines
def test_windows_that_share_their_filters_sound_as_the_whole_network_hears_each(segmentation: ModuleType) -> None:
    import torch

    network = segmentation.load(SEGMENTATION)
    offsets = [0, 31860, 40500, 3 * 31860]
    sound = torch.from_numpy(samples_of(audio(soundfile.read(SAMPLE, dtype="int16")[0]), 0, 3 * 31860 + WINDOW))
    with torch.inference_mode():
        shared = segmentation.voiced(network, segmentation.features(network.sincnet, sound, offsets), half=False)
        each = torch.cat([network(sound[None, None, at : at + WINDOW]) for at in offsets])
    torch.testing.assert_close(shared, each, atol=1e-3, rtol=0)
    assert (shared.argmax(-1) == each.argmax(-1)).all()


@pytest.mark.engines
@pytest.mark.slow
@pytest.mark.parametrize("precision", ["auto", "float32"])
def test_half_the_precision_finds_the_same_people(
    diarizer: PyannoteDiarizer, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = soundfile.read(SAMPLE, dtype="int16")[0]
    monkeypatch.setattr(pyannote, "has_bfloat16", lambda: True)  # in software, where the processor has it not
    found = replace(diarizer, precision=precision)(audio(samples), 2, unheard)
    assert error_rate(found.turns) <= LARGEST_DER


@pytest.fixture(scope="module")
def diarizer() -> PyannoteDiarizer:
    return PyannoteDiarizer(SEGMENTATION, EMBEDDING, threads=1)


def error_rate(turns: tuple[Turn, ...]) -> float:
    """DER against the bundled truth, ±0.25 s around turn edges forgiven (pyannote.metrics counts both sides)."""
    from pyannote.core import Annotation, Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    def annotation(spans: list[tuple[float, float, str]]) -> Any:
        made = Annotation()
        for number, (start, end, speaker) in enumerate(spans):
            made[Segment(start, end), number] = speaker
        return made

    truth = json.loads(SAMPLE.with_suffix("").with_suffix(".truth.json").read_text("utf-8"))
    reference = annotation([(turn["start"], turn["end"], turn["speaker"]) for turn in truth["turns"]])
    heard = annotation([(turn.start, turn.end, turn.speaker) for turn in turns])
    whole = Timeline([Segment(0, truth["duration"])])
    return float(DiarizationErrorRate(collar=0.5, skip_overlap=False)(reference, heard, uem=whole))


@pytest.mark.engines
@pytest.mark.slow
@pytest.mark.parametrize("speakers", [2, None])
def test_the_bundled_interview_has_its_two_speakers(diarizer: PyannoteDiarizer, speakers: int | None) -> None:
    sound = audio(soundfile.read(SAMPLE, dtype="int16")[0])
    seen: list[float] = []
    found = diarizer(sound, speakers, seen.append)
    turns, exclusive = found.turns, found.exclusive
    assert {turn.speaker for turn in turns} == {"S1", "S2"} == {turn.speaker for turn in exclusive}
    assert error_rate(turns) <= LARGEST_DER
    assert error_rate(exclusive) <= LARGEST_DER
    assert all(before.end <= after.start for before, after in pairwise(exclusive))
    assert seen == sorted(seen) and seen[-1] == 1.0 and len(seen) > 5


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * SAMPLE_RATE))


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 3000, round(seconds * SAMPLE_RATE))


@pytest.mark.engines
@pytest.mark.parametrize("sound", [silence(0), silence(0.5), silence(23)], ids=["none", "half a second", "silence"])
@pytest.mark.parametrize("speakers", [None, 1, 3])
def test_where_nobody_speaks_there_are_no_turns(
    diarizer: PyannoteDiarizer, sound: np.ndarray, speakers: int | None
) -> None:
    assert diarizer(audio(sound), speakers, unheard) == SpeakerTurns((), ())


@pytest.mark.engines
@pytest.mark.parametrize("make", [noise, lambda _: soundfile.read(SAMPLE, frames=48_000, dtype="int16")[0]])
def test_noise_and_a_scrap_of_speech_are_no_crash(
    diarizer: PyannoteDiarizer, make: Callable[[float], np.ndarray]
) -> None:
    sound = audio(make(15))
    found = diarizer(sound, 2, unheard)
    for kind in (found.turns, found.exclusive):
        assert all(0 <= turn.start < turn.end <= sound.recording.seconds for turn in kind)
        assert len({turn.speaker for turn in kind}) <= 2


@pytest.mark.engines
@pytest.mark.slow
def test_an_enrolled_voice_is_known_again(diarizer: PyannoteDiarizer) -> None:
    samples = soundfile.read(SAMPLE, dtype="int16")[0]
    truth = json.loads(SAMPLE.with_suffix("").with_suffix(".truth.json").read_text("utf-8"))
    asks = truth["turns"][0]["speaker"]
    mine = [turn for turn in truth["turns"] if turn["speaker"] == asks][1:4]
    pieces = [samples[int(turn["start"] * SAMPLE_RATE) : int(turn["end"] * SAMPLE_RATE)] for turn in mine]
    voice = diarizer.voice_print(audio(np.concatenate(pieces)))
    assert voice.people == 1 and voice.seconds == pytest.approx(sum(map(len, pieces)) / SAMPLE_RATE, rel=0.3)
    assert len(voice.numbers) == 192 and np.linalg.norm(voice.numbers) == pytest.approx(1)
    stranger = tuple(np.roll(voice.numbers, 7))
    likeness = dict(replace(diarizer, enrolled=(stranger, voice.numbers))(audio(samples), 2, unheard).likeness)
    assert likeness["S1"] > 0.7 > 0.5 > likeness["S2"]


@pytest.mark.engines
@pytest.mark.slow
def test_an_interview_is_no_recording_of_one_voice(diarizer: PyannoteDiarizer) -> None:
    assert diarizer.voice_print(audio(soundfile.read(SAMPLE, dtype="int16")[0])).people == 2


@pytest.mark.engines
def test_silence_has_no_voice_print(diarizer: PyannoteDiarizer) -> None:
    assert diarizer.voice_print(audio(silence(3))) == VoicePrint((), 0.0, 0)
