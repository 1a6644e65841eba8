"""Attention and AdditiveAttention: each step of the query gets a mean of the values, weighted by a softmax of scores.

The score of a query and a key is their dot product, or the sum of tanh(query + key) over their features.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from .. import activations
from ..errors import UnsupportedError
from ..limits import check_size, check_time
from ..node import NO_KWARGS, Config, Node, Ref, Shape, option
from .common.matmul import batched_matmul, matmul_nt
from .common.rnn import leaves
from .registry import Call, Mask, register_layer, same_mask

_HIDDEN = 1e9  # what a masked score loses


def output_shape(
    config: Config, inputs: Sequence[Shape], call_kwargs: Mapping[str, Any] = NO_KWARGS
) -> Shape | list[Shape]:
    named = sum(isinstance(leaf, Ref) for leaf in leaves(call_kwargs))  # masks
    query, value, *others = inputs[: len(inputs) - named]
    key = others[0] if others else value
    if len({query[-1], key[-1]} - {None}) > 1 or len({value[-2], key[-2]} - {None}) > 1:
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected as many features of query and key, and as many values as keys, "
            f"received shapes {', '.join(map(str, inputs))}."
        )
    check_size(f"Layer {config.get('name')!r}", *query[:-1], key[-2])
    output = *query[:-1], value[-1]
    return [output, (*query[:-1], value[-2])] if call_kwargs.get("return_attention_scores") else output


def _uses_concatenation(config: Config) -> bool:
    return option(config, "score_mode", "dot", "concat", default="dot") == "concat"


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    names = ["scale"] * bool(config.get("use_scale")) + ["concat_score_weight"] * _uses_concatenation(config)
    return dict.fromkeys(names, ())


def additive_weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    return {"scale": inputs[0][-1:]} if config.get("use_scale", True) else {}


_Score = Callable[[np.ndarray, np.ndarray], np.ndarray]  # (…, t, features), (…, s, features) → (…, t, s)

_register = partial(
    register_layer,
    shape=output_shape,
    mask=same_mask,
    takes_mask=True,
    keywords=("return_attention_scores", "use_causal_mask"),
)


@_register("Attention", weights=weight_shapes)
def build(node: Node) -> Call:
    scale, accelerator = node.weights.get("scale", np.float32(1)), node.accelerator()
    if not _uses_concatenation(node.config):
        return _attention(node, lambda query, key: matmul_nt(query * scale, key, accelerator))
    weight = node.weights["concat_score_weight"]
    return _attention(
        node, lambda query, key: _additive_scores(query * scale, key * scale, np.full(key.shape[-1], weight))
    )


@_register("AdditiveAttention", weights=additive_weight_shapes)
def build_additive(node: Node) -> Call:
    scale = node.weights.get("scale")
    return _attention(
        node,
        lambda query, key: _additive_scores(query, key, np.ones(key.shape[-1], "f4") if scale is None else scale),
    )


def _additive_scores(query: np.ndarray, key: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Σ weights · tanh(query + key), a step of the query at a time: together they are too many numbers for a cache."""
    scores = np.empty((*query.shape[:-1], key.shape[-2]), np.float32)
    for step in range(query.shape[-2]):
        check_time()
        features = np.tanh(query[..., step : step + 1, :] + key)  # (…, s, features)
        scores[..., step, :] = np.einsum("...i,i->...", features, weights)
    return scores


def _attention(node: Node, score: _Score) -> Call:
    accelerator = node.accelerator()
    causal = node.config.get("causal", False)  # in Keras 2 before 2.10, where it is no argument of the call yet

    def call(
        query: np.ndarray,
        value: np.ndarray,
        key: np.ndarray | None = None,
        *,
        mask: Sequence[Mask] = (None, None, None),
        return_attention_scores: bool = False,
        use_causal_mask: bool = causal,
    ) -> np.ndarray | list[np.ndarray]:
        scores = score(query, value if key is None else key)
        shown = _shown(scores, mask[1], use_causal_mask)
        if shown is not None:
            scores = np.where(shown, scores, scores - _HIDDEN)
        weights = activations.softmax(scores)
        output = batched_matmul(weights, value, accelerator)
        if mask[0] is not None:
            output = np.where(mask[0][..., None], output, np.float32(0))
        return [output, weights] if return_attention_scores else output

    return call


def _shown(scores: np.ndarray, values: Mask, causal: bool) -> np.ndarray | None:
    """Which values each step of the query sees; None where it sees all."""
    if values is not None:
        values = values[..., None, :] if causal or values.ndim == 2 else values
        values = values.astype(bool)
    if not causal:
        return values
    queries, keys = (np.arange(steps) for steps in scores.shape[-2:])
    earlier = keys <= queries[:, None]
    return earlier if values is None else values & earlier
