"""Cropping1D, 2D, 3D: takes away the ends of each spatial axis."""

from collections.abc import Sequence

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape
from .common.data_format import in_format, register_spatial
from .registry import Call
from .zero_padding import ends


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch, *sizes, channels = inputs[0]
    taken = [sum(pair) for pair in ends(config["cropping"], len(sizes))]
    if any(size is not None and size <= less for size, less in zip(sizes, taken, strict=True)):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected cropping to leave something of the sizes {sizes}, "
            f"received {config['cropping']!r}."
        )
    return batch, *(size and size - less for size, less in zip(sizes, taken, strict=True)), channels


def build(node: Node) -> Call:
    pairs = ends(node.config["cropping"], len(node.shape) - 2)
    window = (slice(None), *(slice(before, -after or None) for before, after in pairs))

    def call(x: np.ndarray) -> np.ndarray:
        return x[window]

    return in_format(node.config, call)


for _kind in ("Cropping1D", "Cropping2D", "Cropping3D"):
    register_spatial(_kind, shape=output_shape)(build)
