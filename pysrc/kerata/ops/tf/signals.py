"""TensorFlow's functions of signals: Fourier and cosine transforms, and frames. Spectra are complex64.

Keras 2 has no operator of `tf.signal.rfft` and its like, but of those that use them.
"""

import math
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...node import Shape
from ..common import Function, as_float, axes_of, bounded, same, sizes_of
from .math import functions

# Frames


def frames(
    signal: np.ndarray, frame_length: Any, frame_step: Any, pad_end: bool = False, pad_value: Any = 0, axis: int = -1
) -> np.ndarray:
    """Overlapping parts of the axis: (…, frames, length, …). With `pad_end` they reach over its end."""
    length, step = int(frame_length), int(frame_step)
    x = np.moveaxis(signal, axis, -1)
    size = x.shape[-1]
    count = -(-size // step) if pad_end else max((size - length) // step + 1, 0)
    bounded(*x.shape[:-1], count, length)
    missing = max((count - 1) * step + length - size, 0)
    x = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, missing)], constant_values=pad_value)
    if not count:
        return np.zeros((*x.shape[:-1], 0, length), x.dtype)
    made = np.lib.stride_tricks.sliding_window_view(x, length, -1)[..., : (count - 1) * step + 1 : step, :]
    (index,) = axes_of(axis, signal.ndim)
    return np.moveaxis(made, (-2, -1), (index, index + 1))


def overlap_and_add(signal: np.ndarray, frame_step: Any) -> np.ndarray:
    """The frames, each `frame_step` after the one before, added up: (…, frames, length) → (…, samples)."""
    *batch, count, length = signal.shape
    step = int(frame_step)
    bounded(*batch, (count - 1) * step + length)
    made = np.zeros((*batch, (count - 1) * step + length), signal.dtype)
    for index in range(count):
        made[..., index * step : index * step + length] += signal[..., index, :]
    return made


def hann(length: int) -> np.ndarray:
    """Periodic where the length is even, as TensorFlow has it."""
    span = length + 1 - length % 2 - 1
    return as_float(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / span)) if length > 1 else as_float([1])


def _check_window(window: Any) -> None:
    if window is not None and window != "hann_window":
        raise UnsupportedError(f"Operator 'tf.signal': expected window_fn hann_window, received {window!r}.")


def _power_of_two(size: int) -> int:
    return 1 << (size - 1).bit_length()


def stft(
    signals: np.ndarray,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Any = "hann_window",
    pad_end: bool = False,
) -> np.ndarray:
    """The spectrum of each frame: (…, samples) → complex64 (…, frames, fft_length / 2 + 1)."""
    _check_window(window_fn)
    length = int(frame_length)
    size = _power_of_two(length) if fft_length is None else int(fft_length)
    parts = frames(as_float(signals), length, frame_step, pad_end)
    bounded(*parts.shape[:-1], size)
    return np.fft.rfft(parts * hann(length) if window_fn else parts, size).astype(np.complex64)


def inverse_stft(
    stfts: np.ndarray, frame_length: Any, frame_step: Any, fft_length: Any = None, window_fn: Any = "hann_window"
) -> np.ndarray:
    _check_window(window_fn)
    length = int(frame_length)
    size = _power_of_two(length) if fft_length is None else int(fft_length)
    bounded(*stfts.shape[:-1], size, 2)
    parts = as_float(np.fft.irfft(stfts, size))[..., :length]
    parts = np.pad(parts, [(0, 0)] * (parts.ndim - 1) + [(0, length - parts.shape[-1])])
    return overlap_and_add(parts * hann(length) if window_fn else parts, frame_step)


functions(
    {
        "signal.frame": frames,
        "signal.inverse_stft": inverse_stft,
        "signal.overlap_and_add": overlap_and_add,
        "signal.stft": stft,
    }
)


# Transforms


def fourier(function: Function) -> Function:
    return lambda input: function(input).astype(np.complex64)


def _dct(x: np.ndarray, kind: int, ortho: bool) -> np.ndarray:
    """By the Fourier transform, unscaled as SciPy's; `ortho` makes it orthonormal."""
    size = x.shape[-1]
    turn = 2 * np.exp(-0.5j * np.pi * np.arange(size) / size)
    if kind == 1:
        return np.fft.rfft(np.concatenate([x, x[..., -2:0:-1]], -1)).real
    if kind == 2:
        made = (np.fft.rfft(x, 2 * size)[..., :size] * turn).real
        return made * _weights(size, 0.5 / math.sqrt(size)) if ortho else made
    if kind == 3:
        x = x * (_weights(size, math.sqrt(size), math.sqrt(0.5)) if ortho else size)
        return np.fft.irfft(x * turn.conj(), 2 * size)[..., :size]
    made = _dct(np.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, size)]), 2, False)[..., 1::2]
    return made * math.sqrt(0.5 / size) if ortho else made


def _weights(size: int, first: float, ratio: float = math.sqrt(2)) -> np.ndarray:
    weights = np.full(size, first * ratio)
    weights[:1] = first
    return weights


def dct(input: np.ndarray, type: int = 2, n: Any = None, axis: int = -1, norm: str | None = None) -> np.ndarray:
    """Of the last axis, cut or filled with zeros to n."""
    x = as_float(input)
    if n is not None:
        bounded(*x.shape[:-1], int(n))
        x = np.pad(x[..., : int(n)], [(0, 0)] * (x.ndim - 1) + [(0, max(int(n) - x.shape[-1], 0))])
    bounded(*x.shape, 4)
    return as_float(_dct(x, type, norm == "ortho"))


def inverse_dct(input: np.ndarray, type: int = 2, n: Any = None, axis: int = -1, norm: str | None = None) -> np.ndarray:
    return dct(input, {1: 1, 2: 3, 3: 2, 4: 4}[type], n, axis, norm)


def mfccs(log_mel_spectrograms: np.ndarray) -> np.ndarray:
    """Mel-frequency cepstral coefficients, scaled as HTK does."""
    return dct(log_mel_spectrograms) / np.sqrt(np.float32(2 * log_mel_spectrograms.shape[-1]))


def transformed_shape(input: Any, type: int = 2, n: Any = None, axis: int = -1, norm: str | None = None) -> Shape:
    return sizes_of(input) if n is None else (*sizes_of(input)[:-1], n)


functions(
    {
        "signal.fft": fourier(lambda x: np.fft.fft(x)),
        "signal.fft2d": fourier(lambda x: np.fft.fft2(x)),
        "signal.fft3d": fourier(lambda x: np.fft.fftn(x, axes=(-3, -2, -1))),
        "signal.ifft": fourier(lambda x: np.fft.ifft(x)),
        "signal.ifft2d": fourier(lambda x: np.fft.ifft2(x)),
        "signal.ifft3d": fourier(lambda x: np.fft.ifftn(x, axes=(-3, -2, -1))),
    },
    shape=same,
)
functions(
    {
        "signal.fftshift": lambda x, axes=None: np.fft.fftshift(x, axes),
        "signal.ifftshift": lambda x, axes=None: np.fft.ifftshift(x, axes),
        "signal.mfccs_from_log_mel_spectrograms": mfccs,
    },
    shape=same,
)
functions({"signal.dct": dct, "signal.idct": inverse_dct}, shape=transformed_shape)
