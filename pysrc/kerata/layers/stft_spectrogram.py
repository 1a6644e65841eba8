"""STFTSpectrogram: the short-time Fourier transform of sound, in frames of which each is multiplied by the layer's
kernels, cosines and sines under a window; given as its parts, its angle, or its strength.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ..errors import UnsupportedError
from ..limits import check_size
from ..node import Config, Node, Shape, option
from .common.matmul import matmul
from .registry import Call, register_layer

_LEAST = np.float32(1e-7)  # Keras's epsilon
_KERNELS = {"real": ["real_kernel"], "imag": ["imag_kernel"]}
_BOTH = ["real_kernel", "imag_kernel"]


def _mode(config: Config) -> str:
    return str(option(config, "mode", "log", "magnitude", "psd", "real", "imag", "angle", "stft", default="log"))


def _is_first(config: Config) -> bool:
    supported = "channels_last", "channels_first", None
    return option(config, "data_format", *supported, default=None) == "channels_first"


def _frame(config: Config) -> tuple[int, int]:
    """Its length, and how far apart frames are."""
    length = config.get("frame_length", 256)
    return length, config.get("frame_step") or length // 2


def _bins(config: Config) -> int:
    """How many frequencies there are."""
    length = config.get("frame_length", 256)
    return int(config.get("fft_length") or 1 << (length - 1).bit_length()) // 2 + 1


def _border(config: Config, size: int) -> tuple[int, int]:
    """What padding="same" adds before and after."""
    if option(config, "padding", "valid", "same", default="valid") == "valid":
        return 0, 0
    length, step = _frame(config)
    total = max((-(-size // step) - 1) * step + length - size, 0)
    return total // 2, total - total // 2


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch, *sizes = inputs[0]
    channels, size = sizes if _is_first(config) else reversed(sizes)
    (length, step), bins = _frame(config), _bins(config) * (2 if _mode(config) == "stft" else 1)
    border = 0 if size is None else sum(_border(config, size))
    frames = None if size is None else (size + border - length) // step + 1
    if channels is None:
        raise UnsupportedError(f"Layer {config.get('name')!r}: expected a known number of channels, received {inputs}.")
    if frames is not None and frames < 1:
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected sound of at least one frame of {length}, received {inputs[0]}."
        )
    check_size(f"Layer {config.get('name')!r}", batch, channels, frames, max(length, 2 * bins))
    check_size(f"Layer {config.get('name')!r}", batch, channels, (size or 0) + border)
    if config.get("expand_dims"):
        return (batch, channels, frames, bins) if _is_first(config) else (batch, frames, bins, channels)
    return (batch, channels * bins, frames) if _is_first(config) else (batch, frames, channels * bins)


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    return {name: (_frame(config)[0], 1, _bins(config)) for name in _KERNELS.get(_mode(config), _BOTH)}


def _strength(real: np.ndarray, imaginary: np.ndarray) -> np.ndarray:
    return real * real + imaginary * imaginary


def _density(real: np.ndarray, imaginary: np.ndarray) -> np.ndarray:
    """All frequencies but the lowest and the highest stand for their negative ones, too."""
    strength = _strength(real, imaginary)
    strength[..., 1:-1] *= 2
    return strength


def _magnitude(real: np.ndarray, imaginary: np.ndarray) -> np.ndarray:
    return np.sqrt(np.maximum(_strength(real, imaginary), _LEAST))


_FORMS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "log": lambda real, imaginary: np.log(_magnitude(real, imaginary)),  # of √ε at least
    "magnitude": _magnitude,
    "psd": _density,
    "angle": lambda real, imaginary: np.arctan2(imaginary, real),
}


@register_layer("STFTSpectrogram", shape=output_shape, weights=weight_shapes)
def build(node: Node) -> Call:
    config, accelerator = node.config, node.accelerator()
    length, step = _frame(config)
    kernel = np.concatenate([weight[:, 0] for weight in node.weights.values()], axis=1)  # (length, parts · bins)
    form, bins, is_first, expands = (
        _FORMS.get(_mode(config)),
        _bins(config),
        _is_first(config),
        config.get("expand_dims"),
    )

    def call(x: np.ndarray) -> np.ndarray:
        x = np.asarray(x if is_first else x.swapaxes(1, 2), np.float32)  # (batch, channels, time)
        x = np.pad(x, [(0, 0), (0, 0), _border(config, x.shape[2])])
        frames = np.lib.stride_tricks.sliding_window_view(x, length, axis=2)[:, :, ::step]
        y = matmul(np.ascontiguousarray(frames).reshape(-1, length), kernel, accelerator)
        y = y.reshape(*frames.shape[:3], -1)  # (batch, channels, frames, parts · bins)
        if form:
            y = form(y[..., :bins], y[..., bins:])
        return _arranged(y)

    def _arranged(y: np.ndarray) -> np.ndarray:
        if expands:
            return y if is_first else y.transpose(0, 2, 3, 1)
        y = y.transpose(0, 1, 3, 2).reshape(len(y), -1, y.shape[2])  # (batch, channels · bins, frames)
        return y if is_first else y.swapaxes(1, 2)

    return call
