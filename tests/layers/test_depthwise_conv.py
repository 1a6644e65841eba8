from hypothesis import strategies as st

from tests.support import spatial
from tests.support.cases import Case
from tests.support.draw import sizes

CASES = [
    Case("valid", "DepthwiseConv2D", (7, 8, 4), {"kernel_size": 3}),
    Case("glu", "DepthwiseConv2D", (6, 6, 2), {"kernel_size": 3, "activation": "glu"}),
    Case("same", "DepthwiseConv2D", (7, 6, 5), {"kernel_size": 3, "padding": "same", "activation": "relu6"}),
    Case("same_strides", "DepthwiseConv2D", (8, 9, 3), {"kernel_size": 3, "strides": 2, "padding": "same"}),
    Case("multiplier", "DepthwiseConv2D", (6, 6, 3), {"kernel_size": [2, 3], "depth_multiplier": 2}),
    Case("dilation", "DepthwiseConv2D", (8, 8, 4), {"kernel_size": 3, "dilation_rate": 2, "padding": "same"}),
    Case("both", "DepthwiseConv2D", (8, 9, 2), {"kernel_size": 3, "dilation_rate": 2, "strides": 2, "padding": "same"}),
    Case("no_bias", "DepthwiseConv2D", (5, 5, 4), {"kernel_size": 3, "use_bias": False}),
    Case(
        "channels_first",
        "DepthwiseConv2D",
        (3, 6, 5),
        {"kernel_size": 3, "depth_multiplier": 2, "data_format": "channels_first"},
    ),
    Case("multiplier", "DepthwiseConv1D", (8, 3), {"kernel_size": 3, "depth_multiplier": 2, "activation": "tanh"}),
    Case("same_strides", "DepthwiseConv1D", (9, 3), {"kernel_size": 4, "strides": 2, "padding": "same"}),
    Case("dilation", "DepthwiseConv1D", (9, 2), {"kernel_size": 3, "dilation_rate": 2, "use_bias": False}),
    Case("channels_first", "DepthwiseConv1D", (3, 8), {"kernel_size": 3, "data_format": "channels_first"}),
]


@st.composite
def _drawn(draw: st.DrawFn, rank: int) -> Case:
    # TensorFlow's depthwise convolution wants the strides of both axes to be the same.
    options = draw(spatial.kernel(rank, ["valid", "same"], alike=True))
    options |= draw(st.fixed_dictionaries({}, optional={"depth_multiplier": sizes(1, 3)}))
    return draw(spatial.case(f"DepthwiseConv{rank}D", rank, draw(sizes(1, 4)), options))


DRAWN = {f"DepthwiseConv{rank}D": _drawn(rank) for rank in (1, 2)}
