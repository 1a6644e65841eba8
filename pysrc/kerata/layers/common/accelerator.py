"""Faster code for the layers on NumPy, which in a browser has no BLAS. A backend may bring it."""

from collections.abc import Callable
from typing import Protocol

import numpy as np


class RecurrentKernel(Protocol):
    """A recurrent layer over all its steps."""

    def packed(self, columns: np.ndarray) -> np.ndarray:
        """(…, gates · units) in Keras's order → in the order that the call takes."""

    def __call__(
        self, projected: np.ndarray, mask: np.ndarray | None, h: np.ndarray, c: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """projected (steps, batch, …) in that order, mask (steps, batch), states (batch, units) → the states h after
        each step, and c after the last.
        """


class Accelerator(Protocol):
    min_columns: int  # of a product

    @property
    def matmul(self) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """a (batch, m, k), b (batch, k, n) → a · b"""

    def recurrent(self, kind: str, recurrent: np.ndarray, bias: np.ndarray) -> RecurrentKernel:
        """Of an LSTM, a GRU or a SimpleRNN with Keras's default activations; a GRU's with reset_after."""
