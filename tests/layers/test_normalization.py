import numpy as np
import pytest
from hypothesis import strategies as st

import kerata
from kerata import graph
from tests.support.cases import Case, sequential_config
from tests.support.draw import booleans, sizes

CASES = [
    Case("adapted", "Normalization", (3, 4)),
    Case("axes", "Normalization", (3, 4), {"axis": [1, 2]}),
    Case("no_axis", "Normalization", (3, 4), {"axis": None}),
    Case("inverted", "Normalization", (4,), {"invert": True}),
    Case("integers", "Normalization", (4,), dtype="int32"),
    Case("masked", "Normalization", (3, 4), masked=True),
    Case("numbers", "Normalization", (3, 4), {"axis": [-1], "mean": 0.5, "variance": 2.25}),
    Case("lists", "Normalization", (3, 2), {"axis": [-1, -2], "mean": [0.5, 1.0], "variance": [2.25, 0.0]}),
]

_numbers = st.floats(0, 4, width=32)


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), min_size=1, max_size=3).map(tuple))
    rank = len(shape) + 1
    kept = draw(st.lists(sizes(1, rank - 1), unique=True, max_size=rank - 1))
    signed = [axis - rank if draw(booleans) else axis for axis in kept]
    config = {"axis": draw(st.sampled_from([signed, None if not kept else signed])), "invert": draw(booleans)}
    kept = [] if config["axis"] is None else kept
    if draw(booleans):
        given_sizes = [shape[axis - 1] for axis in sorted(kept)][draw(sizes(0, len(kept))) :]
        given_sizes = [draw(st.sampled_from([1, size])) for size in given_sizes]
        config["mean"] = _nested(draw, given_sizes)
        config["variance"] = _nested(draw, given_sizes)
    open_axes = tuple(axis - 1 for axis in range(1, rank) if axis not in kept and draw(booleans))
    return Case(
        "drawn",
        "Normalization",
        shape,
        config,
        dtype=draw(st.sampled_from(["float32", "int32"])),
        open=open_axes,
        rtol=1e-4,  # a variance may be so small that the difference from the mean is divided by almost nothing
    )


def _nested(draw: st.DrawFn, shape: list[int]) -> object:
    return [_nested(draw, shape[1:]) for _ in range(shape[0])] if shape else draw(_numbers)


DRAWN = {"Normalization": _drawn()}


def test_an_axis_that_is_none_is_refused() -> None:
    config = sequential_config((3,), ("Normalization", {"name": "n", "axis": 2, "mean": 0.0, "variance": 1.0}))
    with pytest.raises(kerata.UnsupportedError, match="Layer 'n': expected axis from -2 to 1, received 2"):
        graph.read(config, {})


def test_numbers_that_do_not_fit_the_axes_are_refused() -> None:
    config = sequential_config((3,), ("Normalization", {"name": "n", "mean": [0.0, 1.0], "variance": [1.0, 1.0]}))
    with pytest.raises(kerata.ModelFileError, match="config is damaged"):
        graph.read(config, {})


def test_nothing_is_divided_by_zero() -> None:
    config = sequential_config((1,), ("Normalization", {"name": "n", "mean": 1.0, "variance": 0.0}))
    y = kerata.Model(graph.read(config, {})).predict(np.array([[2.0]], "f4"))
    np.testing.assert_allclose(y, [[1e7]])
