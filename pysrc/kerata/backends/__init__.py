"""Where kernels run. NumPy is complete; a faster backend offers kernels for the kinds of layer that it has."""

from typing import Protocol

from ..errors import UnsupportedError
from ..layers import Call
from ..node import Node
from . import numpy


class Backend(Protocol):
    """`kernel` answers with the node ready to run, or None for what this backend leaves to NumPy."""

    name: str

    def kernel(self, node: Node) -> Call | None: ...


_BACKENDS: dict[str, Backend] = {"auto": numpy.BACKEND, "numpy": numpy.BACKEND}


def choose(name: str) -> Backend:
    """The backend of this name; "auto" is the fastest that there is. Raises UnsupportedError for another name."""
    if name not in _BACKENDS:
        raise UnsupportedError(f"Backend: expected one of {', '.join(_BACKENDS)}; received {name!r}.")
    return _BACKENDS[name]


def plan(node: Node, backend: Backend) -> Call:
    """The backend's kernel for the node, or NumPy's where it has none."""
    return backend.kernel(node) or numpy.BACKEND.kernel(node)
