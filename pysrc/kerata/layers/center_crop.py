"""CenterCrop: the middle of each image; where it is too small, the largest part of that aspect ratio, enlarged."""

import numpy as np

from ..node import Node
from .common.data_format import in_format, register_spatial
from .registry import Call
from .resizing import cut_to_aspect, output_shape, resize, size_of


@register_spatial("CenterCrop", shape=output_shape)
def build(node: Node) -> Call:
    height, width = size_of(node.config)

    def call(x: np.ndarray) -> np.ndarray:
        x = x.astype(np.float32, copy=False)
        down, right = x.shape[1] - height, x.shape[2] - width
        if down < 0 or right < 0:
            return resize(cut_to_aspect(x, (height, width)), (height, width))
        return x[:, down // 2 : down // 2 + height, right // 2 : right // 2 + width]

    return in_format(node.config, call)
