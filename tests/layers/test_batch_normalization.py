from hypothesis import strategies as st

from kerata.layers.batch_normalization import axes_of, weight_shapes
from tests.support.cases import Case
from tests.support.draw import booleans, config, sizes

CASES = [
    Case("images", "BatchNormalization", (4, 5, 6)),
    Case("vectors", "BatchNormalization", (7,), {"epsilon": 0.1}),
    Case("no_gamma", "BatchNormalization", (3, 3, 4), {"scale": False}),
    Case("no_beta", "BatchNormalization", (3, 3, 4), {"center": False}),
    Case("first_axis", "BatchNormalization", (3, 4, 5), {"axis": 1}),
    Case("renorm", "BatchNormalization", (3, 4), {"renorm": True}, masked=True),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), min_size=1, max_size=4).map(tuple))
    axis = st.integers(1, len(shape)) | st.integers(-len(shape), -1)
    options = draw(config(axis=axis, epsilon=st.floats(1e-3, 1), center=booleans, scale=booleans, renorm=booleans))
    # Keras adds mean · scale and x · scale, which are larger than what is left of them.
    return Case("drawn", "BatchNormalization", shape, options, masked=draw(booleans), atol=1e-5)


DRAWN = {"BatchNormalization": _drawn()}


def test_keras_2_wrote_the_axis_as_a_list() -> None:
    assert axes_of({"axis": [3]}, 4) == axes_of({"axis": -1}, 4) == [3]
    assert weight_shapes({"axis": [3, 1]}, [(None, 5, 6, 2)])["gamma"] == (1, 5, 1, 2)
