import numpy as np
import pytest
from hypothesis import strategies as st

import kerata
from kerata import graph
from tests.support.cases import Case, sequential_config
from tests.support.draw import sizes

_BOUNDS = [-1.5, 0.0, 2.0]

CASES = [
    Case("int", "Discretization", (5,), {"bin_boundaries": _BOUNDS}),
    Case("adapted", "Discretization", (5,), {"bin_boundaries": _BOUNDS, "num_bins": 4}),
    Case("one_hot", "Discretization", (1,), {"bin_boundaries": _BOUNDS, "output_mode": "one_hot"}),
    Case("multi_hot", "Discretization", (2, 3), {"bin_boundaries": _BOUNDS, "output_mode": "multi_hot"}),
    Case("count", "Discretization", (5,), {"bin_boundaries": _BOUNDS, "output_mode": "count"}),
    Case("integers", "Discretization", (5,), {"bin_boundaries": [1.0, 2.0, 2.0]}, dtype="int32"),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), max_size=3).map(tuple))
    bounds = sorted(draw(st.lists(st.floats(-3, 3, width=32, allow_subnormal=False), min_size=1, max_size=5)))
    config = {"bin_boundaries": bounds, "output_mode": draw(st.sampled_from(["int", "one_hot", "multi_hot", "count"]))}
    dtype = draw(st.sampled_from(["float32", "int32", "int64", "uint8"]))
    return Case("drawn", "Discretization", shape, config, dtype=dtype, below=4)


DRAWN = {"Discretization": _drawn()}


@pytest.mark.parametrize("bounds", [None, [2.0, 1.0], 3.0])
def test_boundaries_that_are_none_are_refused(bounds: object) -> None:
    config = {"name": "d", "num_bins": 4, "bin_boundaries": bounds}
    with pytest.raises(kerata.UnsupportedError, match="Layer 'd': expected bin_boundaries to be ascending numbers"):
        graph.read(sequential_config((3,), ("Discretization", config)), {})


def test_a_boundary_is_in_the_bin_above_it() -> None:
    config = sequential_config((3,), ("Discretization", {"name": "d", "bin_boundaries": [1.0, 2.0]}))
    y = kerata.Model(graph.read(config, {})).predict(np.array([[1.0, 2.0, np.nan]]))
    assert (y.dtype, y.tolist()) == (np.int32, [[1, 2, 2]])
