"""Embedding: a row of a table for each whole number. ReversibleEmbedding also goes back, to logits of all numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..node import NO_KWARGS, Config, Node, Shape
from .common.matmul import matmul
from .common.quantized import Matrix, block_of, mode_of
from .dense import quantized_product
from .registry import Call, Mask, register_layer


def _table(config: Config) -> Matrix:
    return Matrix("embeddings", (config["input_dim"], config["output_dim"]), 1)


def _reverse_table(config: Config) -> Matrix:
    return Matrix("reverse_embeddings", (config["output_dim"], config["input_dim"]), 0, packed_along=0)


def _untied(config: Config) -> bool:
    return not config.get("tie_weights", True)


def _mode(config: Config) -> str:
    """Keras has no float8 of these."""
    return mode_of(config, "int8", "int4")


def output_shape(config: Config, inputs: Sequence[Shape], call_kwargs: Mapping[str, Any] = NO_KWARGS) -> Shape:
    if call_kwargs.get("reverse"):
        return *inputs[0][:-1], config["input_dim"]
    return *inputs[0], config["output_dim"]


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    mode, table, reverse = _mode(config), _table(config), _reverse_table(config)
    if not mode:
        return {each.name: each.size for each in ([table, reverse] if _untied(config) else [table])}
    block = block_of(config)
    places: dict[str, Shape] = {} if block is None else {"g_idx": (config["output_dim"],)}
    return table.shapes(mode, block) | places | (reverse.shapes(mode, block) if _untied(config) else {})


def output_mask(config: Config, inputs: Sequence[np.ndarray], masks: Sequence[Mask]) -> Mask:
    """Zero stands for a step that is none."""
    return np.not_equal(inputs[0], 0) if config.get("mask_zero") else None


def reversible_mask(
    config: Config, inputs: Sequence[np.ndarray], masks: Sequence[Mask], call_kwargs: Mapping[str, Any]
) -> Mask:
    """Keras forgets it where the table is quantised."""
    back = call_kwargs.get("reverse")
    return None if back or _mode(config) else output_mask(config, inputs, masks)


def _look_up(node: Node) -> Call:
    if _mode(node.config):
        table, scale = _table(node.config).read(node)
        table = table if scale is None else table / scale[:, None]
    else:
        table = node.weights["embeddings"]  # (numbers, features)

    def call(x: np.ndarray) -> np.ndarray:
        numbers = x.astype(np.intp)
        if numbers.size and not -len(table) <= numbers.min() <= numbers.max() < len(table):
            received = f"{numbers.min()} to {numbers.max()}"
            raise InputError(f"Layer {node.name!r}: expected numbers below {len(table)}, received {received}.")
        return table[numbers]

    return call


def _go_back(node: Node) -> Call:
    """Features (…, features) → logits (…, numbers)."""
    config, accelerator = node.config, node.accelerator()
    cap = config.get("logit_soft_cap")
    if _mode(config):
        matrix, scale = _reverse_table(config).read(node) if _untied(config) else _table(config).read(node)
        product = quantized_product(node, matrix if _untied(config) else np.ascontiguousarray(matrix.T), scale, True)
    else:
        kernel = node.weights["reverse_embeddings"] if _untied(config) else node.weights["embeddings"].T

        def product(rows: np.ndarray) -> np.ndarray:
            return matmul(rows, kernel, accelerator)

    def call(x: np.ndarray) -> np.ndarray:
        y = product(np.asarray(x.reshape(-1, x.shape[-1]), np.float32)).reshape(*x.shape[:-1], -1)
        return y if cap is None else np.tanh(y / cap) * cap

    return call


@register_layer("Embedding", shape=output_shape, weights=weight_shapes, mask=output_mask)
def build(node: Node) -> Call:
    return _look_up(node)


@register_layer(
    "ReversibleEmbedding",
    shape=output_shape,
    weights=weight_shapes,
    mask=reversible_mask,
    keywords=("reverse",),
)
def build_reversible(node: Node) -> Call:
    call = _go_back(node) if node.call_kwargs.get("reverse") else _look_up(node)
    return lambda x, reverse=False: call(x)
