"""Dense: activation(x · kernel + bias) over the last axis. The kernel may be quantised."""

from collections.abc import Callable, Sequence

import numpy as np

from ..node import Config, Node, Shape
from .common.matmul import matmul
from .common.quantized import Matrix, bfloat16, block_of, float8, float8_statistics, inputs_quantizer, mode_of
from .registry import Call, activated, activation_of, register_layer, same_mask, with_activation


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return activated(config, (*inputs[0][:-1], config["units"]))


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    mode, size = mode_of(config, "int8", "int4", "float8"), inputs[0][-1]
    bias: dict[str, Shape] = {"bias": (config["units"],)} if config.get("use_bias", True) else {}
    if mode in ("int8", "int4"):
        block = block_of(config)
        kernel = Matrix("kernel", (size, config["units"]), 0).shapes(mode, block)
        places: dict[str, Shape] = {} if block is None else {"g_idx": (size,)}
        return {"kernel": kernel.pop("kernel")} | bias | kernel | places
    return {"kernel": (size, config["units"])} | bias | (float8_statistics() if mode == "float8" else {})


@register_layer("Dense", shape=output_shape, weights=with_activation(weight_shapes, output_shape), mask=same_mask)
def build(node: Node) -> Call:
    product = _product(node)
    bias = node.weights.get("bias", np.zeros(1, np.float32))
    if mode_of(node.config) == "float8":
        bias = bfloat16(bias)
    activation = activation_of(node.config, outer=node)

    def call(x: np.ndarray) -> np.ndarray:
        flat = np.asarray(x.reshape(-1, x.shape[-1]), np.float32)  # (rows, inputs)
        y = product(flat)  # (rows, units)
        y += bias
        return activation(y.reshape(*x.shape[:-1], -1))

    return call


def _product(node: Node) -> Callable[[np.ndarray], np.ndarray]:
    """Rows (rows, inputs) times the kernel."""
    mode = mode_of(node.config)
    if mode in ("int8", "int4"):
        return quantized_product(node, *_matrix(node).read(node), default=mode == "int8")
    kernel, accelerator = node.weights["kernel"], node.accelerator()  # (inputs, units)
    if mode != "float8":
        return lambda rows: matmul(rows, kernel, accelerator)
    kernel, scale = float8(kernel, node.weights["kernel_scale"]), node.weights["inputs_scale"]
    return lambda rows: matmul(float8(rows, scale), kernel, accelerator)


def _matrix(node: Node) -> Matrix:
    return Matrix("kernel", (len(node.weights["kernel"]), node.config["units"]), 0)


def quantized_product(
    node: Node, matrix: np.ndarray, scale: np.ndarray | None, default: bool
) -> Callable[[np.ndarray], np.ndarray]:
    """Rows times a matrix that is still to be divided by its scale; what rounds the rows is in the node's config."""
    quantize, accelerator = inputs_quantizer(node.config, default), node.accelerator()
    divisor = np.float32(1) if scale is None else scale

    def product(rows: np.ndarray) -> np.ndarray:
        if quantize is None:
            return matmul(rows, matrix, accelerator) / divisor
        rows, scales = quantize(rows)
        return matmul(rows, matrix, accelerator) / (scales * divisor)

    return product
