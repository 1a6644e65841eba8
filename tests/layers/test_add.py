import numpy as np
import pytest

from kerata import Model
from kerata.graph import Graph
from kerata.layers import find
from kerata.node import Node

CASES = []  # a case has one input


@pytest.mark.parametrize("shapes", [((2, 3), (2, 3)), ((2, 3), (1, 3), (2, 1))])
def test_add_sums_and_broadcasts(shapes):
    arrays = [np.random.default_rng(i).normal(size=(4, *shape)).astype(np.float32) for i, shape in enumerate(shapes)]
    inputs = [Node(f"x{i}", "InputLayer", (), {}, {}, (None, *shape)) for i, shape in enumerate(shapes)]
    names = [node.name for node in inputs]
    shape = find("Add", "sum").shape({}, [node.shape for node in inputs])
    add = Node("sum", "Add", tuple(names), {}, {}, shape)
    y = Model(Graph("m", (*inputs, add), names, "sum")).predict(arrays)
    assert shape == (None, 2, 3)
    np.testing.assert_allclose(y, sum(array.astype(np.float64) for array in arrays), rtol=1e-6, atol=1e-6)


def test_an_open_size_stays_open():
    assert find("Add", "a").shape({}, [(None, None, 3), (None, 1, 3)]) == (None, None, 3)
