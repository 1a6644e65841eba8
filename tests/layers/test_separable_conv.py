from hypothesis import strategies as st

from tests.support import spatial
from tests.support.cases import Case
from tests.support.draw import sizes

CASES = [
    Case("valid", "SeparableConv2D", (7, 6, 3), {"filters": 4, "kernel_size": [3, 2], "depth_multiplier": 2}),
    Case(
        "same_strides", "SeparableConv2D", (7, 6, 3), {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}
    ),
    Case("dilation", "SeparableConv2D", (7, 6, 3), {"filters": 2, "kernel_size": 2, "dilation_rate": [2, 1]}),
    Case(
        "channels_first",
        "SeparableConv2D",
        (3, 5, 6),
        {"filters": 5, "kernel_size": 3, "data_format": "channels_first", "activation": "softmax"},
    ),
    Case("multiplier", "SeparableConv1D", (9, 3), {"filters": 4, "kernel_size": 3, "depth_multiplier": 2}),
    Case("glu", "SeparableConv2D", (6, 6, 2), {"filters": 4, "kernel_size": 3, "activation": "glu"}),
    Case("same", "SeparableConv1D", (9, 3), {"filters": 4, "kernel_size": 4, "padding": "same", "activation": "relu"}),
    Case("no_bias", "SeparableConv1D", (9, 3), {"filters": 4, "kernel_size": 2, "dilation_rate": 2, "use_bias": False}),
    Case(
        "channels_first", "SeparableConv1D", (3, 9), {"filters": 4, "kernel_size": 3, "data_format": "channels_first"}
    ),
]


@st.composite
def _drawn(draw: st.DrawFn, rank: int) -> Case:
    # TensorFlow's separable convolution wants the strides of both axes to be the same.
    options = {"filters": draw(sizes(1, 4)), **draw(spatial.kernel(rank, ["valid", "same"], alike=True))}
    options |= draw(st.fixed_dictionaries({}, optional={"depth_multiplier": sizes(1, 3)}))
    return draw(spatial.case(f"SeparableConv{rank}D", rank, draw(sizes(1, 4)), options))


DRAWN = {f"SeparableConv{rank}D": _drawn(rank) for rank in (1, 2)}
