"""The segmentation network: in every 10 seconds, which of up to three voices speaks when.

pyannote/segmentation-3.0 (MIT): SincNet, four bidirectional LSTM layers, then one class for each set of at most two of
three voices ("powerset": Plaquet and Bredin, Interspeech 2023). Import only after `pipeline.engines.pyannote.prepare`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.models.segmentation import PyanNet
from torch.torch_version import TorchVersion

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
