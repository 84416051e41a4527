"""Make an openai-whisper checkpoint out of CTranslate2 Whisper weights: the same numbers under other names.

A ``model.bin`` is a table of named arrays and a table of aliases. Beside the names three things differ: CTranslate2
stacks the query, key and value projections into one matrix; it gives Whisper's key projection, which has no bias, a
bias of zeros; and it does not store the number of heads (64 channels each in every published Whisper).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import EngineFailed

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]

BINARY_VERSION = 6
"""Of the layout that `read` knows; ctranslate2 has written it since 2021."""

KINDS: dict[int, np.dtype[Any]] = {kind: np.dtype(code) for kind, code in enumerate(("<f4", "i1", "<i2", "<i4", "<f2"))}
"""CTranslate2's numbers of element types. Switches and counts are integers; published weights are floats."""

CHANNELS_PER_HEAD = 64

BLOCK = {
    "attn_ln": "self_attention/layer_norm",
    "attn.query attn.key attn.value": "self_attention/linear_0",
    "attn.out": "self_attention/linear_1",
    "cross_attn_ln": "attention/layer_norm",
    "cross_attn.query": "attention/linear_0",
    "cross_attn.key cross_attn.value": "attention/linear_1",
    "cross_attn.out": "attention/linear_2",
    "mlp_ln": "ffn/layer_norm",
    "mlp.0": "ffn/linear_0",
    "mlp.2": "ffn/linear_1",
}
"""A layer's parts: openai-whisper's names (several where the rows are stacked) and CTranslate2's one name."""

OUTSIDE = {
    "encoder.conv1": "encoder/conv1",
    "encoder.conv2": "encoder/conv2",
    "encoder.ln_post": "encoder/layer_norm",
    "encoder.positional_embedding": "encoder/position_encodings/encodings",
    "decoder.token_embedding": "decoder/embeddings",
    "decoder.positional_embedding": "decoder/position_encodings/encodings",
    "decoder.ln": "decoder/layer_norm",
}
"""What stands outside the layers."""

LEAVES = {"": "", "/weight": ".weight", "/bias": ".bias", "/gamma": ".weight", "/beta": ".bias"}
"""Endings of CTranslate2's names and of openai-whisper's."""


def convert(source: Path, target: Path) -> str:
    """Write the checkpoint `target` from the folder `source`; the `digest` of its tensors is given back.

    The numbers keep their type (float16 in the published files), so nothing is lost. Raises EngineFailed where `source`
    is no Whisper of the known layout.
    """
    import torch

    found = read(source / "model.bin")
    renamed = {name: np.ascontiguousarray(array) for name, array in rename(found)}
    state = {name: torch.from_numpy(array.copy()) for name, array in renamed.items()}  # torch wants writable memory
    torch.save({"dims": dimensions(renamed), "model_state_dict": state}, target)
    return digest(renamed)


def digest(arrays: Arrays) -> str:
    """One sha256 over name, type, shape and bytes of every array, by name: the same whatever file they come in."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        total.update(array.tobytes())
    return total.hexdigest()


def read(path: Path) -> dict[str, Array]:
    """Every array of a ``model.bin`` by its name, aliases included."""
    data = path.read_bytes()
    at = 0

    def take(code: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from(f"<{code}", data, at)
        at += struct.calcsize(code)
        return int(value)

    def text() -> str:
        nonlocal at
        length = take("H")  # counts the closing NUL
        at += length
        return data[at - length : at - 1].decode()

    def array() -> Array:
        nonlocal at
        shape = [take("I") for _ in range(take("B"))]
        kind, size = take("B"), take("I")
        if kind not in KINDS:
            raise failed(f"element type {kind}")
        at += size
        return np.frombuffer(data[at - size : at], KINDS[kind]).reshape(shape)

    try:
        if (version := take("I")) != BINARY_VERSION or text() != "WhisperSpec":
            raise failed(f"no Whisper of binary version {BINARY_VERSION} but {version}")
        take("I")  # revision of the spec
        found = {text(): array() for _ in range(take("I"))}
        found |= {text(): found[text()] for _ in range(take("I"))}
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise failed("cut off or damaged") from error
    if at != len(data):
        raise failed("cut off, or with more in it than is known")
    return found


def rename(found: Arrays) -> Iterator[tuple[str, Array]]:
    """The arrays of `found` that openai-whisper has, under its names, stacked projections taken apart."""
    for target, source in OUTSIDE.items():
        yield from leaves(found, (target,), source)
    for side in ("encoder", "decoder"):
        index = 0
        while f"{side}/layer_{index}/ffn/linear_0/weight" in found:
            for targets, source in BLOCK.items():
                names = tuple(f"{side}.blocks.{index}.{target}" for target in targets.split())
                yield from leaves(found, names, f"{side}/layer_{index}/{source}")
            index += 1


def leaves(found: Arrays, targets: tuple[str, ...], source: str) -> Iterator[tuple[str, Array]]:
    """The arrays called `source` with any ending, cut along the first axis into one for each of `targets`."""
    for theirs, ours in LEAVES.items():
        if (stacked := found.get(source + theirs)) is None:
            continue
        if stacked.dtype.kind != "f":
            raise failed("the weights are quantised; give those in float16 or float32")
        for target, part in zip(targets, np.split(stacked, len(targets)), strict=True):
            if not (target.endswith(".key") and ours == ".bias"):
                yield target + ours, part
            elif part.any():
                raise failed("the key projection has a bias")


def dimensions(arrays: Arrays) -> dict[str, int]:
    """openai-whisper's ``ModelDimensions``, read off the shapes."""
    vocabulary, width = arrays["decoder.token_embedding.weight"].shape
    layers = {
        side: len({name.split(".")[2] for name in arrays if name.startswith(f"{side}.blocks.")})
        for side in ("encoder", "decoder")
    }
    return {
        "n_mels": arrays["encoder.conv1.weight"].shape[1],
        "n_audio_ctx": arrays["encoder.positional_embedding"].shape[0],
        "n_audio_state": width,
        "n_audio_head": width // CHANNELS_PER_HEAD,
        "n_audio_layer": layers["encoder"],
        "n_vocab": vocabulary,
        "n_text_ctx": arrays["decoder.positional_embedding"].shape[0],
        "n_text_state": width,
        "n_text_head": width // CHANNELS_PER_HEAD,
        "n_text_layer": layers["decoder"],
    }


def failed(why: str) -> EngineFailed:
    """The error for weights that cannot be converted."""
    return EngineFailed(engine="whisper_checkpoint", why=why)
