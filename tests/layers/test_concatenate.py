import numpy as np
from hypothesis import strategies as st

from kerata.layers.registry import find
from tests.support.cases import Case
from tests.support.draw import sizes

CASES = [
    Case("last_axis", "Concatenate", [(4, 2), (4, 3)]),
    Case("first_axis", "Concatenate", [(4, 2), (3, 2), (1, 2)], {"axis": 1}),
    Case("from_the_end", "Concatenate", [(4, 2, 3), (4, 1, 3)], {"axis": -2}),
    Case("masked", "Concatenate", [(4, 2), (4, 3)], masked=(0,)),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), min_size=1, max_size=4))
    place = draw(sizes(0, len(shape) - 1))
    count = draw(sizes(2, 4))
    shapes = [(*shape[:place], draw(sizes(1, 4)), *shape[place + 1 :]) for _ in range(count)]
    axis = (
        {}
        if place == len(shape) - 1 and draw(st.booleans())
        else {"axis": draw(st.sampled_from([place + 1, place - len(shape)]))}
    )
    masked = draw(st.sets(st.integers(0, count - 1)).map(tuple))
    return Case("drawn", "Concatenate", shapes, axis, masked=masked)


DRAWN = {"Concatenate": _drawn()}


def test_open_sizes() -> None:
    shape = find("Concatenate", "c").shape
    assert shape({}, [(None, None, 3), (None, 5, 2)]) == (None, 5, 5)
    assert shape({"axis": 1}, [(None, None, 3), (None, 5, 3)]) == (None, None, 3)


def test_masks_are_joined_along_the_axis() -> None:
    mask = find("Concatenate", "c").mask
    x, known = np.zeros((1, 2, 3)), np.array([[True, False]])
    assert mask({}, [x, x], [None, None]) is None
    np.testing.assert_array_equal(mask({"axis": 1}, [x, x], [known, None]), [[True, False, True, True]])
    np.testing.assert_array_equal(mask({"axis": -1}, [x, x], [known, known]), known)
