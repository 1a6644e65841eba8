"""Finds inputs that a model runs on, where its file leaves sizes open or its layers take only some values.

Sizes are first tried on the layers' own rules for shapes, which costs next to nothing. Those that fit are then run,
with one kind of values after the other, until the answers are finite numbers.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, product
from typing import Any

import numpy as np

from .errors import KerataError
from .layers import find, lookup
from .model import Model
from .node import Node, Shape, mapped

_SEED = 28

# Sizes of open axes, besides those that the layers name. Networks that halve and double need multiples of 32, and the
# largest are beyond the windows of real models (SpliceAI looks 10,000 letters far).
_FIRST = 32
_SMALL, _LARGE = range(1, 65), [steps << power for power in range(5, 15) for steps in (4, 5, 6, 7)]
_MAX_NAMED = 200
_MAX_COMBINED = 1 << 16
_LARGEST_INPUT = 1 << 24  # numbers

_MAX_CHECKS = 2000  # of sizes against the rules for shapes
_MAX_SIZES, _MAX_RUNS = 8, 64

# What floats are drawn from. Most networks take 0…1; logarithms and roots of x − c need other numbers.
_RANGES = ((0, 1), (-1, 1), (2.5, 10), (0, 255), (-10, -2.5), (0, 0), (1, 1))
_WHOLE_RANGES = ((0, 1), (0, 0), (1, 1), (2, 10))
_TEXTS = ("some words", "1", "")
_MAX_WORDS = 8  # of a vocabulary

Sizes = tuple[int, ...]
Values = Callable[[Sizes, "np.random.Generator"], np.ndarray]  # an array of this shape


def runnable(model: Model) -> list[np.ndarray] | None:
    """A row for each input, or as many as its batches have, to which all answers are finite numbers. None where no try
    gives such answers.
    """
    kinds = [
        _kinds(name, dtype, model.nodes) for name, dtype in zip(model.input_names, model.input_dtypes, strict=True)
    ]
    for choice, shapes in islice(product(_choices(kinds), _fitting(model)), _MAX_RUNS):
        random = np.random.default_rng(_SEED)
        inputs = [values(shape, random) for values, shape in zip(choice, shapes, strict=True)]
        if _answers_numbers(model, inputs):
            return inputs
    return None


def _answers_numbers(model: Model, inputs: list[np.ndarray]) -> bool:
    model.reset_states()
    try:
        with np.errstate(all="ignore"):
            outputs = model.outputs_of(inputs)
    except KerataError:
        return False
    return all(output.dtype == object or bool(np.isfinite(output).all()) for output in outputs)


# Sizes


def _fitting(model: Model) -> Iterator[list[Sizes]]:
    """Shapes for each input, without open sizes, that the layers take."""
    open_axes = sum(size is None for shape in model.input_shapes for size in shape[1:])
    candidates = islice(_candidates(open_axes, _named_sizes(model.nodes)), _MAX_CHECKS)
    shapes = (_filled(model.input_shapes, sizes) for sizes in candidates)
    return islice((each for each in shapes if _fits(model, each)), _MAX_SIZES)


def _filled(shapes: Sequence[Shape], sizes: Iterable[int]) -> list[Sizes]:
    left = iter(sizes)
    return [(shape[0] or 1, *(next(left) if size is None else size for size in shape[1:])) for shape in shapes]


def _candidates(open_axes: int, named: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """First the same size for all open axes, then combinations."""
    sizes = [*dict.fromkeys([_FIRST, *named, *_SMALL, *_LARGE])]
    yield from dict.fromkeys((size,) * open_axes for size in sizes)
    if open_axes > 1:
        count = min(len(sizes), int(_MAX_COMBINED ** (1 / open_axes)))
        for places in sorted(product(range(count), repeat=open_axes), key=sum):
            if len({*places}) > 1:
                yield tuple(sizes[place] for place in places)


def _named_sizes(nodes: Sequence[Node]) -> list[int]:
    """The numbers in the layers' options, and the sizes of their weights and constants, each but once."""
    found: set[int] = set()

    def look_at(leaf: Any) -> None:
        if isinstance(leaf, np.ndarray):
            found.update(leaf.shape)
        elif type(leaf) is int:
            found.add(leaf)

    for node in nodes:
        mapped([node.config, node.call_kwargs, node.weights], look_at)
    return sorted(size for size in found if 1 < size <= _LARGE[-1])[:_MAX_NAMED]


def _fits(model: Model, shapes: Sequence[Sizes]) -> bool:
    """Whether the layers take them, as far as their rules for the shapes of outputs and weights say."""
    if any(math.prod(shape) > _LARGEST_INPUT for shape in shapes):
        return False
    values: dict[str, Shape] = dict(zip(model.input_names, shapes, strict=True))
    try:
        for node in model.nodes:
            if node.inputs:
                values |= zip(node.outputs, _outputs(node, [values[name] for name in node.inputs]), strict=True)
    except Exception:  # a rule meets sizes that do not fit with whichever exception comes first
        return False
    return all(size is None or size > 0 for shape in values.values() for size in shape)


def _outputs(node: Node, inputs: list[Shape]) -> list[Shape]:
    """The shapes of the node's outputs; raises ValueError where its weights are for other inputs."""
    layer = find(node.kind, node.layer)
    for name, wanted in layer.weight_shapes(node.config, inputs, node.call_kwargs).items():
        if any(size not in (None, own) for size, own in zip(wanted, node.weights[name].shape, strict=True)):
            raise ValueError(name)
    return layer.shapes(node.config, inputs, node.call_kwargs)


# Values


def _choices(kinds: Sequence[Sequence[Values]]) -> Iterator[list[Values]]:
    """For each input one of its kinds of values: first alike for all, then another one for a single input."""
    for place in range(max(map(len, kinds))):
        yield [each[min(place, len(each) - 1)] for each in kinds]
    if len(kinds) > 1:
        for place, each in enumerate(kinds):
            yield from ([*(first for first, *_ in kinds[:place]), values, *(first for first, *_ in kinds[place + 1 :])]
                        for values in each[1:])  # fmt: skip


def _kinds(name: str, dtype: np.dtype, nodes: Sequence[Node]) -> list[Values]:
    """The kinds of values to try for an input."""
    if dtype.hasobject:
        first, *others = [_one_of([text], dtype) for text in _TEXTS]
    elif dtype.kind == "f":
        first, *others = [_between(low, high, dtype) for low, high in _RANGES]
    else:
        first, *others = [_whole_between(low, high, dtype) for low, high in _WHOLE_RANGES]
    words = _vocabulary(name, nodes)
    return [first, *([_one_of(words, dtype)] if words else []), *others]


def _between(low: float, high: float, dtype: np.dtype) -> Values:
    return lambda shape, random: (low + (high - low) * random.random(shape, np.float32)).astype(dtype)


def _whole_between(low: int, high: int, dtype: np.dtype) -> Values:
    return lambda shape, random: random.integers(low, high + 1, shape).astype(dtype)


def _one_of(values: Sequence[Any], dtype: np.dtype) -> Values:
    listed = np.array(values, dtype)
    return lambda shape, random: listed[random.integers(0, len(listed), shape)]


def _vocabulary(name: str, nodes: Sequence[Node]) -> list[Any]:
    """The first tokens of the lookup that the input goes into, if it does."""
    reached = {name}
    for node in nodes:
        if reached.isdisjoint(node.inputs):
            continue
        if node.kind in ("StringLookup", "IntegerLookup"):
            tokens = lookup.Vocabulary(node.config, node.kind == "StringLookup", node.weights).tokens
            return [token for token in tokens[:_MAX_WORDS] if token is not None]
        reached.update(node.outputs)
    return []
