import numpy as np
import pytest

from kerata.backends.wasm.recurrent import Recurrences
from tests.support.wasmtime_engine import WasmtimeEngine

GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def reference(kind, projected, recurrent, bias, mask, h, c):
    """Step by step, in float64, as Keras's cells."""
    outputs = []
    for x, counts in zip(projected, mask, strict=True):
        gates = np.split(x, GATES[kind], -1)
        sums = np.split(h @ recurrent + bias, GATES[kind], -1)
        new_c = c
        if kind == "LSTM":
            i, f, g, o = (x + h for x, h in zip(gates, sums, strict=True))
            new_c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            new = sigmoid(o) * np.tanh(new_c)
        elif kind == "GRU":
            z, r = sigmoid(gates[0] + sums[0]), sigmoid(gates[1] + sums[1])
            new = z * h + (1 - z) * np.tanh(gates[2] + r * sums[2])
        else:
            new = np.tanh(gates[0] + sums[0])
        h, c = np.where(counts[:, None], new, h), np.where(counts[:, None], new_c, c)
        outputs.append(h)
    return np.array(outputs), c


@pytest.mark.parametrize("relaxed", [True, False])
@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize(("steps", "batch", "units"), [(1, 1, 1), (5, 3, 7), (4, 2, 8), (9, 1, 20)])
def test_all_steps_as_one_after_another(kind, steps, batch, units, relaxed) -> None:
    engine = WasmtimeEngine(4)
    engine.relaxed = relaxed
    random = np.random.default_rng(units)
    wide = GATES[kind] * units
    # Some sums are so large that a sigmoid has no more digits to give.
    projected, bias = 20 * random.normal(size=(steps, batch, wide)) ** 3, random.normal(size=wide)
    recurrent = random.normal(size=(units, wide))
    mask = random.random((steps, batch)) > 0.3
    h, c = random.normal(size=(2, batch, units))
    projected[~mask] = np.nan  # what does not count may be anything
    layer = Recurrences(engine).prepared(kind, recurrent, bias)
    ours, carried = layer(layer.packed(projected), mask, h, c if kind == "LSTM" else None)
    outputs, last = reference(kind, np.nan_to_num(projected), recurrent, bias, mask, h, c)
    np.testing.assert_allclose(ours, outputs, rtol=1e-5, atol=2e-6)
    if kind == "LSTM":
        np.testing.assert_allclose(carried, last, rtol=1e-5, atol=2e-6)
