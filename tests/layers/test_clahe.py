from hypothesis import strategies as st

from tests.layers.test_auto_contrast import RANGES
from tests.layers.test_zero_padding import spatial
from tests.support.cases import Case
from tests.support.draw import config, sizes

KIND = "ContrastLimitedAdaptiveHistogramEqualization"
BYTES = {"dtype": "uint8", "below": 256, "rtol": 1e-5, "atol": 1e-3}  # of 255

CASES = [
    Case("default", KIND, (9, 10, 1), **BYTES),
    Case("unclipped", KIND, (5, 6, 2), {"clip_limit": 0.0, "tile_grid_size": [2, 3]}, **BYTES),
    Case("unit", KIND, (6, 6, 2), {"value_range": [0, 1], "tile_grid_size": [2, 2]}, atol=1e-5),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape, options, _ = draw(spatial(2, least=4))  # Keras makes its tiles of known sizes alone
    options |= draw(
        config(
            value_range=st.sampled_from(RANGES),
            clip_limit=st.floats(0, 300, width=32),
            # A last tile that is larger than the rest of the image is filled by reflection, which TensorFlow
            # refuses where the image is too small for it.
            tile_grid_size=st.lists(sizes(1, 4), min_size=2, max_size=2),
        )
    )
    # Integers are among the cases: called outside of `predict`, Keras leaves them such.
    return Case("drawn", KIND, shape, options, rtol=1e-4, atol=1e-3)


DRAWN = {KIND: _drawn()}
