"""From operations to a program: subgraphs that run on the device in one go, and between them what is left to NumPy."""

import asyncio
import inspect
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from ...browser import to_javascript, to_python
from ...errors import UnsupportedError
from ...node import Node
from ..base import Program, Values
from ..ir import Fallback, Operation, Padding
from ..lowering import KernelSupport, Size, known_shapes, lower
from .buffers import is_view, places
from .device import Device, named_errors
from .kernels import kernel_of, split, supports
from .layout import BLOCK, Layout, from_blocks, to_blocks

_MAX_IMAGES = 32  # of a run; larger batches are cut
_MAX_BLOCKS = 2**22  # of all values, where that leaves at least one image: 64 MB
KERNEL_SUPPORT = KernelSupport(fuses_pool=lambda convolution: True, supports=supports)


class Subgraph(NamedTuple):
    """Kernels that follow one another: `uploads` are the values that it needs from Python, `downloads` those that are
    needed there afterwards. The last three are JavaScript's.
    """

    uploads: list[str]
    downloads: list[str]
    inputs: Any
    kernels: Any
    outputs: Any


class GpuProgram(Program):
    """Runs nodes on a device. Weights are there from the start, every value has its place, and what is computed there
    stays there until NumPy or the caller needs it. All sizes but the batch's are known.
    """

    def __init__(self, nodes: Sequence[Node], outputs: Sequence[str], backend: str, device: Device) -> None:
        shapes = known_shapes(nodes, backend)
        lowered, self._outputs = lower(nodes, shapes, outputs, KERNEL_SUPPORT)
        operations = list(split(lowered))
        inputs = [node.name for node in nodes if not node.inputs]
        self._shapes: dict[str, Size] = {name: shapes[name] for name in inputs}
        self._shapes |= {each.output: each.shape for each in operations}
        self._layouts = {name: Layout.of(shape) for name, shape in self._shapes.items()}
        total = sum(layout.blocks for layout in self._layouts.values())
        largest = max(layout.blocks for layout in self._layouts.values())
        self._images = max(1, min(_MAX_IMAGES, _MAX_BLOCKS // total, device.largest // largest))
        self._backend, self._device, self.asynchronous = backend, device, device.asynchronous
        with named_errors(backend):
            self._steps = self._planned(operations)
        self._running = asyncio.Lock()  # values are of one prediction at a time

    async def arun(self, inputs: Values) -> dict[str, np.ndarray]:
        """The outputs by name, from the inputs by name."""
        count = len(next(iter(inputs.values())))
        parts = []
        async with self._running:
            for start in range(0, count, self._images):
                part = {name: array[start : start + self._images] for name, array in inputs.items()}
                parts.append(await self._run(part))
        return parts[0] if len(parts) == 1 else {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}

    async def _run(self, inputs: Values) -> dict[str, np.ndarray]:
        values = dict(inputs)
        images = len(next(iter(inputs.values())))
        for step in self._steps:
            if isinstance(step, Fallback):
                values[step.output] = step.call(*(values[name] for name in step.inputs))
            else:
                arrays = [to_blocks(values[name]) for name in step.uploads]
                for name, flat in zip(step.downloads, await self._run_subgraph(step, images, arrays), strict=True):
                    values[name] = from_blocks(flat, self._shapes[name])
        return {name: values[value] for name, value in self._outputs.items()}

    async def _run_subgraph(self, subgraph: Subgraph, images: int, arrays: list[np.ndarray]) -> list[np.ndarray]:
        with named_errors(self._backend):
            given = to_javascript(arrays)
            flat = self._device.run(images, subgraph.inputs, given, subgraph.kernels, subgraph.outputs)
            if inspect.isawaitable(flat):
                flat = await flat
        return [np.asarray(each, np.float32) for each in to_python(flat)]

    def _planned(self, operations: Sequence[Operation]) -> list[Fallback | Subgraph]:
        """The steps in order."""
        needed = set(self._outputs.values()) | {name for each in operations if _is_left(each) for name in each.inputs}
        on_device = [each for each in operations if not _is_left(each)]
        numbers, sizes = places(on_device, self._layouts, needed)
        memories = [self._device.value(self._fitting(self._images * blocks)) for blocks in sizes]
        values = {name: memories[number] for name, number in numbers.items()}
        there: set[str] = {each.output for each in on_device}  # what need not be uploaded, or not again
        steps: list[Fallback | Subgraph] = []
        for left, group in groupby(operations, _is_left):
            if left:
                steps += [each for each in group if isinstance(each, Fallback)]
            else:
                steps.append(self._subgraph(list(group), values, needed, there))
        return steps

    def _subgraph(
        self, operations: Sequence[Operation], values: Mapping[str, Any], needed: set[str], there: set[str]
    ) -> Subgraph:
        uploads = list(dict.fromkeys(name for each in operations for name in each.inputs if name not in there))
        there.update(uploads)
        downloads = [each.output for each in operations if each.output in needed]
        kernels = [self._kernel(each, values) for each in operations if not is_view(each, self._layouts)]
        outputs = [{"value": values[name], "blocks": self._layouts[name].blocks} for name in downloads]
        inputs = [values[name] for name in uploads]
        return Subgraph(uploads, downloads, *map(to_javascript, (inputs, kernels, outputs)))

    def _kernel(self, operation: Operation, values: Mapping[str, Any]) -> Any:
        target = self._layouts[operation.output]
        kernel = kernel_of(operation, self._layouts[operation.inputs[0]], target)
        sources = {name: values[value] for name, value in zip(kernel.sources, operation.inputs, strict=True)}
        weights = {name: self._constant(array) for name, array in kernel.weights.items()}
        call = {
            "shader": kernel.shader,
            "constants": kernel.constants,
            "sources": sources | weights,
            "target": values[operation.output],
            "blocks": target.blocks,
            "threads": kernel.threads or target.blocks,
        }
        return self._device.kernel(to_javascript(call))

    def _constant(self, array: np.ndarray) -> Any:
        self._fitting(array.size // BLOCK)
        return self._device.constant(to_javascript(array))

    def _fitting(self, blocks: int) -> int:
        """The same; raises UnsupportedError where the device has no place for so many."""
        if blocks > self._device.largest:
            raise UnsupportedError(
                f"Backend {self._backend!r}: expected arrays of at most {BLOCK * self._device.largest:,} numbers, "
                f"received one of {BLOCK * blocks:,}."
            )
        return blocks


def _is_left(operation: Operation) -> bool:
    """Whether it is left to NumPy."""
    return isinstance(operation, Fallback) and not isinstance(operation, Padding)
