"""A network as ONNX, in its own order of axes: (n, channels, height, width)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from kerata.layers.common.windows import kernel_windows, pool_windows
from kerata.layers.zero_padding import border_of
from kerata.node import Node, Shape

from .folding import activation_of, bias_of

_OPSET = 17


def export(nodes: Sequence[Node], file: Path) -> None:
    """Writes `file`. Its input is called "x", its output "y"."""
    graph = _Graph(nodes)
    for node in nodes:
        if node.inputs:
            _WRITERS[node.kind](graph, node)
    (first, last) = nodes[0], nodes[-1]
    ends = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", *_channels_first(node.shape)[1:]])
        for name, node in ((graph.name(first.name), first), (graph.name(last.name), last))
    ]
    made = helper.make_graph(graph.nodes, "network", ends[:1], ends[1:], graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, file)


def _channels_first(shape: Shape) -> Shape:
    return (shape[0], shape[3], shape[1], shape[2]) if len(shape) == 4 else shape


class _Graph:
    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.shapes = {node.name: node.shape for node in nodes}
        self.flat_from: dict[str, Shape] = {}  # what was flattened, by the name of the flat value
        self._ends = {nodes[0].name: "x", nodes[-1].name: "y"}

    def name(self, value: str) -> str:
        return self._ends.get(value, value)

    def add(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> None:
        names = [self.name(value) for value in inputs]
        self.nodes.append(helper.make_node(op, names, [self.name(output)], **attributes))

    def constant(self, name: str, array: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name


def _activated(graph: _Graph, node: Node, op: str, inputs: Sequence[str], **attributes: Any) -> None:
    activation = node.config.get("activation", "linear")
    if activation == "linear":
        graph.add(op, inputs, node.name, **attributes)
    else:
        before = f"{node.name}/before"
        graph.add(op, inputs, before, **attributes)
        _activate(graph, activation, before, node.name)


def _activate(graph: _Graph, activation: str, source: str, target: str) -> None:
    if activation == "relu6":
        limits = [graph.constant(f"{target}/{limit}", np.float32(limit)) for limit in (0, 6)]
        graph.add("Clip", [source, *limits], target)
    else:
        graph.add({"relu": "Relu", "softmax": "Softmax"}[activation], [source], target)


def _convolution(graph: _Graph, node: Node) -> None:
    depthwise = node.kind == "DepthwiseConv2D"
    kernel = node.weights["kernel"].transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
    windows = kernel_windows(node.config)
    _, height, width, _ = graph.shapes[node.inputs[0]]
    assert height is not None and width is not None
    (top, bottom), (left, right) = windows.border(height, width)
    inputs = [
        node.inputs[0],
        graph.constant(f"{node.name}/kernel", kernel),
        graph.constant(f"{node.name}/bias", bias_of(node)),
    ]
    _activated(
        graph,
        node,
        "Conv",
        inputs,
        strides=windows.strides,
        dilations=windows.dilation,
        pads=[top, left, bottom, right],
        group=kernel.shape[0] if depthwise else 1,
    )


def _dense(graph: _Graph, node: Node) -> None:
    kernel = node.weights["kernel"]
    if flat := graph.flat_from.get(node.inputs[0]):  # its rows were in the order height, width, channels
        _, height, width, channels = flat
        kernel = kernel.reshape(height, width, channels, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
    inputs = [
        node.inputs[0],
        graph.constant(f"{node.name}/kernel", kernel),
        graph.constant(f"{node.name}/bias", bias_of(node)),
    ]
    _activated(graph, node, "Gemm", inputs)


def _flatten(graph: _Graph, node: Node) -> None:
    graph.flat_from[node.name] = graph.shapes[node.inputs[0]]
    graph.add("Flatten", node.inputs, node.name)


def _pool(graph: _Graph, node: Node) -> None:
    windows = pool_windows(node.config)
    graph.add("MaxPool", node.inputs, node.name, kernel_shape=windows.size, strides=windows.strides)


def _zero_padding(graph: _Graph, node: Node) -> None:
    (top, bottom), (left, right) = border_of(node.config)
    border = np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)
    graph.add("Pad", [node.inputs[0], graph.constant(f"{node.name}/border", border)], node.name)


def _average(graph: _Graph, node: Node) -> None:
    pooled = f"{node.name}/pooled"
    graph.add("GlobalAveragePool", node.inputs, pooled)
    graph.add("Flatten", [pooled], node.name)


def _activation(graph: _Graph, node: Node) -> None:
    _activate(graph, activation_of(node) or "", node.inputs[0], node.name)


def _add(graph: _Graph, node: Node) -> None:
    graph.add("Add", node.inputs, node.name)


_WRITERS: dict[str, Callable[[_Graph, Node], None]] = {
    "Conv2D": _convolution,
    "DepthwiseConv2D": _convolution,
    "Dense": _dense,
    "Flatten": _flatten,
    "MaxPooling2D": _pool,
    "ZeroPadding2D": _zero_padding,
    "GlobalAveragePooling2D": _average,
    "Activation": _activation,
    "ReLU": _activation,
    "Add": _add,
}
