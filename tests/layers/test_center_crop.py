from hypothesis import strategies as st

from tests.layers.test_up_sampling import TOLERANCE
from tests.layers.test_zero_padding import spatial
from tests.support.cases import Case
from tests.support.draw import sizes

CASES = [
    Case("smaller", "CenterCrop", (7, 6, 2), {"height": 4, "width": 3}),
    Case("larger", "CenterCrop", (4, 6, 2), {"height": 5, "width": 9}, **TOLERANCE),
    Case("higher_alone", "CenterCrop", (4, 9, 2), {"height": 5, "width": 3}, **TOLERANCE),
    Case(
        "channels_first",
        "CenterCrop",
        (2, 7, 6),
        {"height": 4, "width": 9, "data_format": "channels_first"},
        **TOLERANCE,
    ),
    Case("bytes", "CenterCrop", (7, 6, 2), {"height": 4, "width": 3}, dtype="uint8", below=256),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape, options, opened = draw(spatial(2))
    size = {"height": draw(sizes(1, 8)), "width": draw(sizes(1, 8))}
    dtype = draw(st.sampled_from(["float32", "uint8"]))
    return Case("drawn", "CenterCrop", shape, options | size, open=opened, dtype=dtype, **TOLERANCE)


DRAWN = {"CenterCrop": _drawn()}
