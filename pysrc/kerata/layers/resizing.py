"""Resizing: images brought to one size, stretched, or cut or padded to its aspect ratio first."""

from collections.abc import Sequence

import numpy as np

from ..errors import UnsupportedError
from ..limits import check_size
from ..node import Config, Node, Shape, option
from .common.data_format import in_format, register_spatial
from .common.resampling import INTERPOLATIONS, check_taps, resample
from .common.windows import numbers
from .registry import Call

Size = tuple[int, int]  # height and width


def check_batch(config: Config, shape: Shape) -> None:
    """Keras takes an input of three axes for a single image, and its batch for the height."""
    if len(shape) != 4:
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected a batch of images, of 4 axes, received {shape}."
        )


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    """Raises TooLargeError where what the image is padded to, or what resizing weighs with, is too large."""
    check_batch(config, inputs[0])
    of, size = f"Layer {config.get('name')!r}", size_of(config)
    batch, *old, channels = inputs[0]
    if config.get("pad_to_aspect_ratio") and None not in old:
        wanted = _with_aspect((0, *old, 0), size)  # type: ignore[arg-type]
        old = [max(pair) for pair in zip(old, wanted, strict=True)]  # type: ignore[type-var]
        check_size(of, batch, *old, channels)
    for before, after in zip(old, size, strict=True):
        check_taps(of, str(config.get("interpolation", "bilinear")), before, after, bool(config.get("antialias")))
    check_size(of, batch, size[0], old[1], channels)
    return batch, *size, channels


def size_of(config: Config) -> Size:
    height, width = numbers(config, "height and width", (config["height"], config["width"]), 2)
    return height, width


@register_spatial("Resizing", shape=output_shape)
def build(node: Node) -> Call:
    config, size = node.config, size_of(node.config)
    interpolation = option(config, "interpolation", *INTERPOLATIONS, default="bilinear")
    option(config, "fill_mode", "constant", default="constant")
    antialias, filling = config.get("antialias", False), config.get("fill_value", 0.0)
    cut, pad = config.get("crop_to_aspect_ratio", False), config.get("pad_to_aspect_ratio", False)

    def call(x: np.ndarray) -> np.ndarray:
        x = x.astype(np.float32, copy=False)
        if cut:
            x = cut_to_aspect(x, size)
        elif pad:
            x = _padded_to_aspect(x, size, filling)
        return resize(x, size, interpolation, antialias)

    return in_format(config, call)


def resize(x: np.ndarray, size: Size, interpolation: str = "bilinear", antialias: bool = False) -> np.ndarray:
    """x (n, h, w, c)."""
    height, width = size
    return resample(resample(x, 1, height, interpolation, antialias), 2, width, interpolation, antialias)


def cut_to_aspect(x: np.ndarray, size: Size) -> np.ndarray:
    """The largest window in the middle of x (n, h, w, c) that is as wide for its height as `size`."""
    height, width = (
        max(min(old, wanted), 1) for old, wanted in zip(x.shape[1:3], _with_aspect(x.shape, size), strict=True)
    )
    top, left = (x.shape[1] - height) // 2, (x.shape[2] - width) // 2
    return x[:, top : top + height, left : left + width]


def _padded_to_aspect(x: np.ndarray, size: Size, filling: float) -> np.ndarray:
    """With the same border at both ends of the axis that is too short for the aspect of `size`."""
    missing = [max(wanted - old, 0) for old, wanted in zip(x.shape[1:3], _with_aspect(x.shape, size), strict=True)]
    border = [(0, 0), *((each // 2, each // 2) for each in missing), (0, 0)]
    return np.pad(x, border, constant_values=np.float32(filling))


def _with_aspect(shape: tuple[int, ...], size: Size) -> Size:
    """The height that goes with the width of (n, h, w, c), and the width that goes with its height."""
    _, height, width, _ = shape
    return width * size[0] // size[1], height * size[1] // size[0]
