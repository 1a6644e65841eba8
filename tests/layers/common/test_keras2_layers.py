"""Layers that Keras 2 alone has, or that compute something else in it than in Keras 3, against tf_keras."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras
from tf_keras import layers

import kerata
from kerata import graph
from kerata.formats import legacy_config
from tests.support.cases import sequential_config
from training.golden import with_random_weights

# Keras on `.h5`, its old format.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

SIGNAL, IMAGE = (7, 3), (6, 5, 2)
Outputs = dict[str, Any]


def locally_connected(signal: Any, image: Any) -> Outputs:
    made = {}
    for implementation, order, padding in product((1, 2, 3), ("channels_last", "channels_first"), ("valid", "same")):
        if padding == "same" and implementation == 1:
            continue  # which Keras does not have
        options = {"implementation": implementation, "data_format": order, "padding": padding}
        name = f"{implementation} {order} {padding}"
        made[f"1D {name}"] = layers.LocallyConnected1D(4, 2, strides=2, activation="tanh", **options)(signal)
        made[f"2D {name}"] = layers.LocallyConnected2D(3, (3, 2), strides=(2, 1), **options)(image)
    return made | {"no bias": layers.LocallyConnected1D(2, 3, use_bias=False)(signal)}


def several_axes_and_features(signal: Any, image: Any) -> Outputs:
    features = layers.Flatten()(signal)
    return {
        "each row and channel": layers.BatchNormalization(axis=[1, 3])(image),
        "each pixel": layers.BatchNormalization(axis=[1, 2], scale=False)(image),
        "each number": layers.BatchNormalization(axis=[1, 2], center=False)(signal),
        "gaussian": layers.experimental.RandomFourierFeatures(6)(features),
        "laplacian": layers.experimental.RandomFourierFeatures(6, "laplacian", scale=3.0)(features),
    }


def augmentation(signal: Any, image: Any) -> Outputs:
    sizes = [(3, 3), (6, 5), (4, 2), (2, 5), (9, 4), (7, 11)]
    return {
        **{f"RandomCrop to {height} × {width}": layers.RandomCrop(height, width)(image) for height, width in sizes},
        "RandomHeight": layers.RandomHeight(0.5)(image),
        "RandomWidth": layers.RandomWidth((-0.2, 0.3))(image),
        "RandomFlip": layers.RandomFlip()(image),
        "RandomTranslation": layers.RandomTranslation(0.2, 0.3)(image),
        "RandomRotation": layers.RandomRotation(0.2)(image),
        "RandomZoom": layers.RandomZoom(0.2)(image),
        "RandomContrast": layers.RandomContrast(0.2)(image),
        "RandomBrightness": layers.RandomBrightness(0.2)(image),
        "CenterCrop": layers.CenterCrop(3, 3)(image),
        "CenterCrop of more": layers.CenterCrop(9, 4)(image),
    }


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("make", [locally_connected, several_axes_and_features, augmentation])
def test_it_answers_as_keras_2(make: Callable[[Any, Any], Outputs], suffix: str, tmp_path: Path) -> None:
    inputs = [tf_keras.Input(shape) for shape in (SIGNAL, IMAGE)]
    model = with_random_weights(tf_keras.Model(inputs, make(*inputs)), make.__name__)
    model.save(tmp_path / f"model{suffix}")
    random = np.random.default_rng(5)
    x = [random.normal(size=(2, *shape)).astype(np.float32) for shape in (SIGNAL, IMAGE)]
    expected, ours = model(x, training=False), kerata.load_model(tmp_path / f"model{suffix}").predict(x)
    assert {name: y.shape for name, y in ours.items()} == {name: tuple(y.shape) for name, y in expected.items()}
    wrong = [name for name in expected if not np.allclose(ours[name], expected[name], rtol=1e-4, atol=1e-5)]
    assert not wrong


@pytest.mark.parametrize(
    ("kind", "config", "sentence"),
    [
        ("LocallyConnected1D", {"filters": 2, "kernel_size": [5]}, "expected an input of known size that windows"),
        ("BatchNormalization", {"virtual_batch_size": 2}, "expected virtual_batch_size None, received 2"),
    ],
)
def test_what_cannot_be_is_told(kind: str, config: dict[str, Any], sentence: str) -> None:
    with pytest.raises(kerata.UnsupportedError, match=f"Layer 'l': {sentence}"):
        graph.read(sequential_config((4, 3), (kind, {"name": "l", **config})), None)


# Categories

TYPES = (None, "int64", "int32", "float32")
WORDS = [["a", "b"], ["c", "a"], ["b", "z"]]
INTEGERS = [[3, 1], [2, 3], [1, 9]]


def encoders() -> dict[str, tuple[Callable[..., Any], list[Any]]]:
    """By name a layer of output mode and dtype, and its input."""
    idf = [0.5, 1.5, 2.0]

    def weights(mode: str) -> dict[str, Any]:
        return {"idf_weights": idf} if mode == "tf_idf" else {}

    return {
        "StringLookup": (
            lambda mode, **dtype: layers.StringLookup(
                vocabulary=["a", "b", "c"], output_mode=mode, **weights(mode), **dtype
            ),
            WORDS,
        ),
        "IntegerLookup": (
            lambda mode, **dtype: layers.IntegerLookup(
                vocabulary=[1, 2, 3], output_mode=mode, **weights(mode), **dtype
            ),
            INTEGERS,
        ),
        "TextVectorization": (
            lambda mode: layers.TextVectorization(vocabulary=["a", "b", "c"], output_mode=mode, **weights(mode)),
            [["a b a"], ["c"], ["z b"]],
        ),
        "CategoryEncoding": (lambda mode, **dtype: layers.CategoryEncoding(10, mode, **dtype), INTEGERS),
        "Discretization": (
            lambda mode, **dtype: layers.Discretization([1.5, 2.5], output_mode=mode, **dtype),
            INTEGERS,
        ),
        "Hashing": (lambda mode, **dtype: layers.Hashing(4, output_mode=mode, **dtype), WORDS),
    }


@pytest.mark.parametrize("kind", encoders())
def test_categories_are_encoded_in_the_type_of_keras_2(kind: str) -> None:
    make, x = encoders()[kind]
    tried = 0
    for mode, dtype in product(("int", "one_hot", "multi_hot", "count", "tf_idf"), TYPES):
        try:
            layer = make(mode, **({"dtype": dtype} if dtype else {}))
            data = np.array(x)[:, :1] if mode == "one_hot" else np.array(x)
            source = tf_keras.Input(data.shape[1:], dtype="string" if data.dtype.kind == "U" else "int64")
            model = tf_keras.Model(source, layer(source))
            expected = np.asarray(model(tf_keras.backend.constant(data, source.dtype)))
        except (TypeError, ValueError):
            continue  # which Keras refuses
        config = legacy_config.modern({"keras_version": tf_keras.__version__, **_config(model)})
        ours = kerata.Model(graph.read(config, {})).predict(data)
        assert (mode, dtype, ours.dtype, ours.shape) == (mode, dtype, expected.dtype, expected.shape)
        np.testing.assert_allclose(ours, expected, rtol=1e-6)
        tried += 1
    assert tried >= 3


def _config(model: Any) -> dict[str, Any]:
    return {"class_name": "Functional", "config": model.get_config()}
