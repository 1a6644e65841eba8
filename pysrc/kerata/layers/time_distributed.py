"""TimeDistributed: another layer on each step of (batch, steps, …) by itself.

The output carries the mask of the input; in Keras 2 that which the inner layer makes of the steps, or where that makes
none, the input's, in which a step of several parts counts if any of them does.
"""

from collections.abc import Sequence

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape, anywhere, keeps_state, of_keras2
from .registry import Call, Inner, Mask, register_layer


def _layer(config: Config) -> Inner:
    return Inner.of("layer", config["layer"])


def shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch, steps, *rest = inputs[0]
    outputs = _layer(config).shapes((batch, *rest))
    if len(outputs) > 1:
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected a layer with one output, received one with {len(outputs)}."
        )
    return batch, steps, *outputs[0][1:]


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    batch, _, *rest = inputs[0]
    return _layer(config).weights((batch, *rest))


def output_mask(config: Config, inputs: Sequence[np.ndarray], masks: Sequence[Mask]) -> Mask:
    x, mask = inputs[0], masks[0]
    inner = _layer(config)
    if not of_keras2(config) or keeps_state(inner.config):
        return mask
    made = inner.mask([_rows(x)], [None if mask is None else _rows(mask)])
    if isinstance(made, np.ndarray):
        return made.reshape(*x.shape[:2], *made.shape[1:])
    return None if mask is None else np.asarray(mask.any(tuple(range(2, mask.ndim))))


def _rows(x: np.ndarray) -> np.ndarray:
    """All steps as one batch."""
    return x.reshape(-1, *x.shape[2:])


@register_layer("TimeDistributed", shape=shape, weights=weight_shapes, mask=output_mask, takes_mask=True)
def build(node: Node) -> Call:
    inner = _layer(node.config)
    batch, _, *rest = node.shape
    run = inner.build_for(node, (batch, *rest))
    takes_mask = inner.layer.takes_mask
    first_twice = anywhere(inner.config, of_keras2)

    def one_by_one(x: np.ndarray, mask: Mask = None) -> np.ndarray:
        """A stateful layer goes on from step to step. Keras 2 runs the first one twice, to learn the output's shape."""
        steps = [0] * first_twice + [*range(x.shape[1])]
        outputs = [at_once(x[:, [step]], None if mask is None else mask[:, [step]]) for step in steps]
        return np.concatenate(outputs[first_twice:], axis=1)

    def at_once(x: np.ndarray, mask: Mask = None) -> np.ndarray:
        keywords = {"mask": _rows(mask)} if takes_mask and mask is not None else {}
        y = run(_rows(x), **keywords)
        y = y[0] if isinstance(y, list) else y
        return y.reshape(*x.shape[:2], *y.shape[1:])

    return one_by_one if keeps_state(inner.config) else at_once
