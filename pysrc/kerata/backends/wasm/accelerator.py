"""Kernels for the layers that run on NumPy."""

from functools import cached_property

import numpy as np

from .engine import Engine
from .gemm import MIN_COLUMNS, Gemm
from .recurrent import Recurrence, Recurrences


class WasmAccelerator:
    """An `Accelerator`. Recurrent kernels are written when the first layer needs one. Raises OSError without SIMD."""

    min_columns = MIN_COLUMNS

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.matmul = Gemm(engine)

    def recurrent(self, kind: str, recurrent: np.ndarray, bias: np.ndarray) -> Recurrence:
        return self._recurrences.prepared(kind, recurrent, bias)

    @cached_property
    def _recurrences(self) -> Recurrences:
        return Recurrences(self._engine)
