"""The matrix products as they are where there is no BLAS, which is in the browser."""

import numpy as np
import pytest

from kerata.layers.common import matmul

RANDOM = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def without_blas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matmul, "HAS_BLAS", False)


@pytest.mark.parametrize("zeros", [0, 0.4, 0.9, 1])
def test_matmul_leaves_out_what_is_zero(zeros: float) -> None:
    a, b = RANDOM.normal(size=(3, 50)).astype(np.float32), RANDOM.normal(size=(50, 7)).astype(np.float32)
    a[RANDOM.random(a.shape) < zeros] = 0
    y = matmul.matmul(a, b, None)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, a.astype(np.float64) @ b, atol=1e-5)


@pytest.mark.parametrize("length", [9, 30])
def test_matmul_nt(length: int) -> None:
    a, b = (RANDOM.normal(size=(rows, length)).astype(np.float32) for rows in (5, 4))
    np.testing.assert_allclose(matmul.matmul_nt(a, b, None), a.astype(np.float64) @ b.T, atol=1e-5)


@pytest.mark.parametrize("length", [9, 30])
def test_batched_products_broadcast(length: int) -> None:
    a, b = (
        RANDOM.normal(size=(2, 3, 5, length)).astype(np.float32),
        RANDOM.normal(size=(2, 1, length, 4)).astype(np.float32),
    )
    np.testing.assert_allclose(matmul.batched_matmul(a, b, None), a.astype(np.float64) @ b, atol=1e-5)
    np.testing.assert_allclose(matmul.matmul_nt(a, b.swapaxes(2, 3), None), a.astype(np.float64) @ b, atol=1e-5)
