"""A Sequential network as Keras.js's `.bin`: a protocol buffer with Keras 2's config and the weights.

The message and its fields are those of Keras.js's `encoder.py`; the wire format is that of Protocol Buffers.
"""

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerata.node import Node

_OPTIONS = {
    "Conv2D": ("filters", "kernel_size", "strides", "padding", "dilation_rate", "activation", "use_bias"),
    "MaxPooling2D": ("pool_size", "strides", "padding"),
    "Dropout": ("rate",),
    "Flatten": (),
    "Dense": ("units", "activation", "use_bias"),
}


def export(nodes: Sequence[Node], file: Path, quantized: bool = False) -> None:
    """Writes `file`; quantized as by `encoder.py -q`, a byte a weight. The model's input is called "input"."""
    config = {"class_name": "Sequential", "config": [_layer(node, nodes) for node in nodes if node.inputs]}
    encode = _bytes if quantized else _floats
    weights = [
        _weight(node.name, name, array.shape, encode(array)) for node in nodes for name, array in node.weights.items()
    ]
    texts = {1: file.stem, 2: file.stem, 3: "2.1.2", 4: "tensorflow", 5: json.dumps(config)}
    message = b"".join(field(number, text.encode()) for number, text in texts.items())
    file.write_bytes(message + b"".join(field(6, weight) for weight in weights))


def _layer(node: Node, nodes: Sequence[Node]) -> dict[str, Any]:
    config: dict[str, Any] = {"name": node.name} | {name: node.config[name] for name in _OPTIONS[node.kind]}
    if node.kind in ("Conv2D", "MaxPooling2D"):
        config["data_format"] = "channels_last"
    if node.inputs[0] == nodes[0].name:
        config["batch_input_shape"] = nodes[0].shape
    return {"class_name": node.kind, "config": config}


def _weight(layer: str, name: str, shape: Sequence[int], values: bytes) -> bytes:
    """values: the fields that have them."""
    parts = {1: layer.encode(), 2: f"{layer}/{name}".encode(), 3: b"".join(map(varint, shape))}
    return b"".join(field(number, part) for number, part in parts.items()) + values


def _floats(array: np.ndarray) -> bytes:
    return field(4, b"float32") + field(5, array.tobytes())


def _bytes(array: np.ndarray) -> bytes:
    """In 255 steps from the smallest value to the largest."""
    low, high = array.min(), array.max()
    steps = np.round(255 * (array - low) / ((high - low) or 1)).astype(np.uint8)
    return field(4, b"uint8") + field(5, steps.tobytes()) + float_field(6, low) + float_field(7, high)


def field(number: int, content: bytes) -> bytes:
    """Wire type 2: a tag, a length, and so many bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def float_field(number: int, value: float) -> bytes:
    """Wire type 5: a tag and four bytes."""
    return varint(number << 3 | 5) + struct.pack("<f", value)


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth bit says that more follow."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])
