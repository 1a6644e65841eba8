"""How wide the pen was that drew some ink, and the same ink with a wider or narrower one."""

import numpy as np


def width(ink: np.ndarray) -> float:
    """In pixels of `ink`, (height, width) from 0 to 1: twice its area over its outline, which a stroke's sides make up.

    The outline's length is the total variation of the ink, its gradient taken between diagonal neighbours (L. G.
    Roberts, *Machine perception of three-dimensional solids*, 1963), both of which meet in the same point.
    """
    padded = np.pad(ink, 1)
    falling, rising = padded[1:, 1:] - padded[:-1, :-1], padded[1:, :-1] - padded[:-1, 1:]
    outline = np.hypot(falling, rising).sum() / np.sqrt(2)
    return float(2 * ink.sum() / outline) if outline else 0.0


def widened(ink: np.ndarray, by: float) -> np.ndarray:
    """The same strokes `by` pixels wider, narrower where it is negative: all outlines moved by half of that."""
    inside = ink > 0.5
    # From the outline, positive inside. Distances count from pixel to pixel: half of one lies beyond the outline.
    depth = np.where(inside, _distance_to(~inside), -_distance_to(inside)) - np.where(inside, 0.5, -0.5)
    return np.clip(depth + by / 2 + 0.5, 0, 1).astype(np.float32)


def _distance_to(mask: np.ndarray) -> np.ndarray:
    """From each pixel to the nearest one in the mask: columns first, then rows, exact.

    P. Felzenszwalb, D. Huttenlocher, *Distance transforms of sampled functions*, 2012, with the lower envelope taken by
    brute force: NumPy is quicker at that than Python at the clever way.
    """
    height, width = mask.shape
    rows = np.arange(height, dtype=np.float32)[:, None]
    above = np.maximum.accumulate(np.where(mask, rows, -np.inf), 0)
    below = np.minimum.accumulate(np.where(mask, rows, np.inf)[::-1], 0)[::-1]
    squared = np.minimum(rows - above, below - rows) ** 2  # (height, width)
    steps = np.subtract.outer(np.arange(width), np.arange(width)).astype(np.float32) ** 2
    return np.sqrt((squared[:, None, :] + steps).min(2))
