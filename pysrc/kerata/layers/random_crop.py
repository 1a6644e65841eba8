"""RandomCrop, which crops at random while a network is trained.

Afterwards it passes images on as they are in Keras 3, whatever size it declares. Keras 2 cuts the largest part of the
wanted aspect ratio out of the middle and resizes it; early versions of it, which resized first and then cut, are not
told apart.
"""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape, of_keras2
from . import augmentation, resizing
from .common.category_encoding_modes import number_type
from .registry import Call, register_layer


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return resizing.output_shape(config, inputs) if of_keras2(config) else inputs[0]


@register_layer("RandomCrop", shape=output_shape)
def build(node: Node) -> Call:
    if not of_keras2(node.config):
        return augmentation.build(node)
    size, dtype = resizing.size_of(node.config), number_type(node.config)

    def call(x: np.ndarray) -> np.ndarray:
        x = x.astype(dtype, copy=False).astype(np.float32, copy=False)
        return resizing.resize(resizing.cut_to_aspect(x, size), size).astype(dtype, copy=False)

    return call
