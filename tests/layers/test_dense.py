import numpy as np
import pytest
from hypothesis import strategies as st

import kerata
from kerata import ModelFileError, UnsupportedError, graph
from kerata.layers.dense import weight_shapes
from tests.support.cases import Case, inner, sequential_config
from tests.support.draw import activation, booleans, config, sizes

INT8, INT4, FLOAT8 = "int8_from_float32", "int4/-1_from_float32", "float8_from_float32"

CASES = [
    Case("vector", "Dense", (6,), {"units": 4}),
    Case("matrix", "Dense", (3, 5), {"units": 4, "activation": "tanh"}, masked=True),
    Case("image", "Dense", (2, 3, 4), {"units": 2}),
    Case("no_bias", "Dense", (6,), {"units": 4, "use_bias": False}),
    Case("softmax", "Dense", (6,), {"units": 10, "activation": "softmax"}),
    Case("glu", "Dense", (3, 6), {"units": 4, "activation": "glu"}),
    Case("integers", "Dense", (6,), {"units": 4}, dtype="int32"),
    Case("int8", "Dense", (3, 6), {"units": 4, "dtype": INT8}),
    Case("int4", "Dense", (6,), {"units": 5, "dtype": INT4}),
    Case("int4_blocks", "Dense", (7,), {"units": 4, "dtype": "int4/3_from_float32"}),
    Case(
        "float8",
        "Dense",
        (6,),
        {
            "units": 4,
            "dtype": {
                "module": "keras.dtype_policies",
                "class_name": "QuantizedFloat8DTypePolicy",
                "config": {"mode": "float8", "source_name": "float32", "amax_history_length": 4},
            },
        },
    ),
]

POLICIES = st.sampled_from(["float32", INT8, INT4, "int4/2_from_float32", "int4/128_from_float32", FLOAT8])


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 6), min_size=1, max_size=4).map(tuple))
    options = draw(config(use_bias=booleans, activation=activation, dtype=POLICIES))
    # What is divided by the scale is up to 127 times as large.
    atol = 1e-6 if "dtype" not in options else 2e-5
    return Case("drawn", "Dense", shape, {"units": draw(sizes(1, 7)), **options}, masked=draw(booleans), atol=atol)


DRAWN = {"Dense": _drawn()}


def test_other_quantisations_are_refused() -> None:
    config = {"name": "d", "units": 2, "dtype": {"class_name": "GPTQDTypePolicy", "config": {"mode": "gptq/4/128"}}}
    with pytest.raises(
        UnsupportedError, match=r"Layer 'd': expected quantisation to be int8 or int4 or float8, received gptq\."
    ):
        weight_shapes(config, [(None, 3)])


@pytest.mark.parametrize(
    "layer", [inner("LeakyReLU", negative_slope=0.3), inner("ReLU", max_value=1.0), inner("Softmax", axis=-1)]
)
def test_a_layer_may_be_the_activation(layer):
    dense = {"name": "d", "units": 3, "use_bias": False}
    kernel = {"d/kernel": np.random.default_rng(0).normal(size=(4, 3)).astype("f4")}
    x = np.random.default_rng(1).normal(size=(5, 4)).astype("f4")
    within = sequential_config((4,), ("Dense", {**dense, "activation": layer}))
    after = sequential_config((4,), ("Dense", dense), (layer["class_name"], {"name": "a", **layer["config"]}))
    one, other = (kerata.Model(graph.read(config, kernel)).predict(x) for config in (within, after))
    assert np.array_equal(one, other)


def test_an_activation_with_weights_needs_them():
    """Keras 3 does not save them in a model that was never called."""
    dense = {"name": "d", "units": 3, "use_bias": False, "activation": inner("PReLU")}
    with pytest.raises(ModelFileError, match=r"'activation/alpha' of layer 'd': .* the file has no such weight"):
        graph.read(sequential_config((4,), ("Dense", dense)), {"d/kernel": np.zeros((4, 3), "f4")})


def test_glu_of_an_odd_number_of_units_is_refused() -> None:
    config = sequential_config((3,), ("Dense", {"name": "d", "units": 5, "activation": "glu"}))
    with pytest.raises(ModelFileError, match=r"'d': expected an even last axis, which its activation 'glu' halves"):
        graph.read(config, None)
