"""Whole networks as people use them, made by Keras with random weights, on both backends at the desk."""

from pathlib import Path

import keras
import numpy as np
import pytest

import kerata
from kerata import backends
from kerata.backends.wasm import WasmBackend
from tests.backends.desk import Desk
from tests.uneven import make_uneven

NETWORKS = {
    "MobileNetV2": lambda: keras.applications.MobileNetV2((64, 64, 3), alpha=0.35, weights=None),
    "ResNet50": lambda: keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3)),
}


@pytest.fixture(scope="module", params=NETWORKS)
def network(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, np.ndarray, np.ndarray]:
    """A file, an input, and what Keras answers to it."""
    keras.utils.set_random_seed(3)
    model = NETWORKS[request.param]()
    random = make_uneven(model, 3)
    path = tmp_path_factory.mktemp("networks") / "network.keras"
    model.save(path)
    x = random.normal(0, 1, (2, 64, 64, 3)).astype(np.float32)
    return path, x, model.predict(x, verbose=0)


@pytest.mark.parametrize("backend", ["numpy", "wasm"])
def test_a_network_answers_as_in_keras(network, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(backends._BACKENDS, "wasm", lambda: WasmBackend(Desk(512)))
    path, x, expected = network
    y = kerata.load_model(path, backend).predict(x)
    assert y.shape == expected.shape
    np.testing.assert_allclose(y, expected, atol=2e-5 * expected.max())
