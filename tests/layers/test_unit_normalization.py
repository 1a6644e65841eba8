import numpy as np
from hypothesis import strategies as st

from kerata.layers.unit_normalization import unit
from tests.layers.test_layer_normalization import _axes
from tests.support.cases import Case
from tests.support.draw import booleans, config, sizes

CASES = [
    Case("last_axis", "UnitNormalization", (3, 4), masked=True),
    Case("two_axes", "UnitNormalization", (3, 4, 2), {"axis": [1, -1]}),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), min_size=1, max_size=4).map(tuple))
    return Case("drawn", "UnitNormalization", shape, draw(config(axis=_axes(len(shape)))), masked=draw(booleans))


DRAWN = {"UnitNormalization": _drawn()}


def test_zeros_stay_zeros() -> None:
    assert not unit(np.zeros((2, 3), np.float32), -1, 1e-12).any()
