import numpy as np
import pytest
from hypothesis import strategies as st

from kerata.layers.rescaling import numbers
from tests.support.cases import Case
from tests.support.draw import booleans, sizes

CASES = [
    Case("bytes_to_one", "Rescaling", (3, 2, 3), {"scale": 1 / 255, "offset": 0.0}, dtype="uint8", below=256),
    Case("offset", "Rescaling", (4,), {"scale": 1 / 127.5, "offset": -1}),
    Case("each_channel", "Rescaling", (3, 2, 3), {"scale": [0.5, 2.0, 1.0], "offset": [0.1, 0.0, -3.0]}),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), min_size=1, max_size=4).map(tuple))
    number = st.floats(-4, 4, width=32)
    several = st.lists(number, min_size=shape[-1], max_size=shape[-1])
    options = {"scale": draw(st.one_of(number, several)), "offset": draw(st.one_of(number, several))}
    masked = len(shape) == 2 and draw(booleans)
    dtype = "float32" if masked else draw(st.sampled_from(["float32", "uint8", "int32"]))
    return Case("drawn", "Rescaling", shape, options, masked=masked, dtype=dtype)


DRAWN = {"Rescaling": _drawn()}


@pytest.mark.parametrize(
    "written",
    [
        {"class_name": "__tuple__", "items": [1.0, 2.0]},
        {"class_name": "__numpy__", "config": {"value": [1.0, 2.0], "dtype": "float64"}},
    ],
)
def test_numbers_are_read_as_keras_writes_them(written: dict) -> None:
    read = numbers(written)
    assert read.dtype == np.float32 and read.tolist() == [1, 2]
