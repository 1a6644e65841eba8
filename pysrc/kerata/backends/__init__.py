"""Where models run. NumPy is complete; a faster backend has kernels for some layers and leaves the others to NumPy."""

from .base import Backend, HostProgram, Program, Values
from .registry import DEFAULT, Backends, kernels_for

__all__ = [
    "DEFAULT",
    "Backend",
    "Backends",
    "HostProgram",
    "Program",
    "Values",
    "kernels_for",
    "mark_unavailable",
    "register_device",
]

register_device, mark_unavailable = DEFAULT.register_device, DEFAULT.mark_unavailable
