from hypothesis import strategies as st

from tests.cases import Case
from tests.draw import activation, booleans, config, sizes

CASES = [
    Case("vector", "Dense", (6,), {"units": 4}),
    Case("matrix", "Dense", (3, 5), {"units": 4, "activation": "tanh"}),
    Case("image", "Dense", (2, 3, 4), {"units": 2}),
    Case("no_bias", "Dense", (6,), {"units": 4, "use_bias": False}),
    Case("softmax", "Dense", (6,), {"units": 10, "activation": "softmax"}),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 6), min_size=1, max_size=4).map(tuple))
    options = draw(config(use_bias=booleans, activation=activation))
    return Case("drawn", "Dense", shape, {"units": draw(sizes(1, 7)), **options})


DRAWN = {"Dense": _drawn()}
