"""Kernels on a GPU, by WebGPU or WebGL 2: one plan for both, their shaders in the page's folder `gpu`."""

from collections.abc import Sequence

from ...node import Node
from .device import Device
from .program import ABILITIES, GpuProgram

__all__ = ["ABILITIES", "GpuBackend"]


class GpuBackend:
    """name: "webgpu" or "webgl"."""

    def __init__(self, name: str, device: Device) -> None:
        self.name = name
        self.asynchronous, self.complete = device.asynchronous, False
        self._device = device

    def program(self, nodes: Sequence[Node], outputs: Sequence[str]) -> GpuProgram:
        """Raises UnsupportedError for sizes that the device cannot hold, DeviceError where the device fails."""
        return GpuProgram(nodes, outputs, self.name, self._device)
