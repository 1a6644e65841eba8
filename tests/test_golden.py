"""Every layer case against what Keras gave, as recorded in tests/golden by training/golden.py."""

import json

import numpy as np
import pytest

import kerata
from kerata import backends, graph
from kerata.backends.wasm import WasmBackend
from kerata.backends.wasm.accelerator import Kernels
from kerata.layers.common import accelerator
from tests.support.cases import GOLDEN, Case, all_cases, groups, model_input
from tests.support.wasmtime_engine import WasmtimeEngine

REMAKE = "if the cases changed, remake the golden data with `python -m training.golden`"


def recorded(group: str) -> dict[str, np.ndarray]:
    with np.load(GOLDEN / "layers" / f"{group}.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def engine() -> WasmtimeEngine:
    return WasmtimeEngine()


class LentByDesk(Kernels):
    """Layers' arrays are not in the engine's memory."""

    def __init__(self, engine: WasmtimeEngine) -> None:
        super().__init__(engine)
        product = self.product
        self.product = lambda a, b: product(engine.put(a), engine.put(b)).copy()


@pytest.fixture(params=["numpy", "numpy with lent kernels", "wasm"])
def backend(request: pytest.FixtureRequest, engine: WasmtimeEngine, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of the kernels, the bytes that a browser gets, run in CPython."""
    monkeypatch.setitem(backends._BACKENDS, "wasm", lambda: WasmBackend(engine))
    kernels = LentByDesk(engine) if "lent" in request.param else None
    monkeypatch.setattr(accelerator, "_lenders", [lambda: kernels])
    return request.param.partition(" ")[0]


@pytest.mark.parametrize(("group", "case"), list(all_cases()), ids=str)
def test_a_layer_computes_what_keras_computes(group: str, case: Case, backend: str) -> None:
    data = {key.partition("/")[2]: array for key, array in recorded(group).items() if key.startswith(f"{case}/")}
    assert data, f"{case} is not in tests/golden/layers/{group}.npz: {REMAKE}"
    weights = {key.removeprefix("weight/"): array for key, array in data.items() if key.startswith("weight/")}
    x = listed(data, "input")
    model = kerata.Model(graph.read(json.loads(str(data["config"])), weights), backend)
    y = model.predict(x if len(x) > 1 else x[0])
    for ours, theirs in zip(y if isinstance(y, list) else [y], listed(data, "output"), strict=True):
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        np.testing.assert_allclose(ours, theirs, rtol=case.rtol, atol=case.atol, err_msg=REMAKE)


def listed(data: dict[str, np.ndarray], kind: str) -> list[np.ndarray]:
    """Its arrays input0, input1, … or output0, output1, …"""
    return [data[f"{kind}{place}"] for place in range(len(data)) if f"{kind}{place}" in data]


def test_the_golden_data_holds_the_cases_and_no_others() -> None:
    for group, cases in groups().items():
        stored = {key.partition("/")[0] for key in recorded(group)} if cases else set()
        assert stored == {str(case) for case in cases}, REMAKE


@pytest.mark.parametrize("file", sorted(path.name for path in (GOLDEN / "models").glob("*.[kh]*")))
def test_a_model_file_answers_as_keras_did(file: str, backend: str) -> None:
    path = GOLDEN / "models" / file
    y = kerata.load_model(path, backend).predict(model_input(path.stem))
    with np.load(path.with_suffix(".npz")) as arrays:
        expected = [arrays[f"output{place}"] for place in range(len(arrays.files))]
    for ours, theirs in zip(y if isinstance(y, list) else [y], expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6, err_msg=REMAKE)
