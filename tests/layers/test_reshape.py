import math

import pytest
from hypothesis import strategies as st

from kerata.layers.registry import find
from tests.support.cases import Case
from tests.support.draw import booleans, sizes

CASES = [
    Case("other", "Reshape", (3, 4), {"target_shape": [2, 6]}),
    Case("inferred", "Reshape", (3, 4), {"target_shape": [2, -1, 3]}),
    Case("open", "Reshape", (3, 4), {"target_shape": [-1, 2]}, open=(0,)),
    Case("flat", "Reshape", (3, 4), {"target_shape": [-1]}),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    target = draw(st.lists(sizes(1, 4), max_size=4))
    shape = draw(st.permutations([*target, *([1] * draw(sizes(0, 1)))])) if draw(booleans) else [math.prod(target)]
    open_ = tuple(draw(st.sets(st.integers(0, len(shape) - 1)))) if shape else ()
    if target and draw(booleans):
        target[draw(sizes(0, len(target) - 1))] = -1
    return Case("drawn", "Reshape", tuple(shape), {"target_shape": target}, open=open_)


DRAWN = {"Reshape": _drawn()}


@pytest.mark.parametrize(
    ("given", "target", "made"),
    [
        ((12,), [3, -1], (3, 4)),
        ((None, 4), [2, -1], (2, None)),
        ((None, 4), [2, 6], (2, 6)),
        ((0,), [0, -1], (0, None)),
    ],
)
def test_what_is_known_of_the_shape(given: tuple[int], target: list[int], made: tuple[int]) -> None:
    assert find("Reshape", "r").shape({"target_shape": target}, [(None, *given)]) == (None, *made)
