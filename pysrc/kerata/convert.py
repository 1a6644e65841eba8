"""From a Keras file to Kerata's own: smaller, quick to load, and able to test itself."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import formats, graph
from .errors import InputError
from .formats import safetensors
from .model import Model
from .quantization import Scheme, check_scheme, restore, store
from .self_test import SelfTest

_SELF_TEST_SEED = 28


@dataclass(frozen=True)
class Conversion:
    """What a conversion did: sizes in bytes, and how far weights and outputs moved from the source's.

    `weight_error` is the largest change of a weight, `drift` the largest change of an output on the self-test's input.
    """

    source_size: int
    size: int
    weight_error: float
    drift: float


def convert(
    src: formats.Source, dst: str | os.PathLike[str], quantize: Scheme | None = None, sample: np.ndarray | None = None
) -> Conversion:
    """Writes the model in `src` to `dst` in Kerata's format.

    quantize: None keeps float32, "float16" halves and "int8" quarters the kernels. sample: a batch for the model's one
    input, to be its self-test and to measure the drift on; without it that is seeded noise in 0…1. `dst` is written
    whole or not at all. Raises what `load_model` raises, and UnsupportedError for an unknown scheme.
    """
    check_scheme(quantize)
    data = formats.read_bytes(src)
    saved = formats.read(data)
    full = Model(graph.read(saved.config, saved.weights))
    weights = {f"{node.config['name']}/{name}": weight for node in full.nodes for name, weight in node.weights.items()}
    stored = {name: store(weight, quantize) for name, weight in weights.items()}
    restored = {name: restore(weight) for name, weight in stored.items()}
    small = Model(graph.read(saved.config, restored))
    inputs = _self_test_inputs(full, sample)
    expected, received = (model.outputs_of(inputs) for model in (full, small))
    drift = _largest_change(expected, received)
    notes = {"quantization": quantize, "drift": drift}
    written = safetensors.write(saved.config, stored, SelfTest(inputs, received), notes)
    _write_whole(Path(dst), written)
    return Conversion(len(data), len(written), _largest_change(list(weights.values()), list(restored.values())), drift)


def _self_test_inputs(model: Model, sample: np.ndarray | None) -> list[np.ndarray]:
    if sample is not None:
        if len(model.input_shapes) != 1:
            raise InputError(f"sample: expected a model with one input, received one with {len(model.input_shapes)}.")
        return [np.asarray(sample, np.float32)]
    random = np.random.default_rng(_SELF_TEST_SEED)
    # A size left open in the model is tried with 32: enough for the windows of usual layers.
    return [random.random((1, *(size or 32 for size in shape[1:])), np.float32) for shape in model.input_shapes]


def _largest_change(before: list[np.ndarray], after: list[np.ndarray]) -> float:
    return max((float(np.abs(a - b).max(initial=0)) for a, b in zip(before, after, strict=True)), default=0.0)


def _write_whole(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
