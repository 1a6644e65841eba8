from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import config, sizes

CASES = [
    Case("image", "Flatten", (3, 4, 2)),
    Case("vector", "Flatten", (5,)),
    Case("numbers", "Flatten", ()),
    Case("channels_first", "Flatten", (2, 3, 4), {"data_format": "channels_first"}),
    Case("open", "Flatten", (3, 4), open=(0,)),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 5), max_size=4).map(tuple))
    options = draw(config(data_format=st.sampled_from(["channels_last", "channels_first"])))
    open_ = tuple(draw(st.sets(st.integers(0, len(shape) - 1)))) if shape else ()
    return Case("drawn", "Flatten", shape, options, open=open_)


DRAWN = {"Flatten": _drawn()}
