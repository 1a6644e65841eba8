"""One step of a model: a layer at one place in the graph, with its settings, weights and output shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import UnsupportedError

Shape = tuple[int | None, ...]  # batch first; None where the size is known only at run time
Config = Mapping[str, Any]  # a layer's settings, named as in Keras
Weights = Mapping[str, np.ndarray]  # "layer/weight": Keras's name of the weight, or its place in the layer ("layer/0")


@dataclass(frozen=True)
class Node:
    """`kind` is Keras's class name, `inputs` are names of other nodes, `shape` is that of the output."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    config: Config
    weights: Mapping[str, np.ndarray]
    shape: Shape


def option(config: Config, key: str, *supported: Any, default: Any) -> Any:
    """The option's value; raises UnsupportedError, naming the layer and what is supported, when it is none of those."""
    value = config.get(key, default)
    if value not in supported:
        choices = " or ".join(repr(choice) for choice in supported)
        raise UnsupportedError(f"Layer {config.get('name')!r}: expected {key} {choices}, received {value!r}.")
    return value
