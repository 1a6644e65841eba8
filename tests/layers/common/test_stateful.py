"""Stateful recurrent layers go on from call to call, exactly as in Keras."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kerata
from kerata import graph
from kerata.backends import Backends
from kerata.backends.numpy import NumpyBackend
from kerata.errors import DeviceError
from kerata.formats import safetensors
from kerata.quantization import Stored
from kerata.self_test import SelfTest
from tests.formats.test_keras_files import KERAS, built
from tests.support.loops import run
from tests.support.wasmtime_engine import CopyingAccelerator, WasmtimeEngine, wasm_backend

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

X = np.random.default_rng(2).normal(size=(3, 2, 3, 4)).astype(np.float32)  # calls, batch, steps, features
X[:, 0, 1] = X[1, 1, 0] = 0  # steps that Masking leaves out, a first one among them


def lstm(k: Any) -> Any:
    """What kernels run beside what they do not."""
    layers, x = k.layers, k.Input(batch_shape=(2, 3, 4))
    y = layers.LSTM(3, stateful=True, return_sequences=True)(layers.Dense(4, activation="relu")(x))
    return k.Model(
        x, layers.Dense(2)(layers.LSTM(3, stateful=True, go_backwards=True)(layers.LSTM(3, return_sequences=True)(y)))
    )


def masked(k: Any) -> Any:
    layers, x = k.layers, k.Input(batch_shape=(2, 3, 4))
    y = layers.SimpleRNN(3, stateful=True, return_sequences=True)(layers.Masking()(x))
    return k.Model(x, layers.GRU(3, stateful=True)(y))


def wrapped(k: Any) -> Any:
    """Both directions, cells in a row, a layer used twice, one within a model."""
    layers, x = k.layers, k.Input(batch_shape=(2, 3, 4))
    twice = layers.SimpleRNN(4, stateful=True, return_sequences=True)
    inner = k.Sequential([k.Input(batch_shape=(2, 3, 4)), layers.GRU(4, stateful=True, return_sequences=True)])
    y = layers.Bidirectional(layers.LSTM(2, stateful=True, return_sequences=True))(inner(twice(twice(x))))
    return k.Model(x, layers.RNN([layers.SimpleRNNCell(3), layers.LSTMCell(2)], stateful=True)(y))


def distributed(k: Any) -> Any:
    """Step after step of the outer layer, too, the inner ones go on."""
    layers, x = k.layers, k.Input(batch_shape=(2, 3, 4))
    y = layers.TimeDistributed(layers.SimpleRNN(2, stateful=True))(layers.Reshape((3, 2, 2))(x))
    inner = k.Sequential([k.Input(batch_shape=(2, 2)), layers.Reshape((2, 1)), layers.SimpleRNN(2, stateful=True)])
    return k.Model(x, layers.TimeDistributed(inner)(y))


def images(k: Any) -> Any:
    layers, x = k.layers, k.Input(batch_shape=(2, 3, 4))
    return k.Model(x, layers.ConvLSTM2D(2, 2, stateful=True)(layers.Reshape((3, 2, 2, 1))(x)))


def begun(k: Any) -> Any:
    """With states given, Keras 3 begins with those each time, Keras 2 only where it has none but zeros. Keras 3 heeds
    no mask then, Keras 2 does.
    """
    layers, x = k.layers, k.Input(batch_shape=(2, 3, 4))
    first = layers.Dense(3)(layers.Flatten()(x))
    return k.Model(x, layers.SimpleRNN(3, stateful=True)(layers.Masking()(x), initial_state=first))


MAKERS = [lstm, masked, wrapped, distributed, images, begun]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("k", KERAS)
def test_calls_go_on_as_in_keras(k: str, make: Any, tmp_path: Path) -> None:
    model = built(make, KERAS[k])
    file = tmp_path / ("model.keras" if k == "keras3" else "model.h5")
    model.save(file)
    expected = [model(x).numpy() for x in X]
    accelerator = CopyingAccelerator(WasmtimeEngine(16))
    backends = {"numpy": "numpy", "wasm": wasm_backend(16), "accelerated": NumpyBackend(lambda: accelerator)}
    for how, backend in backends.items():
        ours = kerata.load_model(file, backend)
        for x, theirs in zip(X, expected, strict=True):
            ours.trace(x)
            np.testing.assert_allclose(ours.predict(x), theirs, rtol=1e-4, atol=1e-5, err_msg=how)
        ours.reset_states()
        in_batches = ours.predict(np.concatenate(X), batch_size=2)
        np.testing.assert_allclose(in_batches, np.concatenate(expected), rtol=1e-4, atol=1e-5, err_msg=how)


def alone(batch: int | None = 2, **more: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The config and weights of a model of one stateful SimpleRNN of one unit that adds up what it gets."""
    config = {"name": "sums", "units": 1, "activation": "linear", "use_bias": False, "stateful": True}
    weights = {"sums/kernel": np.ones((1, 1), np.float32), "sums/recurrent_kernel": np.ones((1, 1), np.float32)}
    entries = [
        {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [batch, None, 1]}},
        {"class_name": "SimpleRNN", "config": config | more},
    ]
    return {"class_name": "Sequential", "config": {"name": "m", "layers": entries}}, weights


def sums(batch: int | None = 2, backend: Any = "numpy", test: SelfTest | None = None, **more: Any) -> kerata.Model:
    return kerata.Model(graph.read(*alone(batch)), backend, test, **more)


ONES = np.ones((2, 1, 1), np.float32)


def test_states_are_of_one_model_and_can_be_reset() -> None:
    first, second = sums(), sums()
    assert [first.predict(ONES)[0, 0] for _ in range(3)] == [1, 2, 3]
    assert second.predict(ONES)[0, 0] == 1
    assert first.trace(ONES)["sums"][0, 0] == 4
    first.reset_states()
    assert first.predict(ONES)[0, 0] == 1
    assert first.predict(np.ones((6, 1, 1)), batch_size=2).ravel().tolist() == [2, 2, 3, 3, 4, 4]


def test_a_converted_model_begins_with_zeros_and_tests_itself(tmp_path: Path) -> None:
    config, weights = alone()
    source = tmp_path / "source.safetensors"
    source.write_bytes(
        safetensors.write(config, {name: Stored(each, None) for name, each in weights.items()}, None, {})
    )
    assert kerata.convert(source, tmp_path / "model.safetensors", "float16").drift is not None
    assert kerata.convert(source, tmp_path / "again.safetensors", sample=np.ones((6, 1, 1))).drift == 0
    for name in ("model", "again"):
        model = kerata.load_model(tmp_path / f"{name}.safetensors")
        assert [model.predict(ONES)[0, 0] for _ in range(2)] == [1, 2]


@pytest.mark.parametrize("rows", [1, 3, 4])
def test_another_batch_size_is_one_sentence_and_changes_nothing(rows: int) -> None:
    model = sums()
    model.predict(ONES)
    for size in (None, 2):
        if rows % (size or 32):
            with pytest.raises(kerata.InputError, match=r"Layer 'sums' is stateful: expected 2 rows in every batch"):
                model.predict(np.ones((rows, 1, 1)), size)
    assert model.predict(ONES)[0, 0] == 2


def test_where_the_file_leaves_the_batch_size_open_the_first_call_decides() -> None:
    model = sums(batch=None)
    model.predict(ONES)
    with pytest.raises(kerata.InputError, match="expected 2 rows in every batch, received 3"):
        model.predict(np.ones((3, 1, 1)))
    model.reset_states()
    assert model.predict(np.ones((3, 1, 1)))[2, 0] == 1


def test_a_self_test_and_trials_begin_without_states_and_leave_none() -> None:
    backends = Backends(wasm=lambda: wasm_backend(16))
    model = sums(backend="auto", test=SelfTest([ONES], [ONES[:, 0]]), backends=backends)
    assert [model.predict(ONES)[0, 0] for _ in range(2)] == [1, 2]
    run(model.switch("auto"))
    model.prove()
    assert model.predict(ONES)[0, 0] == 3
    run(model.switch("numpy"))
    assert model.predict(ONES)[0, 0] == 4


def test_a_batch_that_is_run_again_after_a_failure_goes_on_from_where_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    model = sums(backend=wasm_backend(16))
    model.predict(ONES)
    program, failed = model._choice.program, []

    async def fails(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        values = await type(program).arun(program, inputs)
        failed.append(values["sums"][0, 0])
        raise DeviceError("gone")

    monkeypatch.setattr(program, "arun", fails)
    assert model.predict(ONES)[0, 0] == 2 == failed[0]
    assert model.backend == "numpy"
