"""A model that waits in a snapshot of memory, as far as that can be seen in CPython."""

import ctypes
import gc
import sys

import numpy as np
import pytest

import kerata
from build import MODEL, SITE
from digits import recognizer
from kerata.backends.wasm.engine import Rehearsal
from kerata.coroutines import finish
from kerata.errors import ModelFileError, UnsupportedError
from kerata.rehearsed import Rehearsed
from tests.support.wasmtime_engine import WasmtimeEngine

FILE = (SITE / MODEL).read_bytes()


class Waiting(WasmtimeEngine, Rehearsal):
    """A rehearsal on the engine's memory and engine."""

    def __init__(self) -> None:
        WasmtimeEngine.__init__(self)
        Rehearsal.__init__(self, relaxed=True)

    load = Rehearsal.load

    def begin(self) -> None:
        self._libraries = [WasmtimeEngine.load(self, binary) for binary in self._binaries]


@pytest.fixture
def rehearsed() -> Rehearsed:
    return Rehearsed(FILE, Waiting())


def test_it_answers_as_a_model_that_is_loaded(rehearsed: Rehearsed) -> None:
    model = rehearsed.begin(FILE)
    x = np.random.default_rng(0).random((5, 28, 28, 1), np.float32)
    expected = kerata.load_model(FILE, "numpy")
    np.testing.assert_allclose(model.predict(x), expected.predict(x), rtol=1e-4, atol=1e-6)
    assert model.backend == "wasm"
    assert [trial.reason for trial in model.backends()] == ["in use"]
    for mine, theirs in zip(model.nodes, expected.nodes, strict=True):
        for name, weight in theirs.weights.items():
            np.testing.assert_array_equal(mine.weights[name], weight)


def test_a_recognizer_of_it_has_its_kernels_and_keeps_them(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognizer, "rehearsed", rehearsed)
    reader = recognizer.load(FILE)
    assert reader.backend == "wasm"
    finish(reader.upgrade_backend())
    assert reader.backend == "wasm"  # and not NumPy, which "auto" means in CPython


def test_large_weights_are_not_in_memory_until_it_begins() -> None:
    engine = Waiting()
    rehearsed = Rehearsed(FILE, engine)
    memory = (ctypes.c_uint32 * (engine._top // 4)).from_address(engine._base)
    assert np.count_nonzero(memory) < 10_000
    weights = [weight for node in rehearsed._model.nodes for weight in node.weights.values()]
    assert sum(np.count_nonzero(weight) for weight in weights) < 2000
    rehearsed.begin(FILE)
    assert np.count_nonzero(memory) > 1_000_000


def test_the_file_is_not_kept() -> None:
    before = sys.getrefcount(FILE)
    waiting = Rehearsed(FILE, Waiting())
    gc.collect()
    assert sys.getrefcount(FILE) == before
    assert waiting is not None


@pytest.mark.parametrize("other", [FILE[:-1], FILE[:100] + b"?" + FILE[101:], b""])
def test_another_file_is_refused(rehearsed: Rehearsed, other: bytes) -> None:
    with pytest.raises(ModelFileError, match="another"):
        rehearsed.begin(other)


def test_damaged_weights_are_refused(rehearsed: Rehearsed) -> None:
    with pytest.raises(ModelFileError, match="Self-test"):
        rehearsed.begin(FILE[:-500_000] + bytes(500_000))


def test_an_engine_that_does_not_know_the_code_is_told(rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(engine: Waiting) -> None:
        raise OSError("invalid opcode")

    monkeypatch.setattr(Waiting, "begin", unknown)
    with pytest.raises(UnsupportedError, match="relaxed SIMD"):
        rehearsed.begin(FILE)
