"""Conv1DTranspose, Conv2DTranspose and Conv3DTranspose: each input pixel adds pixel · kernel to a window of the output;
then activation(output + bias).
"""

from collections.abc import Sequence

import numpy as np

from ..errors import UnsupportedError
from ..limits import check_size
from ..node import Config, Node, Shape, option
from .common.data_format import register_spatial
from .common.matmul import prepared_matmul_nt
from .common.windows import Windows, kernel_windows, numbers, rank
from .conv import bias_shape, finished
from .registry import Call


def _windows(config: Config, axes: int) -> Windows:
    """Over the output."""
    option(config, "padding", "valid", "same", default="valid")
    return kernel_windows(config, axes)


def _output_padding(config: Config, windows: Windows) -> list[int | None]:
    """How much longer each axis of the output is than it has to be; None where Keras chooses."""
    given = config.get("output_padding")
    if given is None:
        return [None] * len(windows.size)
    each = numbers(config, "output_padding", given, len(windows.size), least=0)
    if any(more >= stride for more, stride in zip(each, windows.strides, strict=True)):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected output_padding below the strides {windows.strides}, "
            f"received {given!r}."
        )
    return list(each)


def _output_sizes(config: Config, windows: Windows, sizes: Sequence[int | None]) -> list[int | None]:
    axes = zip(sizes, windows.strides, windows.extent, _output_padding(config, windows), strict=True)
    made: list[int | None] = []
    for size, stride, extent, more in axes:
        if size is None:
            made.append(None)
        elif windows.padding == "same":
            made.append(size * stride if more is None else (size - 1) * stride + extent % 2 + more)
        else:
            made.append((size - 1) * stride + (max(extent, stride) if more is None else extent + more))
    return made


def shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch, *sizes, _ = inputs[0]
    of, windows, filters = f"Layer {config.get('name')!r}", _windows(config, rank(inputs[0])), config["filters"]
    made = _output_sizes(config, windows, sizes)
    check_size(of, batch, *sizes, *windows.size, filters)  # the products
    check_size(of, batch, *map(_reached, sizes, windows.strides, windows.extent), filters)
    return batch, *made, filters


def _reached(size: int | None, stride: int, extent: int) -> int:
    """How far windows reach from so many elements."""
    return ((size or 1) - 1) * stride + extent


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    size, filters = _windows(config, rank(inputs[0])).size, config["filters"]
    return {"kernel": (*size, filters, inputs[0][-1])} | bias_shape(config, filters)


@register_spatial("Conv1DTranspose", shape=shape, weights=weight_shapes)
@register_spatial("Conv2DTranspose", shape=shape, weights=weight_shapes)
@register_spatial("Conv3DTranspose", shape=shape, weights=weight_shapes)
def build(node: Node) -> Call:
    kernel = node.weights["kernel"]  # (*size, filters, channels)
    windows = _windows(node.config, kernel.ndim - 2)
    multiply = prepared_matmul_nt(
        kernel.reshape(-1, kernel.shape[-1]), node.accelerator()
    )  # (elements of a window · filters, channels)

    def convolve(x: np.ndarray) -> np.ndarray:
        sizes = [size or 0 for size in _output_sizes(node.config, windows, x.shape[1:-1])]
        reached = list(map(_reached, x.shape[1:-1], windows.strides, windows.extent))
        # What windows reach beyond the output is shared by both ends, as the border of a convolution is.
        starts = [max(reach - size, 0) // 2 for reach, size in zip(reached, sizes, strict=True)]
        ends = [start + size for start, size in zip(starts, sizes, strict=True)]
        y = np.zeros((len(x), *map(max, reached, ends), kernel.shape[-2]), np.float32)
        products = multiply(x.reshape(-1, x.shape[-1]))
        products = products.reshape(*x.shape[:-1], -1, kernel.shape[-2])  # (n, …, elements of a window, filters)
        for element, view in enumerate(windows.views(y)):
            view += products[..., element, :]
        return y[:, *map(slice, starts, ends)]

    return finished(node, convolve)
