"""A model as a layer of a layer, as in `TimeDistributed`: it runs its own layers, one after the other, with NumPy.

Where a model is in another one directly, its layers take part in that one themselves: see deserialize.py.
"""

from collections.abc import Sequence

import numpy as np

from .. import graph
from ..backends.numpy import steps_of
from ..layers import Call, Mask, register_layer
from ..node import MODEL_CLASSES, Config, Node, Shape, accelerated
from . import deserialize


def register() -> None:
    """Makes every kind of model a layer."""
    for kind in MODEL_CLASSES:
        _register(kind)


def _register(kind: str) -> None:
    def shape(config: Config, inputs: Sequence[Shape]) -> list[Shape]:
        return graph.output_shapes(kind, config)

    def weights(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
        return graph.weight_shapes(kind, config)

    @register_layer(kind, shape=shape, weights=weights, takes_mask=True)
    def build(node: Node) -> Call:
        model = graph.read({"class_name": kind, "config": node.config}, node.weights, within=node)
        steps = steps_of(accelerated(model.nodes, node.accelerator))
        inputs, outputs = deserialize.flatten(model.inputs), deserialize.flatten(model.outputs)

        def call(*arrays: np.ndarray, mask: Mask | list[Mask] = None) -> list[np.ndarray]:
            given = mask if isinstance(mask, list) else [mask]
            values = dict(zip(inputs, arrays, strict=True))
            masks: dict[str, Mask] = {name: each for name, each in zip(inputs, given, strict=False) if each is not None}
            for step in steps:
                step.run(values, masks)
            return [values[name] for name in outputs]

        return call
