"""Every layer case against what Keras gave, as recorded in tests/golden by training/golden.py."""

import json

import numpy as np
import pytest

import kerata
from kerata import graph
from kerata.backends import Backend
from kerata.backends.numpy import NumpyBackend
from kerata.backends.wasm import WasmBackend
from kerata.coroutines import finish
from tests.support.cases import GOLDEN, Case, all_cases, groups, model_input
from tests.support.wasmtime_engine import CopyingAccelerator, WasmtimeEngine

REMAKE = "if the cases changed, remake the golden data with `python -m training.golden`"


def recorded(group: str) -> dict[str, np.ndarray]:
    with np.load(GOLDEN / "layers" / f"{group}.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def engine() -> WasmtimeEngine:
    return WasmtimeEngine()


@pytest.fixture(params=["numpy", "numpy with an accelerator", "wasm"])
def backend(request: pytest.FixtureRequest, engine: WasmtimeEngine) -> Backend:
    """Of the kernels, the bytes that a browser gets, run in CPython."""
    if request.param == "wasm":
        return WasmBackend(engine)
    return NumpyBackend(lambda: CopyingAccelerator(engine)) if "accelerator" in request.param else NumpyBackend()


@pytest.mark.parametrize(("group", "case"), list(all_cases()), ids=str)
def test_a_layer_computes_what_keras_computes(group: str, case: Case, backend: Backend) -> None:
    data = {key.partition("/")[2]: array for key, array in recorded(group).items() if key.startswith(f"{case}/")}
    assert data, f"{case} is not in tests/golden/layers/{group}.npz: {REMAKE}"
    weights = {key.removeprefix("weight/"): array for key, array in data.items() if key.startswith("weight/")}
    x = listed(data, "input")
    model = kerata.Model(graph.read(json.loads(str(data["config"])), weights), backend)
    y = model.predict(x if len(x) > 1 else x[0])
    traced, layers = model.trace(x if len(x) > 1 else x[0]), finish(model.atrace(x if len(x) > 1 else x[0]))
    assert [*traced] == [*layers]
    for name in {*traced} - {*model.input_names}:
        np.testing.assert_allclose(layers[name], traced[name], rtol=case.rtol, atol=case.atol)
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
def test_a_model_file_answers_as_keras_did(file: str, backend: Backend) -> None:
    path = GOLDEN / "models" / file
    y = kerata.load_model(path, backend).predict(model_input(path.stem))
    with np.load(path.with_suffix(".npz")) as arrays:
        expected = [arrays[f"output{place}"] for place in range(len(arrays.files))]
    for ours, theirs in zip(y if isinstance(y, list) else [y], expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6, err_msg=REMAKE)
