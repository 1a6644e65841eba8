"""Kerata as one of the engines, inside the page's Python: timed from a NumPy array to a NumPy array."""

import time
from typing import Any

import numpy as np

import kerata


class Contestant:
    """`data` and `values` are the model's file and float32 inputs, as JavaScript's buffers."""

    def __init__(self, data: Any, values: Any, shape: Any, backend: str) -> None:
        self.model = kerata.load_model(data.to_bytes(), backend)
        self.x = np.frombuffer(values.to_bytes(), np.float32).reshape(shape.to_py())

    def predict(self) -> np.ndarray:
        return self.model.predict(self.x, batch_size=len(self.x))

    def answer(self) -> list[float]:
        return self.predict().ravel().tolist()

    def times(self, count: int) -> list[float]:
        """Milliseconds of so many predictions."""
        times = []
        for _ in range(count):
            start = time.perf_counter()
            self.predict()
            times.append(1000 * (time.perf_counter() - start))
        return times
