"""Models of sequences for the benchmark, and the same with the same weights as ONNX and for TensorFlow.js's layers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from onnx import helper, numpy_helper

from tests.support.whole_models import WORDS, bilstm, transformer

UNITS, HEADS = 64, 4
_OPSET = 17


def made(network: str, steps: int) -> keras.Model:
    """Without masks, for which ONNX has no form."""
    if network == "BiLSTM":
        return bilstm(UNITS, steps, mask_zero=False)
    return transformer(steps, UNITS, HEADS, mask_zero=False)


def tokens(steps: int, batch: int, seed: int) -> np.ndarray:
    """(batch, steps), as floats, which all engines take."""
    return np.random.default_rng(seed).integers(1, WORDS, (batch, steps)).astype(np.float32)


def export(network: str, model: keras.Model, folder: Path) -> None:
    """Writes network.onnx, and of the BiLSTM layers.json with layers.bin: its weights, in Keras's order."""
    graph = _Graph()
    (_write_bilstm if network == "BiLSTM" else _write_transformer)(graph, model)
    graph.save(folder / "network.onnx", model.input_shape[1], model.output_shape[1])
    if network == "BiLSTM":
        weights = model.get_weights()
        (folder / "layers.json").write_text(json.dumps([weight.shape for weight in weights]))
        (folder / "layers.bin").write_bytes(b"".join(weight.tobytes() for weight in weights))


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, op: str, *inputs: str | np.ndarray, outputs: int = 1, **attributes: Any) -> Any:
        """The name of the output, or a list of them; arrays become constants."""
        names = [self._constant(each) if isinstance(each, np.ndarray) else each for each in inputs]
        made = [f"{op}_{len(self.nodes)}_{place}" for place in range(outputs)]
        self.nodes.append(helper.make_node(op, names, made, **attributes))
        return made if outputs > 1 else made[0]

    def _constant(self, array: np.ndarray) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def dense(self, x: str, layer: keras.Layer) -> str:
        kernel, bias = layer.get_weights()
        return self.add("Add", self.add("MatMul", x, kernel), bias)

    def save(self, file: Path, steps: int, outputs: int) -> None:
        self.nodes[-1].output[0] = "y"
        x, y = (
            helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", size])
            for name, size in (("x", steps), ("y", outputs))
        )
        graph = helper.make_graph(self.nodes, "network", [x], [y], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, file)


def _embedded(graph: _Graph, table: np.ndarray) -> str:
    name: str = graph.add("Gather", table, graph.add("Cast", "x", to=onnx.TensorProto.INT64))
    return name


def _write_bilstm(graph: _Graph, model: keras.Model) -> None:
    embedding, *recurrent, head = model.layers
    x = graph.add("Transpose", _embedded(graph, *embedding.get_weights()), perm=[1, 0, 2])  # (steps, n, units)
    for layer in recurrent:
        units = layer.forward_layer.units
        both = [_of_onnx(each.get_weights()) for each in (layer.forward_layer, layer.backward_layer)]
        kernels = [np.stack(pair) for pair in zip(*both, strict=True)]
        y, h, _ = graph.add("LSTM", x, *kernels, outputs=3, hidden_size=units, direction="bidirectional")
        if layer.forward_layer.return_sequences:  # y: (steps, 2, n, units)
            x = graph.add("Reshape", graph.add("Transpose", y, perm=[0, 2, 1, 3]), np.array([0, 0, -1]))
        else:  # h: (2, n, units)
            x = graph.add("Reshape", graph.add("Transpose", h, perm=[1, 0, 2]), np.array([0, -1]))
    graph.add("Sigmoid", graph.dense(x, head))


def _of_onnx(weights: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Keras's gates are i, f, c, o along the columns, ONNX's i, o, f, c along the rows; it has a second bias."""
    kernel, recurrent, bias = (np.concatenate([np.split(w, 4, -1)[gate] for gate in (0, 3, 1, 2)], -1) for w in weights)
    return [kernel.T, recurrent.T, np.concatenate([bias, np.zeros_like(bias)])]


def _write_transformer(graph: _Graph, model: keras.Model) -> None:
    words, positions = _of(model, keras.layers.Embedding)
    x = graph.add("Add", _embedded(graph, *words.get_weights()), *positions.get_weights())
    norms, dense = _of(model, keras.layers.LayerNormalization), _of(model, keras.layers.Dense)
    blocks = zip(_of(model, keras.layers.MultiHeadAttention), _of(model, keras.layers.EinsumDense), strict=True)
    for place, (attention, wide) in enumerate(blocks):
        first, second = norms[2 * place : 2 * place + 2]
        x = graph.add("Add", x, _attention(graph, _normal(graph, x, first), attention))
        y = _gelu(graph, graph.dense(_normal(graph, x, second), wide))
        x = graph.add("Add", x, graph.dense(y, dense[place]))
    mean = graph.add("ReduceMean", x, axes=[1], keepdims=0)
    graph.add("Softmax", graph.dense(mean, dense[-1]), axis=-1)


def _of(model: keras.Model, kind: type) -> list[keras.Layer]:
    """In the order in which they were made."""
    return sorted((each for each in model.layers if type(each) is kind), key=lambda each: (len(each.name), each.name))


def _normal(graph: _Graph, x: str, layer: keras.Layer) -> str:
    name: str = graph.add("LayerNormalization", x, *layer.get_weights(), epsilon=layer.epsilon, axis=-1)
    return name


def _gelu(graph: _Graph, x: str) -> str:
    grown = graph.add("Add", graph.add("Erf", graph.add("Div", x, np.float32([2**0.5]))), np.float32([1]))
    name: str = graph.add("Mul", graph.add("Mul", x, np.float32([0.5])), grown)
    return name


def _attention(graph: _Graph, x: str, layer: keras.Layer) -> str:
    size = layer.key_dim

    def projected(part: keras.Layer, perm: list[int], scale: float = 1) -> str:
        kernel, bias = (weight * np.float32(scale) for weight in part.get_weights())
        flat = graph.add("Add", graph.add("MatMul", x, kernel.reshape(len(kernel), -1)), bias.ravel())
        name: str = graph.add("Transpose", graph.add("Reshape", flat, np.array([0, 0, -1, size])), perm=perm)
        return name

    query = projected(layer.query_dense, [0, 2, 1, 3], size**-0.5)
    key, value = projected(layer.key_dense, [0, 2, 3, 1]), projected(layer.value_dense, [0, 2, 1, 3])
    seen = graph.add("MatMul", graph.add("Softmax", graph.add("MatMul", query, key), axis=-1), value)
    rows = graph.add("Reshape", graph.add("Transpose", seen, perm=[0, 2, 1, 3]), np.array([0, 0, -1]))
    kernel, bias = layer.output_dense.get_weights()
    name: str = graph.add("Add", graph.add("MatMul", rows, kernel.reshape(-1, kernel.shape[-1])), bias)
    return name
