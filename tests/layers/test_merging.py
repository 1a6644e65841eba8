import numpy as np
import pytest
from hypothesis import strategies as st

from kerata.layers.registry import find
from tests.support.cases import Case
from tests.support.draw import booleans, sizes

KINDS = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
STEPS = (4, 3)

CASES = [
    *(Case("two", kind, [STEPS, STEPS]) for kind in KINDS),
    *(Case("masked", kind, [STEPS, STEPS], masked=True) for kind in KINDS),
    *(Case("one_masked", kind, [STEPS, STEPS], masked=(1,)) for kind in ("Multiply", "Maximum")),
    *(Case("three", kind, [STEPS, STEPS, STEPS], masked=(0, 2)) for kind in KINDS if kind != "Subtract"),
    *(Case("broadcast", kind, [(2, 1, 3), (4, 1)]) for kind in KINDS),
]


@st.composite
def _drawn(draw: st.DrawFn, kind: str) -> Case:
    whole = draw(st.lists(sizes(1, 4), min_size=1, max_size=4).map(tuple))
    count = 2 if kind == "Subtract" else draw(sizes(2, 4))
    shapes = []
    for _ in range(count):
        some = whole[draw(sizes(0, len(whole) - 1)) :] if draw(booleans) else whole
        shapes.append(tuple(1 if draw(booleans) and draw(booleans) else size for size in some))
    if kind in ("Add", "Average") and 2 in whole:
        # Keras takes what has no size but that of the batch, which is 2, for a bias of two channels.
        shapes = [shape if set(shape) != {1} or not place else whole for place, shape in enumerate(shapes)]
    masked = draw(st.sets(st.integers(0, count - 1)).map(sorted).map(tuple))
    if len(masked) == count and len({len(shape) for shape in shapes}) > 1:
        masked = masked[1:]  # Keras joins masks of several ranks as if the batch were steps
    return Case("drawn", kind, shapes, masked=masked)


DRAWN = {kind: _drawn(kind) for kind in KINDS}


def test_an_open_size_stays_open() -> None:
    shape = find("Add", "a").shape
    assert shape({}, [(None, None, 3), (None, 1, 3)]) == (None, None, 3)
    assert shape({}, [(None, None, 3), (None, 5, 3), (None, 3)]) == (None, 5, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_none_where_it_is_none_in_all(kind: str) -> None:
    first, second = np.array([[True, False, False]]), np.array([[False, True, False]])
    mask = find(kind, "m").mask
    assert mask({}, [], [first, None]) is None
    np.testing.assert_array_equal(mask({}, [], [first, second]), [[True, True, False]])
