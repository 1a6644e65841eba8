import numpy as np
from hypothesis import strategies as st

from kerata.layers.registry import find
from tests.support.cases import Case
from tests.support.draw import config, sizes

CASES = [
    Case("zero", "Masking", (4, 3), masked=True),
    Case("other", "Masking", (4, 1), {"mask_value": 3.0}, dtype="float16", below=5),
    Case("integers", "Masking", (4, 1), {"mask_value": 3}, dtype="int32", below=5),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), min_size=1, max_size=4).map(tuple))
    value = st.sampled_from([0.0, 1, 2.0, -1.5])
    return Case(
        "drawn",
        "Masking",
        shape,
        draw(config(mask_value=value)),
        dtype=draw(st.sampled_from(["float32", "float16"])),
        below=3,
    )


DRAWN = {"Masking": _drawn()}


def test_a_step_is_hidden_where_all_features_have_the_value() -> None:
    x = np.array([[[0, 2], [2, 2], [2, 0]]], np.float32)
    for value in (2, {"class_name": "__numpy__", "config": {"value": [2, 2], "dtype": "float32"}}):
        np.testing.assert_array_equal(
            find("Masking", "m").mask({"mask_value": value}, [x], [None]), [[True, False, True]]
        )
