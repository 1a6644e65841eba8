"""Masks of Keras 2 where its layers treat them otherwise than those of Keras 3, against tf_keras."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras
from tf_keras import layers

import kerata
from tests.support.wasmtime_engine import wasm_backend
from training.golden import with_random_weights

# Keras on `.h5`, its old format.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

UNITS = 2
SENTENCES = np.array(
    [[[3, 1, 0, 2], [0, 0, 0, 0], [5, 0, 0, 1]], [[0, 0, 0, 0], [0, 6, 0, 0], [0, 0, 0, 0]]], np.int32
)  # (batch, sentences, words)
WORDS = np.array([[3, 1, 0, 2], [0, 0, 4, 5], [0, 1, 0, 0]], np.int32)


def embedding() -> Any:
    return layers.Embedding(9, UNITS, mask_zero=True)


def each(layer: Any) -> Any:
    return layers.TimeDistributed(layer)


def time_distributed() -> Any:
    x = tf_keras.Input(SENTENCES.shape[1:], dtype="int32")
    words = embedding()(x)  # whose mask is (batch, sentences, words)
    features = layers.Embedding(9, UNITS)(x) * tf_keras.backend.cast(x > 0, "float32")[..., None]
    rows = {
        "of masking": [features, each(layers.Masking()), each(layers.SimpleRNN(3))],
        "of embedding": [x, each(embedding()), each(layers.SimpleRNN(3))],
        "one mask for all": [words, each(layers.SimpleRNN(3))],
        "sequences": [words, each(layers.SimpleRNN(3, return_sequences=True)), each(layers.SimpleRNN(2))],
        "dense between": [words, each(layers.Dense(3)), each(layers.SimpleRNN(3))],
        "both directions": [words, each(layers.Bidirectional(layers.SimpleRNN(2)))],
        "no mask left": [words, each(layers.GlobalAveragePooling1D())],
        "of a mask of sentences": [words, each(layers.SimpleRNN(3)), each(layers.Dense(2))],
    }
    outputs = {}
    for name, (y, *those) in rows.items():
        for layer in those:
            y = layer(y)
        outputs[name] = layers.SimpleRNN(3, return_sequences=True)(y)
    return tf_keras.Model(x, outputs)


def merging_and_passing_on() -> Any:
    x = tf_keras.Input(WORDS.shape[1:], dtype="int32")
    masked, too, unmasked = embedding()(x), layers.Dense(UNITS)(embedding()(x[:, ::-1])), layers.Embedding(9, UNITS)(x)
    merges = (layers.Add, layers.Average, layers.Multiply, layers.Maximum, layers.Minimum, layers.Subtract)
    values = {
        **{f"{merge.__name__} of masked": merge()([masked, too]) for merge in merges},
        **{f"{merge.__name__} of one masked": merge()([unmasked, masked]) for merge in merges},
        "Concatenate": layers.Concatenate()([masked, too, unmasked]),
        "Concatenate of steps": layers.Concatenate(axis=1)([masked, too]),
        "Identity": layers.Identity()(masked),
        "Rescaling": layers.Rescaling(2.0)(masked),
        "Normalization": layers.Normalization(mean=1.0, variance=2.0)(masked),
        "Attention": layers.Attention()([masked, too]),
        "BatchNormalization": layers.BatchNormalization()(masked),
        "Softmax": layers.Activation("softmax")(masked),
    }
    read = {name: layers.SimpleRNN(3, return_sequences=True)(value) for name, value in values.items()}
    return tf_keras.Model(x, read | {"mean": layers.GlobalAveragePooling1D()(masked)})


@pytest.mark.parametrize(("make", "x"), [(time_distributed, SENTENCES), (merging_and_passing_on, WORDS)])
def test_it_answers_as_keras_2(make: Any, x: np.ndarray, tmp_path: Path) -> None:
    model = with_random_weights(make(), make.__name__)
    model.save(tmp_path / "model.h5")
    expected = model(x)
    for backend in ("numpy", wasm_backend()):
        ours = kerata.load_model(tmp_path / "model.h5", backend).predict(x)
        wrong = [name for name in expected if not np.allclose(ours[name], expected[name], rtol=1e-4, atol=1e-5)]
        assert not wrong
