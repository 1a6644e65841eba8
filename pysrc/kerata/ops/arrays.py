"""Operators on whole arrays: sums and the like along axes, parts and rearrangements, sorting and looking up."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..node import Shape
from .common import (
    Function,
    Sizes,
    as_float,
    axes_of,
    bounded,
    broadcast,
    dtype_of,
    operators,
    promoted,
    reduced,
    same,
    sizes_of,
)
from .math import cast, is_close

Axis = int | tuple[int, ...] | None


# Along axes


def _wide(x: np.ndarray) -> np.ndarray:
    """As Keras sums it: small integers and booleans with 32 bits."""
    if x.dtype.kind in "bi" and x.dtype.itemsize < 4:
        return x.astype(np.int32)
    return x.astype(np.uint32) if x.dtype.kind == "u" and x.dtype.itemsize < 4 else x


def _without_bool(x: np.ndarray) -> np.ndarray:
    return x.astype(np.int32) if x.dtype == bool else x


def total(x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    x = _wide(x)
    return np.sum(x, axis, keepdims=keepdims, dtype=x.dtype)


def product(x: np.ndarray, axis: Axis = None, keepdims: bool = False, dtype: str | None = None) -> np.ndarray:
    x = _wide(x) if dtype is None else cast(x, dtype)
    return np.prod(x, axis, keepdims=keepdims, dtype=x.dtype)


def reduction_on_floats(function: Function) -> Function:
    """Of an array with an axis, taken as float32."""
    return lambda x, axis=None, keepdims=False: as_float(function(as_float(x), axis, keepdims=keepdims))


def extreme(function: Function, of_two: Function) -> Function:
    def of(x: np.ndarray, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> np.ndarray:
        found = function(x, axis, keepdims=keepdims)
        return found if initial is None else np.asarray(of_two(found, initial), x.dtype)

    return of


def place_of(function: Function) -> Function:
    """The index of an extreme, Keras's −0 being below 0."""

    def of(x: np.ndarray, axis: int | None = None, keepdims: bool = False) -> np.ndarray:
        if x.dtype.kind == "f":
            x = np.where((x == 0) & np.signbit(x), -np.finfo(np.float32).tiny, x)
        return np.asarray(function(x, axis, keepdims=keepdims), np.int32)

    return of


def count_nonzero(x: np.ndarray, axis: Axis = None) -> np.ndarray:
    return np.asarray(np.count_nonzero(x, axis), np.int32)


def log_sum_exp(x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    largest = np.max(x, axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, np.float32(0))
    logs = np.log(np.sum(np.exp(x - largest), axis, keepdims=True)) + largest
    return logs if keepdims else np.squeeze(logs, axes_of(axis, x.ndim))


def average(x: np.ndarray, weights: Any = None, axis: Axis = None) -> np.ndarray:
    """Weights of fewer axes than x belong to the axis."""
    x = as_float(x)
    if weights is None:
        return np.mean(x, axis)
    w = as_float(weights)
    if w.ndim == x.ndim or axis is None:
        return np.sum(x * w, axis) / np.sum(w, axis)
    return np.tensordot(x, w, (axis, 0)) / np.sum(w)


def moments(
    x: np.ndarray, axes: Axis, keepdims: bool = False, synchronized: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    x = as_float(x)
    return np.mean(x, axes, keepdims=keepdims), np.var(x, axes, keepdims=keepdims)


def quantile(x: np.ndarray, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> np.ndarray:
    """Always linear between two numbers: Keras's operator keeps the method, but does not use it."""
    return as_float(np.quantile(as_float(x), as_float(q), axis, keepdims=keepdims))


def percentile(x: np.ndarray, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> np.ndarray:
    q = as_float(q) / np.float32(100)
    return as_float(np.quantile(as_float(x), q, axis, method=method, keepdims=keepdims))  # type: ignore[call-overload]


def median(x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    return quantile(x, 0.5, axis, keepdims=keepdims)


def without_nan(function: Function, instead: float) -> Function:
    """The function with another number in place of NaN; NaN where there is no number at all."""

    def of(x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
        if x.dtype.kind != "f":
            return function(x, axis, keepdims=keepdims)
        nothing = np.isnan(x)
        found = function(np.where(nothing, np.float32(instead), x), axis, keepdims=keepdims)
        return np.where(np.all(nothing, axis, keepdims=keepdims), np.float32(np.nan), found)

    return of


def nan_sum(x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    return total(np.where(np.isnan(x), np.zeros((), x.dtype), x), axis, keepdims)


def nan_product(x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    return product(np.where(np.isnan(x), np.ones((), x.dtype), x), axis, keepdims)


def nan_mean(x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    count = np.sum(~np.isnan(x), axis, keepdims=keepdims, dtype=np.float32)
    return as_float(nan_sum(as_float(x), axis, keepdims) / count)


def nan_variance(x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    x = as_float(x)
    return nan_mean(np.square(x - nan_mean(x, axis, True)), axis, keepdims)


def nan_deviation(x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    return np.sqrt(nan_variance(x, axis, keepdims))


def all_close(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> np.ndarray:
    return np.asarray(np.all(is_close(x1, x2, rtol, atol, equal_nan)))


operators(
    {
        "All": lambda x, axis=None, keepdims=False: np.all(x, axis, keepdims=keepdims),
        "Amax": extreme(np.max, np.maximum),
        "Amin": extreme(np.min, np.minimum),
        "Any": lambda x, axis=None, keepdims=False: np.any(x, axis, keepdims=keepdims),
        "Argmax": place_of(np.argmax),
        "Argmin": place_of(np.argmin),
        "CountNonzero": count_nonzero,
        "Logsumexp": reduction_on_floats(log_sum_exp),
        "Max": extreme(np.max, np.maximum),
        "Mean": reduction_on_floats(np.mean),
        "Min": extreme(np.min, np.minimum),
        "Nanmax": without_nan(np.max, -np.inf),
        "Nanmean": nan_mean,
        "Nanmin": without_nan(np.min, np.inf),
        "Nanprod": nan_product,
        "Nanstd": nan_deviation,
        "Nansum": nan_sum,
        "Nanvar": nan_variance,
        "Prod": product,
        "Ptp": lambda x, axis=None, keepdims=False: np.ptp(x, axis, keepdims=keepdims),
        "Std": reduction_on_floats(np.std),
        "Sum": total,
        "Var": reduction_on_floats(np.var),
    },
    shape=reduced,
)
operators({"Moments": moments}, shape=lambda x, axes, keepdims=False, **options: [reduced(x, axes, keepdims)] * 2)
operators({"AllClose": all_close}, shape=lambda *values, **options: ())


def quantile_shape(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Shape:
    return (*sizes_of(q), *reduced(x, axis, keepdims))


operators({"Average": average}, shape=lambda x, weights=None, axis=None: reduced(x, axis))
operators({"Median": median}, shape=reduced)
operators({"Percentile": percentile, "Quantile": quantile}, shape=quantile_shape)


def running(function: Function) -> Function:
    def of(x: np.ndarray, axis: int | None = None, dtype: str | None = None) -> np.ndarray:
        x = _without_bool(x if dtype is None else cast(x, dtype))
        return function(x, axis, dtype=x.dtype)

    return of


def running_shape(x: Any, axis: int | None = None, dtype: str | None = None) -> Shape:
    return sizes_of(x) if axis is not None else (_count(sizes_of(x)),)


def _count(shape: Shape) -> int | None:
    """Of all numbers, where it is known."""
    known = [size for size in shape if size is not None]
    return math.prod(known) if len(known) == len(shape) else None


def differences(a: np.ndarray, n: int = 1, axis: int = -1) -> np.ndarray:
    """After as many differences as there are numbers, nothing is left."""
    return np.diff(a, min(n, a.shape[axis]), axis)


def trapezoid(y: np.ndarray, x: Any = None, dx: float = 1.0, axis: int = -1) -> np.ndarray:
    return as_float(np.trapezoid(as_float(y), None if x is None else as_float(x), dx, axis))


def trace(x: np.ndarray, offset: int = 0, axis1: int = 0, axis2: int = 1) -> np.ndarray:
    x = _wide(x)
    return np.trace(x, offset, axis1, axis2, x.dtype)


operators(
    {
        "Cumprod": running(np.cumprod),
        "Cumsum": running(np.cumsum),
        "Nancumprod": lambda x, axis=None, dtype=None: running(np.cumprod)(np.where(np.isnan(x), 1, x), axis, dtype),
        "Nancumsum": lambda x, axis=None, dtype=None: running(np.cumsum)(np.where(np.isnan(x), 0, x), axis, dtype),
    },
    shape=running_shape,
)
operators({"Diff": differences, "Trace": trace, "Trapezoid": trapezoid})


# Together and apart


def concatenate(xs: Sequence[Any], axis: int = 0) -> np.ndarray:
    return np.concatenate(promoted(*xs), axis)


def concatenated(xs: Sequence[Any], axis: int = 0) -> Shape:
    shapes = [sizes_of(each) for each in xs]
    (place,) = axes_of(axis, len(shapes[0]))
    along = [shape[place] for shape in shapes]
    others = broadcast_exactly([(*shape[:place], 1, *shape[place + 1 :]) for shape in shapes])
    return (*others[:place], None if None in along else sum(along), *others[place + 1 :])  # type: ignore[arg-type]


def broadcast_exactly(shapes: Sequence[Shape]) -> Shape:
    """The one shape that all are, as far as they are known."""
    known = [set(sizes) - {None} for sizes in zip(*shapes, strict=True)]
    if any(len(sizes) > 1 for sizes in known):
        raise ValueError("shapes do not fit along the other axes")
    return tuple(sizes.pop() if sizes else None for sizes in known)


def stack(x: Sequence[Any], axis: int = 0) -> np.ndarray:
    return np.stack(promoted(*x), axis)


def stacked(x: Sequence[Any], axis: int = 0) -> Shape:
    shape = broadcast_exactly([sizes_of(each) for each in x])
    (place,) = axes_of(axis, len(shape) + 1)
    return (*shape[:place], len(x), *shape[place:])


def append(x1: Any, x2: Any, axis: int | None = None) -> np.ndarray:
    a, b = promoted(x1, x2)
    return np.append(a, b, axis)


def appended(x1: Any, x2: Any, axis: int | None = None) -> Shape:
    if axis is not None:
        return concatenated([x1, x2], axis)
    return concatenated([Sizes([_count(sizes_of(each))]) for each in (x1, x2)])


def split(x: np.ndarray, indices_or_sections: int | tuple[int, ...], axis: int = 0) -> list[np.ndarray]:
    _check_parts(indices_or_sections)
    return np.split(x, indices_or_sections, axis)


def array_split(x: np.ndarray, indices_or_sections: int | tuple[int, ...], axis: int = 0) -> list[np.ndarray]:
    _check_parts(indices_or_sections)
    return np.array_split(x, indices_or_sections, axis)


_MAX_PARTS = 10_000


def _check_parts(parts: int | tuple[int, ...]) -> None:
    if isinstance(parts, int) and not 0 < parts <= _MAX_PARTS:
        raise ValueError(f"{parts} parts")


def split_along(axis: int) -> Function:
    return lambda x, indices_or_sections: split(x, indices_or_sections, min(axis, x.ndim - 1))


def unstack(x: np.ndarray, num: int | None = None, axis: int = 0) -> list[np.ndarray]:
    _check_parts(x.shape[axis])
    return list(np.moveaxis(x, axis, 0))


def meshgrid(*x: np.ndarray, indexing: str = "xy") -> list[np.ndarray]:
    return [np.array(each) for each in np.meshgrid(*x, indexing=indexing, copy=False)]  # type: ignore[call-overload]


def meshgrid_shape(*x: Any, indexing: str = "xy") -> list[Shape]:
    sizes = [_count(sizes_of(each)) for each in x]
    if indexing == "xy":
        sizes[:2] = sizes[1::-1]
    return [tuple(sizes)] * len(sizes)


operators({"Concatenate": concatenate}, shape=concatenated)
operators({"Stack": stack}, shape=stacked)
operators({"Append": append}, shape=appended)
operators({"Meshgrid": meshgrid}, shape=meshgrid_shape)
operators(
    {
        "ArraySplit": array_split,
        "Dsplit": split_along(2),
        "Hsplit": split_along(1),
        "Split": split,
        "Unstack": unstack,
        "Vsplit": split_along(0),
    },
    views=True,
)
operators(
    {
        "Dstack": lambda xs: np.dstack(promoted(*xs)),
        "Hstack": lambda xs: np.hstack(promoted(*xs)),
        "Vstack": lambda xs: np.vstack(promoted(*xs)),
    }
)


# Rearranged


def reshape(x: np.ndarray, newshape: Any) -> np.ndarray:
    return np.reshape(x, tuple(int(size) for size in np.ravel(newshape)))


def reshaped(x: Any, newshape: Any) -> Shape:
    """−1 is what is left, and a size that is itself a value of the model is open."""
    if isinstance(newshape, Sizes):
        (rank,) = newshape
        return (None,) * int(rank or 0)
    old = sizes_of(x)
    new = tuple(size if isinstance(size, int) else None for size in np.atleast_1d(np.array(newshape, object)))
    if None in new or None in old:
        return tuple(None if size == -1 else size for size in new)
    return np.broadcast_to(np.float32(0), old).reshape(new).shape  # type: ignore[arg-type]


def transpose(x: np.ndarray, axes: tuple[int, ...] | None = None) -> np.ndarray:
    return np.transpose(x, axes)


def squeeze(x: np.ndarray, axis: Axis = None) -> np.ndarray:
    return np.squeeze(x, axis)


def squeezed(x: Any, axis: Axis = None) -> Shape:
    """An open size is taken for 1 where the axis is named."""
    shape = sizes_of(x)
    gone = axes_of(axis, len(shape)) if axis is not None else [place for place, size in enumerate(shape) if size == 1]
    if any(shape[place] not in (1, None) for place in gone):
        raise ValueError("cannot squeeze an axis whose size is not 1")
    return tuple(size for place, size in enumerate(shape) if place not in gone)


def flip(x: np.ndarray, axis: Axis = None) -> np.ndarray:
    return np.flip(x, axis)


def repeat(x: np.ndarray, repeats: Any, axis: int | None = None) -> np.ndarray:
    bounded(*repeated(Sizes(x.shape), repeats, axis))
    return np.repeat(x, np.asarray(repeats), axis)


def repeated(x: Any, repeats: Any, axis: int | None = None) -> Shape:
    """Open where the repeats are a value of the model; summed as Python's integers, which do not overflow."""
    shape = sizes_of(x) if axis is not None else (_count(sizes_of(x)),)
    (place,) = axes_of(axis or 0, len(shape))
    old, new = shape[place], None
    if not isinstance(repeats, Sizes):
        counts = [int(each) for each in np.ravel(np.asarray(repeats))]
        if min(counts, default=0) < 0 or (len(counts) != 1 and old not in (None, len(counts))):
            raise ValueError(f"repeats {counts} of {old}")
        new = sum(counts) if len(counts) != 1 else old and old * counts[0]
        bounded(*shape[:place], new or max(counts, default=0), *shape[place + 1 :])
    return (*shape[:place], new, *shape[place + 1 :])


def tile(x: np.ndarray, repeats: Any) -> np.ndarray:
    bounded(*tiled(Sizes(x.shape), repeats))
    return np.tile(x, [int(each) for each in np.atleast_1d(repeats)])


def tiled(x: Any, repeats: Any) -> Shape:
    shape = sizes_of(x)
    if isinstance(repeats, Sizes):
        return (None,) * max(len(shape), repeats[0] or 1)
    times = [int(each) for each in np.atleast_1d(np.asarray(repeats))]
    rank = max(len(shape), len(times))
    sizes, times = (1,) * (rank - len(shape)) + shape, [1] * (rank - len(times)) + times
    if min(times) < 0:
        raise ValueError(f"{times} times")
    bounded(*times)
    return tuple(size and size * count for size, count in zip(sizes, times, strict=True))


def pad(x: np.ndarray, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> np.ndarray:
    bounded(*padded(Sizes(x.shape), pad_width))
    widths = _widths(pad_width, x.ndim)
    if mode == "constant":
        return np.pad(x, widths, constant_values=np.asarray(constant_values or 0, x.dtype))
    return np.pad(x, widths, mode)  # type: ignore[call-overload]


def _widths(pad_width: Any, rank: int) -> list[list[int]]:
    """Before and after each axis, as Python's integers, which do not overflow."""
    pairs = np.broadcast_to(np.asarray(pad_width, object), (rank, 2)).tolist()
    return [[int(width) for width in pair] for pair in pairs]


def padded(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Shape:
    shape = sizes_of(x)
    widths = _widths(pad_width, len(shape))
    if any(width < 0 for pair in widths for width in pair):
        raise ValueError(f"widths {widths}")
    return tuple(None if size is None else size + sum(pair) for size, pair in zip(shape, widths, strict=True))


def broadcast_to(x: Any, shape: tuple[int, ...]) -> np.ndarray:
    return np.broadcast_to(x, shape)


def broadcast_shape(x: Any, shape: Shape) -> Shape:
    new = tuple(size if isinstance(size, int) else None for size in shape)
    if len(sizes_of(x)) > len(new):
        raise ValueError("more axes than the shape to broadcast to")
    broadcast(x, Sizes(new))
    return new


def full(fill_value: Any, shape: tuple[int, ...], dtype: str | None = None) -> np.ndarray:
    bounded(*shape)
    return np.full(shape, fill_value, np.float32 if dtype is None else dtype_of(dtype))


def diag(x: np.ndarray, k: int = 0) -> np.ndarray:
    if x.ndim == 1:
        bounded(x.size + abs(k), x.size + abs(k))
    return np.diag(x, k)


operators({"Reshape": reshape}, shape=reshaped)
operators({"Squeeze": squeeze}, shape=squeezed)
operators({"BroadcastTo": broadcast_to}, shape=broadcast_shape)
operators({"Repeat": repeat}, shape=repeated)
operators({"Tile": tile}, shape=tiled)
operators({"Pad": pad}, shape=padded)
operators({"Full": full}, shape=lambda fill_value, shape, dtype=None: tuple(shape))
operators({"Ravel": lambda x: np.ravel(x)}, shape=lambda x: (_count(sizes_of(x)),))
operators({"Diag": diag, "Diagflat": lambda x, k=0: diag(np.ravel(x), k)})
operators(
    {
        "Diagonal": lambda x, offset=0, axis1=0, axis2=1: np.diagonal(x, offset, axis1, axis2),
        "ExpandDims": lambda x, axis: np.expand_dims(x, axis),
        "Flip": flip,
        "Fliplr": lambda x: np.fliplr(x),
        "Flipud": lambda x: np.flipud(x),
        "Moveaxis": lambda x, source, destination: np.moveaxis(x, source, destination),
        "Rot90": lambda array, k=1, axes=(0, 1): np.rot90(array, k, axes),
        "Swapaxes": lambda x, axis1, axis2: np.swapaxes(x, axis1, axis2),
        "Transpose": transpose,
    },
    views=True,
)
operators(
    {
        "Roll": lambda x, shift, axis=None: np.roll(x, shift, axis),
        "Tril": lambda x, k=0: np.tril(x, k),
        "Triu": lambda x, k=0: np.triu(x, k),
    },
    shape=same,
)


# Parts


def get_item(x: np.ndarray, key: Any) -> np.ndarray:
    return x[tuple(map(_index, key)) if isinstance(key, list | tuple) else _index(key)]


def _index(part: Any) -> Any:
    return part.astype(np.int64) if isinstance(part, np.ndarray) else part


def item_shape(x: Any, key: Any) -> Shape:
    """As far as it is known. A slice of an open axis is open."""
    left, made = list(sizes_of(x)), list[int | None]()
    parts = list(key) if isinstance(key, list | tuple) and not isinstance(key, Sizes) else [key]
    parts = parts if Ellipsis in [part for part in parts if not isinstance(part, np.ndarray)] else [*parts, Ellipsis]
    for place, part in enumerate(parts):
        if part is Ellipsis:
            rest = len([each for each in parts[place + 1 :] if each is not None])
            count = len(left) - rest
            if count < 0:
                raise ValueError(f"{len(sizes_of(x))} axes, of which {key} names more")
            made += left[:count]
            left = left[count:]
        elif part is None:
            made.append(1)
        else:
            size = left.pop(0)
            made += _item_sizes(size, part)
    return tuple(made)


def _item_sizes(size: int | None, part: Any) -> Shape:
    if isinstance(part, slice):
        bounds = (part.start, part.stop, part.step)
        is_open = size is None or any(isinstance(bound, Sizes) for bound in bounds)
        return (None if is_open else len(range(*part.indices(size))),)  # type: ignore[arg-type]
    if isinstance(part, int) and size is not None and not -size <= part < size:
        raise ValueError(f"index {part} of an axis of {size}")
    return sizes_of(part)


def take(x: np.ndarray, indices: Any, axis: int | None = None) -> np.ndarray:
    bounded(*taken(Sizes(x.shape), indices, axis))
    return np.take(x, np.asarray(indices).astype(np.int64), axis)


def taken(x: Any, indices: Any, axis: int | None = None) -> Shape:
    shape = sizes_of(x)
    if axis is None:
        return sizes_of(indices)
    (place,) = axes_of(axis, len(shape))
    return (*shape[:place], *sizes_of(indices), *shape[place + 1 :])


def take_along_axis(x: np.ndarray, indices: Any, axis: int | None = None) -> np.ndarray:
    return np.take_along_axis(x, np.asarray(indices).astype(np.int64), axis)


def slice_of(inputs: np.ndarray, start_indices: Any, shape: tuple[int, ...]) -> np.ndarray:
    starts = [int(start) for start in np.ravel(start_indices)]
    return inputs[tuple(slice(a, None if size == -1 else a + size) for a, size in zip(starts, shape, strict=True))]


def slice_update(inputs: np.ndarray, start_indices: Any, updates: Any) -> np.ndarray:
    """A part that would reach over the end is moved back."""
    updates = np.asarray(updates, inputs.dtype)
    most = np.subtract(inputs.shape, updates.shape)
    starts = np.clip(np.ravel(start_indices).astype(np.int64), 0, most)
    made = np.array(inputs)
    made[tuple(slice(a, a + size) for a, size in zip(starts, updates.shape, strict=True))] = updates
    return made


_UPDATES: dict[str, Any] = {"add": np.add, "max": np.maximum, "min": np.minimum, "mul": np.multiply}


def scatter_update(inputs: np.ndarray, indices: Any, updates: Any, reduction: str | None = None) -> np.ndarray:
    made, values = np.array(inputs), np.asarray(updates, inputs.dtype)
    places = tuple(np.moveaxis(np.asarray(indices).astype(np.int64), -1, 0))
    if reduction is None:
        made[places] = values
    else:
        _UPDATES[reduction].at(made, places, values)
    return made


def scatter(indices: Any, values: Any, shape: tuple[int, ...]) -> np.ndarray:
    bounded(*shape)
    return scatter_update(np.zeros(shape, np.asarray(values).dtype), indices, values, "add")


operators({"GetItem": get_item}, shape=item_shape)
operators({"Take": take}, shape=taken)
operators({"ScatterUpdate": scatter_update, "SliceUpdate": slice_update}, shape=same)
operators({"Scatter": scatter}, shape=lambda indices, values, shape: tuple(shape))
operators({"Slice": slice_of}, views=True)
operators({"TakeAlongAxis": take_along_axis})


# Sorted, looked up


def sort(x: np.ndarray, axis: int | None = -1) -> np.ndarray:
    return np.sort(x, axis)


def argsort(x: np.ndarray, axis: int | None = -1) -> np.ndarray:
    return np.argsort(x, axis, kind="stable").astype(np.int32)


def sort_shape(x: Any, axis: int | None = -1) -> Shape:
    return running_shape(x, axis)


def top_k_shape(x: Any, k: int, sorted: bool = True) -> list[Shape]:
    *others, last = sizes_of(x)
    if k < 0 or (last is not None and k > last):
        raise ValueError(f"{k} of {last}")
    return [(*others, k)] * 2


def top_k(x: np.ndarray, k: int, sorted: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """The largest along the last axis; of equal ones the first come first."""
    if not 0 <= k <= x.shape[-1]:
        raise ValueError(f"{k} of {x.shape[-1]}")
    backwards = np.argsort(x[..., ::-1], -1, kind="stable")[..., ::-1]
    places = x.shape[-1] - 1 - backwards[..., :k]
    return np.take_along_axis(x, places, -1), places.astype(np.int32)


def search_sorted(sorted_sequence: Any, values: Any, side: str = "left") -> np.ndarray:
    return np.searchsorted(np.asarray(sorted_sequence), np.asarray(values), side).astype(np.int32)  # type: ignore[call-overload]


def digitize(x: np.ndarray, bins: Any) -> np.ndarray:
    return np.digitize(x, as_float(bins)).astype(np.int32)


def is_in(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> np.ndarray:
    a, b = promoted(x1, x2)
    return np.isin(a, b, invert=invert)


def in_top_k(targets: Any, predictions: np.ndarray, k: int) -> np.ndarray:
    target = np.take_along_axis(predictions, np.asarray(targets).astype(np.int64)[:, None], 1)
    return np.sum(predictions > target, 1) < k


def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: str | None = None, sparse: bool = False) -> np.ndarray:
    x = np.asarray(x).astype(np.int64)
    bounded(*x.shape, num_classes)
    hot = x[..., None] == np.arange(num_classes)
    return np.moveaxis(hot, -1, axis).astype(dtype_of(dtype or "float32"))


def one_hot_shape(x: Any, num_classes: int, axis: int = -1, **options: Any) -> Shape:
    shape = sizes_of(x)
    (place,) = axes_of(axis, len(shape) + 1)
    return (*shape[:place], num_classes, *shape[place:])


def multi_hot_shape(inputs: Any, num_classes: int, axis: int = -1, **options: Any) -> Shape:
    """Of the one hot, which is bounded, without the axis that is counted along."""
    hot = one_hot_shape(inputs, num_classes, axis)
    bounded(*hot)
    gone = 1 if len(hot) > 2 else 0
    return (*hot[:gone], *hot[gone + 1 :])


def multi_hot(
    inputs: Any, num_classes: int, axis: int = -1, dtype: str | None = None, sparse: bool = False
) -> np.ndarray:
    hot = one_hot(inputs, num_classes, axis, dtype)
    return hot.max(1 if np.ndim(inputs) > 1 else 0)


def segments(function: Any, empty: Function) -> Function:
    """Of the rows with the same number; those of numbers below 0 are left out."""

    def of(data: np.ndarray, segment_ids: Any, num_segments: int, sorted: bool = False) -> np.ndarray:
        bounded(num_segments, *data.shape[1:])
        made = np.full((num_segments, *data.shape[1:]), empty(data.dtype), data.dtype)
        ids = np.asarray(segment_ids).astype(np.int64)
        function.at(made, ids[ids >= 0], data[ids >= 0])
        return made

    return of


def least(dtype: Any) -> Any:
    return np.finfo(dtype).min if dtype.kind == "f" else np.iinfo(dtype).min


def most(dtype: Any) -> Any:
    return np.finfo(dtype).max if dtype.kind == "f" else np.iinfo(dtype).max


def extract_sequences(x: np.ndarray, sequence_length: int, sequence_stride: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(x, sequence_length, -1)[..., ::sequence_stride, :]


def correlate(x1: Any, x2: Any, mode: str = "valid") -> np.ndarray:
    return as_float(np.correlate(as_float(x1), as_float(x2), mode))  # type: ignore[call-overload]


def vander(x: np.ndarray, N: int | None = None, increasing: bool = False) -> np.ndarray:  # noqa: N803 Keras's name
    bounded(x.size, N or x.size)
    return np.vander(as_float(x), N, increasing).astype(x.dtype)


def spaced(function: Function) -> Function:
    """Numbers from start to stop, of which there are `num`."""

    def of(
        start: Any,
        stop: Any,
        num: int = 50,
        endpoint: bool = True,
        dtype: str | None = None,
        axis: int = 0,
        **more: Any,
    ) -> np.ndarray:
        bounded(num, *np.broadcast_shapes(np.shape(start), np.shape(stop)))
        made = function(as_float(start), as_float(stop), num, endpoint=endpoint, axis=axis, **more)
        kind = np.float32 if dtype is None else dtype_of(dtype)
        return (np.floor(made) if np.dtype(kind).kind in "iu" else made).astype(kind)

    return of


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: str | None = None,
    axis: int = 0,
) -> Any:
    made = spaced(np.linspace)(start, stop, num, endpoint, dtype, axis)
    if not retstep:
        return made
    return made, (as_float(stop) - as_float(start)) / np.float32(num - 1 if endpoint else num)


def spaced_shape(start: Any, stop: Any, num: int | None = 50, axis: int = 0, **options: Any) -> Any:
    shape = broadcast(start, stop)
    (place,) = axes_of(axis, len(shape) + 1)
    made = (*shape[:place], num, *shape[place:])
    return [made, shape] if options.get("retstep") else made


operators({"Argsort": argsort, "Sort": sort}, shape=sort_shape)
operators({"TopK": top_k}, shape=top_k_shape)
operators({"OneHot": one_hot}, shape=one_hot_shape)
operators({"MultiHot": multi_hot}, shape=multi_hot_shape)
operators({"ExtractSequences": extract_sequences}, views=True)
operators({"Digitize": digitize}, shape=same)
operators(
    {
        "Correlate": correlate,
        "InTopK": in_top_k,
        "SearchSorted": search_sorted,
        "SegmentMax": segments(np.maximum, least),
        "SegmentMin": segments(np.minimum, most),
        "SegmentProd": segments(np.multiply, lambda dtype: 1),
        "SegmentSum": segments(np.add, lambda dtype: 0),
        "Vander": vander,
    }
)
operators({"IsIn": is_in}, shape=same)
operators({"Size": lambda x: np.asarray(x.size, np.int32)}, shape=lambda x: ())
operators(
    {"Geomspace": spaced(np.geomspace), "Linspace": linspace, "Logspace": spaced(np.logspace)}, shape=spaced_shape
)
