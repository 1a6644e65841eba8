"""A network as TensorFlow.js's graph model, the form that its converter makes and that runs fastest."""

import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerata.layers.common.windows import Windows, kernel_windows, pool_windows
from kerata.layers.zero_padding import border_of
from kerata.node import Node

from .folding import activation_of, bias_of

_FLOAT = {"T": {"type": "DT_FLOAT"}}
_ACTIVATIONS = {"relu": "Relu", "relu6": "Relu6"}


def export(nodes: Sequence[Node], file: Path) -> None:
    """Writes `file`, JSON with the topology and the weights' specifications, and the weights beside it, `.bin`."""
    graph = _Graph()
    for node in nodes:
        _WRITERS[node.kind](graph, node)
    file.write_text(
        json.dumps({"modelTopology": {"node": graph.nodes, "versions": {"producer": 1}}, "weightSpecs": graph.specs})
    )
    file.with_suffix(".bin").write_bytes(b"".join(graph.data))


class _Graph:
    """TensorFlow's GraphDef, in JSON."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.specs: list[dict[str, Any]] = []
        self.data: list[bytes] = []

    def add(self, name: str, op: str, inputs: Sequence[str], **attributes: Any) -> None:
        self.nodes.append({"name": name, "op": op, "input": list(inputs), "attr": {**_FLOAT, **attributes}})

    def constant(self, name: str, array: np.ndarray) -> str:
        kind = {"f": "float32", "i": "int32"}[array.dtype.kind]
        self.specs.append({"name": name, "shape": list(array.shape), "dtype": kind})
        self.data.append(array.tobytes())
        tensor_type = {"float32": "DT_FLOAT", "int32": "DT_INT32"}[kind]
        self.nodes.append({"name": name, "op": "Const", "input": [], "attr": {"dtype": {"type": tensor_type}}})
        return name


def _text(value: str) -> dict[str, str]:
    return {"s": base64.b64encode(value.encode()).decode()}


def _texts(values: Sequence[str]) -> dict[str, Any]:
    return {"list": {"s": [_text(value)["s"] for value in values]}}


def _four(pair: Sequence[int]) -> dict[str, Any]:
    """A number for each axis of NHWC."""
    return {"list": {"i": ["1", str(pair[0]), str(pair[1]), "1"]}}


def _input(graph: _Graph, node: Node) -> None:
    sizes = [{"size": str(-1 if size is None else size)} for size in node.shape]
    graph.add(node.name, "Placeholder", [], dtype={"type": "DT_FLOAT"}, shape={"shape": {"dim": sizes}})


def _kernel(op: str) -> Callable[[_Graph, Node], None]:
    def write(graph: _Graph, node: Node) -> None:
        windows = kernel_windows(node.config)
        _fused(
            graph,
            node,
            op,
            strides=_four(windows.strides),
            dilations=_four(windows.dilation),
            padding=_padding(windows),
            data_format=_text("NHWC"),
        )

    return write


def _padding(windows: Windows) -> dict[str, str]:
    return _text(windows.padding.upper())


def _dense(graph: _Graph, node: Node) -> None:
    _fused(graph, node, "_FusedMatMul", transpose_a={"b": False}, transpose_b={"b": False})


def _fused(graph: _Graph, node: Node, op: str, **attributes: Any) -> None:
    """The kernel with its bias and activation; a softmax comes after it."""
    activation = node.config.get("activation", "linear")
    inputs = [
        node.inputs[0],
        graph.constant(f"{node.name}/kernel", node.weights["kernel"]),
        graph.constant(f"{node.name}/bias", bias_of(node)),
    ]
    steps = ["BiasAdd", *([_ACTIVATIONS[activation]] if activation in _ACTIVATIONS else [])]
    name = f"{node.name}/logits" if activation == "softmax" else node.name
    graph.add(name, op, inputs, num_args={"i": "1"}, fused_ops=_texts(steps), epsilon={"f": 0}, **attributes)
    if activation == "softmax":
        graph.add(node.name, "Softmax", [name])


def _pool(graph: _Graph, node: Node) -> None:
    windows = pool_windows(node.config)
    graph.add(
        node.name,
        "MaxPool",
        node.inputs,
        ksize=_four(windows.size),
        strides=_four(windows.strides),
        padding=_padding(windows),
        data_format=_text("NHWC"),
    )


def _zero_padding(graph: _Graph, node: Node) -> None:
    border = np.array([(0, 0), *border_of(node.config), (0, 0)], np.int32)
    graph.add(node.name, "Pad", [node.inputs[0], graph.constant(f"{node.name}/paddings", border)])


def _average(graph: _Graph, node: Node) -> None:
    axes = graph.constant(f"{node.name}/axes", np.array([1, 2], np.int32))
    graph.add(node.name, "Mean", [node.inputs[0], axes], keep_dims={"b": False})


def _flatten(graph: _Graph, node: Node) -> None:
    shape = graph.constant(f"{node.name}/shape", np.array([-1, node.shape[1]], np.int32))
    graph.add(node.name, "Reshape", [node.inputs[0], shape])


def _activation(graph: _Graph, node: Node) -> None:
    graph.add(node.name, _ACTIVATIONS[activation_of(node) or ""], node.inputs)


def _add(graph: _Graph, node: Node) -> None:
    graph.add(node.name, "AddV2", node.inputs)


_WRITERS: dict[str, Callable[[_Graph, Node], None]] = {
    "InputLayer": _input,
    "Conv2D": _kernel("_FusedConv2D"),
    "DepthwiseConv2D": _kernel("FusedDepthwiseConv2dNative"),
    "Dense": _dense,
    "MaxPooling2D": _pool,
    "ZeroPadding2D": _zero_padding,
    "GlobalAveragePooling2D": _average,
    "Flatten": _flatten,
    "Activation": _activation,
    "ReLU": _activation,
    "Add": _add,
}
