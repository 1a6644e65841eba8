"""From a Keras file to Kerata's own: smaller, quick to load, and able to test itself."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import files, formats, graph
from .errors import InputError, loading
from .formats import safetensors
from .model import Model
from .quantization import Scheme, check_scheme, restore, store
from .self_test import SelfTest, differences

_BATCH = 32


@dataclass(frozen=True)
class Conversion:
    """What a conversion did: sizes in bytes, and how far weights and outputs moved from the source's.

    `weight_errors` is the largest change of each weight, by its name, `drift` that of an output on the sample, or None
    where no sample was found; the file then has no self-test.
    """

    source_size: int
    size: int
    weight_errors: Mapping[str, float]
    drift: float | None

    @property
    def weight_error(self) -> float:
        """The largest of all."""
        return max(self.weight_errors.values(), default=0.0)


@loading("The model cannot be converted")
def convert(
    src: formats.Source,
    dst: str | os.PathLike[str],
    quantize: Scheme | None = None,
    sample: Any = None,
    notes: Mapping[str, Any] | None = None,
    weights: formats.Source | Sequence[formats.Source] | None = None,
) -> Conversion:
    """Writes the model in `src` to `dst`, a name ending in .safetensors, in Kerata's format.

    quantize: None keeps float32, "float16" halves and "int8" quarters the kernels. sample: a batch, as `predict` takes
    it, to measure the drift on; without it, noise that the model answers with finite numbers. The sample's row that
    drifts most becomes the file's self-test. notes: further entries of the file's metadata, plain data, to be had from
    the loaded model as `notes`. weights: where they are, if not in `src`, as for `load_model`. `dst` is written whole
    or not at all. Raises what `load_model` raises, InputError for a sample without finite answers and for a `dst` that
    must not be written to, and UnsupportedError for an unknown scheme.
    """
    check_scheme(quantize)
    target = Path(dst)
    sources = [src, *(() if weights is None else formats.parts(weights))]
    files.check_target(target, (".safetensors",), sources)
    data, *apart = (formats.read_bytes(source) for source in sources)
    saved = formats.read(data, apart or None)
    full = Model(graph.read(saved.config, saved.weights))
    named = {f"{node.layer}/{name}": weight for node in full.nodes for name, weight in node.weights.items()}
    stored = {name: store(weight, quantize) for name, weight in named.items()}
    restored = {name: restore(weight) for name, weight in stored.items()}
    small = Model(graph.read(saved.config, restored))
    inputs = _noise(full) if sample is None else full.accepted(sample)
    drift, test = (None, None) if inputs is None else _tested(full, small, inputs)
    written = safetensors.write(saved.config, stored, test, {**(notes or {}), "quantization": quantize, "drift": drift})
    files.write_whole(target, lambda file: file.write(written))
    errors = {name: _change(named[name], restored[name]) for name in named}
    return Conversion(sum(map(len, (data, *apart))), len(written), errors, drift)


def _noise(model: Model) -> list[np.ndarray] | None:
    from . import samples  # imported only here: pages load the package, but convert nothing

    return samples.runnable(model)


def _tested(full: Model, small: Model, inputs: list[np.ndarray]) -> tuple[float, SelfTest]:
    """The largest change of an output, and the row where it is, or of a stateful model the batch."""
    drifts = _drifts(full, small, inputs)
    if not np.isfinite(drifts).any():
        raise InputError("sample: expected inputs that the model answers with finite numbers, received others.")
    most = int(np.nanargmax(np.where(np.isfinite(drifts), drifts, np.nan)))
    rows = small.stateful_rows or 1
    start = most // rows * rows
    batch = [array[start : start + rows] for array in inputs]
    small.reset_states()
    return float(drifts[most]), SelfTest(batch, small.outputs_of(batch))


def _change(before: np.ndarray, after: np.ndarray) -> float:
    return float(np.abs(before.astype(np.float32) - after).max(initial=0))


def _drifts(full: Model, small: Model, inputs: list[np.ndarray]) -> np.ndarray:
    """For each row, the largest change of an output between the two models."""
    drifts, size = [], full.stateful_rows or _BATCH
    full.reset_states()
    small.reset_states()
    for start in range(0, len(inputs[0]), size):
        batch = [array[start : start + size] for array in inputs]
        pairs = zip(full.outputs_of(batch), small.outputs_of(batch), strict=True)
        changes = [differences(before, after).reshape(len(before), -1).max(1, initial=0) for before, after in pairs]
        drifts.append(np.max(changes, axis=0))
    return np.concatenate(drifts)
