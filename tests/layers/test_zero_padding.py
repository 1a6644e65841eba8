from typing import Any

from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import sizes

CASES = [
    Case("one_number", "ZeroPadding2D", (3, 4, 2), {"padding": 2}),
    Case("one_for_each_axis", "ZeroPadding2D", (3, 4, 2), {"padding": [1, 3]}),
    Case("one_for_each_side", "ZeroPadding2D", (3, 4, 5), {"padding": [[0, 1], [2, 0]]}),
    Case("channels_first", "ZeroPadding2D", (3, 4, 5), {"padding": [[0, 1], [2, 0]], "data_format": "channels_first"}),
    Case("default", "ZeroPadding1D", (3, 2)),
    Case("two_ends", "ZeroPadding1D", (3, 2), {"padding": [0, 2]}),
    Case("volume", "ZeroPadding3D", (2, 3, 4, 2), {"padding": [1, [0, 2], [3, 0]]}),
]


@st.composite
def ends(draw: st.DrawFn, axes: int, most: int) -> object:
    """One number, one for each axis, or one for each end."""
    end = sizes(0, most)
    axis = st.one_of(end, st.lists(end, min_size=2, max_size=2))
    several = st.lists(axis, min_size=axes, max_size=axes)
    return draw(axis if axes == 1 else st.one_of(end, several))


@st.composite
def spatial(draw: st.DrawFn, axes: int, least: int = 1, ordered: bool = True) -> tuple[Any, dict[str, str], Any]:
    """A sample's shape, the option `data_format`, where the layer is `ordered` by one, and the spatial axes that are
    left open.
    """
    shape = draw(st.lists(sizes(least, least + 4), min_size=axes, max_size=axes))
    channels = draw(sizes(1, 3))
    order = draw(st.sampled_from([None, "channels_last", "channels_first"])) if ordered else None
    first = order == "channels_first"
    spaces = range(1, axes + 1) if first else range(axes)
    opened = tuple(axis for axis in spaces if draw(st.booleans()))
    return (channels, *shape) if first else (*shape, channels), {"data_format": order} if order else {}, opened


@st.composite
def _drawn(draw: st.DrawFn, axes: int) -> Case:
    shape, options, opened = draw(spatial(axes))
    padding = draw(st.one_of(st.just({}), ends(axes, 3).map(lambda value: {"padding": value})))
    dtype = draw(st.sampled_from(["float32", "int32"]))
    return Case("drawn", f"ZeroPadding{axes}D", shape, options | padding, open=opened, dtype=dtype)


DRAWN = {f"ZeroPadding{axes}D": _drawn(axes) for axes in (1, 2, 3)}
