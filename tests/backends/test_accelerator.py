"""What a backend brings for the layers on NumPy is used by its own models, and by no others."""

import numpy as np
import pytest

import kerata
from kerata import graph
from kerata.backends import Backend
from kerata.backends.numpy import NumpyBackend
from kerata.backends.wasm import WasmBackend
from tests.support.cases import sequential_config
from tests.support.wasmtime_engine import WasmtimeEngine


class Counting:
    """An accelerator that runs on NumPy, too, and counts its products."""

    min_columns = 1

    def __init__(self) -> None:
        self.products = 0

    def matmul(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        self.products += 1
        return a @ b


def on_numpy(accelerator: Counting) -> Backend:
    return NumpyBackend(lambda: accelerator)


def on_kernels(accelerator: Counting) -> Backend:
    return WasmBackend(WasmtimeEngine(1), lambda: accelerator)


@pytest.mark.parametrize("backend", [on_numpy, on_kernels])
def test_models_do_not_share_an_accelerator(backend) -> None:
    dense = {"class_name": "Dense", "config": {"name": "inner", "units": 2}}
    # No kernel has a layer within TimeDistributed, which runs on NumPy on either backend.
    config = sequential_config((3, 4), ("TimeDistributed", {"name": "t", "layer": dense}))
    read = graph.read(config, {"t/layer/kernel": np.ones((4, 2), "f4"), "t/layer/bias": np.zeros(2, "f4")})
    accelerator, x = Counting(), np.ones((1, 3, 4))
    accelerated, plain = kerata.Model(read, backend(accelerator)), kerata.Model(read, "numpy")
    np.testing.assert_array_equal(plain.predict(x), np.full((1, 3, 2), 4))
    assert accelerator.products == 0
    np.testing.assert_array_equal(accelerated.predict(x), np.full((1, 3, 2), 4))
    assert accelerator.products == 1
    accelerated.trace(x)
    assert accelerator.products == 2
