"""The segmentation network: in every 10 seconds, which of up to three voices speaks when.

pyannote/segmentation-3.0 (MIT): SincNet, four bidirectional LSTM layers, then one class for each set of at most two of
three voices ("powerset": Plaquet and Bredin, Interspeech 2023). Import only after `pipeline.engines.pyannote.prepare`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.models.segmentation import PyanNet
from pyannote.audio.utils.powerset import Powerset
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
def listen(network: PyanNet, audio: Audio, step: int, progress: Progress) -> Windows:
    """What `network` hears in windows `step` frames apart; of the recording only `BATCH` windows are in memory."""
    starts = window_starts(audio.recording.samples, step)
    active = np.zeros((len(starts), FRAMES, VOICES), dtype=np.bool_)
    powerset = Powerset(VOICES, AT_ONCE)
    for first in range(0, len(starts), BATCH):
        batch = starts[first : first + BATCH]
        sound = torch.from_numpy(samples_of(audio, int(batch[0]) * HOP, int(batch[-1]) * HOP + WINDOW))
        windows = torch.stack([sound[at : at + WINDOW] for at in (batch - batch[0]) * HOP])
        active[first : first + BATCH] = powerset(network(windows[:, None])).numpy() > 0.5
        progress((first + len(batch)) / len(starts))
    return Windows(active, starts)
