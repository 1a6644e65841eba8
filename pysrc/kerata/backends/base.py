"""What a backend is to a model, and what it makes of one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

import numpy as np

from ..layers.common.accelerator import Accelerator
from ..node import Node

Values = Mapping[str, np.ndarray]  # float32 arrays by the names of their nodes


class Program(ABC):
    """A model's nodes, ready to run."""

    asynchronous = False  # whether `arun` waits, so that other predictions can run meanwhile

    @abstractmethod
    async def arun(self, inputs: Values) -> dict[str, np.ndarray]:
        """The outputs, from the inputs. Raises DeviceError when the device that it runs on can no longer be used."""


def last_uses(uses: Sequence[Sequence[str]], wanted: Collection[str]) -> list[list[str]]:
    """For each step, whose values are `uses`, those that no later step uses and that are not wanted either."""
    last = {name: place for place, names in enumerate(uses) for name in names}
    return [[name for name in dict.fromkeys(names) if last[name] == place and name not in wanted]
            for place, names in enumerate(uses)]  # fmt: skip


class HostProgram(Program):
    """Runs where Python runs, so that nothing has to be waited for."""

    @abstractmethod
    def run(self, inputs: Values) -> dict[str, np.ndarray]: ...

    async def arun(self, inputs: Values) -> dict[str, np.ndarray]:
        return self.run(inputs)


class Backend(Protocol):
    name: str
    asynchronous: bool  # whether its programs have to be waited for
    complete: bool  # whether it runs every layer, and not only those that `hybrid` says
    accelerator: Callable[[], Accelerator | None]  # for the layers that run on NumPy

    def program(self, nodes: Sequence[Node], outputs: Sequence[str]) -> Program:
        """Raises UnsupportedError for what the backend cannot run even with NumPy's help."""
