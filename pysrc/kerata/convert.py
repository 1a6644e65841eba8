"""From a Keras file to Kerata's own: smaller, quick to load, and able to test itself."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import files, formats, graph
from .errors import InputError
from .formats import safetensors
from .model import Model
from .quantization import Scheme, check_scheme, restore, store
from .self_test import SelfTest, differences

_NOISE_SEED = 28

_BATCH = 32
_TEXT = "some words"


@dataclass(frozen=True)
class Conversion:
    """What a conversion did: sizes in bytes, and how far weights and outputs moved from the source's.

    `weight_errors` is the largest change of each weight, by its name, `drift` that of an output on the sample.
    """

    source_size: int
    size: int
    weight_errors: Mapping[str, float]
    drift: float

    @property
    def weight_error(self) -> float:
        """The largest of all."""
        return max(self.weight_errors.values(), default=0.0)


def convert(
    src: formats.Source,
    dst: str | os.PathLike[str],
    quantize: Scheme | None = None,
    sample: np.ndarray | None = None,
    notes: Mapping[str, Any] | None = None,
) -> Conversion:
    """Writes the model in `src` to `dst` in Kerata's format.

    quantize: None keeps float32, "float16" halves and "int8" quarters the kernels. sample: a batch for the model's one
    input, to measure the drift on; without it that is seeded noise in 0…1. The sample's row that drifts most becomes
    the file's self-test. notes: further entries of the file's metadata, plain data, to be had from the loaded model as
    `notes`. `dst` is written whole or not at all. Raises what `load_model` raises, and UnsupportedError
    for an unknown scheme.
    """
    check_scheme(quantize)
    target = Path(dst)
    files.check_target(target, (".safetensors",), (src,))
    data = formats.read_bytes(src)
    saved = formats.read(data)
    full = Model(graph.read(saved.config, saved.weights))
    weights = {f"{node.layer}/{name}": weight for node in full.nodes for name, weight in node.weights.items()}
    stored = {name: store(weight, quantize) for name, weight in weights.items()}
    restored = {name: restore(weight) for name, weight in stored.items()}
    small = Model(graph.read(saved.config, restored))
    inputs = _noise(full) if sample is None else _checked(full, sample)
    drifts = _drifts(full, small, inputs)
    if not np.isfinite(drifts).any():
        raise InputError("sample: expected inputs to which the model's answers are finite numbers, received none.")
    most = int(np.nanargmax(np.where(np.isfinite(drifts), drifts, np.nan)))
    row = [array[most : most + 1] for array in inputs]
    all_notes = {**(notes or {}), "quantization": quantize, "drift": float(drifts[most])}
    written = safetensors.write(saved.config, stored, SelfTest(row, small.outputs_of(row)), all_notes)
    files.write_whole(target, lambda file: file.write(written))
    errors = {name: _change(weights[name], restored[name]) for name in weights}
    return Conversion(len(data), len(written), errors, float(drifts[most]))


def _change(before: np.ndarray, after: np.ndarray) -> float:
    return float(np.abs(before.astype(np.float32) - after).max(initial=0))


def _noise(model: Model) -> list[np.ndarray]:
    """A row for each input. A size left open in the model is tried with 32: enough for the windows of usual layers."""
    random = np.random.default_rng(_NOISE_SEED)
    shapes = [(1, *(size or 32 for size in shape[1:])) for shape in model.input_shapes]
    return [_noise_of(shape, dtype, random) for shape, dtype in zip(shapes, model.input_dtypes, strict=True)]


def _noise_of(shape: tuple[int, ...], dtype: np.dtype, random: np.random.Generator) -> np.ndarray:
    """0…1; of integers 0 and 1, which any vocabulary has; of text some words."""
    if dtype.hasobject:
        return np.full(shape, _TEXT, object)
    return random.random(shape, np.float32) if dtype == np.float32 else random.integers(0, 2, shape).astype(dtype)


def _checked(model: Model, sample: np.ndarray) -> list[np.ndarray]:
    if len(model.input_shapes) != 1:
        raise InputError(f"sample: expected a model with one input, received one with {len(model.input_shapes)}.")
    return model.accepted(sample)


def _drifts(full: Model, small: Model, inputs: list[np.ndarray]) -> np.ndarray:
    """For each row, the largest change of an output between the two models."""
    drifts = []
    for start in range(0, len(inputs[0]), _BATCH):
        batch = [array[start : start + _BATCH] for array in inputs]
        pairs = zip(full.outputs_of(batch), small.outputs_of(batch), strict=True)
        changes = [differences(before, after).reshape(len(before), -1).max(1, initial=0) for before, after in pairs]
        drifts.append(np.max(changes, axis=0))
    return np.concatenate(drifts)
