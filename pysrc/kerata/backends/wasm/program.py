"""From operations to a program: where every value lies, and functions that call the kernels one after another."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import inf, prod

import numpy as np

from ...node import Node
from ..base import HostProgram, Values
from ..ir import Convolution, Fallback, Flatten, Operation
from ..lowering import KernelSupport, Shapes, Size, known_shapes, lower
from .assembler import Function, Int, module
from .engine import Engine
from .kernel_selection import Kernel, KernelCall, LazyConstant, calls, fuses_pool, supports
from .layout import BYTES, Layout

_MAX_IMAGES = 32  # of a run; larger batches are cut
_MAX_MEMORY = 2**20  # bytes of values, where that leaves at least one image: what a core's cache holds

KERNEL_SUPPORT = KernelSupport(fuses_pool, supports)

Step = Callable[[int], object]  # computes so many images


class Value:
    """An array's place: `memory` (images, layout.image) and in it `array`, as the layers know it."""

    def __init__(self, memory: np.ndarray, layout: Layout, shape: Size) -> None:
        self.memory, self.layout = memory, layout
        self.array = _array(memory, layout, shape)


class WasmProgram(HostProgram):
    """Runs nodes on kernels, and what these leave on NumPy. Every value and every weight has its place from the start:
    a run makes no arrays but its outputs, and what the layers on NumPy make. All sizes but the batch's are known.
    """

    def __init__(self, nodes: Sequence[Node], outputs: Sequence[str], engine: Engine) -> None:
        shapes = known_shapes(nodes, "wasm")
        operations, wanted = lower(nodes, shapes, outputs, KERNEL_SUPPORT)
        inputs = [node.name for node in nodes if not node.inputs]
        shapes = {name: shapes[name] for name in inputs} | {each.output: each.shape for each in operations}
        layouts = _layouts(inputs, operations, shapes)
        room = BYTES * sum(layout.image for layout in layouts.values())
        self._images = max(1, min(_MAX_IMAGES, _MAX_MEMORY // room))
        memories = _allocate_buffers(inputs, operations, layouts, wanted.values(), engine, self._images)
        values = {name: Value(memories[name], layouts[name], shapes[name]) for name in layouts}
        self._values = values  # their memory is kept, which kernels know only by its address
        self._code = _Code(engine)  # and with it the weights
        self._steps = _emitted(operations, values, self._code)
        self._inputs = {name: values[name].array for name in inputs}
        self._outputs = {name: values[value].array for name, value in wanted.items()}

    def run(self, inputs: Values) -> dict[str, np.ndarray]:
        """The outputs by name, from the inputs by name."""
        count = len(next(iter(inputs.values())))
        if count <= self._images:
            return self._run(inputs)
        starts = range(0, count, self._images)
        parts = [
            self._run({name: array[start : start + self._images] for name, array in inputs.items()}) for start in starts
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _run(self, inputs: Values) -> dict[str, np.ndarray]:
        count = 0
        for name, array in inputs.items():
            count = len(array)
            self._inputs[name][:count] = array
        self._code.prepare(count)
        for step in self._steps:
            step(count)
        return {name: array[:count].copy() for name, array in self._outputs.items()}


def _layouts(inputs: Iterable[str], operations: Sequence[Operation], shapes: Shapes) -> dict[str, Layout]:
    """Of each value, with the widest margin that any of its readers needs."""
    margins: dict[str, list[int]] = {}
    for operation in operations:
        margin = margins.setdefault(operation.inputs[0], [0, 0, 0, 0])
        margins[operation.inputs[0]] = [max(pair) for pair in zip(margin, operation.margin, strict=True)]
    readers = {name: [operation for operation in operations if name in operation.inputs] for name in inputs}
    packed = {name for name, those in readers.items() if all(isinstance(each, Convolution) for each in those)}
    return {name: _layout(shape, margins.get(name, [0, 0, 0, 0]), name in packed) for name, shape in shapes.items()}


def _layout(shape: Size, margin: Sequence[int], packed: bool) -> Layout:
    """Images as they are; a vector as an image of one pixel; more axes as an image of one row."""
    *places, channels = shape
    height, width = places if len(places) == 2 else (1, prod(places))
    top, bottom, left, right = margin
    return Layout(height, width, channels, (top, bottom, left, right), packed)


def _array(memory: np.ndarray, layout: Layout, shape: Size) -> np.ndarray:
    """The view (images, *shape) of a value's memory."""
    steps = [layout.row, layout.pixel, 1]
    if len(shape) != len(steps):  # there is one row: its pixels are counted by all axes but the last
        steps = [layout.pixel * prod(shape[axis + 1 : -1]) for axis in range(len(shape) - 1)] + [1]
    strides = [BYTES * step for step in (layout.image, *steps)]
    return np.lib.stride_tricks.as_strided(memory[:, layout.start :], (len(memory), *shape), strides)


def _allocate_buffers(
    inputs: Sequence[str],
    operations: Sequence[Operation],
    layouts: Mapping[str, Layout],
    outputs: Iterable[str],
    engine: Engine,
    images: int,
) -> dict[str, np.ndarray]:
    """A memory (images, layout.image) for each value, taken over from values that nobody reads any more.

    One with a margin is taken over only in the same layout: what is inside is written, the margin stays zero.
    """
    last: dict[str, float] = {name: index for index, each in enumerate(operations) for name in each.inputs}
    last |= dict.fromkeys(outputs, inf)
    owners = {name: name for name in layouts}  # whose memory a value uses
    memories: dict[str, np.ndarray] = {}
    free: list[tuple[Layout, np.ndarray]] = []

    def memory(name: str) -> np.ndarray:
        layout = layouts[name]
        for place, (used, flat) in enumerate(free):
            fits = used == layout if any(used.margin) or any(layout.margin) else flat.size >= images * layout.image
            if fits:
                del free[place]
                return flat
        return engine.array(images * layout.image)

    flats: dict[str, np.ndarray] = {}
    for name in inputs:
        flats[name] = memory(name)
    for index, operation in enumerate(operations):
        name = operation.output
        if _is_view(operation, layouts):
            owner = owners[name] = owners[operation.inputs[0]]
            last[owner] = max(last[owner], last.get(name, index))
        else:
            flats[name] = memory(name)
        for owner in dict.fromkeys(owners[each] for each in (*operation.inputs, name)):
            if last.get(owner, index) == index:
                free.append((layouts[owner], flats[owner]))
                last[owner] = -1
    for name, owner in owners.items():
        size = images * layouts[name].image
        memories[name] = flats[owner][:size].reshape(images, -1)
    return memories


def _is_view(operation: Operation, layouts: Mapping[str, Layout]) -> bool:
    """Whether the output is its input's memory under another shape."""
    if not isinstance(operation, Flatten):
        return False
    source = layouts[operation.inputs[0]]
    return source.image == layouts[operation.output].image == source.height * source.width * source.channels


def _emitted(operations: Sequence[Operation], values: Mapping[str, Value], code: "_Code") -> list[Step]:
    """Each stretch of kernels becomes one function of the module; between them run the layers left to NumPy."""
    makers: list[Callable[[], Step]] = []
    stretch: list[Operation] = []

    def end_stretch() -> None:
        if stretch:
            name = code.stretch(list(stretch), values)
            makers.append(lambda: code.function(name))
            stretch.clear()

    layouts = {name: value.layout for name, value in values.items()}
    for operation in operations:
        if isinstance(operation, Fallback | Flatten):
            if not _is_view(operation, layouts):
                end_stretch()
                step = _numpy_step(operation, values)
                makers.append(_always(step))
        else:
            stretch.append(operation)
    end_stretch()
    code.load()
    return [make() for make in makers]


def _always(step: Step) -> Callable[[], Step]:
    return lambda: step


def _numpy_step(operation: Operation, values: Mapping[str, Value]) -> Step:
    inputs, output = [values[name].array for name in operation.inputs], values[operation.output].array
    if isinstance(operation, Fallback):
        call = operation.call

        def run(images: int) -> None:
            output[:images] = call(*(np.ascontiguousarray(array[:images]) for array in inputs))
    else:

        def run(images: int) -> None:
            output[:images] = inputs[0][:images].reshape(images, -1)

    return run


@lru_cache(256)  # writing kernels takes most of the time until a model is ready
def _written(kernel: Kernel, relaxed: bool) -> Function:
    return kernel.function(relaxed)


class _Code:
    """The module of a program: each kernel once, and the stretches that call them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kernels: dict[Kernel, Function] = {}
        self._stretches: list[list[tuple[KernelCall, list[int]]]] = []
        self._constants: dict[int, tuple[np.ndarray, np.ndarray]] = {}  # by the array's id; both are kept alive
        self._late: list[tuple[LazyConstant, np.ndarray]] = []  # those not made yet, and where each is to be
        self._rooms: list[np.ndarray] = []  # the same places, kept alive
        self._scratch = 0
        self.function: Callable[[str], Step]

    def stretch(self, operations: Sequence[Operation], values: Mapping[str, Value]) -> str:
        """The name of the function that will run these."""
        stretch = []
        for operation in operations:
            sources, target = [values[name] for name in operation.inputs], values[operation.output]
            layouts = [each.layout for each in sources]
            for call in calls(operation, layouts, target.layout, self._engine.relaxed):
                self._kernels[call.kernel] = _written(call.kernel, self._engine.relaxed)
                self._scratch = max(self._scratch, call.scratch)
                before = [self._engine.address(each.memory) for each in sources]
                stretch.append(
                    (call, [*before, *map(self._constant, call.constants), self._engine.address(target.memory)])
                )
        self._stretches.append(stretch)
        return f"stretch{len(self._stretches) - 1}"

    def _constant(self, constant: np.ndarray | LazyConstant) -> int:
        if isinstance(constant, LazyConstant):
            room = self._engine.array(constant.size)
            self._late.append((constant, room))
            self._rooms.append(room)
            return self._engine.address(room)
        if id(constant) not in self._constants:
            self._constants[id(constant)] = constant, self._engine.placed(constant)
        return self._engine.address(self._constants[id(constant)][1])

    def prepare(self, images: int) -> None:
        """Before a run of so many: makes the constants that it reads and that no run has read before."""
        due = [(late, room) for late, room in self._late if images >= late.images]
        for late, room in due:
            room[:] = late.make()
        if due:
            self._late = [each for each in self._late if images < each[0].images]

    def load(self) -> None:
        """Makes `function`, which gives the stretches by name."""
        scratch = self._engine.array(self._scratch)
        self._room = scratch  # kept alive
        places = {kernel: place for place, kernel in enumerate(self._kernels)}
        functions = {f"kernel{place}": function for place, function in enumerate(self._kernels.values())}
        for number, stretch in enumerate(self._stretches):
            functions[f"stretch{number}"] = self._function(stretch, places, self._engine.address(scratch))
        if self._stretches:
            self.function = self._engine.load(module(functions))

    @staticmethod
    def _function(
        stretch: Sequence[tuple[KernelCall, list[int]]], places: Mapping[Kernel, int], scratch: int
    ) -> Function:
        """f(images)"""
        f = Function(1)
        (images,) = f.parameters
        for call, addresses in stretch:
            arguments: list[int | Int] = [*addresses, images, *([scratch] if call.scratch else [])]
            f.call(places[call.kernel], *arguments)
        return f
