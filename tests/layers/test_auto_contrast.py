from hypothesis import strategies as st

from tests.layers.test_zero_padding import spatial
from tests.support.cases import Case
from tests.support.draw import sizes

RANGES = ([0, 255], [0, 1], [-1.0, 1.0], [-3, 7.5])

CASES = [
    Case("unit", "AutoContrast", (4, 3, 2), {"value_range": [0, 1]}, atol=1e-5),
    Case("bytes", "AutoContrast", (4, 3, 2), dtype="uint8", below=256, atol=1e-4),
    Case("one_value", "AutoContrast", (1, 1, 2)),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape, options, opened = draw(spatial(2))
    options |= {"value_range": draw(st.sampled_from(RANGES))}
    dtype = draw(st.sampled_from(["float32", "uint8"]))
    below = draw(sizes(1, 256))
    # Both lose digits of 255, to which Keras stretches first, where the values are close together.
    return Case("drawn", "AutoContrast", shape, options, open=opened, dtype=dtype, below=below, rtol=1e-4, atol=1e-3)


DRAWN = {"AutoContrast": _drawn()}
