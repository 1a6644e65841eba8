"""Faster code that a backend lends to the layers on NumPy, where Python runs in a browser and NumPy has no BLAS."""

from collections.abc import Callable
from typing import Protocol

import numpy as np


class Recurrence(Protocol):
    """A recurrent layer over all its steps."""

    def packed(self, columns: np.ndarray) -> np.ndarray:
        """(…, gates · units) in Keras's order → in the order that the call takes."""

    def __call__(
        self, projected: np.ndarray, mask: np.ndarray | None, h: np.ndarray, c: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """projected (steps, batch, …) in that order, mask (steps, batch), states (batch, units) → the states h after
        each step, and c after the last.
        """


class Native(Protocol):
    least_columns: int  # of a product

    @property
    def product(self) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """a (batch, m, k), b (batch, k, n) → a · b"""

    def recurrence(self, kind: str, recurrent: np.ndarray, bias: np.ndarray) -> Recurrence:
        """Of an LSTM, a GRU or a SimpleRNN with Keras's default activations; a GRU's with reset_after."""


_lenders: list[Callable[[], Native | None]] = []


def lend(lender: Callable[[], Native | None]) -> None:
    """From now on layers use this; it is asked when the first of them does, and may have nothing."""
    _lenders[:] = [lender]


def lent() -> Native | None:
    return _lenders[0]() if _lenders else None
