"""GlobalAveragePooling and GlobalMaxPooling over one, two or three axes: each channel's mean, or its largest value."""

from collections.abc import Sequence

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape
from .common.data_format import in_format, register_spatial
from .registry import Call, Mask


def shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch, *sizes, channels = inputs[0]
    if 0 in sizes:
        raise UnsupportedError(f"Layer {config.get('name')!r}: expected something to pool, received {inputs[0]}.")
    return batch, *([1] * len(sizes) if config.get("keepdims") else []), channels


@register_spatial("GlobalAveragePooling1D", shape=shape, takes_mask=True)
def build_masked_average(node: Node) -> Call:
    """The mean of the steps that count."""
    keepdims = bool(node.config.get("keepdims"))

    def call(x: np.ndarray, mask: Mask = None) -> np.ndarray:
        if mask is None:
            return x.mean(1, np.float32, keepdims=keepdims)
        counts = mask[..., None].astype(bool)
        total = np.where(counts, x, 0).sum(1, np.float32, keepdims=keepdims)
        with np.errstate(invalid="ignore"):  # of no step at all it is NaN, as it is in Keras
            return total / counts.sum(1, np.float32, keepdims=keepdims)

    return in_format(node.config, call)


@register_spatial("GlobalAveragePooling2D", shape=shape)
@register_spatial("GlobalAveragePooling3D", shape=shape)
def build_average(node: Node) -> Call:
    keepdims = bool(node.config.get("keepdims"))
    return in_format(node.config, lambda x: x.mean(_spatial_axes(x), np.float32, keepdims=keepdims))


@register_spatial("GlobalMaxPooling1D", shape=shape)
@register_spatial("GlobalMaxPooling2D", shape=shape)
@register_spatial("GlobalMaxPooling3D", shape=shape)
def build_max(node: Node) -> Call:
    keepdims = bool(node.config.get("keepdims"))
    return in_format(node.config, lambda x: x.max(_spatial_axes(x), keepdims=keepdims))


def _spatial_axes(x: np.ndarray) -> tuple[int, ...]:
    return tuple(range(1, x.ndim - 1))
