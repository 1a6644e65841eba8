"""Models as people write them, each with a sample input: what no single layer shows."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

from tests.support.uneven import make_uneven

WORDS, LENGTH = 50, 12
_RANDOM = np.random.default_rng(11)


def _tokens(*shape: int) -> np.ndarray:
    """The later ones of each row are 0, which stands for no word."""
    tokens = _RANDOM.integers(1, WORDS, shape)
    lengths = _RANDOM.integers(1, shape[-1] + 1, shape[:-1])
    return np.where(np.arange(shape[-1]) < lengths[..., None], tokens, 0).astype(np.int32)


def transformer(steps: int = LENGTH, units: int = 16, heads: int = 2, mask_zero: bool = True) -> keras.Model:
    """Embeddings of words and positions, two blocks of attention whose sums are operators, and a mean."""
    tokens = keras.Input((steps,), dtype="int32")
    places = keras.ops.zeros_like(tokens) + np.arange(steps, dtype=np.int32)
    x = layers.Embedding(WORDS, units, mask_zero=mask_zero)(tokens) + layers.Embedding(steps, units)(places)
    for _ in range(2):
        normal = layers.LayerNormalization()(x)
        x = x + layers.MultiHeadAttention(heads, units // heads)(normal, normal)
        wide = layers.EinsumDense("abc,cd->abd", (None, 2 * units), bias_axes="d", activation="gelu")
        x = x + layers.Dense(units)(wide(layers.LayerNormalization()(x)))
    return keras.Model(tokens, layers.Dense(3, activation="softmax")(keras.ops.mean(x, axis=1)))


def bilstm(units: int = 7, steps: int | None = None, mask_zero: bool = True) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((steps,), dtype="int32"),
            layers.Embedding(WORDS, units, mask_zero=mask_zero),
            layers.Bidirectional(layers.LSTM(units, return_sequences=True)),
            layers.Bidirectional(layers.LSTM(units)),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def unmasked_transformer() -> keras.Model:
    return transformer(mask_zero=False)


def unmasked_bilstm() -> keras.Model:
    return bilstm(units=8, steps=9, mask_zero=False)


def u_net() -> keras.Model:
    """Of images of any size that can be halved twice."""
    image = keras.Input((None, None, 3))
    x, skips = image, []
    for filters in (4, 8):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        skips.append(x)
        x = layers.MaxPooling2D()(layers.BatchNormalization()(x))
    x = layers.Conv2D(16, 3, padding="same", activation="relu")(x)
    for filters, skip in ((8, skips[1]), (4, skips[0])):
        x = layers.Conv2DTranspose(filters, 3, strides=2, padding="same")(x)
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(layers.Concatenate()([x, skip]))
    return keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid")(x))


def vae_decoder() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(3 * 3 * 8, activation="relu"),
            layers.Reshape((3, 3, 8)),
            layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu"),
            layers.UpSampling2D(interpolation="bilinear"),
            layers.Conv2DTranspose(1, 3, padding="same", activation="sigmoid"),
        ]
    )


def siamese() -> keras.Model:
    """Two images through one encoder, itself a model with a model in it, and how far apart they are."""
    stem = keras.Sequential([keras.Input((9, 9, 1)), layers.Conv2D(4, 3), layers.BatchNormalization()], name="stem")
    image = keras.Input((9, 9, 1))
    encoder = keras.Model(image, layers.Dense(5)(layers.Flatten()(layers.ReLU()(stem(image)))), name="encoder")
    left, right = keras.Input((9, 9, 1), name="left"), keras.Input((9, 9, 1), name="right")
    apart = encoder(left) - encoder(right)
    return keras.Model([left, right], keras.ops.sqrt(keras.ops.sum(apart * apart, axis=-1, keepdims=True) + 1e-6))


def two_by_two() -> keras.Model:
    """Two inputs and two outputs, both by their names."""
    inputs = {"image": keras.Input((6, 6, 1), name="image"), "numbers": keras.Input((3,), name="numbers")}
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(inputs["image"])), inputs["numbers"]])
    x = layers.Dense(6, activation="relu")(x)
    return keras.Model(inputs, {"kind": layers.Dense(3, activation="softmax")(x), "amount": layers.Dense(1)(x)})


def masked_reader() -> keras.Model:
    """A model within the model that is told by name which words count."""
    reader = keras.Sequential([keras.Input((LENGTH, 6)), layers.LSTM(5)], name="reader")
    tokens = keras.Input((LENGTH,), dtype="int32")
    words = layers.Embedding(WORDS, 6)(tokens)
    return keras.Model(tokens, reader(words, mask=keras.ops.not_equal(tokens, 0)))


def _normal(*shape: int) -> np.ndarray:
    return _RANDOM.normal(size=shape).astype(np.float32)


MODELS: dict[Callable[[], keras.Model], Any] = {
    transformer: _tokens(4, LENGTH),
    bilstm: _tokens(4, 9),
    unmasked_transformer: _tokens(4, LENGTH),
    unmasked_bilstm: _tokens(4, 9),
    masked_reader: _tokens(4, LENGTH),
    u_net: _normal(2, 12, 8, 3),
    vae_decoder: _normal(3, 2),
    siamese: [_normal(3, 9, 9, 1), _normal(3, 9, 9, 1)],
    two_by_two: {"image": _normal(3, 6, 6, 1), "numbers": _normal(3, 3)},
}


def made(make: Callable[[], keras.Model]) -> keras.Model:
    keras.utils.set_random_seed(3)
    model = make()
    make_uneven(model, 3)
    return model
