import numpy as np
import pytest
from hypothesis import strategies as st

from kerata import Model, UnsupportedError, graph
from kerata.layers.common import windows
from tests.support import spatial
from tests.support.cases import Case, sequential_config
from tests.support.draw import sizes

CASES = [
    Case("valid", "Conv2D", (7, 8, 3), {"filters": 5, "kernel_size": 3}),
    Case("same", "Conv2D", (7, 8, 3), {"filters": 5, "kernel_size": 3, "padding": "same"}),
    Case("same_even_kernel", "Conv2D", (7, 8, 3), {"filters": 4, "kernel_size": [2, 4], "padding": "same"}),
    Case("strides", "Conv2D", (9, 11, 2), {"filters": 3, "kernel_size": 3, "strides": [2, 3]}),
    Case("same_strides", "Conv2D", (9, 10, 2), {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"}),
    Case("same_far_strides", "Conv2D", (9, 10, 2), {"filters": 3, "kernel_size": 2, "strides": 3, "padding": "same"}),
    Case("dilation", "Conv2D", (9, 11, 2), {"filters": 3, "kernel_size": 3, "dilation_rate": [2, 3]}),
    Case("same_dilation", "Conv2D", (9, 9, 2), {"filters": 3, "kernel_size": 3, "dilation_rate": 2, "padding": "same"}),
    Case("groups", "Conv2D", (6, 6, 6), {"filters": 4, "kernel_size": 3, "groups": 2}),
    Case("pointwise", "Conv2D", (5, 4, 6), {"filters": 7, "kernel_size": 1}),
    Case("glu", "Conv2D", (6, 6, 2), {"filters": 4, "kernel_size": 3, "activation": "glu"}),
    Case(
        "glu_channels_first",
        "Conv1D",
        (3, 6),
        {"filters": 5, "kernel_size": 3, "data_format": "channels_first", "activation": "glu"},
    ),
    Case("activation", "Conv2D", (6, 6, 2), {"filters": 3, "kernel_size": 3, "activation": "relu"}),
    Case("no_bias", "Conv2D", (6, 6, 2), {"filters": 3, "kernel_size": 3, "use_bias": False}),
    Case("one_row", "Conv2D", (1, 9, 2), {"filters": 3, "kernel_size": [1, 3]}),
    Case("open", "Conv2D", (6, 7, 2), {"filters": 3, "kernel_size": 3, "padding": "same"}, open=(0, 1)),
    Case(
        "channels_first",
        "Conv2D",
        (3, 7, 8),
        {"filters": 4, "kernel_size": 3, "padding": "same", "data_format": "channels_first", "activation": "softmax"},
    ),
    Case("valid", "Conv1D", (9, 3), {"filters": 4, "kernel_size": 3, "strides": 2}),
    Case("same", "Conv1D", (9, 3), {"filters": 4, "kernel_size": 4, "padding": "same", "activation": "tanh"}),
    Case("causal", "Conv1D", (9, 3), {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}),
    Case("groups", "Conv1D", (9, 6), {"filters": 4, "kernel_size": 3, "groups": 2}),
    Case("causal_strides", "Conv1D", (9, 3), {"filters": 4, "kernel_size": 4, "padding": "causal", "strides": 2}),
    Case("channels_first", "Conv1D", (3, 9), {"filters": 4, "kernel_size": 3, "data_format": "channels_first"}),
    Case("valid", "Conv3D", (4, 5, 6, 2), {"filters": 3, "kernel_size": [2, 3, 2], "strides": [1, 2, 1]}),
    Case(
        "same",
        "Conv3D",
        (4, 5, 3, 2),
        {"filters": 3, "kernel_size": 3, "padding": "same", "use_bias": False},
        atol=1e-5,  # 54 products a sum, which Keras sums in another order
    ),
    Case("groups", "Conv3D", (4, 3, 3, 4), {"filters": 2, "kernel_size": 2, "groups": 2, "dilation_rate": [2, 1, 1]}),
    Case("channels_first", "Conv3D", (2, 4, 5, 3), {"filters": 3, "kernel_size": 2, "data_format": "channels_first"}),
]


@st.composite
def _drawn(draw: st.DrawFn, rank: int) -> Case:
    paddings = ["valid", "same", "causal"] if rank == 1 else ["valid", "same"]
    groups = draw(sizes(1, 3))
    options = {"filters": groups * draw(sizes(1, 3)), "groups": groups, **draw(spatial.kernel(rank, paddings))}
    return draw(spatial.case(f"Conv{rank}D", rank, groups * draw(sizes(1, 3)), options))


DRAWN = {f"Conv{rank}D": _drawn(rank) for rank in (1, 2, 3)}


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        (
            "data_format",
            "rows",
            "Layer 'c': expected data_format 'channels_last' or 'channels_first' or None, received",
        ),
        ("padding", "causal", r"Layer 'c': expected padding 'valid' or 'same', received 'causal'\."),
        ("activation", "my_own", "Layer '.*': Kerata has no activation 'my_own'"),
        ("groups", 2, r"Layer 'c': expected 1 filters and 1 channels in 2 equal parts\."),
        ("strides", [1, 0], r"Layer 'c': expected strides of 2 whole numbers, none below 1, received \[1, 0\]\."),
        ("dilation_rate", [1], r"Layer 'c': expected dilation_rate of 2 whole numbers, none below 1, received \[1\]\."),
        ("dilation_rate", 3, r"Layer 'c': expected an input that windows of \[7, 7\] fit into, received the shape"),
    ],
)
def test_an_option_that_cannot_run_is_named_at_load(option, value, sentence):
    layer = {"name": "c", "filters": 1, "kernel_size": 3, option: value}
    weights = {"c/kernel": np.zeros((3, 3, 1, 1), "f4"), "c/bias": np.zeros(1, "f4")}
    with pytest.raises(UnsupportedError, match=sentence):
        Model(graph.read(sequential_config((5, 5, 1), ("Conv2D", layer)), weights))


@pytest.mark.parametrize("block", [1, 4 * 18 * 5 * 2, 4 * 18 * 5 * 6 * 2], ids=["a row", "two rows", "two images"])
def test_windows_that_are_copied_in_blocks_give_the_same(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of windows with 18 numbers each, at 6 × 5 places."""
    random = np.random.default_rng(0)
    config = sequential_config((8, 7, 2), ("Conv2D", {"name": "c", "filters": 3, "kernel_size": [3, 3]}))
    weights = {"c/kernel": random.normal(size=(3, 3, 2, 3)), "c/bias": np.zeros(3)}
    model = Model(graph.read(config, {name: np.float32(each) for name, each in weights.items()}), "numpy")
    x = random.normal(size=(5, 8, 7, 2)).astype(np.float32)
    at_once = model.predict(x)
    monkeypatch.setattr(windows, "_BLOCK", block)
    np.testing.assert_allclose(model.predict(x), at_once, rtol=1e-5, atol=1e-6)
