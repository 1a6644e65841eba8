import numpy as np
import pytest

from kerata.backends.wasm.gemm import MIN_COLUMNS, Gemm
from tests.support.wasmtime_engine import WasmtimeEngine


@pytest.fixture(scope="module")
def engine() -> WasmtimeEngine:
    return WasmtimeEngine()


@pytest.fixture(scope="module", params=["relaxed", "plain"])
def gemm(request: pytest.FixtureRequest, engine: WasmtimeEngine) -> Gemm:
    engine.relaxed = request.param == "relaxed"
    return Gemm(engine)


@pytest.mark.parametrize("m", [1, 2, 4, 5, 6, 7, 12, 13])
@pytest.mark.parametrize("n", [MIN_COLUMNS, 5, 7, 8, 9, 15, 16, 31, 32, 33, 70])
def test_any_sizes(gemm: Gemm, engine: WasmtimeEngine, m: int, n: int) -> None:
    random = np.random.default_rng(m * 100 + n)
    for k in (1, 3, 4, 5, 16, 18):
        a, b = random.normal(size=(2, m, k)).astype("f4"), random.normal(size=(2, k, n)).astype("f4")
        c = gemm(engine.put(a), engine.put(b))
        np.testing.assert_allclose(c, a.astype("f8") @ b.astype("f8"), rtol=1e-5, atol=1e-5)


def test_one_matrix_for_all_and_rows_with_gaps(gemm: Gemm, engine: WasmtimeEngine) -> None:
    random = np.random.default_rng(0)
    a, b = random.normal(size=(3, 7, 20)).astype("f4"), random.normal(size=(5, 12)).astype("f4")
    wide = engine.put(a)[:, 1:, 8:13]
    c = gemm(wide, np.broadcast_to(engine.put(b), (3, 5, 12)))
    np.testing.assert_allclose(c, a[:, 1:, 8:13].astype("f8") @ b.astype("f8"), rtol=1e-5, atol=1e-5)
