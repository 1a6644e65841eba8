from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import booleans, config, sizes

CASES = [
    Case("vectors", "Dot", [(4,), (4,)], {"axes": 1}),
    Case("cosine", "Dot", [(4,), (4,)], {"axes": -1, "normalize": True}),
    Case("two_axes", "Dot", [(3, 4), (4, 5)], {"axes": [2, 1]}),
    Case("vector_and_matrix", "Dot", [(4,), (3, 4)], {"axes": [1, 2]}),
    Case("many_axes", "Dot", [(2, 3, 4), (5, 3, 2)], {"axes": [1, 3], "normalize": True}),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    first, second = (draw(st.lists(sizes(1, 4), min_size=1, max_size=3)) for _ in range(2))
    i, j = draw(sizes(0, len(first) - 1)), draw(sizes(0, len(second) - 1))
    second[j] = first[i]
    signs = [(i + 1, i - len(first)), (j + 1, j - len(second))]
    pair = [draw(st.sampled_from(choices)) for choices in signs]
    both = [axis for axis in signs[0] if axis in signs[1]]
    axes = draw(st.sampled_from(both)) if both and draw(booleans) else pair
    options = draw(config(normalize=booleans))
    masked = (0, 1) if draw(booleans) else ()
    return Case("drawn", "Dot", [tuple(first), tuple(second)], {"axes": axes, **options}, masked=masked, atol=1e-5)


DRAWN = {"Dot": _drawn()}
