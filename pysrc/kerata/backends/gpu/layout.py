"""How an array lies on the device: in blocks of four channels, pixel by pixel, image after image."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

BLOCK = 4  # float32


def blocks_of(count: int) -> int:
    return -(-count // BLOCK)


@dataclass(frozen=True)
class Layout:
    """Of an image (height, width, channels); a vector is an image of one pixel, more axes an image of one row."""

    height: int
    width: int
    channels: int

    @classmethod
    def of(cls, shape: Sequence[int]) -> "Layout":
        *places, channels = shape
        height, width = places if len(places) == 2 else (1, prod(places))
        return cls(height, width, channels)

    @property
    def pixels(self) -> int:
        return self.height * self.width

    @property
    def depth(self) -> int:
        """Blocks of a pixel."""
        return blocks_of(self.channels)

    @property
    def blocks(self) -> int:
        """Of an image."""
        return self.pixels * self.depth


def to_blocks(array: np.ndarray) -> np.ndarray:
    """(…, channels) → flat float32, channels padded with zeros to whole blocks."""
    channels = array.shape[-1]
    padded = np.zeros((*array.shape[:-1], BLOCK * blocks_of(channels)), np.float32)
    padded[..., :channels] = array
    return padded.ravel()


def from_blocks(flat: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """The other way: an array (images, *shape)."""
    channels = shape[-1]
    return np.ascontiguousarray(flat.reshape(-1, *shape[:-1], BLOCK * blocks_of(channels))[..., :channels])


def kernel_blocks(kernel: np.ndarray) -> np.ndarray:
    """(…, inputs, outputs) → flat float32, both padded with zeros to whole blocks."""
    missing = -kernel.shape[-2] % BLOCK
    return to_blocks(np.pad(kernel, [(0, 0)] * (kernel.ndim - 2) + [(0, missing), (0, 0)]))
