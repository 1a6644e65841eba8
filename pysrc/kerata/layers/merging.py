"""Add, Subtract, Multiply, Average, Maximum, Minimum: of all inputs, which broadcast against each other.

An input of fewer axes gets further ones of size 1 after the batch. A step is none only where it is none in every input;
in the three that are no sums, a hidden step of one input leaves those of the others as they are. In Keras 2 a step is
none where it is none in any input that has a mask, and nothing is hidden.
"""

from collections.abc import Callable, Sequence
from functools import partial, reduce

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape, of_keras2
from .registry import Call, Mask, register_layer

Operator = Callable[[np.ndarray, np.ndarray], np.ndarray]


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    rank = max(map(len, inputs))
    aligned = [(1,) * (rank - len(shape)) + tuple(shape[1:]) for shape in inputs]
    try:
        sizes = np.broadcast_shapes(*(tuple(1 if size is None else size for size in shape) for shape in aligned))
    except ValueError as error:
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected inputs that broadcast, "
            f"received shapes {', '.join(map(str, inputs))}."
        ) from error
    batches = {shape[0] for shape in inputs} - {None}
    open_ = [any(shape[axis] is None for shape in aligned) for axis in range(rank - 1)]
    known = (None if size == 1 and unknown else int(size) for size, unknown in zip(sizes, open_, strict=True))
    return batches.pop() if len(batches) == 1 else None, *known


def output_mask(config: Config, inputs: Sequence[np.ndarray], masks: Sequence[Mask]) -> Mask:
    known = [mask for mask in masks if mask is not None]
    if of_keras2(config):
        return reduce(np.logical_and, known) if known else None
    return reduce(np.logical_or, known) if len(known) == len(masks) else None


def _aligned(inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    rank = max(x.ndim for x in inputs)
    return [x.reshape(len(x), *(1,) * (rank - x.ndim), *x.shape[1:]) if x.ndim < rank else x for x in inputs]


def _masks(mask: Mask | Sequence[Mask], inputs: Sequence[np.ndarray]) -> list[Mask]:
    """Of each input, as large as it is. As in Keras, an input that gets further axes loses its mask."""
    rank = max(x.ndim for x in inputs)
    masks = mask if isinstance(mask, list | tuple) else [mask] * len(inputs)
    return [
        None if mask is None or x.ndim < rank else np.broadcast_to(mask[..., None], x.shape)
        for mask, x in zip(masks, inputs, strict=True)
    ]


def _sum(*inputs: np.ndarray) -> np.ndarray:
    return reduce(np.add, _aligned(inputs))


def _difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    first, second = _aligned([first, second])
    return first - second


def _mean(*inputs: np.ndarray) -> np.ndarray:
    return np.divide(_sum(*inputs), len(inputs), dtype=np.float32)


def _product(*inputs: np.ndarray, mask: Mask | Sequence[Mask] = None) -> np.ndarray:
    """A hidden step counts as 1; where it is hidden in every input, the product is 0."""
    masks = _masks(mask, inputs)
    factors = [
        x if mask is None else np.where(mask, x, x.dtype.type(1))
        for x, mask in zip(_aligned(inputs), masks, strict=True)
    ]
    y = reduce(np.multiply, factors)
    known = [mask for mask in masks if mask is not None]
    return np.where(reduce(np.logical_or, known), y, y.dtype.type(0)) if len(known) == len(masks) else y


def _extreme(operator: Operator, *inputs: np.ndarray, mask: Mask | Sequence[Mask] = None) -> np.ndarray:
    """Of two inputs, a hidden step takes the other's value first."""
    (y, *others), (seen, *masks) = _aligned(inputs), _masks(mask, inputs)
    for x, known in zip(others, masks, strict=True):
        if known is not None:
            x = np.where(known, x, y)
        if seen is not None:
            y = np.where(seen, y, x)
        seen = None if known is None or seen is None else known | seen
        y = operator(y, x)
    return y


def _without_masks(call: Call, *inputs: np.ndarray, mask: Mask | Sequence[Mask] = None) -> np.ndarray:
    y: np.ndarray = call(*inputs)
    return y


_CALLS: dict[str, Call] = {"Add": _sum, "Subtract": _difference, "Average": _mean}
_CALLS_WITH_MASKS: dict[str, Call] = {
    "Multiply": _product,
    "Maximum": partial(_extreme, np.maximum),
    "Minimum": partial(_extreme, np.minimum),
}


def _register(kind: str, call: Call, takes_mask: bool) -> None:
    @register_layer(kind, shape=output_shape, mask=output_mask, takes_mask=takes_mask)
    def build(node: Node) -> Call:
        return partial(_without_masks, call) if takes_mask and of_keras2(node.config) else call


for _kind, _call in _CALLS.items():
    _register(_kind, _call, False)
for _kind, _call in _CALLS_WITH_MASKS.items():
    _register(_kind, _call, True)
