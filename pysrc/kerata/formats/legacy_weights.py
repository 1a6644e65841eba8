"""Weights of files in which each layer has a row of them, from Keras 1, Theano or cuDNN → as today's layers have them.

Keras 1 kept the gates of recurrent layers apart and laid kernels out as its backend did; Theano turned kernels round,
since it convolves where TensorFlow correlates; cuDNN's layers kept their matrices transposed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import ModelFileError
from ..graph.weights import Rows
from ..node import MODEL_CLASSES, Config, Row, Weights
from . import legacy_config

_TURNED = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D")  # by Theano
_SPATIAL = {"Conv1D": 1, "Conv2D": 2, "Conv3D": 3, "Conv2DTranspose": 2, "ConvLSTM2D": 2}

# Of a recurrent layer in Keras 1, which had matrices for each gate: the places of those of today's row of gates.
_GATES = {"LSTM": (0, 2, 1, 3), "ConvLSTM2D": (0, 2, 1, 3), "GRU": (0, 1, 2)}


def modern(config: Config, rows: Mapping[str, Row], version: str, backend: str) -> Weights:
    """By "layer/weight", or by "layer/place" where they had to be changed. `rows` are by the layers' names."""
    converted = _converter(config, version, backend)
    weights: dict[str, np.ndarray] = {}
    for layer, row in rows.items():
        weights |= converted(layer, row) or {_key(layer, name): weight for name, weight in row}
    return weights


def apart(config: Config, rows: Mapping[str, Row], version: str, backend: str) -> Rows:
    """The same for the model of this config, whose layers may have other names."""
    return Rows(
        {_key(layer, name): weight for layer, row in rows.items() for name, weight in row},
        [(layer, row) for layer, row in rows.items() if row],
        int(version[0]) if version[:1].isdecimal() else 1,
        _converter(config, version, backend),
    )


def _converter(config: Config, version: str, backend: str) -> Callable[[str, Row], Weights | None]:
    """As in `Rows`."""
    old = _Old(version.partition(".")[0] == "1", backend == "theano")
    entries = {legacy_config.name_of(entry): entry for entry in legacy_config.layers_of(config)}

    def converted(layer: str, row: Row) -> Weights | None:
        entry = entries.get(layer)
        if entry is not None and (
            old.keras1 or old.theano or legacy_config.uses_cudnn(entry) or _holds_cudnn(entry, row)
        ):
            return dict(old.layer(entry, layer, row))
        return None

    return converted


def _key(layer: str, name: str) -> str:
    """("conv2d", "conv2d/kernel:0") → conv2d/kernel"""
    path = name.removeprefix(f"{layer}/")
    return f"{layer}/{path.rpartition(':')[0] or path}"


class _Old:
    def __init__(self, keras1: bool, theano: bool) -> None:
        self.keras1 = keras1
        self.theano = theano

    def layer(self, entry: Config, path: str, row: Row) -> Iterator[tuple[str, np.ndarray]]:
        """A layer's weights by their places, or those of a model's layers by theirs."""
        if entry["class_name"] in MODEL_CLASSES:
            for inner, part in self._parts(entry, row):
                yield from self.layer(inner, f"{path}/{legacy_config.name_of(inner)}", part)
        else:
            for place, weight in enumerate(self._changed(entry, [weight for _, weight in row])):
                yield f"{path}/{place}", weight

    def _parts(self, model: Config, row: Row) -> Iterator[tuple[Config, Row]]:
        """A model's row by its layers, whose names the weights' names begin with."""
        parts: dict[str, Row] = {}
        entries = {legacy_config.name_of(entry): entry for entry in legacy_config.layers_of(model)}
        longest_first = sorted(entries, key=len, reverse=True)
        for name, weight in row:
            owner = next((each for each in longest_first if name.startswith((f"{each}/", f"{each}_"))), None)
            if owner is None:
                raise ModelFileError(f"Weight {name!r}: expected the name of one of the model's layers before it.")
            parts.setdefault(owner, []).append((name, weight))
        for name, part in parts.items():
            yield entries[name], part

    def _changed(self, entry: Config, row: Sequence[np.ndarray]) -> list[np.ndarray]:
        was, config = entry["class_name"], entry["config"]
        kind = legacy_config.today(was)
        if kind == "Bidirectional":
            half = len(row) // 2
            return self._changed(config["layer"], row[:half]) + self._changed(config["layer"], row[half:])
        if kind == "TimeDistributed":
            return self._changed(config["layer"], row)
        weights = list(row)
        if self.keras1:
            weights = _of_keras1(kind, config, weights)
        if self.theano and kind in _TURNED:
            kernels = 2 if kind == "ConvLSTM2D" else 1
            weights[:kernels] = [_turned(kernel, _SPATIAL[kind]) for kernel in weights[:kernels]]
        return _of_cudnn(kind, weights) if _is_of_cudnn(kind, weights) else weights


def _holds_cudnn(entry: Config, row: Row) -> bool:
    """Whether the row of an LSTM or a GRU, or of two, was saved by cuDNN's layer of that kind."""
    kind, config = legacy_config.today(entry["class_name"]), entry["config"]
    if kind == "Bidirectional" and isinstance(config, Mapping):
        return _holds_cudnn(config["layer"], row[: len(row) // 2])
    return _is_of_cudnn(kind, [weight for _, weight in row])


def _is_of_cudnn(kind: str, weights: Sequence[np.ndarray]) -> bool:
    """Only cuDNN's layers have the biases of input and state in one row. They and Keras's take each other's weights."""
    if kind not in ("LSTM", "GRU") or len(weights) != 3:
        return False
    _, recurrent, bias = weights
    return recurrent.ndim == 2 and bias.shape == (2 * recurrent.shape[1],)


def _turned(kernel: np.ndarray, spatial: int) -> np.ndarray:
    return np.flip(kernel, tuple(range(spatial)))


def _of_keras1(kind: str, config: Config, weights: list[np.ndarray]) -> list[np.ndarray]:
    gates = _GATES.get(kind, ())
    if gates and len(weights) == 3 * len(gates):
        weights = [np.concatenate([weights[3 * gate + part] for gate in gates], -1) for part in range(3)]
    if not weights:
        return weights
    channels_first = config.get("dim_ordering") == "th"
    kernel = weights[0]
    if kind == "Conv1D":
        kernel = _conv1d_of_keras1(kernel, config)
    elif kind in ("Conv2D", "Conv3D") and channels_first:  # (out, in, *spatial)
        kernel = np.moveaxis(kernel, (0, 1), (-1, -2))
    elif kind == "Conv2DTranspose":  # (in, out, rows, columns), or (rows, columns, in, out)
        kernel = np.moveaxis(kernel, (0, 1), (-1, -2)) if channels_first else np.swapaxes(kernel, 2, 3)
    elif kind == "ConvLSTM2D" and channels_first:
        kernel, weights[1] = (np.moveaxis(each, (0, 1), (-1, -2)) for each in weights[:2])
    return [kernel, *weights[1:]]


def _conv1d_of_keras1(kernel: np.ndarray, config: Config) -> np.ndarray:
    """From (length, 1, in, out), or before Keras 1.2 from (out, in, length, 1)."""
    if kernel.shape[:2] == (config.get("filter_length"), 1):
        return kernel[:, 0]
    return np.moveaxis(kernel[..., 0], (0, 1, 2), (2, 1, 0))


def _of_cudnn(kind: str, weights: list[np.ndarray]) -> list[np.ndarray]:
    """Each gate's matrix of the input is stored by columns; the bias is that of input and state one after the other."""
    kernel, recurrent, bias = weights
    gates = 4 if kind == "LSTM" else 3
    kernels = [gate.T.reshape(gate.shape, order="F") for gate in np.split(kernel, gates, 1)]
    recurrents = [gate.T for gate in np.split(recurrent, gates, 1)]
    biases = bias.reshape(2, -1)
    merged: Any = biases.sum(0) if kind == "LSTM" else biases
    return [np.concatenate(kernels, 1), np.concatenate(recurrents, 1), merged]
