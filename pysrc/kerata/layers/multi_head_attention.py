"""MultiHeadAttention and GroupQueryAttention: softmax(query · keyᵀ / √key_dim) · value for each of several heads.

Queries, keys and values are projections of the inputs, and so is the output of what the heads give. In
GroupQueryAttention several heads of the query share one of the keys and values.

From Keras 3.8 on, MultiHeadAttention takes the masks off its query, value and key before it computes, so that layers
which Keras runs later see none on these tensors. GroupQueryAttention leaves them, as all of Keras 2 and Keras 3.0 to
3.7 do. Which layer wrote a file tells its Keras 2 or 3; of Keras 3, the answer is that of the newest.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from .. import activations
from ..errors import UnsupportedError
from ..limits import check_size
from ..node import Config, Node, Ref, Shape, of_keras2
from .common.matmul import batched_matmul, matmul_nt
from .registry import Call, Inner, Mask, register_layer, same_mask

_ARGUMENTS = ("query", "value", "key")
_HIDDEN = np.float32(-2.37e38)  # in place of a masked score: no other is less


@dataclass(frozen=True)
class Heads:
    """How many heads there are, of which sizes, read off either layer's config."""

    queries: int
    keys: int
    key_dim: int
    value_dim: int
    outputs: tuple[int, ...] | None  # the sizes of the output's features; None for those of the query

    @classmethod
    def of(cls, config: Config) -> "Heads":
        if "head_dim" in config:
            size = config["head_dim"]
            return cls(config["num_query_heads"], config["num_key_value_heads"], size, size, None)
        heads, size, outputs = config["num_heads"], config["key_dim"], config.get("output_shape") or None
        sizes = (outputs,) if isinstance(outputs, int) else outputs and tuple(outputs)
        return cls(heads, heads, size, config.get("value_dim") or size, sizes)


def _tensors(config: Config, inputs: Sequence[Shape], call_kwargs: Mapping[str, Any]) -> tuple[Shape, Shape, Shape]:
    """The query, value and key among all inputs."""
    named = sum(isinstance(given, Ref) for given in call_kwargs.values())
    positional = inputs[: len(inputs) - named]
    if len(positional) not in (2, 3):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected to be called on a query, a value, maybe a key, and masks by name, "
            f"received {len(positional)} tensors that are not named."
        )
    query, value = positional[:2]
    return query, value, positional[-1]


def _attention_axes(config: Config, rank: int) -> tuple[int, ...]:
    """Over which steps attention goes, of a query of this rank: all, unless the config says otherwise."""
    axes = config.get("attention_axes")
    if axes is None:
        return tuple(range(1, rank - 1))
    return tuple(axis % rank for axis in ((axes,) if isinstance(axes, int) else axes))


def _projections(config: Config, width: int | None) -> dict[str, Inner]:
    """The layers within, in Keras's order, for a query of so many features."""
    heads = Heads.of(config)
    outputs = heads.outputs or (width,)
    letters = "abcdefghijklmnopqrstuvw"[: len(outputs)]

    def projection(path: str, equation: str, sizes: Sequence[int | None], activation: str | None = None) -> Inner:
        bias = equation.rpartition("...")[2] if config.get("use_bias", True) else None
        options = {"equation": equation, "output_shape": sizes, "bias_axes": bias, "activation": activation}
        return Inner(path, "EinsumDense", {"name": path, **options})

    split = "...x,xyz->...yz"
    parts = [
        projection("query_dense", split, (heads.queries, heads.key_dim)),
        projection("key_dense", split, (heads.keys, heads.key_dim)),
        projection("gate_dense", split, (heads.queries, heads.value_dim), "sigmoid"),
        projection("value_dense", split, (heads.keys, heads.value_dim)),
        projection("output_dense", f"...yz,yz{letters}->...{letters}", outputs),
    ]
    return {part.path: part for part in parts if part.path != "gate_dense" or config.get("use_gate")}


def output_shape(config: Config, inputs: Sequence[Shape], call_kwargs: Mapping[str, Any]) -> Shape | list[Shape]:
    query, value, _ = _tensors(config, inputs, call_kwargs)
    heads = Heads.of(config)
    of, axes = f"Layer {config.get('name')!r}", _attention_axes(config, len(query))
    check_size(of, *query[:-1], heads.queries, *(value[axis] for axis in axes))  # the scores
    for steps in (query, value):
        check_size(of, *steps[:-1], max(heads.queries, heads.keys), max(heads.key_dim, heads.value_dim))
    output = (*query[:-1], *(heads.outputs or query[-1:]))
    if not call_kwargs.get("return_attention_scores"):
        return output
    kept = [size for axis, size in enumerate((*query[:-1], heads.queries)) if axis not in axes]
    return [output, (*kept, *(query[axis] for axis in axes), *(value[axis] for axis in axes))]


def weight_shapes(config: Config, inputs: Sequence[Shape], call_kwargs: Mapping[str, Any]) -> dict[str, Shape]:
    query, value, key = _tensors(config, inputs, call_kwargs)
    heads = Heads.of(config)
    of: dict[str, Shape] = {
        **dict.fromkeys(("query_dense", "gate_dense"), query),
        "key_dense": key,
        "value_dense": value,
        "output_dense": (*query[:-1], heads.queries, heads.value_dim),
    }
    parts = _projections(config, query[-1])
    return {name: shape for path, part in parts.items() for name, shape in part.weights(of[path]).items()}


_KEYWORDS = ("query_mask", "value_mask", "key_mask", "attention_mask", "return_attention_scores", "use_causal_mask")


def build(node: Node) -> Call:
    config, accelerator = node.config, node.accelerator()
    heads = Heads.of(config)
    rank = len(node.shape) + 1 - len(heads.outputs or (1,))  # of the query
    project = {
        path: part.build_for(node, node.shape if path == "output_dense" else (None,) * (rank + 1))
        for path, part in _projections(config, node.shape[-1]).items()
    }
    factor = np.float32(1 / math.sqrt(heads.key_dim))
    # Keras has two ways to compute this, which differ where a step sees nothing: one gives it the mean of all values,
    # the other 0.
    gives_mean = rank == 3 and not config.get("dropout") and not node.more
    axes = (1,) if gives_mean else _attention_axes(config, rank)
    kept = [axis for axis in range(rank) if axis not in axes]
    order = [*kept, *axes, rank]

    def apart(x: np.ndarray) -> np.ndarray:
        """x (…, heads, features) as (*kept, steps, features), or with the heads in groups that share their keys."""
        x = x.transpose(order)
        x = x.reshape(*x.shape[: len(kept)], math.prod(x.shape[len(kept) : -1]), x.shape[-1])
        return x if heads.queries == heads.keys else x.reshape(len(x), heads.keys, -1, *x.shape[2:])

    def call(
        query: np.ndarray,
        value: np.ndarray,
        key: np.ndarray | None = None,
        *,
        mask: Sequence[Mask] = (None, None, None),
        **keywords: Any,
    ) -> np.ndarray | list[np.ndarray]:
        queries, keys = project["query_dense"](query), project["key_dense"](value if key is None else key)
        queries *= factor
        values = apart(project["value_dense"](value))
        scores = matmul_nt(apart(queries), apart(keys), accelerator)  # (*kept, steps of the query, steps of the keys)
        steps = [queries.shape[axis] for axis in (*kept, *axes)]
        whole = scores.reshape(*steps, *(keys.shape[axis] for axis in axes))
        weights = _softmax(whole, len(axes), _shown(config, query, value, mask, keywords), gives_mean)
        found = batched_matmul(weights.reshape(scores.shape), values, accelerator)
        found = found.reshape(*steps, heads.value_dim).transpose(np.argsort(order))
        if "gate_dense" in project:
            found *= project["gate_dense"](query)
        output = project["output_dense"](found)
        return [output, weights] if node.more else output

    return call


def _softmax(scores: np.ndarray, axes: int, shown: np.ndarray | None, gives_mean: bool) -> np.ndarray:
    """Over so many last axes. `shown` (batch, …) lacks the heads and the axes before them."""
    over = tuple(range(-axes, 0))
    if shown is None:
        return activations.softmax(scores, over)
    while shown.ndim < scores.ndim:
        shown = np.expand_dims(shown, -2 * axes - 1)
    weights = activations.softmax(np.where(shown, scores, _HIDDEN), over)
    return weights if gives_mean else np.where(shown, weights, np.float32(0))


def _shown(
    config: Config, query: np.ndarray, value: np.ndarray, masks: Sequence[Mask], keywords: Mapping[str, Any]
) -> np.ndarray | None:
    """Which steps of the keys each step of the query sees; None where it sees all."""
    given = dict(zip(_ARGUMENTS, masks, strict=False))
    for name in _ARGUMENTS:
        mask = keywords.get(f"{name}_mask")
        if mask is not None and (name != "query" or "head_dim" in config):  # MultiHeadAttention leaves that one out
            given[name] = mask
    conditions = [
        mask[..., None] if name == "query" else mask[..., None, :] for name, mask in given.items() if mask is not None
    ]
    queries, keys = np.arange(query.shape[1])[:, None], np.arange(value.shape[1])
    if keywords.get("use_causal_mask"):
        conditions.append(keys <= queries)
    if config.get("sliding_window"):
        conditions.append(np.abs(queries - keys) < config["sliding_window"])
    if keywords.get("attention_mask") is not None:
        conditions.append(keywords["attention_mask"])
    return reduce(np.logical_and, conditions[1:], conditions[0].astype(bool)) if conditions else None


def clears_masks(config: Config) -> bool:
    return "head_dim" not in config and not of_keras2(config)


for _kind in ("MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention"):  # the last two are one
    register_layer(
        _kind,
        shape=output_shape,
        weights=weight_shapes,
        mask=same_mask,
        takes_mask=True,
        keywords=_KEYWORDS,
        arguments=_ARGUMENTS,
        clears_masks=clears_masks,
    )(build)
