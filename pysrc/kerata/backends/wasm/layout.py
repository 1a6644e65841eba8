"""How an array lies in the kernels' memory."""

from dataclasses import dataclass

import numpy as np

LANES = 4  # float32 in a vector
BYTES = 4  # of a float32
ALIGNMENT = 16  # bytes of a vector


def padded(count: int) -> int:
    """Rounded up to whole vectors."""
    return -(-count // LANES) * LANES


def aligned(count: int) -> np.ndarray:
    """float32 zeros, on an address that is a multiple of 16."""
    room = np.zeros(count + LANES, np.float32)
    skip = -room.ctypes.data % ALIGNMENT // BYTES
    return room[skip : skip + count]


def padded_channels(array: np.ndarray) -> np.ndarray:
    """(…, channels) → float32 (…, padded channels), with zeros; itself where that is what it is."""
    channels = array.shape[-1]
    if array.dtype == np.float32 and channels == padded(channels):
        return array
    widths = [(0, 0)] * (array.ndim - 1) + [(0, padded(channels) - channels)]
    return np.pad(array, widths).astype(np.float32)


@dataclass(frozen=True)
class Layout:
    """Images of (height, width, channels), one after another, row by row; the sizes below are in float32.

    Channels are padded to whole vectors, unless `packed`, as a network's inputs are. Around an image may be a margin of
    zeros for a convolution to reach into: (top, bottom, left, right).
    """

    height: int
    width: int
    channels: int
    margin: tuple[int, int, int, int] = (0, 0, 0, 0)
    packed: bool = False

    @property
    def pixel(self) -> int:
        """From a pixel to the next."""
        return self.channels if self.packed else padded(self.channels)

    @property
    def row(self) -> int:
        """From a row to the next."""
        return (self.margin[2] + self.width + self.margin[3]) * self.pixel

    @property
    def image(self) -> int:
        """From an image to the next."""
        return (self.margin[0] + self.height + self.margin[1]) * self.row

    @property
    def start(self) -> int:
        """From the beginning of an image's memory to its first pixel."""
        return self.margin[0] * self.row + self.margin[2] * self.pixel
