"""Lets torchaudio's pure-Python parts be imported beside a CPU torch.

PyPI's torchaudio 2.11 for Linux is built for CUDA: its native extension asks for CUDA's libc10 and dies at import on a
CPU torch. pyannote.audio and the voice prints use none of it (resampling and Kaldi's filter bank are plain torch), so a
stand-in takes the place of `torchaudio._extension` before the first import. Where torch has CUDA nothing is touched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import NoReturn

NAME = "torchaudio._extension"


def refuse(function: Callable[..., object]) -> Callable[..., NoReturn]:
    """What torchaudio puts around functions that need its extension: they exist, and say why they cannot run."""

    def refused(*_: object, **__: object) -> NoReturn:
        raise RuntimeError(f"{function.__name__} needs torchaudio's native extension, and this torch is CPU only")

    return refused


def cannot_load(library: str) -> bool:
    """The answer of torchaudio's own loader where a native library is not there."""
    return False


def install() -> None:
    """Put the stand-in where torchaudio will look. Does nothing on a CUDA torch or once torchaudio is imported."""
    import torch

    if torch.version.cuda is not None or NAME in sys.modules:
        return
    stand_in = ModuleType(NAME, __doc__)
    vars(stand_in).update(
        _IS_TORCHAUDIO_EXT_AVAILABLE=False,
        _IS_ALIGN_AVAILABLE=False,
        _load_lib=cannot_load,
        _check_cuda_version=lambda: None,
        fail_if_no_align=refuse,
    )
    sys.modules[NAME] = stand_in
