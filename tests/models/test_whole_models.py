"""Whole models through their files, on both backends in CPython, exactly as in Keras."""

import numpy as np
import pytest

import kerata
from tests.support.wasmtime_engine import wasm_backend
from tests.support.whole_models import MODELS, made

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:keras")  # saving as .h5 is what Keras 3 warns about


@pytest.mark.parametrize("backend", [lambda: "numpy", wasm_backend], ids=["numpy", "wasm"])
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_it_answers_as_in_keras(make, suffix: str, backend, tmp_path) -> None:
    model = made(make)
    model.save(tmp_path / f"model{suffix}")
    x = MODELS[make]
    ours, theirs = kerata.load_model(tmp_path / f"model{suffix}", backend()).predict(x), model.predict(x, verbose=0)
    assert isinstance(ours, dict) == isinstance(theirs, dict)
    for key in theirs if isinstance(theirs, dict) else [...]:
        np.testing.assert_allclose(ours[key], theirs[key], rtol=1e-5, atol=1e-6)


def test_no_word_has_no_say() -> None:
    """That the masks of these models do something, in Keras at least."""
    model = made(next(make for make in MODELS if make.__name__ == "bilstm"))
    x = np.array([[3, 4, 0, 0]], np.int32)
    np.testing.assert_allclose(model.predict(x, verbose=0), model.predict(x[:, :2], verbose=0), atol=1e-6)
