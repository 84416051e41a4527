"""pyannote's own pipeline: its phantoms, its progress, its folder; with the offline weights, the bundled interview."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline.engines import pyannote
from pipeline.engines.pyannote import whole
from pipeline.engines.pyannote.whole import WholePipeline
from pipeline.errors import EngineFailed, WeightsMissing
from pipeline.interview import SAMPLE_RATE, Audio, Recording
from pipeline.places import ROOT, weights_folder
from pipeline.speech import SpeakerTurns

SAMPLE = ROOT / "data" / "samples" / "P01_S1.flac"
NETWORKS = (
    weights_folder() / "pyannote-segmentation-3.0" / "pytorch_model.bin",
    weights_folder() / "campplus-zh-en" / "campplus_cn_en_common.pt",
)


def audio(samples: np.ndarray) -> Audio:
    sound = samples.astype("<i2").tobytes()
    recording = Recording("blob", "0" * 64, len(samples), 1.0, "0" * 64)
    return Audio(recording, lambda start, stop: sound[2 * start : 2 * stop])


def found(tracks: list[tuple[float, float, str]], prints: list[list[float]]) -> Any:
    from pyannote.core import Annotation, Segment

    annotation = Annotation()
    for start, end, label in tracks:
        annotation[Segment(start, end), label] = label
    return SimpleNamespace(
        speaker_diarization=annotation, exclusive_speaker_diarization=annotation, speaker_embeddings=np.array(prints)
    )


@pytest.mark.parametrize(
    ("prints", "labels"),
    [
        ([[1.0, 0.5], [0.2, 1.0]], {"A", "B"}),
        ([[1.0, 0.5], [0.0, 0.0]], {"A"}),
        ([[np.nan, np.nan], [0.0, 0.0]], {"A"}),
    ],
    ids=["two voices", "phantom", "a voice too short for a print is no phantom"],
)
def test_a_label_without_a_voice_print_is_a_phantom(prints: list[list[float]], labels: set[str]) -> None:
    overlapping, exclusive = whole.spans(found([(0, 5, "A"), (2, 3, "B")], prints))
    assert {span.label for span in overlapping} == labels == {span.label for span in exclusive}


def test_progress_never_goes_back_and_ends_where_its_step_ends() -> None:
    seen: list[float] = []
    report = whole.hook(seen.append)
    report("segmentation", None, file=None, completed=0, total=4)
    report("segmentation", None, file=None, completed=8, total=4)
    report("segmentation", object(), file=None)
    report("speaker_counting", object(), file=None)
    report("embeddings", None, file=None, completed=0, total=2)
    report("embeddings", None, file=None, completed=2, total=2)
    assert seen == [0.0, 0.2, 0.2, 0.97]


@pytest.mark.parametrize("samples", [1, 9, 10, 11, 25])
def test_sound_is_read_block_by_block_without_loss(samples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "BLOCK", 10)
    given_sound = np.linspace(-32768, 32767, samples).astype("<i2")
    heard = whole.waveform(audio(given_sound))
    assert heard.shape == (1, samples)
    np.testing.assert_array_equal(heard[0].numpy(), given_sound / np.float32(32768))


def test_a_folder_without_a_pipeline_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing) as missing:
        WholePipeline(tmp_path / "some-pipeline")(audio(np.zeros(9)), 2, lambda share: None)
    assert missing.value.facts == {"name": "some-pipeline"}


@pytest.mark.engines
@pytest.mark.parametrize("config", ["", "pipeline: 1", "pipeline: {name: no.such.Pipeline}"])
def test_a_folder_with_another_config_is_refused(config: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(config, "utf-8")
    pyannote.prepare(1)
    with pytest.raises(EngineFailed):
        whole.published(tmp_path)


@pytest.mark.engines
def test_a_folder_is_read_as_pyannote_publishes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its weights are not to be had without a token; that the config is followed can be seen without them."""
    made: dict[str, Any] = {}

    class Pipeline:
        def __init__(self, **given: Any) -> None:
            made.update(given)

        def instantiate(self, given: Any) -> None:
            made["instantiated"] = given

    pyannote.prepare(1)
    monkeypatch.setattr("pyannote.audio.pipelines.speaker_diarization.SpeakerDiarization", Pipeline)
    monkeypatch.setattr("pyannote.audio.core.pipeline.track_pipeline_init", lambda pipeline: None)
    name = "pyannote.audio.pipelines.SpeakerDiarization"
    monkeypatch.setattr("pyannote.audio.core.pipeline.get_class_by_name", lambda *given, **more: Pipeline)
    params = "{clustering: VBxClustering, segmentation: $model/segmentation, plda: $model/plda}"
    config = f"pipeline: {{name: {name}, params: {params}}}\nparams: {{clustering: {{threshold: 0.6}}}}\n"
    (tmp_path / "config.yaml").write_text(config, "utf-8")
    assert isinstance(whole.published(tmp_path), Pipeline)
    assert made["clustering"] == "VBxClustering" and made["instantiated"] == {"clustering": {"threshold": 0.6}}
    assert Path(made["segmentation"]["checkpoint"]) == tmp_path and made["segmentation"]["subfolder"] == "segmentation"


@pytest.mark.engines
@pytest.mark.slow
def test_the_bundled_interview_has_its_two_speakers() -> None:
    seen: list[float] = []
    found = WholePipeline(None, NETWORKS, threads=1)(audio(soundfile.read(SAMPLE, dtype="int16")[0]), 2, seen.append)
    assert {turn.speaker for turn in found.turns} == {"S1", "S2"} == {turn.speaker for turn in found.exclusive}
    assert seen == sorted(seen) and seen[-1] == 1.0


@pytest.mark.engines
@pytest.mark.parametrize("seconds", [0, 2])
def test_where_nobody_speaks_there_are_no_turns(seconds: int) -> None:
    silence = audio(np.zeros(seconds * SAMPLE_RATE))
    assert WholePipeline(None, NETWORKS, threads=1)(silence, 2, lambda share: None) == SpeakerTurns((), ())
