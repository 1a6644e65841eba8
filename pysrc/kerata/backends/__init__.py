"""Where models run. NumPy is complete; a faster backend has kernels for some layers and leaves the others to NumPy."""

import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from ..errors import UnsupportedError
from ..layers.common import accelerator
from ..node import Node
from .base import Backend, HostProgram, Program, Values
from .numpy import NumpyBackend

if TYPE_CHECKING:  # `gpu` and `wasm` are imported where they are wanted: a page without a snapshot answers before
    from .gpu.device import Device

__all__ = ["Backend", "HostProgram", "Program", "Values", "candidates", "get", "offer", "withhold"]

_devices: dict[str, "Device"] = {}
_reasons: dict[str, str] = {}  # why a device is not to be had


def offer(name: str, device: "Device") -> None:
    """From now on there is this device for the backend "webgpu" or "webgl"; it takes the place of one before."""
    _reasons.pop(name, None)
    _devices[name] = device


def withhold(name: str, reason: str) -> None:
    """There is no device for this backend, or no longer; the reason is one sentence."""
    _devices.pop(name, None)
    _reasons[name] = reason


@cache
def _wasm() -> Backend:
    if sys.platform != "emscripten":
        raise UnsupportedError("Backend 'wasm': expected a browser, received Python in CPython.")
    from .wasm import WasmBackend
    from .wasm.engine import PyodideEngine

    engine = PyodideEngine()

    @cache
    def kernels() -> accelerator.Native | None:
        from .wasm.accelerator import kernels_of  # where they are wanted, for few layers on NumPy do

        return kernels_of(engine)

    accelerator.lend(kernels)
    return WasmBackend(engine)


def _gpu(name: str) -> Backend:
    if name not in _devices:
        nobody = f"Backend {name!r}: expected a device from `kerata.backends.offer`, received none."
        raise UnsupportedError(_reasons.get(name, nobody))
    from .gpu import GpuBackend

    return GpuBackend(name, _devices[name])


_BACKENDS: dict[str, Callable[[], Backend]] = {  # what is soonest ready comes first
    "wasm": _wasm,
    "webgpu": partial(_gpu, "webgpu"),
    "webgl": partial(_gpu, "webgl"),
    "numpy": NumpyBackend,
}


def candidates(name: str) -> list[str]:
    """The backends to try for this name; for "auto", all that may be there. Raises UnsupportedError for others."""
    if name == "auto":
        return list(_BACKENDS) if sys.platform == "emscripten" else ["numpy"]
    if name not in _BACKENDS:
        raise UnsupportedError(f"Backend: expected one of auto, {', '.join(_BACKENDS)}; received {name!r}.")
    return [name]


def get(name: str) -> Backend:
    """Raises UnsupportedError where this backend is not to be had."""
    return _BACKENDS[name]()


def kernels_for(nodes: Sequence[Node]) -> dict[str, tuple[str, ...]]:
    """For each node, the backends that have a kernel for it; their devices need not be here."""
    from . import gpu, hybrid, wasm
    from .lowering import has_kernel

    plain = hybrid.plain_nodes(nodes)
    shapes = {node.name: tuple(size or 1 for size in node.shape[1:]) for node in nodes}
    abilities = {"wasm": wasm.ABILITIES, "webgpu": gpu.ABILITIES, "webgl": gpu.ABILITIES}
    return {
        node.name: tuple(
            name for name, those in abilities.items() if node.name in plain and has_kernel(node, shapes, those)
        )
        for node in nodes
    }
