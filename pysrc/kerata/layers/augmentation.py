"""The layers that change images at random while a network is trained, and pass them on as float32 afterwards.

Boxes around things in the images, which they can take in a dict beside them, are no input of a model here.
"""

import numpy as np

from ..node import Node
from .registry import Call, register_layer

# Of Keras 3; Equalization and Solarization are no random ones, but do nothing then, either.
KINDS = (
    "AugMix",
    "CutMix",
    "Equalization",
    "MaxNumBoundingBoxes",
    "MixUp",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "Solarization",
)
KINDS_OF_KERAS2 = ("RandomHeight", "RandomWidth")  # and not of Keras 3


def build(node: Node) -> Call:
    def call(x: np.ndarray) -> np.ndarray:
        return x.astype(np.float32, copy=False)

    return call


for _kind in (*KINDS, *KINDS_OF_KERAS2):
    register_layer(_kind)(build)
