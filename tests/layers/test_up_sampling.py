import pytest
from hypothesis import strategies as st

import kerata
from kerata import graph
from kerata.layers.common.resampling import INTERPOLATIONS
from tests.layers.test_zero_padding import spatial
from tests.support.cases import Case, sequential_config
from tests.support.draw import sizes

# Keras sums the neighbours in another order, and what they weigh is a sine of a float32.
TOLERANCE = {"rtol": 1e-5, "atol": 5e-6}

CASES = [
    Case("default", "UpSampling1D", (3, 2)),
    Case("default", "UpSampling2D", (3, 2, 2)),
    Case("channels_first", "UpSampling2D", (2, 3, 4), {"size": [3, 1], "data_format": "channels_first"}),
    *(
        Case(name, "UpSampling2D", (4, 3, 2), {"size": [2, 3], "interpolation": name}, **TOLERANCE)
        for name in INTERPOLATIONS
    ),
    Case("volume", "UpSampling3D", (2, 1, 3, 2), {"size": [1, 3, 2]}),
]


@st.composite
def _drawn(draw: st.DrawFn, axes: int) -> Case:
    shape, options, opened = draw(spatial(axes, ordered=axes > 1))
    one = sizes(1, 4)
    size = one if axes == 1 else st.one_of(one, st.lists(one, min_size=axes, max_size=axes))
    options |= draw(st.one_of(st.just({}), size.map(lambda value: {"size": value})))
    if axes == 2:
        options |= {"interpolation": draw(st.sampled_from(INTERPOLATIONS))}
    dtype = draw(st.sampled_from(["float32", "int32"]))
    # Integers are rounded: what lies halfway between two goes where the last bit of a float32 says.
    rounded = dtype == "int32" and options.get("interpolation", "nearest") != "nearest"
    tolerance = {"atol": 1.0} if rounded else TOLERANCE
    return Case("drawn", f"UpSampling{axes}D", shape, options, open=opened, dtype=dtype, **tolerance)


DRAWN = {f"UpSampling{axes}D": _drawn(axes) for axes in (1, 2, 3)}


def test_an_unknown_interpolation_is_named() -> None:
    config = sequential_config((4, 3, 1), ("UpSampling2D", {"name": "up", "interpolation": "gaussian"}))
    with pytest.raises(kerata.UnsupportedError, match=r"'up': expected interpolation .*received 'gaussian'"):
        kerata.Model(graph.read(config, {}))
