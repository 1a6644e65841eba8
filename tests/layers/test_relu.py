import numpy as np
import pytest
from hypothesis import strategies as st

from kerata.layers.registry import find
from kerata.node import Node
from tests.support.cases import Case
from tests.support.draw import booleans, config, sizes

SHAPE = (3, 8)

CASES = [
    Case("default", "ReLU", SHAPE),
    Case("ceiling", "ReLU", SHAPE, {"max_value": 1.5}),
    Case("slope", "ReLU", SHAPE, {"negative_slope": 0.3}),
    Case("steep", "ReLU", SHAPE, {"negative_slope": 1.5}),
    Case("threshold", "ReLU", SHAPE, {"threshold": 0.7}),
    Case("at_the_threshold", "ReLU", SHAPE, {"threshold": 2.0, "max_value": 3.0}, dtype="float16"),
    Case("everything", "ReLU", SHAPE, {"max_value": 2.0, "negative_slope": 0.1, "threshold": 0.5}),
    Case("default", "LeakyReLU", SHAPE),
    Case("slope", "LeakyReLU", SHAPE, {"negative_slope": 0.1}),
    Case("default", "ELU", SHAPE, masked=True),
    Case("alpha", "ELU", SHAPE, {"alpha": 0.4}),
]

SLOPE = st.floats(0, 3)
OPTIONS = {
    "ReLU": {"max_value": st.none() | st.floats(0, 4), "negative_slope": SLOPE, "threshold": st.floats(0, 3)},
    "LeakyReLU": {"negative_slope": SLOPE},
    "ELU": {"alpha": st.floats(-2, 3)},
}


@st.composite
def _drawn(draw: st.DrawFn, kind: str) -> Case:
    shape = draw(st.lists(sizes(1, 4), min_size=1, max_size=4).map(tuple))
    return Case("drawn", kind, shape, draw(config(**OPTIONS[kind])), masked=draw(booleans))


DRAWN = {kind: _drawn(kind) for kind in OPTIONS}


@pytest.mark.parametrize(
    ("kind", "config", "expected"),
    [
        ("ThresholdedReLU", {}, [0, 0, 0, 2]),  # only Keras 2 has it
        ("ThresholdedReLU", {"theta": 1.5}, [0, 0, 0, 2]),
        ("ThresholdedReLU", {"theta": -0.5}, [0, 0, 1, 2]),
        ("LeakyReLU", {"alpha": 0.5}, [-1, 0, 1, 2]),  # as Keras 2 calls it
        ("ReLU", {"negative_slope": {"type": "ndarray", "value": 0.5}, "max_value": 1.5}, [-1, 0, 1, 1.5]),
        ("ReLU", {"negative_slope": None, "threshold": None}, [0, 0, 1, 2]),
    ],
)
def test_options_of_older_files(kind: str, config: dict[str, float], expected: list[float]) -> None:
    call = find(kind, "r").build(Node("r", kind, (), config, {}, (None, 4)))
    y = call(np.array([[-2, 0, 1, 2]], np.float32))
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, [expected])
