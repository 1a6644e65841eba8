"""TensorFlow's functions of images: sizes, turns, colors, patches, quality. Images are (…, height, width, channels)."""

from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...layers.common.resampling import METHODS
from ...layers.common.windows import Windows
from ...layers.resizing import resize as resized
from ...node import Shape
from .. import math as numbers
from .. import nn as networks
from ..common import Function, as_float, bounded, dtype_of, same, sizes_of
from .math import functions, integers, known
from .nn import padded, padding_of, spatial

# Types


def convert(image: Any, dtype: str, saturate: bool = False) -> np.ndarray:
    """Floats from 0 to 1 stand for integers from 0 to the type's largest."""
    x, kind = np.asarray(image), np.dtype(dtype_of(dtype))
    if x.dtype.kind == "f" and kind.kind == "f":
        return x
    if x.dtype == kind:
        return x
    if kind.kind == "f":
        return as_float(x) * np.float32(1 / np.iinfo(x.dtype).max)
    narrow = numbers.saturate_cast if saturate else numbers.cast
    if x.dtype.kind == "f":
        return narrow(x * np.float32(np.iinfo(kind).max + 0.5), dtype)
    largest, most = int(np.iinfo(x.dtype).max), int(np.iinfo(kind).max)
    if largest > most:
        return narrow(x // ((largest + 1) // (most + 1)), dtype)
    return narrow(x, dtype) * ((most + 1) // (largest + 1))


def on_image_floats(function: Function, saturate: bool = False) -> Function:
    """Of an image, which is converted to floats, and back."""

    def of(image: Any, *args: Any, **named: Any) -> np.ndarray:
        x = np.asarray(image)
        return convert(function(convert(x, "float32"), *args, **named), str(x.dtype), saturate)

    return of


# Sizes


def _with_size(images: Any, height: int | None, width: int | None) -> Shape:
    *batch, _, _, channels = sizes_of(images)
    return (*batch, height, width, channels)


def _empty(images: np.ndarray, height: int, width: int) -> np.ndarray:
    """Zeros in the images' place."""
    *batch, _, _, channels = images.shape
    bounded(*batch, height, width, channels)
    return np.zeros((*batch, height, width, channels), images.dtype)


def _size(images: np.ndarray, size: Any, preserve_aspect_ratio: bool) -> tuple[int, int]:
    height, width = integers(size)
    if preserve_aspect_ratio:
        old = np.float32(images.shape[-3]), np.float32(images.shape[-2])
        scale = min(np.float32(height) / old[0], np.float32(width) / old[1])
        height, width = (int(np.round(scale * each)) for each in old)
    return height, width


def resize(
    images: np.ndarray,
    size: Any,
    method: str = "bilinear",
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
) -> np.ndarray:
    """float32, but "nearest" keeps the type."""
    if method not in METHODS:
        raise UnsupportedError(
            f"Operator 'tf.image.resize': expected method {', '.join(METHODS)}, received {method!r}."
        )
    height, width = _size(images, size, preserve_aspect_ratio)
    *batch, old_height, old_width, channels = images.shape
    bounded(*batch, height, width, channels)
    x = as_float(images).reshape(-1, old_height, old_width, channels)
    made = resized(x, (height, width), method, antialias).reshape(*batch, height, width, channels)
    return made.astype(images.dtype) if method == "nearest" else made


def resized_shape(
    images: Any, size: Any, method: str = "", preserve_aspect_ratio: bool = False, antialias: bool = False
) -> Shape:
    height, width = (None, None) if preserve_aspect_ratio else known(size)
    return _with_size(images, height, width)


def resize_with_pad(
    image: np.ndarray, target_height: Any, target_width: Any, method: str = "bilinear", antialias: bool = False
) -> np.ndarray:
    """As large as the aspect ratio allows, in the middle of zeros."""
    target = int(target_height), int(target_width)
    old = [np.float32(size) for size in image.shape[-3:-1]]
    ratio = max(size / np.float32(wanted) for size, wanted in zip(old, target, strict=True))
    exact = [size / ratio for size in old]
    top, left = (max(int(np.floor((wanted - size) / 2)), 0) for wanted, size in zip(target, exact, strict=True))
    return pad_to_box(resize(image, [int(size) for size in exact], method, antialias=antialias), top, left, *target)


def crop_to_box(
    image: np.ndarray, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> np.ndarray:
    top, left, height, width = integers([offset_height, offset_width, target_height, target_width])
    return image[..., top : top + height, left : left + width, :]


def pad_to_box(
    image: np.ndarray, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> np.ndarray:
    top, left, height, width = integers([offset_height, offset_width, target_height, target_width])
    made = _empty(image, height, width)
    made[..., top : top + image.shape[-3], left : left + image.shape[-2], :] = image
    return made


def crop_or_pad(image: np.ndarray, target_height: Any, target_width: Any) -> np.ndarray:
    """In the middle."""
    size = int(target_height), int(target_width)
    more_rows, more_columns = (wanted - old for wanted, old in zip(size, image.shape[-3:-1], strict=True))
    cropped = crop_to_box(image, max(-more_rows // 2, 0), max(-more_columns // 2, 0), *size)
    return pad_to_box(cropped, max(more_rows // 2, 0), max(more_columns // 2, 0), *size)


def central_crop(image: np.ndarray, central_fraction: Any) -> np.ndarray:
    height, width = image.shape[-3:-1]
    top, left = (int((size - size * float(central_fraction)) / 2) for size in (float(height), float(width)))
    return image[..., top : height - top, left : width - left, :]


functions({"image.resize": resize}, shape=resized_shape)
functions(
    {"image.resize_with_pad": resize_with_pad},
    shape=lambda image, target_height, target_width, method="", antialias=False: _with_size(
        image, *known([target_height, target_width])
    ),
)
functions(
    {"image.resize_with_crop_or_pad": crop_or_pad},
    shape=lambda image, target_height, target_width: _with_size(image, *known([target_height, target_width])),
)
functions(
    {"image.crop_to_bounding_box": crop_to_box, "image.pad_to_bounding_box": pad_to_box},
    shape=lambda image, offset_height, offset_width, target_height, target_width: _with_size(
        image, *known([target_height, target_width])
    ),
)
functions(
    {
        "image.central_crop": central_crop,
        "image.rot90": lambda image, k=1: np.rot90(image, k, (-3, -2)),
        "image.transpose": lambda image: np.swapaxes(image, -3, -2),
    }
)
functions(
    {
        "image.flip_left_right": lambda image: np.flip(image, -2),
        "image.flip_up_down": lambda image: np.flip(image, -3),
    },
    shape=same,
)


# Colors


def times(matrix: list[list[float]]) -> Function:
    return lambda images: as_float(images) @ np.array(matrix, np.float32)


def rgb_to_hsv(images: np.ndarray) -> np.ndarray:
    """Hue, saturation and value, each from 0 to 1."""
    red, green, blue = np.moveaxis(as_float(images), -1, 0)
    value = np.max(images, -1)
    span = value - np.min(images, -1)
    with np.errstate(all="ignore"):
        part, saturation = 1 / (6 * span), np.where(value > 0, span / value, np.float32(0))
        hue = np.where(
            red == value,
            part * (green - blue),
            np.where(green == value, part * (blue - red) + np.float32(2 / 6), part * (red - green) + np.float32(4 / 6)),
        )
    hue = np.where(span > 0, hue, np.float32(0))
    return np.stack([np.where(hue < 0, hue + 1, hue), saturation, value], -1)


def hsv_to_rgb(images: np.ndarray) -> np.ndarray:
    hue, saturation, value = np.moveaxis(as_float(images), -1, 0)
    turn = hue * 6
    colors = np.abs(turn - 3) - 1, 2 - np.abs(turn - 2), 2 - np.abs(turn - 4)
    return np.stack([(1 - saturation + saturation * np.clip(each, 0, 1)) * value for each in colors], -1)


def adjust_hue(image: np.ndarray, delta: Any) -> np.ndarray:
    hsv = rgb_to_hsv(image)
    hsv[..., 0] = (hsv[..., 0] + as_float(delta)) % 1
    return hsv_to_rgb(hsv)


def adjust_saturation(image: np.ndarray, saturation_factor: Any) -> np.ndarray:
    hsv = rgb_to_hsv(image)
    hsv[..., 1] = np.clip(hsv[..., 1] * as_float(saturation_factor), 0, 1)
    return hsv_to_rgb(hsv)


def adjust_contrast(images: np.ndarray, contrast_factor: Any) -> np.ndarray:
    mean = np.mean(images, (-3, -2), keepdims=True)
    return (images - mean) * as_float(contrast_factor) + mean


def standardized(image: np.ndarray) -> np.ndarray:
    """Each image with mean 0 and deviation 1; the deviation counts as 1 / √size at least."""
    x, axes = as_float(image), (-3, -2, -1)
    least = 1 / np.sqrt(np.float32(np.prod(x.shape[-3:])))
    return (x - np.mean(x, axes, keepdims=True)) / np.maximum(np.std(x, axes, keepdims=True), least)


functions(
    {
        "image.adjust_brightness": on_image_floats(lambda image, delta: image + as_float(delta), saturate=True),
        "image.adjust_contrast": on_image_floats(adjust_contrast, saturate=True),
        "image.adjust_gamma": on_image_floats(
            lambda image, gamma=1, gain=1: as_float(gain) * image ** as_float(gamma), saturate=True
        ),
        "image.adjust_hue": on_image_floats(adjust_hue),
        "image.adjust_saturation": on_image_floats(adjust_saturation),
        "image.convert_image_dtype": convert,
        "image.hsv_to_rgb": hsv_to_rgb,
        "image.per_image_standardization": standardized,
        "image.rgb_to_hsv": rgb_to_hsv,
        "image.rgb_to_yiq": times(
            [[0.299, 0.59590059, 0.2115], [0.587, -0.27455667, -0.52273617], [0.114, -0.32134392, 0.31119955]]
        ),
        "image.rgb_to_yuv": times(
            [[0.299, -0.14714119, 0.61497538], [0.587, -0.28886916, -0.51496512], [0.114, 0.43601035, -0.10001026]]
        ),
        "image.yiq_to_rgb": times(
            [[1, 1, 1], [0.95598634, -0.27201283, -1.10674021], [0.6208248, -0.64720424, 1.70423049]]
        ),
        "image.yuv_to_rgb": times([[1, 1, 1], [0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0]]),
    },
    shape=same,
)
functions(
    {
        "image.grayscale_to_rgb": lambda images: np.repeat(images, 3, -1),
        "image.rgb_to_grayscale": on_image_floats(lambda images: networks.grayscale(images)),
    }
)


# Patches


def extract_patches(images: np.ndarray, sizes: Any, strides: Any, rates: Any, padding: Any) -> np.ndarray:
    """Each window's pixels in the place of its channels."""
    windows = Windows(spatial(sizes, 2), spatial(strides, 2), spatial(rates, 2), padding_of(padding))
    x = windows.over(padded(windows, images, 0))  # (n, *windows, *size, c)
    return x.reshape(*x.shape[:3], -1)


def _positions(start: np.ndarray, stop: np.ndarray, size: int, old: int) -> np.ndarray:
    """Of `size` pixels from start to stop, which are given in parts of the `old` pixels: (boxes, size)."""
    first = (start if size > 1 else (start + stop) / 2)[:, None] * np.float32(old - 1)
    step = (stop - start)[:, None] * np.float32((old - 1) / max(size - 1, 1))
    return first + np.arange(size, dtype=np.float32) * step


def crop_and_resize(
    image: np.ndarray,
    boxes: Any,
    box_indices: Any,
    crop_size: Any,
    method: str = "bilinear",
    extrapolation_value: float = 0.0,
) -> np.ndarray:
    """Boxes of images (top, left, bottom, right), from 0 to 1, each brought to one size."""
    x, (height, width) = as_float(image), integers(crop_size)
    top, left, bottom, right = as_float(boxes).T
    bounded(len(top), height, width, x.shape[-1])
    rows, columns = _positions(top, bottom, height, x.shape[1]), _positions(left, right, width, x.shape[2])
    box = np.asarray(box_indices).astype(np.int64)[:, None, None]

    def pixels(row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """(boxes, height, width, channels)"""
        down = np.clip(row, 0, x.shape[1] - 1).astype(np.int64)[:, :, None]
        across = np.clip(column, 0, x.shape[2] - 1).astype(np.int64)[:, None, :]
        return x[box, down, across]

    def mixed(row: np.ndarray) -> np.ndarray:
        part = (columns - np.floor(columns))[:, None, :, None]
        return pixels(row, np.floor(columns)) * (1 - part) + pixels(row, np.ceil(columns)) * part

    if method == "nearest":
        made = pixels(np.floor(rows + np.float32(0.5)), np.floor(columns + np.float32(0.5)))
    else:
        part = (rows - np.floor(rows))[:, :, None, None]
        made = mixed(np.floor(rows)) * (1 - part) + mixed(np.ceil(rows)) * part
    is_row, is_column = (rows >= 0) & (rows <= x.shape[1] - 1), (columns >= 0) & (columns <= x.shape[2] - 1)
    return np.where(is_row[:, :, None, None] & is_column[:, None, :, None], made, np.float32(extrapolation_value))


functions({"image.extract_patches": extract_patches})
functions(
    {"image.crop_and_resize": crop_and_resize},
    shape=lambda image, boxes, box_indices, crop_size, method="", extrapolation_value=0.0: (
        sizes_of(boxes)[0],
        *known(crop_size),
        sizes_of(image)[3],
    ),
)


# Quality


def _comparable(*images: Any) -> list[np.ndarray]:
    return [convert(image, "float32") for image in images]


def _largest(max_val: Any, image: Any) -> np.float32:
    """As large as it is in the converted image."""
    dtype = np.asarray(image).dtype
    return np.float32(max_val if dtype.kind == "f" else max_val / np.iinfo(dtype).max)


def psnr(a: Any, b: Any, max_val: Any) -> np.ndarray:
    """Peak signal to noise ratio in decibels."""
    first, second = _comparable(a, b)
    error = np.mean(np.square(first - second), (-3, -2, -1))
    return as_float(20 * np.log10(_largest(max_val, a)) - 10 * np.log10(error))


def ssim(
    img1: Any,
    img2: Any,
    max_val: Any,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    return_index_map: bool = False,
) -> np.ndarray:
    """Structural similarity, from Wang et al., *Image Quality Assessment*, 2004."""
    (x, y), largest = _comparable(img1, img2), _largest(max_val, img1)
    bounded(filter_size, filter_size)
    place = np.arange(filter_size, dtype=np.float32) - (filter_size - 1) / 2
    row = np.exp(-0.5 * np.square(place / filter_sigma))
    kernel = as_float(np.outer(row, row) / np.sum(row) ** 2)

    def local(image: np.ndarray) -> np.ndarray:
        windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape, (-3, -2))
        return np.einsum("...cij,ij->...c", windows, kernel)

    c1, c2 = (k1 * largest) ** 2, (k2 * largest) ** 2
    mean_x, mean_y = local(x), local(y)
    product, squares = 2 * mean_x * mean_y, np.square(mean_x) + np.square(mean_y)
    contrast = (2 * local(x * y) - product + c2) / (local(x * x + y * y) - squares + c2)
    index = (product + c1) / (squares + c1) * contrast
    return as_float(np.mean(index if return_index_map else np.mean(index, (-3, -2)), -1))


functions({"image.psnr": psnr}, shape=lambda a, b, max_val: sizes_of(a)[:-3])
functions({"image.ssim": ssim})
