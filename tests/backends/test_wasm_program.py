"""What a program does around its kernels."""

import tracemalloc

import numpy as np
import pytest

import kerata
from build import MODEL, SITE
from kerata.backends.wasm import kernel_selection
from kerata.backends.wasm.conv2d import panels
from tests.support.wasmtime_engine import wasm_backend


def test_a_warm_prediction_makes_no_array_but_its_answer() -> None:
    """NumPy tells `tracemalloc` of each array; the values between the page's layers are 160 kB."""
    model = kerata.load_model(SITE / MODEL, wasm_backend())
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


def test_what_only_many_images_need_is_made_when_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[np.ndarray] = []
    monkeypatch.setattr(kernel_selection, "panels", lambda kernel: made.append(kernel) or panels(kernel))
    model = kerata.load_model(SITE / MODEL, wasm_backend())
    products = [node for node in model.nodes if node.kind == "Dense"]
    made.clear()  # those of convolutions
    x = np.random.default_rng(0).random((32, 28, 28, 1), np.float32)
    for image in x[:3]:
        model.predict(image[None])
    assert not made
    answers = model.predict(x), model.predict(x)
    assert len(made) == len(products)
    for answer in answers:
        np.testing.assert_allclose(answer, kerata.load_model(SITE / MODEL, "numpy").predict(x), rtol=1e-4, atol=1e-6)
