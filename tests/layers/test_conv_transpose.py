import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from kerata import UnsupportedError, graph
from tests.support import spatial
from tests.support.cases import Case, sequential_config
from tests.support.draw import sizes

CASES = [
    Case("valid", "Conv2DTranspose", (4, 5, 3), {"filters": 2, "kernel_size": [3, 2], "strides": 2}),
    Case("same", "Conv2DTranspose", (4, 5, 3), {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}),
    Case(
        "same_wide",
        "Conv2DTranspose",
        (4, 3, 2),
        {"filters": 2, "kernel_size": 4, "strides": [1, 3], "padding": "same"},
    ),
    Case("far_strides", "Conv2DTranspose", (3, 4, 2), {"filters": 3, "kernel_size": 2, "strides": 3}),
    Case(
        "more", "Conv2DTranspose", (3, 4, 2), {"filters": 3, "kernel_size": 3, "strides": 3, "output_padding": [1, 2]}
    ),
    Case(
        "same_more",
        "Conv2DTranspose",
        (3, 4, 2),
        {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": [0, 1]},
    ),
    Case("dilation", "Conv2DTranspose", (5, 4, 2), {"filters": 3, "kernel_size": 3, "dilation_rate": 2}),
    Case("open", "Conv2DTranspose", (5, 4, 2), {"filters": 3, "kernel_size": 3, "strides": 2}, open=(0, 1)),
    Case("glu", "Conv2DTranspose", (4, 3, 2), {"filters": 4, "kernel_size": 3, "activation": "glu"}),
    Case("activation", "Conv2DTranspose", (4, 3, 2), {"filters": 3, "kernel_size": 3, "activation": "relu"}),
    Case("no_bias", "Conv2DTranspose", (4, 3, 2), {"filters": 3, "kernel_size": 3, "use_bias": False}),
    Case(
        "channels_first",
        "Conv2DTranspose",
        (3, 4, 5),
        {"filters": 2, "kernel_size": 3, "strides": 2, "data_format": "channels_first"},
    ),
    Case("valid", "Conv1DTranspose", (5, 3), {"filters": 2, "kernel_size": 3, "strides": 2}),
    Case("same", "Conv1DTranspose", (5, 3), {"filters": 2, "kernel_size": 4, "strides": 3, "padding": "same"}),
    Case("valid", "Conv3DTranspose", (2, 3, 3, 2), {"filters": 2, "kernel_size": 2, "strides": [1, 2, 1]}),
    Case("same", "Conv3DTranspose", (2, 3, 3, 2), {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}),
]


@st.composite
def _drawn(draw: st.DrawFn, rank: int) -> Case:
    options = {"filters": draw(sizes(1, 3)), **draw(spatial.kernel(rank, ["valid", "same"]))}
    if draw(st.booleans()):
        keys = ("kernel_size", "dilation_rate", "strides")
        size, gap, strides = (np.array(spatial.every(options.get(key, 1), rank)) for key in keys)
        # With padding "same", TensorFlow takes no 0 where windows reach over an even number of pixels.
        least = (size - 1) * gap % 2 if options.get("padding") == "same" else 0 * strides
        assume(np.all(least < strides))
        options["output_padding"] = [
            draw(sizes(int(low), int(high) - 1)) for low, high in zip(least, strides, strict=True)
        ]
    return draw(spatial.case(f"Conv{rank}DTranspose", rank, draw(sizes(1, 3)), options))


DRAWN = {f"Conv{rank}DTranspose": _drawn(rank) for rank in (1, 2, 3)}


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("padding", "causal", r"Layer 'c': expected padding 'valid' or 'same', received 'causal'\."),
        ("output_padding", 2, r"Layer 'c': expected output_padding below the strides \(2,\), received 2\."),
        ("output_padding", [-1], r"Layer 'c': expected output_padding of 1 whole numbers, none below 0, received"),
    ],
)
def test_an_option_that_cannot_run_is_named_at_load(option, value, sentence):
    layer = {"name": "c", "filters": 1, "kernel_size": 3, "strides": 2, option: value}
    weights = {"c/kernel": np.zeros((3, 1, 1), "f4"), "c/bias": np.zeros(1, "f4")}
    with pytest.raises(UnsupportedError, match=sentence):
        graph.read(sequential_config((5, 1), ("Conv1DTranspose", layer)), weights)
