"""What a recogniser computes on: NumPy at first, where it is loaded, and then what is faster."""

from collections.abc import Callable

import pytest

from build import MODEL, SITE
from kerata import app, backends
from kerata.backends import Backend
from kerata.backends.wasm import WasmBackend
from kerata.errors import UnsupportedError
from kerata.waiting import finish
from tests.backends.desk import Desk

FILE = (SITE / MODEL).read_bytes()
SEVEN = [[(60, 60), (180, 60)], [(180, 60), (110, 220)]]
NO_SIMD = "Backend 'wasm': expected a browser with WebAssembly SIMD, received none."


def refused() -> Backend:
    raise UnsupportedError(NO_SIMD)


def hastened(monkeypatch: pytest.MonkeyPatch, wasm: Callable[[], Backend]) -> app.Recogniser:
    """One that has begun and gone on as in a browser with this backend."""
    monkeypatch.setattr(backends, "candidates", lambda name: [*backends._BACKENDS] if name == "auto" else [name])
    monkeypatch.setitem(backends._BACKENDS, "wasm", wasm)
    recogniser = app.recogniser(FILE)
    assert recogniser.backend == "numpy"
    before = recogniser.predict_strokes(SEVEN)
    finish(recogniser.hasten())
    after = recogniser.predict_strokes(SEVEN)
    assert before["digit"] == after["digit"] == 7
    assert after["probabilities"] == pytest.approx(before["probabilities"], abs=1e-5)
    return recogniser


def test_it_goes_on_with_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    recogniser = hastened(monkeypatch, lambda: WasmBackend(Desk()))
    assert recogniser.backend == "wasm"
    assert [trial["reason"] for trial in recogniser.trials()] == ["in use"]  # the first that is right: none was timed


def test_without_kernels_it_stays_with_numpy_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    recogniser = hastened(monkeypatch, refused)
    assert recogniser.backend == "numpy"
    reasons = {trial["name"]: trial["reason"] for trial in recogniser.trials()}
    assert (reasons["wasm"], reasons["numpy"]) == (NO_SIMD, "in use")
