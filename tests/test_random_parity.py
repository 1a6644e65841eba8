"""Any configuration of any layer, drawn at random, against the installed Keras and through its own file."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

import kerata
from kerata import layers
from kerata.backends.lowering import KINDS
from tests.support.cases import Case, drawn
from tests.support.draw import so_many
from tests.support.wasmtime_engine import wasm_backend
from tests.test_keras_parity import assert_same
from training import golden

# Keras warns of a softmax over one number and the like.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:keras")

# What has no configuration, or is tested elsewhere: why.
NOT_DRAWN = {
    "InputLayer": "it only states a shape; every case has one",
    **dict.fromkeys(
        (
            *("AddLoss", "AddMetric", "LocallyConnected1D", "LocallyConnected2D", "RandomFourierFeatures"),
            *("RandomHeight", "RandomWidth", "ThresholdedReLU"),
        ),
        "only Keras 2 has it",
    ),
    "GroupedQueryAttention": "what an .h5 calls GroupQueryAttention",
    "Model": "what Keras called Functional before 2.4",
}


# What is no layer of ours, for the layers in it take its place.
UNROLLED = {"Pipeline"}


def test_every_layer_is_drawn() -> None:
    ours = {kind for kind in layers.kinds() if "." not in kind and _is_ours(kind)}
    assert ours | UNROLLED == set(drawn()) | set(NOT_DRAWN)


def _is_ours(kind: str) -> bool:
    """And not one that another test has added."""
    return layers.find(kind, kind).build.__module__.startswith("kerata.")


@pytest.mark.parametrize("kind", sorted(drawn()))
def test_any_configuration_computes_what_keras_computes(kind: str, draws: int, tmp_path: Path) -> None:
    """On NumPy, and where there are kernels for it, on them: the bytes that a browser gets, run in CPython."""
    path = tmp_path / "model.keras"
    ours = ["numpy", wasm_backend(16)] if kind in KINDS else ["numpy"]

    @so_many(draws)
    @given(drawn()[kind])
    def check(case: Case) -> None:
        model = golden.build(case)
        model.save(path)
        x = golden.sample(case)
        expected = model(golden.for_keras(x), training=False)
        expected = [np.asarray(each) for each in (expected if isinstance(expected, list | tuple) else [expected])]
        for backend in ours:
            assert_same(kerata.load_model(path, backend).predict(x), expected, case)

    check()
