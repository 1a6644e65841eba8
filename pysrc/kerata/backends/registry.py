"""Which backends there are, by name."""

import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from ..errors import UnsupportedError
from ..layers.common.accelerator import Accelerator
from ..node import Node
from .base import Backend
from .numpy import NumpyBackend

if TYPE_CHECKING:  # `gpu` and `wasm` are imported where they are wanted: a page without a snapshot answers before
    from .gpu.device import Device
    from .wasm.engine import PyodideEngine


class Backends:
    """The backends that models may run on. wasm: makes the backend of that name, in place of the browser's own."""

    def __init__(self, wasm: Callable[[], Backend] | None = None) -> None:
        self._makers: dict[str, Callable[[], Backend]] = {  # the soonest ready first
            "wasm": wasm or _wasm,
            "webgpu": partial(self._gpu, "webgpu"),
            "webgl": partial(self._gpu, "webgl"),
            "numpy": NumpyBackend,
        }
        self._auto = list(self._makers) if wasm or sys.platform == "emscripten" else ["numpy"]
        self._devices: dict[str, Device] = {}
        self._reasons: dict[str, str] = {}  # why there is no device

    def register_device(self, name: str, device: "Device") -> None:
        """Registers a device for the backend "webgpu" or "webgl", replacing any earlier one."""
        self._reasons.pop(name, None)
        self._devices[name] = device

    def mark_unavailable(self, name: str, reason: str) -> None:
        """Says that this backend has no device, or no longer; the reason is one sentence."""
        self._devices.pop(name, None)
        self._reasons[name] = reason

    def candidates(self, name: str) -> list[str]:
        """The backends to try for this name; for "auto", all that may be there. Raises UnsupportedError for others."""
        if name == "auto":
            return self._auto
        if name not in self._makers:
            raise UnsupportedError(f"Backend: expected one of auto, {', '.join(self._makers)}; received {name!r}.")
        return [name]

    def get(self, name: str) -> Backend:
        """Raises UnsupportedError where this backend is not available."""
        return self._makers[name]()

    def _gpu(self, name: str) -> Backend:
        if name not in self._devices:
            nobody = f"Backend {name!r}: expected a device from `kerata.backends.register_device`, received none."
            raise UnsupportedError(self._reasons.get(name, nobody))
        from .gpu import GpuBackend

        return GpuBackend(name, self._devices[name], _accelerator)


@cache
def _engine() -> "PyodideEngine":
    from .wasm.engine import PyodideEngine

    return PyodideEngine()


@cache
def _accelerator() -> Accelerator | None:
    """None where there is no WebAssembly SIMD. Imported when a layer wants it, for few layers run on NumPy."""
    if sys.platform != "emscripten":
        return None
    from .wasm.accelerator import WasmAccelerator

    try:
        return WasmAccelerator(_engine())
    except OSError:
        return None


@cache
def _wasm() -> Backend:
    if sys.platform != "emscripten":
        raise UnsupportedError("Backend 'wasm': it needs a browser; use 'numpy' or 'auto' here.")
    from .wasm import WasmBackend

    return WasmBackend(_engine(), _accelerator)


DEFAULT = Backends()


def kernels_for(nodes: Sequence[Node]) -> dict[str, tuple[str, ...]]:
    """For each node, the backends that have a kernel for it; their devices need not be here."""
    from . import gpu, hybrid, wasm
    from .lowering import has_kernel

    supported = hybrid.supported_nodes(nodes)
    shapes = {node.name: tuple(size or 1 for size in node.shape[1:]) for node in nodes}
    support = {"wasm": wasm.KERNEL_SUPPORT, "webgpu": gpu.KERNEL_SUPPORT, "webgl": gpu.KERNEL_SUPPORT}
    return {
        node.name: tuple(
            name for name, those in support.items() if node.name in supported and has_kernel(node, shapes, those)
        )
        for node in nodes
    }
