"""What a backend is to a model, and what it makes of one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from ..node import Node

Values = Mapping[str, np.ndarray]  # float32 arrays by the names of their nodes


class Program(ABC):
    """A model's nodes, ready to run."""

    @abstractmethod
    async def arun(self, inputs: Values) -> dict[str, np.ndarray]:
        """The outputs, from the inputs. Raises DeviceError when the device that it runs on can no longer be used."""


class HostProgram(Program):
    """Runs where Python runs, so that nothing has to be waited for."""

    @abstractmethod
    def run(self, inputs: Values) -> dict[str, np.ndarray]: ...

    async def arun(self, inputs: Values) -> dict[str, np.ndarray]:
        return self.run(inputs)


class Backend(Protocol):
    name: str
    asynchronous: bool  # whether its programs have to be waited for
    complete: bool  # whether it runs every layer, and not only plain ones (`mixed`)

    def program(self, nodes: Sequence[Node], outputs: Sequence[str]) -> Program:
        """Raises UnsupportedError for what the backend cannot run even with NumPy's help."""
