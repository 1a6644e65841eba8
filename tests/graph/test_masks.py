"""The masks that layers pass on, against those of the installed Keras."""

import json

import keras
import numpy as np
import pytest
from hypothesis import given

import kerata
from kerata.backends.numpy import NumpyProgram, tensors_of
from kerata.graph.build import Graph, read
from tests.support.cases import Case, drawn
from tests.support.draw import so_many
from training import golden

# Keras warns that an only input is not in a list, and of masks that a layer destroys.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

# Layers that a mask reaches and that have one output, whatever their options.
DRAWN = (
    *("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot", "Dropout", "Identity"),
    *("Activation", "ReLU", "PReLU", "BatchNormalization", "LayerNormalization", "RMSNormalization"),
    *("UnitNormalization", "GroupNormalization", "Dense", "Embedding", "ReversibleEmbedding", "Masking"),
    "SpectralNormalization",
)


def assert_same_mask(case: Case) -> None:
    model, x = golden.build(case), golden.sample(case)
    expected = getattr(model(x, training=False), "_keras_mask", None)
    ours = kerata.Model(_graph(model), "numpy")
    arrays, masks = ours.accepted(x), dict[str, np.ndarray | None]()
    values = dict(zip(ours._inputs, arrays, strict=True))
    for step in NumpyProgram(ours.nodes)._steps:
        step.run(values, masks)
    made = masks.get(tensors_of(ours.nodes)[ours._outputs[0]])
    assert (made is None) == (expected is None)
    if made is not None:
        np.testing.assert_array_equal(made, np.asarray(expected))


def _graph(model: keras.Model) -> Graph:
    weights = {
        f"{layer.name}/{weight.path.removeprefix(layer.name + '/')}": weight.numpy()
        for layer in model.layers
        for weight in layer.weights
    }
    return read(json.loads(model.to_json()), weights)


@pytest.mark.parametrize("kind", DRAWN)
def test_any_configuration(kind: str, draws: int) -> None:
    @so_many(draws)
    @given(drawn()[kind])
    def check(case: Case) -> None:
        assert_same_mask(case)

    check()
