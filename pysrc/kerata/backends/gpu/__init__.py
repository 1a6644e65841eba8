"""Kernels on a GPU, by WebGPU or WebGL 2: one plan for both, their shaders in the page's folder `gpu`."""

from collections.abc import Callable, Sequence

from ...layers.common.accelerator import Accelerator
from ...node import Node, no_accelerator
from .device import Device
from .program import KERNEL_SUPPORT, GpuProgram

__all__ = ["KERNEL_SUPPORT", "GpuBackend"]


class GpuBackend:
    """name: "webgpu" or "webgl"."""

    def __init__(
        self, name: str, device: Device, accelerator: Callable[[], Accelerator | None] = no_accelerator
    ) -> None:
        self.name, self.accelerator = name, accelerator
        self.asynchronous, self.complete = device.asynchronous, False
        self._device = device

    def program(self, nodes: Sequence[Node], outputs: Sequence[str]) -> GpuProgram:
        """Raises UnsupportedError for sizes that the device cannot hold, DeviceError where the device fails."""
        return GpuProgram(nodes, outputs, self.name, self._device)
