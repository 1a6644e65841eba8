from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import booleans, sizes

CASES = [
    Case("vector", "PReLU", (6,)),
    Case("image", "PReLU", (3, 4, 2), {"shared_axes": [1, 2]}, open=(0, 1)),
    Case("one_axis", "PReLU", (3, 4), {"shared_axes": 1}, masked=True),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), min_size=1, max_size=4).map(tuple))
    shared = sorted(draw(st.sets(st.integers(1, len(shape)))))
    axes = draw(st.sampled_from([shared, *shared] if shared else [None, []]))
    named = [] if axes is None else [axes] if isinstance(axes, int) else axes
    open_ = draw(st.sets(st.sampled_from(named))) if named else set()
    return Case(
        "drawn", "PReLU", shape, {"shared_axes": axes}, masked=draw(booleans), open=tuple(axis - 1 for axis in open_)
    )


DRAWN = {"PReLU": _drawn()}
