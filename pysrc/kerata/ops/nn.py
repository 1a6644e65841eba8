"""Operators of neural networks: activations, normalisations, attention, losses, and what layers compute, too: pooling,
convolutions and changes of images, which those layers do here.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import activations
from ..layers.registry import find
from ..node import Config, Node, Shape
from .arrays import moments
from .common import Function, as_float, bounded, broadcast, on_floats, operators, reduced, same, sizes_of
from .linear import matmul, norm

_EPSILON = 1e-7  # keras.backend.epsilon()


def softmax(x: np.ndarray, axis: Any = -1) -> np.ndarray:
    return activations.softmax(as_float(x), axis)


def log_softmax(x: np.ndarray, axis: Any = -1) -> np.ndarray:
    return activations.log_softmax(as_float(x), axis)


def rms_norm(x: np.ndarray, scale: Any = None, axis: Any = -1, epsilon: float | None = None) -> np.ndarray:
    x = as_float(x)
    y = x / np.sqrt(np.mean(x * x, axis, keepdims=True) + np.float32(_EPSILON if epsilon is None else epsilon))
    return y if scale is None else y * as_float(scale)


def layer_norm(
    x: np.ndarray,
    gamma: Any = None,
    beta: Any = None,
    axis: Any = -1,
    epsilon: float | None = None,
    rms_scaling: bool = False,
) -> np.ndarray:
    """With `rms_scaling`, divided by the deviation from a mean that is kept."""
    x = as_float(x)
    axes = tuple(sorted(each % x.ndim for each in ((axis,) if isinstance(axis, int) else axis)))
    mean, variance = moments(x, axes, keepdims=True)
    y = (x if rms_scaling else x - mean) / np.sqrt(variance + np.float32(_EPSILON if epsilon is None else epsilon))
    sizes = tuple(size if place in axes else 1 for place, size in enumerate(x.shape))
    y = y if gamma is None else y * as_float(gamma).reshape(sizes)
    return y if beta is None or rms_scaling else y + as_float(beta).reshape(sizes)


def batch_norm(
    x: np.ndarray,
    mean: Any,
    variance: Any,
    offset: Any = None,
    scale: Any = None,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> np.ndarray:
    sizes = [1] * x.ndim
    sizes[axis] = -1
    factor = (1 if scale is None else as_float(scale)) / np.sqrt(as_float(variance) + np.float32(epsilon))
    shift = (0 if offset is None else as_float(offset)) - as_float(mean) * factor
    return as_float(x) * factor.reshape(sizes) + shift.reshape(sizes)


def normalize(x: np.ndarray, axis: Any = -1, order: int = 2, epsilon: float | None = None) -> np.ndarray:
    least = np.float32(_EPSILON if epsilon is None else epsilon)
    return as_float(x) / np.maximum(norm(x, order, axis, True), least)


operators(
    {
        "Celu": lambda x, alpha=1.0: activations.celu(as_float(x), alpha),
        "Elu": lambda x, alpha=1.0: activations.elu(as_float(x), alpha),
        "Gelu": lambda x, approximate=True: activations.gelu(as_float(x), approximate),
        "HardShrink": lambda x, threshold=0.5: activations.hard_shrink(as_float(x), threshold),
        "HardSigmoid": on_floats(activations.hard_sigmoid),
        "HardSilu": on_floats(activations.hard_silu),
        "HardTanh": on_floats(activations.hard_tanh),
        "LeakyRelu": lambda x, negative_slope=0.2: activations.leaky_relu(as_float(x), negative_slope),
        "LogSigmoid": on_floats(activations.log_sigmoid),
        "LogSoftmax": log_softmax,
        "ReLU": lambda x, negative_slope=0.0, max_value=None, threshold=0.0: activations.relu(
            as_float(x), negative_slope, max_value, threshold
        ),
        "Relu": lambda x: np.maximum(x, np.zeros((), x.dtype)),
        "Relu6": lambda x: np.clip(x, np.zeros((), x.dtype), np.asarray(6, x.dtype)),
        "Selu": on_floats(activations.selu),
        "Sigmoid": on_floats(activations.sigmoid),
        "Silu": on_floats(activations.silu),
        "SoftShrink": lambda x, threshold=0.5: activations.soft_shrink(as_float(x), threshold),
        "Softmax": softmax,
        "Softplus": on_floats(activations.softplus),
        "Softsign": on_floats(activations.softsign),
        "SparsePlus": on_floats(activations.sparse_plus),
        "SparseSigmoid": on_floats(activations.sparse_sigmoid),
        "Sparsemax": lambda x, axis=-1: activations.sparsemax(as_float(x), axis),
        "Squareplus": lambda x, b=4: activations.squareplus(as_float(x), b),
        "TanhShrink": on_floats(activations.tanh_shrink),
        "Threshold": lambda x, threshold, default_value: activations.threshold(as_float(x), threshold, default_value),
        "BatchNorm": batch_norm,
        "LayerNorm": layer_norm,
        "Normalize": normalize,
        "RMSNorm": rms_norm,
    },
    shape=same,
)
operators({"Glu": lambda x, axis=-1: activations.glu(as_float(x), axis)})


# Attention


def dot_product_attention(
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    bias: Any = None,
    mask: Any = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> np.ndarray:
    """softmax(query · keyᵀ · scale + bias) · value, of (batch, steps, heads, size). Several heads may share a key.

    Keras computes the same whether or not attention is "flash", and has no use for the soft cap here.
    """
    q, k, v = (as_float(each).swapaxes(1, 2) for each in (query, key, value))  # (batch, heads, steps, size)
    if 1 < k.shape[1] < q.shape[1]:
        k, v = (np.repeat(each, q.shape[1] // each.shape[1], 1) for each in (k, v))
    logits = matmul(q, k.swapaxes(-1, -2)) * np.float32(1 / math.sqrt(k.shape[-1]) if scale is None else scale)
    logits = logits if bias is None else logits + as_float(bias)
    allowed = np.asarray(True if mask is None else mask, bool)
    if is_causal:
        allowed = allowed & np.tri(*logits.shape[-2:]).astype(bool)
    if allowed.ndim:
        logits = np.where(allowed, logits, np.float32(-0.7 * 3.38953e38))  # Keras's large negative number
    return matmul(activations.softmax(logits), v).swapaxes(1, 2)


def attention_shape(query: Any, key: Any, value: Any, *others: Any, **options: Any) -> Shape:
    batch, steps, heads, _ = sizes_of(query)
    bounded(batch, steps, heads, sizes_of(key)[1])
    return batch, steps, heads, sizes_of(value)[3]


operators({"DotProductAttention": dot_product_attention}, shape=attention_shape)


# Losses


def _probable(output: Any) -> np.ndarray:
    return np.clip(as_float(output), np.float32(_EPSILON), np.float32(1 - _EPSILON))


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> np.ndarray:
    target, output = as_float(target), as_float(output)
    if from_logits:
        return np.maximum(output, 0) - output * target + np.log1p(np.exp(-np.abs(output)))
    p = _probable(output)
    return -(target * np.log(p) + (1 - target) * np.log(1 - p))


def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> np.ndarray:
    output = as_float(output)
    if from_logits:
        logs = activations.log_softmax(output, axis)
    else:
        logs = np.log(_probable(output / np.sum(output, axis, keepdims=True)))
    return -np.sum(as_float(target) * logs, axis)


def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> np.ndarray:
    logits = as_float(output) if from_logits else np.log(_probable(output))
    classes = np.asarray(target).astype(np.int64).reshape(*logits.shape[:-1], 1)
    return -np.take_along_axis(activations.log_softmax(logits), classes, -1)[..., 0]


def peak_signal_to_noise(x1: Any, x2: Any, max_val: float) -> np.ndarray:
    error = np.mean(np.square(as_float(x1) - as_float(x2)))
    return as_float(20 * np.log10(np.float32(max_val)) - 10 * np.log10(error))


operators({"BinaryCrossentropy": binary_crossentropy}, shape=broadcast)
operators(
    {"CategoricalCrossentropy": categorical_crossentropy},
    shape=lambda target, output, from_logits=False, axis=-1: reduced(output, axis),
)
operators(
    {"SparseCategoricalCrossentropy": sparse_categorical_crossentropy},
    shape=lambda target, output, **options: sizes_of(output)[:-1],
)
operators({"PSNR": peak_signal_to_noise}, shape=lambda *values, **options: ())


# Images and signals


def depth_to_space(x: np.ndarray, block_size: int, data_format: str = "channels_last") -> np.ndarray:
    """Each pixel's channels become a block of pixels."""
    x = x if data_format == "channels_last" else np.moveaxis(x, 1, -1)
    n, h, w, c = x.shape
    blocks = x.reshape(n, h, w, block_size, block_size, c // block_size**2).transpose(0, 1, 3, 2, 4, 5)
    y = blocks.reshape(n, h * block_size, w * block_size, -1)
    return y if data_format == "channels_last" else np.moveaxis(y, -1, 1)


def space_to_depth(x: np.ndarray, block_size: int, data_format: str = "channels_last") -> np.ndarray:
    x = x if data_format == "channels_last" else np.moveaxis(x, 1, -1)
    n, h, w, c = x.shape
    blocks = x.reshape(n, h // block_size, block_size, w // block_size, block_size, c).transpose(0, 1, 3, 2, 4, 5)
    y = blocks.reshape(n, h // block_size, w // block_size, -1)
    return y if data_format == "channels_last" else np.moveaxis(y, -1, 1)


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def unfold(x: np.ndarray, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> np.ndarray:
    """The windows of x (n, c, h, w), each as a column: (n, c · kernel, windows)."""
    (kh, kw), (dh, dw), (ph, pw), (sh, sw) = map(_pair, (kernel_size, dilation, padding, stride))
    bounded(*x.shape[:2], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(x, ((kh - 1) * dh + 1, (kw - 1) * dw + 1), (2, 3))
    windows = windows[:, :, ::sh, ::sw, ::dh, ::dw]  # (n, c, nh, nw, kh, kw)
    bounded(*windows.shape)
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(x.shape[0], x.shape[1] * kh * kw, -1)


def grayscale(images: np.ndarray, data_format: str | None = None) -> np.ndarray:
    """Luma by ITU-R BT.601."""
    axis = 1 if data_format == "channels_first" else -1
    return np.expand_dims(
        np.tensordot(as_float(images), np.array([0.2989, 0.587, 0.114], np.float32), ((axis,), (0,))), axis
    )


def fourier(function: Function) -> Function:
    """Of complex numbers, which are given and returned as their real and imaginary parts."""

    def of(x: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
        real, imaginary = x
        return _parts(function(as_float(real) + 1j * as_float(imaginary)))

    return of


def _parts(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return as_float(x.real), as_float(x.imag)


def real_fourier(x: np.ndarray, fft_length: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    bounded(*x.shape[:-1], fft_length)
    return _parts(np.fft.rfft(as_float(x), fft_length))


def real_fourier_shape(x: Any, fft_length: int | None = None) -> list[Shape]:
    *others, last = sizes_of(x)
    size = last if fft_length is None else fft_length
    return [(*others, None if size is None else size // 2 + 1)] * 2


def fourier_back_shape(x: Sequence[Any], fft_length: int | None = None) -> Shape:
    *others, last = sizes_of(x[0])
    return (*others, fft_length if fft_length is not None else last and 2 * (last - 1))


def real_fourier_back(x: Sequence[Any], fft_length: int | None = None) -> np.ndarray:
    real, imaginary = x
    bounded(*np.shape(real)[:-1], fft_length)
    return as_float(np.fft.irfft(as_float(real) + 1j * as_float(imaginary), fft_length))


operators(
    {
        "DepthToSpace": depth_to_space,
        "RGBToGrayscale": grayscale,
        "SpaceToDepth": space_to_depth,
        "Unfold": unfold,
    }
)
operators({"RFFT": real_fourier}, shape=real_fourier_shape)
operators({"IRFFT": real_fourier_back}, shape=fourier_back_shape)
operators(
    {
        "FFT": fourier(lambda x: np.fft.fft(x)),
        "FFT2": fourier(lambda x: np.fft.fft2(x)),
        "IFFT2": fourier(lambda x: np.fft.ifft2(x)),
    },
    shape=lambda x: [sizes_of(x[0])] * 2,
)


# What layers compute, too


class _Layer:
    """The operator that computes what a layer does. `settings` makes the layer's config, and its weights, from the
    operator's arguments; `{}` in its kind is the count of the axes between batch and channels.
    """

    def __init__(self, kind: str, settings: Function) -> None:
        self.kind, self.settings = kind, settings

    def prepared(self, inputs: Any, *others: Any, **options: Any) -> tuple[str, Config, dict[str, Any]]:
        config, weights = self.settings(sizes_of(inputs), *others, **options)
        return self.kind.format(len(sizes_of(inputs)) - 2), {"name": self.kind, **config}, weights

    def run(self, inputs: Any, *others: Any, **options: Any) -> np.ndarray:
        kind, config, weights = self.prepared(inputs, *others, **options)
        (shape,) = find(kind, kind).shapes(config, [inputs.shape])
        return find(kind, kind).build(Node(kind, kind, ("x",), config, weights, shape))(as_float(inputs))

    def shape(self, inputs: Any, *others: Any, **options: Any) -> list[Shape]:
        kind, config, _ = self.prepared(inputs, *others, **options)
        return find(kind, kind).shapes(config, [tuple(sizes_of(inputs))])


def _pool(
    inputs: Shape, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> tuple[Config, dict[str, Any]]:
    count = len(inputs) - 2
    size, steps = (_each(value, count) for value in (pool_size, pool_size if strides is None else strides))
    return {"pool_size": size, "strides": steps, "padding": padding, "data_format": data_format}, {}


def _each(value: Any, count: int) -> tuple[int, ...]:
    return (value,) * count if isinstance(value, int) else tuple(value)


def _adaptive(inputs: Shape, output_size: Any, data_format: str | None = None) -> tuple[Config, dict[str, Any]]:
    return {"output_size": _each(output_size, len(inputs) - 2), "data_format": data_format}, {}


def _conv(
    inputs: Shape,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> tuple[Config, dict[str, Any]]:
    *size, channels, filters = sizes_of(kernel)
    depth = inputs[1 if data_format == "channels_first" else -1]
    options = {"filters": filters, "groups": (depth or channels or 1) // (channels or 1)}
    return _convolution(inputs, size, strides, padding, data_format, dilation_rate) | options, {"kernel": kernel}


def _convolution(
    inputs: Shape, size: Any, strides: Any, padding: str, data_format: Any, dilation: Any
) -> dict[str, Any]:
    count = len(inputs) - 2
    return {
        "kernel_size": tuple(size),
        "strides": _each(strides, count),
        "padding": padding,
        "data_format": data_format,
        "dilation_rate": _each(dilation, count),
        "use_bias": False,
    }


def _depthwise(
    inputs: Shape,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> tuple[Config, dict[str, Any]]:
    *size, _, multiplier = sizes_of(kernel)
    options = {"depth_multiplier": multiplier}
    return _convolution(inputs, size, strides, padding, data_format, dilation_rate) | options, {"kernel": kernel}


def _separable(
    inputs: Shape,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> tuple[Config, dict[str, Any]]:
    *size, _, multiplier = sizes_of(depthwise_kernel)
    options = {"depth_multiplier": multiplier, "filters": sizes_of(pointwise_kernel)[-1]}
    weights = {"depthwise_kernel": depthwise_kernel, "pointwise_kernel": pointwise_kernel}
    return _convolution(inputs, size, strides, padding, data_format, dilation_rate) | options, weights


def _resize(
    inputs: Shape,
    size: tuple[int, int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> tuple[Config, dict[str, Any]]:
    height, width = size
    return {
        "height": height,
        "width": width,
        "interpolation": interpolation,
        "antialias": antialias,
        "crop_to_aspect_ratio": crop_to_aspect_ratio,
        "pad_to_aspect_ratio": pad_to_aspect_ratio,
        "fill_mode": fill_mode,
        "fill_value": fill_value,
        "data_format": data_format,
    }, {}


LAYERS = {
    "AdaptiveAveragePool": _Layer("AdaptiveAveragePooling{}D", _adaptive),
    "AdaptiveMaxPool": _Layer("AdaptiveMaxPooling{}D", _adaptive),
    "AveragePool": _Layer("AveragePooling{}D", _pool),
    "Conv": _Layer("Conv{}D", _conv),
    "DepthwiseConv": _Layer("DepthwiseConv{}D", _depthwise),
    "MaxPool": _Layer("MaxPooling{}D", _pool),
    "Resize": _Layer("Resizing", _resize),
    "SeparableConv": _Layer("SeparableConv{}D", _separable),
}
for _name, _layer in LAYERS.items():
    operators({_name: _layer.run}, shape=_layer.shape)
