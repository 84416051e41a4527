from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.engines import openai_whisper, whisper_checkpoint
from pipeline.engines.faster_whisper import FasterWhisper, windows
from pipeline.engines.openai_whisper import OpenAIWhisper, fitting
from pipeline.engines.silero import Silero
from pipeline.errors import EngineFailed, WeightsMissing
from pipeline.hearing.listening import Voice, VoiceActivity
from pipeline.interview import SAMPLE_RATE, Audio, EngineId, Recording
from pipeline.places import weights_folder
from pipeline.speech import Passage
from pipeline.weights import Located, located

TURBO = {
    "n_mels": 128,
    "n_audio_ctx": 1500,
    "n_audio_state": 128,
    "n_audio_head": 2,
    "n_audio_layer": 2,
    "n_vocab": 51866,
    "n_text_ctx": 448,
    "n_text_state": 128,
    "n_text_head": 2,
    "n_text_layer": 4,
}
"""Whisper large-v3-turbo's shape where it matters (128 mels, 51,866 tokens, 4 decoder layers), as small as can be."""

KOREAN, TRANSCRIBE, FIRST_TIME = 50264, 50360, 50365
"""Token ids with 100 languages; all but Korean's are one less in whisper-base, with 99."""


def fake(folder: Path, *files: str) -> Located:
    return Located("w", folder, {file: folder / file for file in files}, (("w", "0" * 64),), True)


def everywhere(sound: Audio) -> Voice:
    """Voice activity detection that takes everything for speech."""
    return Voice(((0.0, sound.recording.seconds),), ((0.0, sound.recording.seconds),))


def faster(weights: Located, voice: VoiceActivity = everywhere, beam_size: int = 1) -> FasterWhisper:
    return FasterWhisper(weights, voice, "ko", beam_size, "int8", "cpu", 1, 2, places=2, overlooked_seconds=1.0)


def openai(weights: Located, voice: VoiceActivity = everywhere, beam_size: int = 1) -> OpenAIWhisper:
    return OpenAIWhisper(weights, voice, "ko", beam_size, "cpu", 2)


def audio(samples: np.ndarray) -> Audio:
    pcm = samples.astype("<i2").tobytes()
    return Audio(Recording("blob", "sha", len(samples), 1.0, "source"), lambda start, stop: pcm[2 * start : 2 * stop])


def noise(seconds: float) -> Audio:
    return audio(np.random.default_rng(3).normal(0, 3000, round(seconds * SAMPLE_RATE)))


def base(name: str) -> Located:
    try:
        return located(name, weights_folder())
    except WeightsMissing as error:
        pytest.skip(str(error))


# --- what they are called --------------------------------------------------------------------------------------------


def test_an_engine_says_what_it_is_without_loading_its_library() -> None:
    code = """
import sys
from pathlib import Path
from pipeline.engines.faster_whisper import FasterWhisper
from pipeline.engines.openai_whisper import OpenAIWhisper
from pipeline.engines.silero import Silero
from pipeline.weights import Located
weights = Located("w", Path(), {}, (("model.bin", "ab"),), True)
print(FasterWhisper(weights, Silero(0.5, 0.2, 0.3, 0.1), "ko", 1, "int8", "cpu", 2, 1, 4, 1.0).engine)
print(OpenAIWhisper(weights, Silero(0.5, 0.2, 0.3, 0.1), "ko", 1, "cpu", 1).engine)
print(sorted({"torch", "whisper", "faster_whisper", "ctranslate2", "onnxruntime"} & set(sys.modules)))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0].startswith("EngineId(name='faster-whisper', version='1.")
    assert said[1].startswith("EngineId(name='openai-whisper', version='20")
    assert all("weights=(('model.bin', 'ab'),), demo_grade=True" in line for line in said[:2])
    assert said[2] == "[]"


def test_the_id_changes_with_the_weights() -> None:
    one, other = Located("w", Path(), {}, (("f", "1"),), True), Located("w", Path(), {}, (("f", "2"),), False)
    assert isinstance(faster(one).engine, EngineId)
    assert faster(one).engine != faster(other).engine
    assert openai(one).engine != openai(other).engine


# --- weights as large as those for real work are read --------------------------------------------------------------


@pytest.fixture(scope="session")
def turbo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One random network in both forms: ``random.pt``, and the files of a CTranslate2 folder."""
    import torch
    from whisper.model import ModelDimensions, Whisper

    folder = tmp_path_factory.mktemp("turbo")
    torch.manual_seed(5)
    network = Whisper(ModelDimensions(**TURBO))
    state = {name: tensor + 0.02 * torch.randn_like(tensor) for name, tensor in network.state_dict().items()}
    torch.save({"dims": TURBO, "model_state_dict": state}, folder / "random.pt")
    write_ct2(folder, {name: tensor.numpy() for name, tensor in state.items()})
    return folder


def write_ct2(folder: Path, state: dict[str, np.ndarray]) -> None:
    """Write `state` as CTranslate2 does, with its own writer; its names are looked up in our table read backwards."""
    from ctranslate2.specs.whisper_spec import WhisperSpec

    spec = WhisperSpec(TURBO["n_audio_layer"], 2, TURBO["n_text_layer"], 2)
    pairs = dict(whisper_checkpoint.OUTSIDE)
    for side, count in (("encoder", TURBO["n_audio_layer"]), ("decoder", TURBO["n_text_layer"])):
        for layer in range(count):
            for ours, theirs in whisper_checkpoint.BLOCK.items():
                names = " ".join(f"{side}.blocks.{layer}.{name}" for name in ours.split())
                pairs[names] = f"{side}/layer_{layer}/{theirs}"
    for ours, theirs in pairs.items():
        if any(name.startswith(ours.split()[0]) for name in state):  # the encoder has no cross-attention
            fill(spec, ours.split(), theirs, state)
    spec.decoder.projection.weight = state["decoder.token_embedding.weight"]
    tokens, special = vocabulary()
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], [220, 50257]
    spec.config.alignment_heads = [[2, 0], [3, 1]]
    spec.config.lang_ids = list(range(50259, 50359))
    spec.validate()
    spec.optimize()
    spec.save(str(folder))
    (folder / "tokenizer.json").write_text(json.dumps(special), "utf-8")
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": 128}), "utf-8")


def fill(spec: Any, names: list[str], path: str, state: dict[str, np.ndarray]) -> None:
    """Lay the arrays `names` of `state`, stacked, into the place `path` of CTranslate2's `spec`."""
    place = spec
    *way, last = path.split("/")
    for step in way:
        head, _, index = step.partition("_")
        place = place.layer[int(index)] if head == "layer" and index.isdigit() else getattr(place, step)
    if path.endswith("encodings"):
        place.encodings = state[names[0]]
        return
    head, _, index = last.partition("_")
    place = place.linear[int(index)] if head == "linear" and hasattr(place, "linear") else getattr(place, last)
    if isinstance(place, list):  # decoder embeddings may be several
        (place,) = place
    bias = [state.get(f"{name}.bias", np.zeros(len(state[f"{name}.weight"]), np.float32)) for name in names]
    weight = np.concatenate([state[f"{name}.weight"] for name in names])
    if hasattr(place, "gamma"):
        place.gamma, place.beta = weight, np.concatenate(bias)
        return
    place.weight = weight
    if any(f"{name}.bias" in state for name in names):
        place.bias = np.concatenate(bias)


def vocabulary() -> tuple[list[str], dict[str, Any]]:
    """whisper-base's tokens and tokenizer.json with Cantonese put in as the 100th language, as in large-v3."""
    tokenizer = json.loads(base("whisper-base").files["tokenizer.json"].read_text("utf-8"))
    new = TRANSCRIBE - 2
    for token in tokenizer["added_tokens"]:
        token["id"] += token["id"] >= new
    cantonese = next(token for token in tokenizer["added_tokens"] if token["content"] == "<|su|>")
    tokenizer["added_tokens"].append({**cantonese, "content": "<|yue|>", "id": new})
    tokenizer["added_tokens"].sort(key=lambda token: token["id"])
    for token in tokenizer["post_processor"]["special_tokens"].values():
        token["ids"] = [number + (number >= new) for number in token["ids"]]
    names = {number: token for token, number in tokenizer["model"]["vocab"].items()}
    names |= {token["id"]: token["content"] for token in tokenizer["added_tokens"]}
    names |= {FIRST_TIME + step: f"<|{step * 0.02:.2f}|>" for step in range(TURBO["n_vocab"] - FIRST_TIME)}
    return [names[number] for number in range(TURBO["n_vocab"])], tokenizer


def heard(engine: FasterWhisper | OpenAIWhisper, sound: Audio) -> tuple[Passage, ...]:
    done: list[float] = []
    found = engine(sound, ("한빛병원", "김영희"), done.append).passages
    assert done == sorted(done)
    assert done[-1] == 1.0
    bounds = [bound for passage in found for word in passage.words for bound in (word.start, word.end)]
    assert bounds == sorted(bounds)
    assert all(0 <= bound <= sound.recording.seconds for bound in bounds)
    return found


@pytest.mark.engines
def test_faster_whisper_reads_large_weights(turbo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts: list[list[int]] = []
    shapes: list[tuple[int, ...]] = []
    decode, encode = windows.Ear._decode, windows.Ear._encode

    def spied_decode(self: Any, encoded: Any, count: int, given: str | None = None, **settings: Any) -> Any:
        prompts.append(self.network.get_prompt(self.tokenizer, [], hotwords=given))
        return decode(self, encoded, count, given, **settings)

    def spied_encode(self: Any, sounds: Any, seconds: float) -> Any:
        encoded = encode(self, sounds, seconds)
        shapes.append(tuple(encoded.shape))
        return encoded

    monkeypatch.setattr(windows.Ear, "_decode", spied_decode)
    monkeypatch.setattr(windows.Ear, "_encode", spied_encode)
    monkeypatch.setattr(windows, "TRIES", ({"sampling_temperature": 0.5},))
    monkeypatch.setattr(windows, "misheard", lambda text, terms: terms)
    heard(faster(fake(turbo)), noise(14))
    assert (1, 1500, 128) in shapes
    assert {tuple(prompt[-3:]) for prompt in prompts} == {(50258, KOREAN, TRANSCRIBE)}
    assert prompts[0][0] == 50258, "the first hearing is without the terms"
    assert {prompt[0] for prompt in prompts} == {50258, 50362}, "then they stand before, as previous text"


@pytest.mark.engines
def test_openai_whisper_reads_large_weights(turbo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import whisper
    from whisper.decoding import DecodingTask

    prompts: list[tuple[int, ...]] = []
    shapes: list[tuple[int, ...]] = []
    decode = DecodingTask.run

    def spied(self: Any, mel: Any) -> Any:
        prompts.append(self.initial_tokens)
        shapes.append(tuple(mel.shape[-2:]))
        assert self.model.num_languages == 100
        assert self.tokenizer.timestamp_begin == FIRST_TIME
        self.sample_len = 8  # random weights never come to an end by themselves
        return decode(self, mel)

    monkeypatch.setattr(DecodingTask, "run", spied)
    monkeypatch.setattr(whisper.transcribe, "__kwdefaults__", {**whisper.transcribe.__kwdefaults__, "temperature": 0.0})
    monkeypatch.setattr(openai_whisper, "misheard", lambda text, terms: terms)
    heard(openai(fake(turbo, "random.pt")), noise(2))
    assert set(shapes) == {(128, 3000)}
    assert {prompt[-3:] for prompt in prompts} == {(50258, KOREAN, TRANSCRIBE)}
    assert prompts[0][0] == 50258, "the first hearing is without the terms"
    assert prompts[-1][0] == 50362, "then they stand before, as previous text"


@pytest.mark.engines
def test_conversion_gives_back_the_very_numbers(turbo: Path, tmp_path: Path) -> None:
    import torch

    tensors = whisper_checkpoint.convert(turbo, tmp_path / "again.pt")
    first, again = (torch.load(path, weights_only=True) for path in (turbo / "random.pt", tmp_path / "again.pt"))
    assert again["dims"] == first["dims"]
    assert set(again["model_state_dict"]) == set(first["model_state_dict"])
    for name, tensor in first["model_state_dict"].items():
        assert torch.equal(tensor, again["model_state_dict"][name]), name
    numbers = {name: tensor.numpy() for name, tensor in first["model_state_dict"].items()}
    assert tensors == whisper_checkpoint.digest(numbers)
    assert tensors != whisper_checkpoint.digest({**numbers, "encoder.conv1.bias": numbers["encoder.conv1.bias"] + 1})


@pytest.mark.engines
@pytest.mark.parametrize("cut", [0, 3, 30, 5000, -1])
def test_a_damaged_file_is_not_converted(turbo: Path, tmp_path: Path, cut: int) -> None:
    (tmp_path / "model.bin").write_bytes((turbo / "model.bin").read_bytes()[:cut])
    with pytest.raises(EngineFailed):
        whisper_checkpoint.convert(tmp_path, tmp_path / "out.pt")


def test_quantised_weights_and_a_biased_key_are_not_converted() -> None:
    whole = {"a/weight": np.ones((4, 2), np.float32), "a/bias": np.ones(4, np.float32)}
    with pytest.raises(EngineFailed, match="bias"):
        list(whisper_checkpoint.leaves(whole, ("attn.query", "attn.key"), "a"))
    whole["a/bias"][2:] = 0
    assert len(list(whisper_checkpoint.leaves(whole, ("attn.query", "attn.key"), "a"))) == 3
    with pytest.raises(EngineFailed, match="quantised"):
        list(whisper_checkpoint.leaves({"a/weight": np.ones((4, 2), np.int8)}, ("x",), "a"))


# --- the weights that the demo uses ----------------------------------------------------------------------------------


@pytest.mark.engines
def test_the_checkpoints_name_finds_the_alignment_heads_of_its_source() -> None:
    network = openai(base("openai-whisper-base"))._load()
    config = json.loads(base("whisper-base").files["config.json"].read_text("utf-8"))
    assert network.alignment_heads.indices().T.tolist() == config["alignment_heads"]


@pytest.mark.engines
def test_silence_is_no_speech() -> None:
    silence = audio(np.zeros(5 * SAMPLE_RATE))
    assert Silero(0.5, 0.2, 0.3, 0.1)(silence) == Voice((), ())
    assert heard(faster(base("whisper-base"), Silero(0.5, 0.2, 0.3, 0.1)), silence) == ()
    assert heard(openai(base("openai-whisper-base"), Silero(0.5, 0.2, 0.3, 0.1)), silence) == ()


@pytest.mark.engines
def test_only_whole_terms_that_fit_are_given() -> None:
    network = openai(base("openai-whisper-base"))._load()
    many = tuple(f"정신건강복지센터{number}" for number in range(80))
    given = fitting(many, network)
    assert given == many[: len(given)]
    assert 10 < len(given) < 80
    assert fitting((), network) == ()
