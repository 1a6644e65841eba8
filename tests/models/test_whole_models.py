"""Whole models through their files, on both backends in CPython, exactly as in Keras."""

import numpy as np
import pytest

import kerata
from tests.support.wasmtime_engine import wasm_backend
from tests.support.whole_models import MODELS, made

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:keras")  # saving as .h5 is what Keras 3 warns about


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_it_answers_as_in_keras(make, tmp_path) -> None:
    model, x = made(make), MODELS[make]
    theirs = model(x, training=False)
    for suffix in (".keras", ".h5"):
        file = tmp_path / f"model{suffix}"
        model.save(file)
        for backend in ("numpy", wasm_backend()):
            ours = kerata.load_model(file, backend).predict(x)
            assert isinstance(ours, dict) == isinstance(theirs, dict)
            for key in theirs if isinstance(theirs, dict) else [...]:
                np.testing.assert_allclose(ours[key], theirs[key], 1e-5, 1e-6, err_msg=f"{suffix} on {backend}")


def test_no_word_has_no_say() -> None:
    """That the masks of these models do something, in Keras at least."""
    model = made(next(make for make in MODELS if make.__name__ == "bilstm"))
    x = np.array([[3, 4, 0, 0]], np.int32)
    np.testing.assert_allclose(model(x), model(x[:, :2]), atol=1e-6)
