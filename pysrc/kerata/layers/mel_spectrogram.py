"""MelSpectrogram: how strong sound is over time, in bands as wide as hearing tells apart: the short-time Fourier
transform of frames, weighted with a triangle for each band, in decibels.

The mel scale is mel(f) = 1127 · ln(1 + f/700), O'Shaughnessy's, as in the Hidden Markov Model Toolkit.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ..errors import UnsupportedError
from ..limits import check_size
from ..node import Config, Node, Shape
from .common.category_encoding_modes import bounded
from .common.matmul import matmul
from .registry import Call, register_layer

_LONGEST = 1 << 20  # samples of a frame
_MAX_WEIGHTS = 1 << 24  # of frequencies in bands
_WINDOWS = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46)}  # a − b · cos


def _sizes(config: Config) -> tuple[int, int, int]:
    """Of the transform, of the window within it, and how far apart frames are."""
    size = bounded(config, "fft_length", config.get("fft_length", 2048), _LONGEST)
    step = bounded(config, "sequence_stride", config.get("sequence_stride", 512), _LONGEST)
    return size, bounded(config, "sequence_length", config.get("sequence_length") or size, size), step


def _bands(config: Config) -> int:
    most = _MAX_WEIGHTS // (_sizes(config)[0] // 2 + 1)
    return bounded(config, "num_mel_bins", config.get("num_mel_bins", 128), most)


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    size, _, step = _sizes(config)
    *leading, time = inputs[0]
    _window(config), _edges(config), _decibels(config)  # what they cannot be is said here
    frames = None if time is None else (time + size // 2 * 2 - size) // step + 1
    check_size(f"Layer {config.get('name')!r}", *leading, frames, 4 * size)  # the frames, and their complex spectrum
    return *leading, _bands(config), frames


def _window(config: Config) -> np.ndarray:
    """In the middle of a frame."""
    size, length, _ = _sizes(config)
    given = config.get("window", "hann")
    if isinstance(given, str) and given in _WINDOWS:
        constant, share = _WINDOWS[given]
        period = max(length - length % 2, 1)  # of an even length the window is periodic, of an odd one symmetric
        values = constant - share * np.cos(2 * np.pi * np.arange(length) / period) if length > 1 else np.ones(1)
    elif given is None:
        values = np.ones(size)
    elif isinstance(given, list | tuple) and np.shape(given) == (length,):
        values = np.asarray(given, np.float64)
    else:
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected window 'hann', 'hamming', None or {length} numbers, "
            f"received {given!r}."
        )
    before = (size - len(values)) // 2
    return np.pad(values, (before, size - len(values) - before)).astype(np.float32)


def _mel(frequencies: np.ndarray) -> np.ndarray:
    return np.float32(1127) * np.log(np.float32(1) + frequencies / np.float32(700))


def _rate(config: Config) -> float:
    return float(config.get("sampling_rate", 16000))


def _edges(config: Config) -> np.ndarray:
    """Of all bands, each of which reaches from the middle of the one before to that of the next."""
    limits = config.get("min_freq", 20.0), config.get("max_freq") or int(_rate(config) / 2)
    lowest, highest = _mel(np.array(limits, np.float32))
    return np.linspace(lowest, highest, _bands(config) + 2, dtype=np.float32)


def _triangles(config: Config) -> np.ndarray:
    """How much of each frequency belongs to each band: (frequencies, bands). The lowest frequency, 0, is in none."""
    frequencies = _mel(np.linspace(0, _rate(config) / 2, _sizes(config)[0] // 2 + 1, dtype=np.float32)[1:, None])
    edges = _edges(config)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    with np.errstate(divide="ignore", invalid="ignore"):  # of bands without a width
        rising, falling = (frequencies - low) / (centre - low), (high - frequencies) / (high - centre)
    return np.pad(np.maximum(np.minimum(rising, falling), np.float32(0)), ((1, 0), (0, 0)))


@register_layer("MelSpectrogram", shape=output_shape)
def build(node: Node) -> Call:
    config, accelerator = node.config, node.accelerator()
    size, _, step = _sizes(config)
    window, triangles = _window(config), _triangles(config)
    exponent, decibels = np.float32(config.get("mag_exp", 2.0)), _decibels(config)

    def call(x: np.ndarray) -> np.ndarray:
        x = np.pad(np.asarray(x, np.float32), [(0, 0)] * (x.ndim - 1) + [(size // 2, size // 2)], mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(x, size, axis=-1)[..., ::step, :] * window
        spectrum = np.abs(np.fft.rfft(frames)).astype(np.float32) ** exponent  # (…, frames, frequencies)
        y = matmul(spectrum.reshape(-1, spectrum.shape[-1]), triangles, accelerator)
        y = y.reshape(*spectrum.shape[:-1], -1)
        return (decibels(y) if config.get("power_to_db", True) else y).swapaxes(-1, -2)

    return call


def _decibels(config: Config) -> Callable[[np.ndarray], np.ndarray]:
    """Above the reference, and not further below the loudest of all than `top_db`."""
    least, top = np.float32(config.get("min_power", 1e-10)), np.float32(config.get("top_db", 80.0))
    reference = np.float32(10) * np.log10(np.maximum(np.abs(np.float32(config.get("ref_power", 1.0))), least))

    def call(power: np.ndarray) -> np.ndarray:
        y = np.float32(10) * np.log10(np.maximum(power, least)) - reference
        return np.maximum(y, y.max() - top)

    return call
