"""What a recognizer computes on: NumPy at first, where it is loaded, and then what is faster."""

from collections.abc import Callable

import pytest

from build import MODEL, SITE
from digits import recognizer
from kerata import Model, formats, graph
from kerata.backends import Backend, Backends
from kerata.coroutines import finish
from kerata.errors import UnsupportedError
from tests.support.wasmtime_engine import wasm_backend

FILE = (SITE / MODEL).read_bytes()
SEVEN = [[(60, 60), (180, 60)], [(180, 60), (110, 220)]]
NO_SIMD = "Backend 'wasm': expected a browser with WebAssembly SIMD, received none."


def refused() -> Backend:
    raise UnsupportedError(NO_SIMD)


def upgraded(wasm: Callable[[], Backend]) -> recognizer.Recognizer:
    """One that has begun and gone on as in a browser with this backend."""
    saved = formats.read(FILE)
    model = Model(graph.read(saved.config, saved.weights), "numpy", saved.self_test, saved.notes, Backends(wasm))
    reader = recognizer.Recognizer(model)
    assert reader.backend == "numpy"
    before = reader.predict_strokes(SEVEN)
    finish(reader.upgrade_backend())
    after = reader.predict_strokes(SEVEN)
    assert before["digit"] == after["digit"] == 7
    assert after["probabilities"] == pytest.approx(before["probabilities"], abs=1e-5)
    return reader


def test_it_goes_on_with_kernels() -> None:
    reader = upgraded(wasm_backend)
    assert reader.backend == "wasm"
    assert [trial["reason"] for trial in reader.trials()] == ["in use"]  # the first that is right: none was timed


def test_without_kernels_it_stays_with_numpy_and_says_why() -> None:
    reader = upgraded(refused)
    assert reader.backend == "numpy"
    reasons = {trial["name"]: trial["reason"] for trial in reader.trials()}
    assert (reasons["wasm"], reasons["numpy"]) == (NO_SIMD, "in use")
