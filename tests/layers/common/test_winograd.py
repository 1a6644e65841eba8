"""Conv2D by Winograd's algorithm on NumPy, which takes it where there is no BLAS: in the browser."""

import json
from unittest import mock

import numpy as np
import pytest

from kerata import Model, graph
from kerata.layers.common import matmul, winograd
from tests.support.cases import sequential_config

RANDOM = np.random.default_rng(0)


def convolved(x: np.ndarray, config: dict, kernel: np.ndarray) -> np.ndarray:
    weights = {"c/kernel": kernel, "c/bias": np.zeros(kernel.shape[-1], np.float32)}
    layer = {"name": "c", "filters": kernel.shape[-1], "kernel_size": list(kernel.shape[:2])} | config
    return Model(graph.read(sequential_config(x.shape[1:], ("Conv2D", layer)), weights), "numpy").predict(x)


@pytest.mark.parametrize("width", [3, 6, 9, 12])
@pytest.mark.parametrize(
    ("height", "config"),
    [
        (3, {}),
        (3, {"padding": "same"}),
        (3, {"groups": 2, "activation": "relu"}),
        (2, {"dilation_rate": [3, 1]}),
        (1, {"strides": [2, 1], "use_bias": False}),
    ],
    ids=json.dumps,
)
def test_it_gives_what_the_product_of_patches_gives(
    height: int, config: dict, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = RANDOM.normal(size=(2, 7, width, 96)).astype(np.float32)
    kernel = RANDOM.normal(0, 0.06, size=(height, 3, 96 // config.get("groups", 1), 6)).astype(np.float32)
    by_patches = convolved(x, config, kernel)
    monkeypatch.setattr(matmul, "HAS_BLAS", False)
    with mock.patch.object(winograd, "convolve", wraps=winograd.convolve) as convolve:
        y = convolved(x, config, kernel)
    assert convolve.call_count == config.get("groups", 1)
    np.testing.assert_allclose(y, by_patches, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "config"),
    [((3, 3, 1, 8), {}), ((3, 2, 32, 8), {}), ((3, 3, 32, 8), {"strides": 2}), ((3, 3, 32, 8), {"dilation_rate": 2})],
    ids=str,
)
def test_it_is_left_alone_where_it_cannot_or_does_not_pay(shape, config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matmul, "HAS_BLAS", False)
    with mock.patch.object(winograd, "convolve") as convolve:
        convolved(np.zeros((1, 9, 9, shape[2]), np.float32), config, np.zeros(shape, np.float32))
    convolve.assert_not_called()
