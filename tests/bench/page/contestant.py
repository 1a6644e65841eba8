"""Kerata as one of the engines, inside the page's Python: timed from a NumPy array to a NumPy array."""

import time
from typing import Any

import numpy as np

import kerata


class Contestant:
    """`data` and `values` are the model's file and float32 inputs, as JavaScript's buffers."""

    def __init__(self, data: Any, values: Any, shape: Any) -> None:
        self.model = kerata.load_model(data.to_bytes(), "numpy")
        self.x = np.frombuffer(values.to_bytes(), np.float32).reshape(shape.to_py())

    async def switch(self, backend: str) -> None:
        await self.model.switch(backend)

    async def answer(self) -> list[float]:
        y = await self.model.apredict(self.x, batch_size=len(self.x))
        return y.ravel().tolist()

    async def times(self, count: int) -> list[float]:
        """Milliseconds of so many predictions, waited for where they are made on a GPU."""
        on_gpu = self.model.backend in ("webgl", "webgpu")
        times = []
        for _ in range(count):
            start = time.perf_counter()
            if on_gpu:
                await self.model.apredict(self.x, batch_size=len(self.x))
            else:
                self.model.predict(self.x, batch_size=len(self.x))
            times.append(1000 * (time.perf_counter() - start))
        return times
