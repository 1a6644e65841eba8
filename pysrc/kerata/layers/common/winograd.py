"""Conv2D by Winograd's F(4, 3) along the rows: four neighbouring outputs, of three products each, in six
multiplications in place of twelve (A. Lavin, S. Gray, *Fast algorithms for convolutional neural networks*, 2015; the
points are 0, ±1, ±2, ∞). It pays where multiplications take the time, which is so without BLAS.

Six inputs d of a row become Bᵀ·d, three weights g of a kernel's row G·g, and Aᵀ of their products are the outputs.
"""

import numpy as np

from .matmul import matmul_nt
from .windows import Windows

TILE, WINDOW = 4, 6  # outputs and inputs
_MIN_ROW = 48  # float32 in a kernel's column, all channels: transforming data takes longer than it saves for fewer

# G, with B and A scaled so that the transforms of data have whole factors.
KERNEL_TRANSFORM = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24


def pays(windows: Windows, kernel: np.ndarray) -> bool:
    """Whether convolving with this kernel (height, width, channels, filters) takes less time so."""
    height, width, channels, _ = kernel.shape
    next_to_each_other = windows.strides[1] == windows.dilation[1] == 1
    return width == 3 and next_to_each_other and height * channels >= _MIN_ROW


def transformed_kernel(kernel: np.ndarray) -> np.ndarray:
    """(height, 3, channels, filters) → (WINDOW, filters, height · channels) float32"""
    u = np.einsum("px,yxcf->pfyc", KERNEL_TRANSFORM, kernel.astype(np.float64))
    return u.reshape(WINDOW, kernel.shape[-1], -1).astype(np.float32)


def convolve(x: np.ndarray, windows: Windows, kernel: np.ndarray) -> np.ndarray:
    """x (n, h, w, c), padded already, with a `transformed_kernel`: (n, rows, columns, filters)."""
    columns = x.shape[2] - 2
    v = _transformed_inputs(_whole_tiles(x, columns))
    patches = [windows.separate[0].over(place) for place in v]  # each (n, rows, tiles, height, 1, c)
    shape = *patches[0].shape[:3], kernel.shape[1]
    products = [
        matmul_nt(patch.reshape(-1, kernel.shape[2]), u, None).reshape(shape)
        for patch, u in zip(patches, kernel, strict=True)
    ]
    return _transformed_products(products)[:, :, :columns]


def _whole_tiles(x: np.ndarray, columns: int) -> np.ndarray:
    """With as many zeros at the end of rows as its last tile needs."""
    missing = -columns % TILE
    return np.pad(x, [(0, 0), (0, 0), (0, missing), (0, 0)]) if missing else x


def _transformed_inputs(x: np.ndarray) -> np.ndarray:
    """Bᵀ·d of all tiles: (WINDOW, n, h, tiles, c)"""
    n, h, w, c = x.shape
    tiles = w // TILE
    d = [x[:, :, place : place + TILE * tiles - 3 : TILE] for place in range(WINDOW)]
    v = np.empty((WINDOW, n, h, tiles, c), np.float32)
    even, odd, near, far = d[4] - 4 * d[2], d[3] - 4 * d[1], d[4] - d[2], 2 * (d[3] - d[1])
    np.add(4 * (d[0] - d[2]), near, out=v[0])
    np.add(even, odd, out=v[1])
    np.subtract(even, odd, out=v[2])
    np.add(near, far, out=v[3])
    np.subtract(near, far, out=v[4])
    np.subtract(d[5] - d[3], 2 * far, out=v[5])
    return v


def _transformed_products(m: list[np.ndarray]) -> np.ndarray:
    """Aᵀ·m, each of m (n, rows, tiles, filters): (n, rows, TILE · tiles, filters)"""
    n, rows, tiles, filters = m[0].shape
    y = np.empty((n, rows, tiles, TILE, filters), np.float32)
    sum1, difference1, sum2, difference2 = m[1] + m[2], m[1] - m[2], m[3] + m[4], 2 * (m[3] - m[4])
    np.add(m[0] + sum1, sum2, out=y[..., 0, :])
    np.add(difference1, difference2, out=y[..., 1, :])
    np.add(sum1, 4 * sum2, out=y[..., 2, :])
    np.add(difference1 + 4 * difference2, m[5], out=y[..., 3, :])
    return y.reshape(n, rows, TILE * tiles, filters)
