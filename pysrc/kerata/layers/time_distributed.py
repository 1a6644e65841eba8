"""TimeDistributed: another layer on each step of (batch, steps, …) by itself."""

from collections.abc import Sequence

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape, anywhere, keeps_state
from .recurrence import is_of_keras2
from .registry import Call, Inner, Mask, register_layer, same_mask


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


@register_layer("TimeDistributed", shape=shape, weights=weight_shapes, mask=same_mask, takes_mask=True)
def build(node: Node) -> Call:
    inner = _layer(node.config)
    batch, _, *rest = node.shape
    run = inner.build_for(node, (batch, *rest))
    takes_mask = inner.layer.takes_mask
    first_twice = anywhere(inner.config, is_of_keras2)

    def one_by_one(x: np.ndarray, mask: Mask = None) -> np.ndarray:
        """A stateful layer goes on from step to step. Keras 2 runs the first one twice, to learn the output's shape."""
        steps = [0] * first_twice + [*range(x.shape[1])]
        outputs = [at_once(x[:, [step]], None if mask is None else mask[:, [step]]) for step in steps]
        return np.concatenate(outputs[first_twice:], axis=1)

    def at_once(x: np.ndarray, mask: Mask = None) -> np.ndarray:
        """All steps are one batch."""
        size = x.shape[:2]
        rows = x.reshape(-1, *x.shape[2:])
        keywords = {"mask": mask.reshape(-1, *mask.shape[2:])} if takes_mask and mask is not None else {}
        y = run(rows, **keywords)
        y = y[0] if isinstance(y, list) else y
        return y.reshape(*size, *y.shape[1:])

    return one_by_one if keeps_state(inner.config) else at_once
