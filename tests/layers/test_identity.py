from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import booleans, sizes

CASES = [Case("steps", "Identity", (3, 4), masked=True)]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), max_size=4).map(tuple))
    return Case("drawn", "Identity", shape, masked=draw(booleans) and bool(shape))


DRAWN = {"Identity": _drawn()}
