"""What a program does around its kernels."""

import tracemalloc

import numpy as np

import kerata
from build import MODEL, SITE
from kerata import backends
from kerata.backends.wasm import WasmBackend
from tests.backends.desk import Desk


def test_a_warm_prediction_makes_no_array_but_its_answer(monkeypatch) -> None:
    """NumPy tells `tracemalloc` of each array; the values between the page's layers are 160 kB."""
    monkeypatch.setitem(backends._BACKENDS, "wasm", lambda: WasmBackend(Desk()))
    model = kerata.load_model(SITE / MODEL, "wasm")
    x = np.random.default_rng(0).random((1, 28, 28, 1), np.float32)
    model.predict(x)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    answer = model.predict(x)
    left, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.shape == (1, 10)
    assert left - before < 1024
    assert most - before < 8192
