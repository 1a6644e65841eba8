"""SpectralNormalization: a layer whose kernel training divides by its largest singular value. So it is in the file."""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .registry import Call, Inner, Mask, register_layer

_KERNELS = ("layer/kernel", "layer/embeddings")


def _inner(config: Config) -> Inner:
    return Inner.of("layer", config["layer"])


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return _inner(config).shapes(*inputs)[0]


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    """Keras holds the layer's kernel twice."""
    inner = _inner(config).weights(*inputs)
    name = next(name for name in inner if name in _KERNELS)
    return {name.removeprefix("layer/"): inner[name], "vector_u": (1, inner[name][-1])} | inner


def output_mask(config: Config, inputs: Sequence[np.ndarray], masks: Sequence[Mask]) -> Mask | list[Mask]:
    """That of the layer, which Keras loses where it casts the output to integers."""
    inner = _inner(config)
    return inner.mask(inputs, masks) if inputs[0].dtype == np.float32 else None


@register_layer("SpectralNormalization", shape=output_shape, weights=weight_shapes, mask=output_mask)
def build(node: Node) -> Call:
    call = _inner(node.config).build_for(node, node.shape)

    def spectral(x: np.ndarray) -> np.ndarray:
        y: np.ndarray = call(x)
        return y.astype(x.dtype, copy=False)

    return spectral
