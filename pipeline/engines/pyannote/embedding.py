"""Voice prints: CAM++ in the form in which pyannote.audio asks for an embedding.

The sound reaches the network as in 3D-Speaker's training (speakerlab/process/processor.py): Kaldi's filter bank with 80
bins, samples in -1 to 1, no dither, the mean over time removed. Only the frames of the asked-for voice are heard: they
are cut out and joined, so a voice print costs what the voice speaks and not what the window lasts.
Import only after `pipeline.engines.pyannote.prepare`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from pyannote.audio import Model
from torch import Tensor
from torch.nn import functional
from torchaudio.compliance import kaldi

from pipeline.engines.pyannote.campplus import DIMENSION, MEL_BINS, CamPlusPlus
from pipeline.engines.pyannote.people import Excerpt
from pipeline.engines.pyannote.sound import samples_of
from pipeline.hearing.clustering import Floats, unit
from pipeline.interview import SAMPLE_RATE, Audio, Progress

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
    filled = torch.arange(math.ceil(len(on) / FRAMES) * FRAMES, device=on.device)
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
        masks = waveforms.new_ones(len(waveforms), 1) if weights is None else weights
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


BATCH = 16
"""Excerpts of one length given to the network at once: 4 take a fifth longer (bfloat16: a third), 32 gain nothing."""

MEL_HOP, MEL_WIDTH = SAMPLE_RATE // 100, SAMPLE_RATE // 40
"""Samples from one frame of the filter bank to the next, and under each."""

BLOCK = 60 * SAMPLE_RATE
"""Samples read at a time."""


@torch.inference_mode()
def listen(
    voice_print: VoicePrint, audio: Audio, half: bool, excerpts: Sequence[Excerpt], progress: Progress
) -> Floats:
    """The voice prints of `excerpts` (in order of time), unit length: (n, 192). The sound is read block by block.

    `half`: with bfloat16, in less than half the time; the prints are at a cosine of 0.999 from the others (measured).
    """
    prints = np.zeros((len(excerpts), DIMENSION))
    done = 0
    for block in blocks(excerpts):
        begin = excerpts[block.start].mel
        frames = max(excerpts[at].mel + excerpts[at].length for at in block) - begin
        sound = samples_of(audio, begin * MEL_HOP, (begin + frames - 1) * MEL_HOP + MEL_WIDTH)
        mels = filter_bank(torch.from_numpy(sound)[None])
        for batch in batches(excerpts, block):
            cut = torch.stack([mels[excerpts[at].mel - begin :][: excerpts[at].length] for at in batch])
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
                prints[batch] = voice_print.network(cut - cut.mean(dim=1, keepdim=True)).float().numpy()
        done = block.stop
        progress(done / len(excerpts))
    return unit(prints)


def blocks(excerpts: Sequence[Excerpt]) -> Iterator[range]:
    """Runs of excerpts that begin within `BLOCK` samples."""
    first = 0
    for at, excerpt in enumerate(excerpts):
        if (excerpt.mel - excerpts[first].mel) * MEL_HOP >= BLOCK:
            yield range(first, at)
            first = at
    if excerpts:
        yield range(first, len(excerpts))


def batches(excerpts: Sequence[Excerpt], block: range) -> Iterator[list[int]]:
    """The excerpts of `block`, at most `BATCH` of one length at a time."""
    for length in sorted({excerpts[at].length for at in block}):
        alike = [at for at in block if excerpts[at].length == length]
        yield from (alike[first : first + BATCH] for first in range(0, len(alike), BATCH))
