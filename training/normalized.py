"""Batch normalisation in training, which is no more there in the network that is shipped: it is folded into the layers
before it (S. Ioffe, C. Szegedy, *Batch normalization*, 2015).

Where the processor has bfloat16, layers compute in it and keep their weights in float32: with AMX, a step took half the
time of one in float32. One that has none (AMD EPYC, Zen 3) imitates it, and a step took ten times as long.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow

_PROCESSOR = Path("/proc/cpuinfo")  # Linux's list of what it can
FAST = "mixed_bfloat16" if _PROCESSOR.exists() and "_bf16" in _PROCESSOR.read_text() else "float32"


@keras.saving.register_keras_serializable("kerata")
class FusedNormalization(keras.layers.BatchNormalization):
    """Of images, in one operation of TensorFlow: Keras's own takes several, and a step three times as long."""

    def __init__(self, momentum: float = 0.98, **options: Any) -> None:
        super().__init__(momentum=momentum, **options | {"autocast": False})

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        normalize = tensorflow.compat.v1.nn.fused_batch_norm
        known: dict[str, Any] = {}
        if not training:
            known = {"mean": self.moving_mean, "variance": self.moving_variance}
        outputs, mean, variance, *_ = normalize(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=bool(training), **known
        )
        if training:
            for moving, new in ((self.moving_mean, mean), (self.moving_variance, variance)):
                moving.assign(moving * self.momentum + new * (1 - self.momentum))
        return outputs


def convolution(filters: int) -> list[keras.Layer]:
    return [
        keras.layers.Conv2D(filters, 3, use_bias=False, dtype=FAST),
        FusedNormalization(),
        keras.layers.ReLU(dtype=FAST),
    ]


def dense(units: int) -> list[keras.Layer]:
    return [
        keras.layers.Dense(units, use_bias=False, dtype=FAST),
        keras.layers.BatchNormalization(momentum=0.98),
        keras.layers.ReLU(dtype=FAST),
    ]


def fold(trained: keras.Model, plain: keras.Model) -> None:
    """Gives `plain`, which has the same layers but normalisations, weights with which it answers as `trained` does."""
    weighted = [layer for layer in trained.layers if layer.weights]
    targets = [layer for layer in plain.layers if layer.weights]
    for target, (layer, normalization) in zip(targets, _pairs(weighted), strict=True):
        kernel, *bias = layer.get_weights()
        if normalization is not None:
            gamma, beta, mean, variance = normalization.get_weights()
            scale = gamma / (variance + normalization.epsilon) ** 0.5
            kernel, bias = kernel * scale, [beta - mean * scale]
        target.set_weights([kernel, *bias])


def _pairs(layers: Sequence[keras.Layer]) -> list[tuple[keras.Layer, keras.Layer | None]]:
    """Each layer that is no normalisation, and the normalisation behind it."""
    followers = [*layers[1:], None]
    is_normalization = [isinstance(layer, keras.layers.BatchNormalization) for layer in followers]
    return [
        (layer, follower if normalized else None)
        for layer, follower, normalized in zip(layers, followers, is_normalization, strict=True)
        if not isinstance(layer, keras.layers.BatchNormalization)
    ]
