"""The segmentation network: in every 10 seconds, which of up to three voices speaks when.

pyannote/segmentation-3.0 (MIT): SincNet, four bidirectional LSTM layers, then one class for each set of at most two of
three voices ("powerset": Plaquet and Bredin, Interspeech 2023). Import only after `pipeline.engines.pyannote.prepare`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.models.segmentation import PyanNet
from pyannote.audio.utils.powerset import Powerset
from torch import Tensor
from torch.nn import functional
from torch.torch_version import TorchVersion

from pipeline.engines.pyannote.sound import samples_of
from pipeline.engines.pyannote.stretches import FRAMES, HOP, VOICES, WINDOW, Windows, window_starts
from pipeline.interview import Audio, Progress

BATCH = 4
"""Windows given to the network at once: 16 take 450 MiB more and gain nothing (measured)."""

AT_ONCE = 2
"""Voices at the most that the network hears at the same time."""

SAFE: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [TorchVersion, Problem, Resolution, Specifications]
"""What the checkpoint pickles beside tensors; anything else in it is refused."""


def load(checkpoint: Path) -> PyanNet:
    """The network as its checkpoint describes it, ready to listen.

    Raises OSError, pickle.UnpicklingError, or KeyError or RuntimeError where the file holds another network.
    """
    with torch.serialization.safe_globals(SAFE):
        held = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network = PyanNet(**held["hyper_parameters"])
    network.specifications = held["pyannote.audio"]["specifications"]
    network.build()  # type: ignore[no-untyped-call]
    network.load_state_dict(held["state_dict"], strict=True)
    return network.eval()


@torch.inference_mode()
def listen(network: PyanNet, audio: Audio, step: int, half: bool, progress: Progress) -> Windows:
    """What `network` hears in windows `step` frames apart; of the recording only `BATCH` windows are in memory.

    `half`: with bfloat16 where that changes next to nothing (`voiced`).
    """
    starts = window_starts(audio.recording.samples, step)
    active = np.zeros((len(starts), FRAMES, VOICES), dtype=np.bool_)
    powerset = Powerset(VOICES, AT_ONCE)
    for first in range(0, len(starts), BATCH):
        batch = starts[first : first + BATCH]
        sound = torch.from_numpy(samples_of(audio, int(batch[0]) * HOP, int(batch[-1]) * HOP + WINDOW))
        heard = voiced(network, features(network.sincnet, sound, [int(at) for at in (batch - batch[0]) * HOP]), half)
        active[first : first + BATCH] = powerset(heard).numpy() > 0.5
        progress((first + len(batch)) / len(starts))
    return Windows(active, starts)


def features(sincnet: Any, sound: Tensor, offsets: Sequence[int]) -> Tensor:
    """SincNet on the windows of `sound` (samples,) that begin at `offsets`: (windows, features, frames).

    Windows share most of their sound, and the first layer, a bank of filters, is two thirds of the work: it goes over
    the sound once. That each window is normalized by itself before it is made up for after it, for filters are linear.
    Offsets are multiples of the layer's stride.
    """
    bank = sincnet.conv1d[0]
    filters = bank.filterbank.filters()
    filtered = functional.conv1d(sound[None, None], filters, stride=bank.stride)[0]
    frames = (WINDOW - filters.shape[-1]) // bank.stride + 1
    windows = torch.stack([sound[at : at + WINDOW] for at in offsets])
    variance, mean = torch.var_mean(windows, dim=1, correction=0)
    scale = sincnet.wav_norm1d.weight / torch.sqrt(variance + sincnet.wav_norm1d.eps)
    shift = (sincnet.wav_norm1d.bias - mean * scale)[:, None, None] * filters.sum(dim=-1)
    cut = torch.stack([filtered[:, at // bank.stride :][:, :frames] for at in offsets])
    found = torch.abs(cut.mul_(scale[:, None, None]).add_(shift))
    found = functional.leaky_relu(sincnet.norm1d[0](sincnet.pool1d[0](found)))
    for layer, pool, norm in zip(sincnet.conv1d[1:], sincnet.pool1d[1:], sincnet.norm1d[1:], strict=True):
        found = functional.leaky_relu(norm(pool(layer(found))))
    return found


def voiced(network: Any, found: Tensor, half: bool) -> Tensor:
    """What the rest of `network` makes of `features`: log probabilities (windows, frames, classes).

    With `half` the recurrent layers, half of what is left, take half the time: 3 of 1000 frames are heard otherwise.
    The filters would not bear it: 90 of 1000 (measured).
    """
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
        found, _ = network.lstm(found.transpose(1, 2))
    found = found.float()
    for layer in network.linear:
        found = functional.leaky_relu(layer(found))
    heard: Tensor = network.activation(network.classifier(found))
    return heard
