"""The kernels that this backend lends to the layers on NumPy: `kerata.layers.native`."""

from functools import cached_property

import numpy as np

from .engine import Engine
from .gemm import LEAST_COLUMNS, Gemm
from .recurrent import Recurrence, Recurrences


class Kernels:
    """A `kerata.layers.native.Native`. Recurrent kernels are written when the first layer needs one."""

    least_columns = LEAST_COLUMNS

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.product = Gemm(engine)

    def recurrence(self, kind: str, recurrent: np.ndarray, bias: np.ndarray) -> Recurrence:
        return self._recurrences.prepared(kind, recurrent, bias)

    @cached_property
    def _recurrences(self) -> Recurrences:
        return Recurrences(self._engine)


def kernels_of(engine: Engine) -> Kernels | None:
    """None where there is no SIMD."""
    try:
        return Kernels(engine)
    except OSError:
        return None
