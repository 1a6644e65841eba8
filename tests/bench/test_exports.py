"""What the peers are given computes what Keras computes. Every benchmark checks TF.js's and Keras.js's forms."""

from pathlib import Path

import keras
import numpy as np
import onnx.reference
import pytest

import kerata
from kerata.backends.numpy import NumpyProgram
from tests.bench import export_onnx
from tests.bench.folding import folded


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> tuple[kerata.Model, np.ndarray, np.ndarray]:
    """A small one with all that is folded or turned around, an input, and what Keras answers."""
    layers = keras.layers
    keras.utils.set_random_seed(1)
    x = keras.Input((9, 8, 3))
    y = layers.ZeroPadding2D(((0, 1), (2, 1)))(x)
    y = layers.Conv2D(6, 3, strides=2, use_bias=False)(y)
    y = layers.BatchNormalization()(y)
    y = left = layers.ReLU(6)(y)
    y = layers.DepthwiseConv2D(3, padding="same")(y)
    y = layers.BatchNormalization()(y)
    y = layers.Activation("relu")(layers.Add()([y, left]))
    y = layers.MaxPooling2D()(y)
    y = layers.Dense(10, activation="softmax")(layers.Dropout(0.5)(layers.Flatten()(y)))
    model = keras.Model(x, y)
    random = np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(random.uniform(0.5, 1.5, weight.shape) * np.sign(weight if len(weight.shape) > 1 else 1))
    path = tmp_path_factory.mktemp("network") / "network.keras"
    model.save(path)
    given = random.normal(0, 1, (4, 9, 8, 3)).astype(np.float32)
    return kerata.load_model(path), given, model.predict(given, verbose=0)


def test_folding_leaves_the_answers(network) -> None:
    model, x, expected = network
    nodes = folded(model.nodes)
    assert [node.kind for node in nodes] == [
        "InputLayer", "ZeroPadding2D", "Conv2D", "DepthwiseConv2D", "Add", "Activation", "MaxPooling2D", "Flatten",
        "Dense",
    ]  # fmt: skip
    answers = NumpyProgram(nodes).run({nodes[0].name: x})
    np.testing.assert_allclose(answers[nodes[-1].name], expected, atol=1e-5)


def test_onnx_answers_as_keras(network, tmp_path: Path) -> None:
    model, x, expected = network
    export_onnx.export(folded(model.nodes), tmp_path / "network.onnx")
    (y,) = onnx.reference.ReferenceEvaluator(str(tmp_path / "network.onnx")).run(None, {"x": x.transpose(0, 3, 1, 2)})
    np.testing.assert_allclose(y, expected, atol=1e-5)
