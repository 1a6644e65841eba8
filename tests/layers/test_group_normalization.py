from math import sqrt

from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import booleans, config, sizes

CASES = [
    Case("two_groups", "GroupNormalization", (3, 2, 4), {"groups": 2}),
    Case("each_channel", "GroupNormalization", (3, 4), {"groups": -1}, masked=True),
    Case("one_group", "GroupNormalization", (6,), {"groups": 1, "scale": False}),
    Case("first_axis", "GroupNormalization", (6, 2, 3), {"groups": 3, "axis": 1, "center": False, "epsilon": 0.1}),
    Case("open", "GroupNormalization", (3, 2, 4), {"groups": 2}, open=(0, 1)),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), min_size=1, max_size=4))
    groups, size = draw(sizes(1, 3)), draw(sizes(1, 3))
    place = draw(sizes(0, len(shape) - 1))
    shape[place] = groups * size
    axis = {"axis": draw(st.sampled_from([place + 1, place - len(shape)]))}
    epsilon = draw(st.sampled_from([1e-5, 1e-3, 0.1]))
    options = draw(config(center=booleans, scale=booleans)) | axis | {"epsilon": epsilon}
    options["groups"] = draw(st.sampled_from([groups, -1]))
    # Where all values are nearly the same, Keras subtracts large numbers: mean / deviation from x / deviation.
    atol = 2e-6 / sqrt(epsilon)
    return Case("drawn", "GroupNormalization", tuple(shape), options, masked=draw(booleans), atol=atol)


DRAWN = {"GroupNormalization": _drawn()}
