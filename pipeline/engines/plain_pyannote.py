"""pyannote.audio's `SpeakerDiarization` as its published pipeline 3.1 sets it, for the compositions that benches use.

Apart from `pipeline.engines.pyannote`, so that what Chaerok is compared with stays as it is when Chaerok's own way of
telling voices apart changes. Import only after that package's `prepare`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from pyannote.audio import Model
from pyannote.audio.core.plda import PLDA
from pyannote.audio.pipelines.speaker_diarization import SpeakerDiarization
from torch import Tensor
from torch.nn import functional
from torchaudio.compliance import kaldi

from pipeline.interview import SAMPLE_RATE
from pipeline.speech import Turn

Samples = npt.NDArray[np.float32]

STEP_SHARE = 0.1
"""Of the window: pyannote's default."""

BATCH = 32
CLUSTERING = {"method": "centroid", "min_cluster_size": 12, "threshold": 0.7045654963945799}
"""These and `BATCH` as in the published pipeline ``speaker-diarization-3.1``."""

DIMENSION, MEL_BINS = 192, 80
"""Of a CAM++ voice print, and of what it hears."""

LEAST_SAMPLES = SAMPLE_RATE // 2
"""Less makes no voice print; pyannote then adds what was said in overlap."""

FRAMES = 50
"""Voices are heard in multiples of so many frames of 10 ms: torch keeps a plan for every length that it meets."""


class NoPLDA(PLDA):
    """pyannote asks for one even where the clustering that was chosen has no use for it."""

    def __init__(self) -> None:
        pass


class VoicePrint(Model):
    """CAM++ (`network`) as pyannote.audio asks for it; it hears the frames of the voice alone."""

    def __init__(self, network: Any) -> None:
        super().__init__(sample_rate=SAMPLE_RATE, num_channels=1)
        self.network = network

    @property
    def dimension(self) -> int:
        """Numbers in a voice print."""
        return DIMENSION

    def forward(self, waveforms: Tensor, weights: Tensor | None = None) -> Tensor:  # type: ignore[override]
        """(B, 1, samples) and masks (B, any) to (B, 192); a row whose mask is off throughout is not a number.

        Raises ValueError below `LEAST_SAMPLES`: so pyannote learns how short is too short.
        """
        if waveforms.shape[-1] < LEAST_SAMPLES:
            raise ValueError(f"a voice print needs {LEAST_SAMPLES} samples")
        masks = waveforms.new_ones(len(waveforms), 1) if weights is None else weights
        pairs = zip(filter_banks(waveforms), masks, strict=True)
        return torch.stack([self.print_of(heard(mels, mask)) for mels, mask in pairs])

    def print_of(self, frames: Tensor) -> Tensor:
        """The voice print of (T, 80): (192,); not a number where T is 0."""
        if not len(frames):
            return frames.new_full((DIMENSION,), torch.nan)
        voice: Tensor = self.network((frames - frames.mean(0))[None])[0]
        return voice


def filter_banks(waveforms: Tensor) -> Iterator[Tensor]:
    """The filter bank of each row of (B, 1, samples), (frames, 80); a row equal to the one before is not done again."""
    before: tuple[Tensor, Tensor] | None = None
    for waveform in waveforms:
        if before is None or not torch.equal(before[0], waveform):
            mels = kaldi.fbank(waveform, num_mel_bins=MEL_BINS, sample_frequency=SAMPLE_RATE, dither=0.0)
            before = waveform, mels
        yield before[1]


def heard(mels: Tensor, mask: Tensor) -> Tensor:
    """The frames of (T, 80) where `mask`, of any length over the same time, is on: a multiple of `FRAMES`, or none."""
    stretched = functional.interpolate(mask[None, None], size=len(mels), mode="nearest")[0, 0]
    on = torch.nonzero(stretched > 0.5)[:, 0]
    filled = torch.arange(math.ceil(len(on) / FRAMES) * FRAMES, device=on.device)
    return mels[on[filled % max(len(on), 1)]]


def voice_print(network: Any, checkpoint: Path) -> VoicePrint:
    """`network` (CAM++) with the weights of `checkpoint`, ready to listen."""
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True), strict=True)
    return VoicePrint(network).eval()


def turns(
    sound: Samples, segmentation: Any, embedding: Any, speakers: int | None, device: str = "cpu"
) -> tuple[Turn, ...]:
    """Its overlapping turns in `sound` (mono, 16 kHz), speakers as it names them. The networks are pyannote `Model`s.

    `speakers` of None: it estimates the count.
    """
    pipeline = SpeakerDiarization(
        segmentation=segmentation,
        segmentation_step=STEP_SHARE,
        segmentation_batch_size=BATCH,
        embedding=embedding,
        embedding_batch_size=BATCH,
        embedding_exclude_overlap=True,
        clustering="AgglomerativeClustering",
        plda=NoPLDA(),
    )
    pipeline.instantiate({"clustering": CLUSTERING, "segmentation": {"min_duration_off": 0.0}})
    pipeline.to(torch.device(device))
    sounding = {"waveform": torch.from_numpy(sound)[None], "sample_rate": SAMPLE_RATE, "uri": "recording"}
    found: Any = pipeline(sounding, num_speakers=speakers)
    tracks = found.speaker_diarization.itertracks(yield_label=True)
    return tuple(Turn(turn.start, turn.end, label) for turn, _, label in tracks)
