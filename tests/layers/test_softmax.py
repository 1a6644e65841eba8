from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import booleans, sizes

CASES = [
    Case("last_axis", "Softmax", (4, 5)),
    Case("other_axis", "Softmax", (4, 5), {"axis": 1}),
    Case("two_axes", "Softmax", (4, 5), {"axis": [1, 2]}),
    Case("masked", "Softmax", [(4, 5), (4, 5)], named={"mask": 1}, dtype=["float32", "bool"], below=2),
    Case("broadcast_mask", "Softmax", [(4, 5), (1, 5)], {"axis": [1, 2]}, named={"mask": 1}),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 5), min_size=1, max_size=4).map(tuple))
    places = sorted(draw(st.sets(st.integers(1, len(shape)), min_size=1)))
    ends = [place - len(shape) - 1 if draw(booleans) else place for place in places]
    options = draw(st.sampled_from([{}, {"axis": ends}, {"axis": ends[0]}, {"axis": ends[:1]}]))
    if draw(booleans):
        return Case("drawn", "Softmax", shape, options)
    mask = tuple(1 if draw(booleans) else size for size in shape)
    dtype = draw(st.sampled_from(["bool", "float32"]))
    return Case("drawn", "Softmax", [shape, mask], options, named={"mask": 1}, dtype=["float32", dtype], below=2)


DRAWN = {"Softmax": _drawn()}
