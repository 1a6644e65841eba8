import pytest
from hypothesis import strategies as st

import kerata
from kerata import graph
from tests.layers.test_zero_padding import ends, spatial
from tests.support.cases import Case, sequential_config

CASES = [
    Case("two_ends", "Cropping1D", (5, 2), {"cropping": [0, 2]}),
    Case("one_number", "Cropping2D", (5, 6, 2), {"cropping": 2}),
    Case("one_for_each_axis", "Cropping2D", (5, 6, 2), {"cropping": [1, 0]}),
    Case("channels_first", "Cropping2D", (2, 5, 6), {"cropping": [[0, 1], [2, 0]], "data_format": "channels_first"}),
    Case("volume", "Cropping3D", (3, 4, 5, 2), {"cropping": [1, [0, 2], [3, 0]]}),
]


@st.composite
def _drawn(draw: st.DrawFn, axes: int) -> Case:
    shape, options, opened = draw(spatial(axes, least=5, ordered=axes > 1))
    cropping = draw(st.one_of(st.just({}), ends(axes, 2).map(lambda value: {"cropping": value})))
    dtype = draw(st.sampled_from(["float32", "int32"]))
    return Case("drawn", f"Cropping{axes}D", shape, options | cropping, open=opened, dtype=dtype)


DRAWN = {f"Cropping{axes}D": _drawn(axes) for axes in (1, 2, 3)}


def test_cropping_has_to_leave_something() -> None:
    config = sequential_config((4, 3, 1), ("Cropping2D", {"name": "cut", "cropping": [[0, 0], [1, 2]]}))
    with pytest.raises(
        kerata.UnsupportedError, match=r"'cut': expected cropping to leave something of the sizes \[4, 3\]"
    ):
        graph.read(config, {})
