"""Models of somebody's own class, whose file has all of their layers; activations that are layers with weights."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kerata
from kerata.formats import legacy_config
from tests.formats.test_keras_files import KERAS, built

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

X = np.random.default_rng(3).normal(size=(2, 4)).astype(np.float32)


def derived(k: Any) -> Any:
    """Of its own class, with models of such classes in it, one of them in a layer."""

    class Trained(k.Model):
        def train_step(self, data: Any) -> dict[str, Any]:
            return {}

    class Sequence(k.Sequential):
        def train_step(self, data: Any) -> dict[str, Any]:
            return {}

    layers, x, inner = k.layers, k.Input((4,)), k.Input((4,))
    sequence = Sequence([k.Input((2,)), layers.Dense(3), layers.BatchNormalization()])
    y = Trained(inner, layers.Dense(4, activation="relu")(inner))(x)
    return Trained(x, layers.Flatten()(layers.TimeDistributed(sequence)(layers.Reshape((2, 2))(y))))


def learned(k: Any) -> Any:
    layers = k.layers
    return k.Sequential(
        [
            k.Input((4,)),
            layers.Dense(4, activation=layers.PReLU()),
            layers.Reshape((4, 1)),
            layers.Conv1D(2, 2, activation=layers.PReLU(shared_axes=[1])),
            layers.Activation(layers.PReLU()),
            layers.Flatten(),
        ]
    )


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("k", KERAS)
def test_a_derived_model_runs(k: str, suffix: str, tmp_path: Path) -> None:
    model = built(derived, KERAS[k])
    model.save(tmp_path / f"model{suffix}")
    ours = kerata.load_model(tmp_path / f"model{suffix}")
    np.testing.assert_allclose(ours.predict(X), model(X).numpy(), rtol=1e-4, atol=1e-5)
    assert ours.notes["class_name"] == "Trained"
    assert not kerata.describe(tmp_path / f"model{suffix}").missing
    weights = tmp_path / "of.weights.h5"
    model.save_weights(weights)
    np.testing.assert_allclose(kerata.load_model(model.to_json(), weights=weights).predict(X), ours.predict(X))


def test_ten_thousand_classes_take_no_longer() -> None:
    layers = [{"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 2]}}]
    own = [{"class_name": f"Own{place}", "config": {"name": f"m{place}", "layers": layers}} for place in range(10_000)]
    start = time.perf_counter()
    model = legacy_config.modern({"class_name": "Sequential", "config": {"name": "m", "layers": own}})
    assert {each["class_name"] for each in model["config"]["layers"]} == {"Sequential"}
    assert time.perf_counter() - start < 5


def test_a_model_that_is_code_is_refused() -> None:
    config = {"class_name": "Mine", "config": {"units": 3}}
    with pytest.raises(kerata.UnsupportedError, match="keeps its computation in Python code"):
        kerata.describe(json.dumps(config))


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("k", KERAS)
def test_an_activation_with_weights(k: str, suffix: str, tmp_path: Path) -> None:
    """Keras 3 saves them only if the model was called before."""
    model = learned(KERAS[k])
    model(X)
    random = np.random.default_rng(4)
    model.set_weights([random.normal(size=weight.shape) for weight in model.get_weights()])
    model.save(tmp_path / f"model{suffix}")
    ours = kerata.load_model(tmp_path / f"model{suffix}")
    np.testing.assert_allclose(ours.predict(X), model(X).numpy(), rtol=1e-4, atol=1e-5)
