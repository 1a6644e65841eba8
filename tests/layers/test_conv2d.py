import numpy as np
import pytest

from kerata import Model, UnsupportedError, graph
from tests.cases import Case, sequential_config

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
    Case("activation", "Conv2D", (6, 6, 2), {"filters": 3, "kernel_size": 3, "activation": "relu"}),
    Case("no_bias", "Conv2D", (6, 6, 2), {"filters": 3, "kernel_size": 3, "use_bias": False}),
    Case("one_row", "Conv2D", (1, 9, 2), {"filters": 3, "kernel_size": [1, 3]}),
]


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("data_format", "channels_first", "Layer 'c': expected data_format 'channels_last' or None, received"),
        ("padding", "causal", r"Layer 'c': expected padding 'valid' or 'same', received 'causal'\."),
        ("activation", "my_own", "Activation: expected one of .*relu.*; received 'my_own'"),
    ],
)
def test_an_option_that_cannot_run_is_named_at_load(option, value, sentence):
    layer = {"name": "c", "filters": 1, "kernel_size": 3, option: value}
    weights = {"c/kernel": np.zeros((3, 3, 1, 1), "f4"), "c/bias": np.zeros(1, "f4")}
    with pytest.raises(UnsupportedError, match=sentence):
        Model(graph.read(sequential_config((5, 5, 1), ("Conv2D", layer)), weights))
