"""How kernels take the columns of a recurrent layer's weights: in blocks of units, all gates of a block together. The
last block is filled up with zeros.
"""

import numpy as np

BLOCK = 8  # units


def packed(columns: np.ndarray, gates: int) -> np.ndarray:
    """(…, gates · units), the gates in Keras's order → (…, blocks · gates · BLOCK)."""
    *axes, width = columns.shape
    units = width // gates
    blocks = -(-units // BLOCK)
    wide = np.zeros((*axes, gates, blocks * BLOCK), np.float32)
    wide[..., :units] = columns.reshape(*axes, gates, units)
    return wide.reshape(*axes, gates, blocks, BLOCK).swapaxes(-2, -3).reshape(*axes, -1)


def packed_recurrent(recurrent: np.ndarray, gates: int) -> np.ndarray:
    """(units, gates · units) → (blocks, units in whole blocks, gates · BLOCK)."""
    rows = np.pad(recurrent, [(0, -len(recurrent) % BLOCK), (0, 0)])
    return np.ascontiguousarray(packed(rows, gates).reshape(len(rows), len(rows) // BLOCK, -1).swapaxes(0, 1))
