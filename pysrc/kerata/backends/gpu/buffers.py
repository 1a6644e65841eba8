"""Which value lies where: a place on the device is taken over by the next value when nobody reads its own any more."""

from collections.abc import Collection, Mapping, Sequence
from math import inf

from ..ir import Flatten, Operation
from .layout import BLOCK, Layout


def is_view(operation: Operation, layouts: Mapping[str, Layout]) -> bool:
    """Whether the output is its input's place under another shape: blocks without padding already are one vector."""
    source = layouts[operation.inputs[0]]
    return isinstance(operation, Flatten) and (source.channels % BLOCK == 0 or source.pixels == 1)


def places(
    operations: Sequence[Operation], layouts: Mapping[str, Layout], kept: Collection[str]
) -> tuple[dict[str, int], list[int]]:
    """For each value that the device's operations read or make, the number of its place; and each place's blocks.

    kept: values whose place nobody takes over. Inputs that no operation makes, which Python writes, are kept, too.
    """
    last: dict[str, float] = {name: index for index, each in enumerate(operations) for name in each.inputs}
    last |= dict.fromkeys(kept, inf)
    last |= dict.fromkeys({name for each in operations for name in each.inputs} - {e.output for e in operations}, inf)
    numbers: dict[str, int] = {}
    sizes: list[int] = []
    until: dict[int, float] = {}  # for each place, the last operation that reads it
    free: list[int] = []

    def take(name: str) -> int:
        fitting = [number for number in free if sizes[number] >= layouts[name].blocks]
        if fitting and last.get(name) != inf:
            number = min(fitting, key=sizes.__getitem__)
            free.remove(number)
            return number
        sizes.append(layouts[name].blocks)
        return len(sizes) - 1

    for index, operation in enumerate(operations):
        for name in (*operation.inputs, operation.output):
            if name not in numbers:
                view = name == operation.output and is_view(operation, layouts)
                number = numbers[name] = numbers[operation.inputs[0]] if view else take(name)
                until[number] = max(last.get(name, index), until.get(number, index) if view else index)
        for number in {numbers[name] for name in (*operation.inputs, operation.output)}:
            if until[number] == index:
                free.append(number)
    return numbers, sizes
