"""Voice prints: CAM++ in the form in which pyannote.audio asks for an embedding.

The sound reaches the network as in 3D-Speaker's training (speakerlab/process/processor.py): Kaldi's filter bank with 80
bins, samples in -1 to 1, no dither, the mean over time removed. Only the frames of the asked-for voice are heard: they
are cut out and joined, so a voice print costs what the voice speaks and not what the window lasts.
Import only after `pipeline.engines.pyannote.prepare`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import torch
from pyannote.audio import Model
from torch import Tensor
from torch.nn import functional
from torchaudio.compliance import kaldi

from pipeline.engines.pyannote.campplus import DIMENSION, MEL_BINS, CamPlusPlus
from pipeline.interview import SAMPLE_RATE

LEAST_SAMPLES = SAMPLE_RATE // 2
"""Less than half a second makes no voice print to rely on; pyannote then adds what was said in overlap."""

FRAMES = 50
"""Voices are heard in multiples of so many frames of 10 ms, their beginning again where the end does not fill the last.

At the least that is as above. Beyond it, torch keeps a plan for every length that it meets: 600 MiB of them after a few
hundred voices of any length, 20 MiB with these (measured).
"""


def filter_bank(waveform: Tensor) -> Tensor:
    """Log mel energies of (1, samples): (frames of 10 ms, 80)."""
    mels: Tensor = kaldi.fbank(waveform, num_mel_bins=MEL_BINS, sample_frequency=SAMPLE_RATE, dither=0.0)
    return mels


def filter_banks(waveforms: Tensor) -> Iterator[Tensor]:
    """The filter bank of each row of (B, 1, samples); a row equal to the one before it is not computed again.

    pyannote asks for every voice of a window in neighbouring rows.
    """
    before: tuple[Tensor, Tensor] | None = None
    for waveform in waveforms:
        if before is None or not torch.equal(before[0], waveform):
            before = waveform, filter_bank(waveform)
        yield before[1]


def heard(mels: Tensor, mask: Tensor) -> Tensor:
    """The frames of (T, 80) where `mask`, of any length over the same time, is on: a multiple of `FRAMES`, or none."""
    stretched = functional.interpolate(mask[None, None], size=len(mels), mode="nearest")[0, 0]
    on = torch.nonzero(stretched > 0.5)[:, 0]
    filled = torch.arange(math.ceil(len(on) / FRAMES) * FRAMES)
    return mels[on[filled % max(len(on), 1)]]


class VoicePrint(Model):
    """pyannote.audio's view of CAM++."""

    def __init__(self, network: CamPlusPlus) -> None:
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
        masks = torch.ones(len(waveforms), 1) if weights is None else weights
        pairs = zip(filter_banks(waveforms), masks, strict=True)
        return torch.stack([self.print_of(heard(mels, mask)) for mels, mask in pairs])

    def print_of(self, frames: Tensor) -> Tensor:
        """The voice print of (T, 80): (192,); not a number where T is 0."""
        if not len(frames):
            return frames.new_full((DIMENSION,), torch.nan)
        voice: Tensor = self.network((frames - frames.mean(0))[None])[0]
        return voice


def load(checkpoint: Path) -> VoicePrint:
    """CAM++ with the weights of `checkpoint`, ready to listen. Raises OSError, UnpicklingError or RuntimeError."""
    network = CamPlusPlus()
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True), strict=True)
    return VoicePrint(network).eval()
