"""TensorFlow's functions of neural networks: pooling, convolutions, normalizations, losses."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import activations
from ...errors import UnsupportedError
from ...layers.common.windows import Windows
from ...node import Shape
from .. import nn as networks
from ..common import Sizes, as_float, bounded, broadcast, reduced, same, sizes_of
from .math import functions, integers, known, translated

# Windows


def is_first(data_format: str | None) -> bool:
    """Whether the channels come before the spatial axes."""
    return bool(data_format) and str(data_format).startswith("NC")


def keras_format(data_format: str | None) -> str:
    return "channels_first" if is_first(data_format) else "channels_last"


def spatial(value: Any, count: int, data_format: str | None = None) -> tuple[int, ...]:
    """A number for each spatial axis, of one number for all, or of a list that may hold batch and channels as well."""
    each = (1,) if value is None else integers(value)
    if len(each) == count + 2:
        return each[2:] if is_first(data_format) else each[1:-1]
    return each * count if len(each) == 1 else each


def padding_of(padding: Any) -> str:
    """TensorFlow's word in lower case; a convolution also takes what to add before and after each axis."""
    if not isinstance(padding, str):
        raise UnsupportedError(f"Operator: expected padding 'SAME' or 'VALID', received {padding!r}.")
    return padding.lower()


def pool_arguments(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = None
) -> tuple[Any, ...]:
    count = len(sizes_of(input)) - 2
    size, steps = (spatial(value, count, data_format) for value in (ksize, strides))
    return input, size, steps, padding_of(padding), keras_format(data_format)


def convolution_arguments(
    input: Any,
    filters: Any = None,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    filter: Any = None,
    stride: Any = None,
    dilation_rate: Any = None,
    rate: Any = None,
    use_cudnn_on_gpu: bool = True,
) -> tuple[Any, ...]:
    """`filter`, `stride`, `dilation_rate` and `rate` are what other versions call them."""
    count, kernel = len(sizes_of(input)) - 2, filter if filters is None else filters
    kernel = kernel if isinstance(kernel, Sizes) else as_float(kernel)
    gaps = next((each for each in (dilations, dilation_rate, rate) if each is not None), None)
    if not isinstance(padding, str):
        input, padding = bordered(input, spatial_pairs(padding, count, data_format), data_format), "VALID"
    steps = spatial(stride if strides is None else strides, count, data_format)
    return input, kernel, steps, padding_of(padding), keras_format(data_format), spatial(gaps, count, data_format)


def spatial_pairs(padding: Any, count: int, data_format: str | None) -> list[tuple[int, int]]:
    pairs = [(before, after) for before, after in padding]
    return pairs[2:] if is_first(data_format) else pairs[1:-1]


def bordered(input: Any, border: Sequence[tuple[int, int]], data_format: str | None) -> Any:
    """With zeros around it; of sizes, what they are then."""
    start = 2 if is_first(data_format) else 1
    widths = [(0, 0)] * len(sizes_of(input))
    widths[start : start + len(border)] = border
    if isinstance(input, Sizes):
        return Sizes(None if size is None else size + sum(both) for size, both in zip(input, widths, strict=True))
    return np.pad(input, widths)


def conv1d_arguments(
    input: Any, filters: Any = None, stride: Any = None, padding: Any = "VALID", *others: Any, **options: Any
) -> tuple[Any, ...]:
    return convolution_arguments(input, filters, stride, padding, *others, **options)


def atrous_arguments(value: Any, filters: Any, rate: Any, padding: Any) -> tuple[Any, ...]:
    return convolution_arguments(value, filters, None, padding, dilations=rate)


def separable_arguments(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
    rate: Any = None,
) -> tuple[Any, ...]:
    x, depthwise, *others = convolution_arguments(
        input, depthwise_filter, strides, padding, data_format, dilations, rate=rate
    )
    pointwise = pointwise_filter if isinstance(pointwise_filter, Sizes) else as_float(pointwise_filter)
    return x, depthwise, pointwise, *others


def any_pool_arguments(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    padding: Any = "VALID",
    dilation_rate: Any = None,
    strides: Any = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> tuple[Any, ...]:
    gaps = dilation_rate if dilations is None else dilations
    if gaps is not None and set(integers(gaps)) != {1}:
        raise UnsupportedError(f"Operator 'tf.nn.pool': expected no dilations, received {gaps!r}.")
    return pooling_type, *pool_arguments(input, window_shape, strides, padding, data_format)


LAYERS = networks.LAYERS
POOLS = {"AVG": LAYERS["AveragePool"], "MAX": LAYERS["MaxPool"]}


def on_layer(name: str, kind: str, arguments: Callable[..., tuple[Any, ...]]) -> None:
    """Registers the function as that of Keras which computes what a layer does."""
    layer = LAYERS[kind]
    functions({f"nn.{name}": translated(layer.run, arguments)}, shape=translated(layer.shape, arguments))


for _rank in ("", "1d", "2d", "3d"):
    on_layer(f"avg_pool{_rank}", "AveragePool", pool_arguments)
    on_layer(f"max_pool{_rank}", "MaxPool", pool_arguments)
for _name in ("conv2d", "conv3d", "convolution"):
    on_layer(_name, "Conv", convolution_arguments)
on_layer("conv1d", "Conv", conv1d_arguments)
on_layer("atrous_conv2d", "Conv", atrous_arguments)
on_layer("depthwise_conv2d", "DepthwiseConv", convolution_arguments)
on_layer("separable_conv2d", "SeparableConv", separable_arguments)
functions(
    {"nn.pool": translated(lambda kind, *args: POOLS[kind].run(*args), any_pool_arguments)},
    shape=translated(lambda kind, *args: POOLS[kind].shape(*args), any_pool_arguments),
)


def conv_transpose(
    input: np.ndarray,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = None,
    dilations: Any = None,
) -> np.ndarray:
    """Each pixel of the input adds pixel · kernel to a window of the output."""
    kernel, first = as_float(filters), is_first(data_format)  # (*size, filters, channels)
    count = kernel.ndim - 2
    x = as_float(np.moveaxis(input, 1, -1) if first else input)
    windows = Windows(
        kernel.shape[:count], spatial(strides, count, data_format), spatial(dilations, count, data_format), "valid"
    )
    sizes = spatial(output_shape, count, data_format)
    border = Windows(windows.size, windows.strides, windows.dilation, padding_of(padding)).border(*sizes)
    around = [size + sum(both) for size, both in zip(sizes, border, strict=True)]
    bounded(len(x), *around, kernel.shape[-2])
    y = np.zeros((len(x), *around, kernel.shape[-2]), np.float32)
    if windows.count(*around) != list(x.shape[1:-1]):
        raise ValueError(f"an output of {sizes} has other windows than the input {x.shape[1:-1]}")
    for slot, view in zip(kernel.reshape(-1, *kernel.shape[-2:]), windows.views(y), strict=True):
        view += np.matmul(x, slot.T)
    ends = zip(border, sizes, strict=True)
    y = y[:, *(slice(before, before + size) for (before, _), size in ends)]
    return np.moveaxis(y, -1, 1) if first else y


def transposed_shape(
    input: Any, filters: Any, output_shape: Any, strides: Any, padding: Any = "", data_format: Any = None, *others: Any
) -> Shape:
    """The batch is that of the input."""
    shape = known(output_shape)
    if len(shape) == len(sizes_of(input)):
        return (sizes_of(input)[0], *shape[1:])
    filters_count = sizes_of(filters)[-2]
    spatial_sizes = shape * (len(sizes_of(input)) - 2) if len(shape) == 1 else shape
    batch = sizes_of(input)[0]
    return (batch, filters_count, *spatial_sizes) if is_first(data_format) else (batch, *spatial_sizes, filters_count)


functions(
    {f"nn.{name}": conv_transpose for name in ("conv1d_transpose", "conv2d_transpose", "conv3d_transpose")}
    | {"nn.conv_transpose": conv_transpose},
    shape=lambda input, filters, output_shape, strides, padding="", data_format=None, dilations=None: transposed_shape(
        input, filters, output_shape, strides, padding, data_format
    ),
)


def padded(windows: Windows, x: np.ndarray, value: float) -> np.ndarray:
    """Where neither that nor all windows together are too large."""
    border = windows.border(*x.shape[1:-1])
    bounded(len(x), *(size + sum(both) for size, both in zip(x.shape[1:-1], border, strict=True)), x.shape[-1])
    bounded(len(x), *windows.count(*x.shape[1:-1]), *windows.size, x.shape[-1])
    return windows.padded(x, value)


def dilated(
    input: np.ndarray, filters: Any, strides: Any, padding: Any, data_format: str = "NHWC", dilations: Any = None
) -> np.ndarray:
    """Dilation of mathematical morphology: the largest sum of window and filter for each channel."""
    kernel = as_float(filters)  # (height, width, channels)
    windows = Windows(kernel.shape[:2], spatial(strides, 2), spatial(dilations, 2), padding_of(padding))
    x = padded(windows, as_float(input), -np.inf)
    sums = [view + slot for slot, view in zip(kernel.reshape(-1, kernel.shape[-1]), windows.views(x), strict=True)]
    return np.maximum.reduce(sums)


def eroded(
    value: np.ndarray, filters: Any, strides: Any, padding: Any, data_format: str = "NHWC", dilations: Any = None
) -> np.ndarray:
    turned = as_float(filters)[::-1, ::-1]
    return -dilated(-as_float(value), turned, strides, padding, data_format, dilations)


def max_pool_with_argmax(
    input: np.ndarray,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    output_dtype: str = "int64",
    include_batch_in_index: bool = False,
) -> list[np.ndarray]:
    """The largest of each window, and its index in the flat image, or in the flat batch."""
    windows = Windows(spatial(ksize, 2), spatial(strides, 2), (1, 1), padding_of(padding))
    x = as_float(input)
    order = np.arange(x.size if include_batch_in_index else x[0].size).reshape(-1, *x.shape[1:])
    views = np.stack(windows.views(padded(windows, x, -np.inf)))
    slots = np.stack(windows.views(padded(windows, np.broadcast_to(order, x.shape), -1)))
    largest = np.argmax(views, 0)[None]
    found = np.take_along_axis(slots, largest, 0)[0]
    return [np.take_along_axis(views, largest, 0)[0], found.astype(output_dtype)]


functions(
    {
        "nn.dilation2d": dilated,
        "nn.erosion2d": eroded,
        "nn.max_pool_with_argmax": max_pool_with_argmax,
    }
)


# Normalizations and activations


def bias_add(value: np.ndarray, bias: Any, data_format: str | None = None) -> np.ndarray:
    bias = np.asarray(bias, value.dtype)
    return value + (bias.reshape(-1, *[1] * (value.ndim - 2)) if is_first(data_format) else bias)


def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any = None, scale: Any = None, variance_epsilon: float = 1e-3
) -> np.ndarray:
    factor = (1 if scale is None else as_float(scale)) / np.sqrt(as_float(variance) + np.float32(variance_epsilon))
    return as_float(x) * factor + ((0 if offset is None else as_float(offset)) - as_float(mean) * factor)


def local_response_normalization(
    input: np.ndarray, depth_radius: int = 5, bias: float = 1.0, alpha: float = 1.0, beta: float = 0.5
) -> np.ndarray:
    """x / (bias + alpha · Σ x²)^beta, the sum over the channels that are `depth_radius` away at most."""
    x = as_float(input)
    sums = np.cumsum(np.pad(x * x, [(0, 0)] * (x.ndim - 1) + [(1, 0)]), axis=-1, dtype=np.float64)
    channel = np.arange(x.shape[-1])
    ends = np.minimum(channel + depth_radius + 1, x.shape[-1]), np.maximum(channel - depth_radius, 0)
    return x / as_float(bias + alpha * (sums[..., ends[0]] - sums[..., ends[1]])) ** np.float32(beta)


functions({"nn.bias_add": bias_add}, shape=same)
functions(
    {"nn.batch_normalization": batch_normalization},
    shape=lambda x, mean, variance, offset=None, scale=None, variance_epsilon=0.0: broadcast(
        x, mean, variance, offset, scale
    ),
)
functions(
    {"nn.local_response_normalization": local_response_normalization},
    shape=same,
)
functions(
    {
        "nn.crelu": lambda features, axis=-1: np.maximum(np.concatenate([features, -features], axis), 0),
        "nn.depth_to_space": lambda input, block_size, data_format="NHWC": networks.depth_to_space(
            input, block_size, keras_format(data_format)
        ),
        "nn.space_to_depth": lambda input, block_size, data_format="NHWC": networks.space_to_depth(
            input, block_size, keras_format(data_format)
        ),
    }
)


# Losses


def sigmoid_cross_entropy(labels: Any = None, logits: Any = None) -> np.ndarray:
    return networks.binary_crossentropy(labels, logits, from_logits=True)


def weighted_cross_entropy(labels: Any, logits: Any, pos_weight: Any) -> np.ndarray:
    labels, logits = as_float(labels), as_float(logits)
    weight = 1 + (as_float(pos_weight) - 1) * labels
    return (1 - labels) * logits + weight * activations.softplus(-logits)


def softmax_cross_entropy(labels: Any, logits: Any, axis: int = -1, dim: int | None = None) -> np.ndarray:
    return networks.categorical_crossentropy(labels, logits, True, axis if dim is None else dim)


def sparse_softmax_cross_entropy(labels: Any = None, logits: Any = None) -> np.ndarray:
    return networks.sparse_categorical_crossentropy(labels, logits, from_logits=True)


def without_axis(labels: Any, logits: Any, axis: int = -1, dim: int | None = None) -> Shape:
    return reduced(logits, axis if dim is None else dim)


functions(
    {"nn.sigmoid_cross_entropy_with_logits": sigmoid_cross_entropy},
    shape=lambda labels=None, logits=None: broadcast(labels, logits),
)
functions({"nn.weighted_cross_entropy_with_logits": weighted_cross_entropy}, shape=broadcast)
functions(
    {
        "nn.softmax_cross_entropy_with_logits": softmax_cross_entropy,
        "nn.softmax_cross_entropy_with_logits_v2": softmax_cross_entropy,
    },
    shape=without_axis,
)
functions(
    {"nn.sparse_softmax_cross_entropy_with_logits": sparse_softmax_cross_entropy},
    shape=lambda labels=None, logits=None: sizes_of(labels),
)
functions({"nn.l2_loss": lambda t: as_float(np.sum(as_float(t) ** 2) / 2)}, shape=lambda t: ())
functions(
    {"keras.backend.binary_crossentropy": networks.binary_crossentropy},
    shape=lambda target, output, from_logits=False: broadcast(target, output),
)
functions(
    {
        "keras.backend.categorical_crossentropy": networks.categorical_crossentropy,
        "keras.backend.sparse_categorical_crossentropy": networks.sparse_categorical_crossentropy,
    },
    shape=lambda target, output, from_logits=False, axis=-1: reduced(output, axis),
)
