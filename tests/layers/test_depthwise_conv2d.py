from tests.cases import Case

CASES = [
    Case("valid", "DepthwiseConv2D", (7, 8, 4), {"kernel_size": 3}),
    Case("same", "DepthwiseConv2D", (7, 6, 5), {"kernel_size": 3, "padding": "same", "activation": "relu6"}),
    Case("same_strides", "DepthwiseConv2D", (8, 9, 3), {"kernel_size": 3, "strides": 2, "padding": "same"}),
    Case("multiplier", "DepthwiseConv2D", (6, 6, 3), {"kernel_size": [2, 3], "depth_multiplier": 2}),
    Case("dilation", "DepthwiseConv2D", (8, 8, 4), {"kernel_size": 3, "dilation_rate": 2, "padding": "same"}),
    Case("no_bias", "DepthwiseConv2D", (5, 5, 4), {"kernel_size": 3, "use_bias": False}),
]
