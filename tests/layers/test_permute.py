from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import sizes

CASES = [
    Case("two", "Permute", (3, 4), {"dims": [2, 1]}),
    Case("three", "Permute", (2, 3, 4), {"dims": [3, 1, 2]}, open=(1,)),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 5), min_size=1, max_size=4).map(tuple))
    dims = draw(st.permutations(range(1, len(shape) + 1)))
    return Case("drawn", "Permute", shape, {"dims": dims}, open=tuple(draw(st.sets(st.integers(0, len(shape) - 1)))))


DRAWN = {"Permute": _drawn()}
