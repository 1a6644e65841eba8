"""The peers' files with weights in int8, as small as Kerata's: the shipped weights are whole numbers times a scale for
each output channel, so nothing is lost.
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

_LEAST = 64  # weights; smaller arrays stay float32


def pack_tfjs(topology: Path) -> None:
    """Packs the weights beside the file, for `startup/tfjs.html` to unpack: TensorFlow.js's own int8 has one scale for
    a whole array.
    """
    weights, at, parts = topology.with_suffix(".bin").read_bytes(), 0, []
    for spec in json.loads(topology.read_text())["weightSpecs"]:
        count = int(np.prod(spec["shape"]))
        array = np.frombuffer(weights, spec["dtype"], count, at).reshape(spec["shape"])
        at += array.nbytes
        whole = _whole_numbers(array, -1) if array.dtype == np.float32 else None
        if whole is None:
            parts += [np.array([count, 0], np.uint32).tobytes(), array.tobytes()]
        else:
            numbers, scales = whole
            padding = bytes(-count % 4)
            size = np.array([count // len(scales), len(scales)], np.uint32)
            parts += [size.tobytes(), scales.tobytes(), numbers.tobytes(), padding]
    topology.with_suffix(".bin").write_bytes(b"".join(parts))


def pack_onnx(file: Path) -> None:
    """Weights become int8 and go through DequantizeLinear, which ONNX Runtime computes once."""
    model = onnx.load(file)
    graph, kept = model.graph, []
    for constant in list(graph.initializer):
        array = numpy_helper.to_array(constant)
        found = next(((axis, whole) for axis in range(array.ndim) if (whole := _whole_numbers(array, axis))), None)
        if found is None:
            kept.append(constant)
            continue
        axis, (numbers, scales) = found
        names = [f"{constant.name}/{part}" for part in ("whole", "scales")]
        kept += [numpy_helper.from_array(numbers, names[0]), numpy_helper.from_array(scales, names[1])]
        graph.node.insert(0, helper.make_node("DequantizeLinear", names, [constant.name], axis=axis))
    del graph.initializer[:]
    graph.initializer.extend(kept)
    onnx.save(model, file)


def _whole_numbers(array: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray] | None:
    """(int8 like `array`, float32 scales along the axis) whose product it is; None where there are none."""
    if array.dtype != np.float32 or array.size < _LEAST or array.ndim < 2:
        return None
    others = tuple(each for each in range(array.ndim) if each != axis % array.ndim)
    scales = np.maximum(np.abs(array).max(others, keepdims=True) / np.float32(127), np.float32(1e-30))
    numbers = np.rint(array / scales)
    if np.abs(numbers * scales - array).max() > 1e-6:
        return None
    return numbers.astype(np.int8), scales.ravel()
