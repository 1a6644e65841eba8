"""Functions of TensorFlow on whole arrays: sums and the like along axes, parts and rearrangements, new arrays, looking
up and scattering.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...node import Shape
from .. import arrays as arrays
from .. import linear as linear
from .. import math as numbers
from ..common import Function, Sizes, as_float, axes_of, bounded, dtype_of, operators, promoted, reduced, same, sizes_of
from .math import are_sizes, axes, functions, integers, known, translated

# Along axes


def along(function: Function) -> Function:
    return lambda input_tensor, axis=None, keepdims=False: function(input_tensor, axes(axis), keepdims=bool(keepdims))


def mean(x: np.ndarray, axis: Any, keepdims: bool) -> np.ndarray:
    """Of integers it is an integer, rounded toward zero."""
    if x.dtype.kind in "iu":
        return np.trunc(np.mean(x, axis, keepdims=keepdims)).astype(x.dtype)
    return as_float(np.mean(as_float(x), axis, keepdims=keepdims))


def norm(tensor: np.ndarray, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False) -> np.ndarray:
    return linear.norm(tensor, None if ord in ("euclidean", "fro") else ord, axes(axis), bool(keepdims))


def normalized(tensor: np.ndarray, ord: Any = "euclidean", axis: Any = None) -> list[np.ndarray]:
    """The tensor divided by its norm, and the norm."""
    length = norm(tensor, ord, axis, keepdims=True)
    return [as_float(tensor) / length, length]


def index_of(function: Function) -> Function:
    def of(input: np.ndarray, axis: int | None = None, output_type: str = "int64") -> np.ndarray:
        return np.asarray(function(input, 0 if axis is None else axis), output_type)

    return of


def count_nonzero(input: np.ndarray, axis: Any = None, keepdims: Any = None, dtype: str = "int64") -> np.ndarray:
    return np.sum(input != 0, axes(axis), keepdims=bool(keepdims), dtype=dtype_of(dtype))


def l2_normalize(x: np.ndarray, axis: Any = None, epsilon: float = 1e-12) -> np.ndarray:
    x = as_float(x)
    return x / np.sqrt(np.maximum(np.sum(x * x, axes(axis), keepdims=True), np.float32(epsilon)))


def running(function: Function, start: Callable[[Any], Any]) -> Function:
    """`exclusive`: each result is that of the elements before, the first one `start`. `reverse`: from the end."""

    def of(x: np.ndarray, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> np.ndarray:
        x = np.flip(x, axis) if reverse else x
        made = function(x, axis, dtype=x.dtype)
        if exclusive:
            made = np.roll(made, 1, axis)
            np.moveaxis(made, axis, 0)[:1] = start(x.dtype)
        return np.flip(made, axis) if reverse else made

    return of


def moments(x: np.ndarray, axes: Any, shift: Any = None, keepdims: bool = False) -> tuple[np.ndarray, np.ndarray]:
    return arrays.moments(x, tuple(np.atleast_1d(axes)), bool(keepdims))


functions(
    {
        "math.reduce_all": along(np.all),
        "math.reduce_any": along(np.any),
        "math.reduce_euclidean_norm": along(lambda x, axis, keepdims: linear.norm(x, None, axis, keepdims)),
        "math.reduce_logsumexp": along(lambda x, axis, keepdims: arrays.log_sum_exp(as_float(x), axis, keepdims)),
        "math.reduce_max": along(np.max),
        "math.reduce_mean": along(mean),
        "math.reduce_min": along(np.min),
        "math.reduce_prod": along(lambda x, axis, keepdims: np.prod(x, axis, keepdims=keepdims, dtype=x.dtype)),
        "math.reduce_std": along(lambda x, axis, keepdims: np.std(as_float(x), axis, keepdims=keepdims)),
        "math.reduce_sum": along(lambda x, axis, keepdims: np.sum(x, axis, keepdims=keepdims, dtype=x.dtype)),
        "math.reduce_variance": along(lambda x, axis, keepdims: np.var(as_float(x), axis, keepdims=keepdims)),
    },
    shape=lambda input_tensor, axis=None, keepdims=False: reduced(input_tensor, axis, keepdims),
)
functions(
    {"math.argmax": index_of(np.argmax), "math.argmin": index_of(np.argmin), "argmax": index_of(np.argmax)},
    shape=lambda input, axis=None, output_type="": reduced(input, 0 if axis is None else axis),
)
functions(
    {"math.count_nonzero": count_nonzero},
    shape=lambda input, axis=None, keepdims=False, dtype="": reduced(input, axis, keepdims),
)
functions(
    {"norm": norm, "linalg.norm": norm},
    shape=lambda tensor, ord="", axis=None, keepdims=False: reduced(tensor, axis, keepdims),
)
functions(
    {"linalg.normalize": normalized},
    shape=lambda tensor, ord="", axis=None: [sizes_of(tensor), reduced(tensor, axis, keepdims=True)],
)
functions({"math.l2_normalize": l2_normalize, "nn.l2_normalize": l2_normalize}, shape=same)
functions(
    {
        "math.cumprod": running(np.cumprod, lambda dtype: 1),
        "math.cumsum": running(np.cumsum, lambda dtype: 0),
        "math.cumulative_logsumexp": running(np.logaddexp.accumulate, lambda dtype: np.finfo(dtype).min),
    },
    shape=same,
)
functions({"math.top_k": lambda input, k=1, sorted=True, index_type="int32": arrays.top_k(input, k)})
functions(
    {"nn.moments": moments},
    shape=lambda x, axes, shift=None, keepdims=False: [reduced(x, axes, keepdims)] * 2,
)
functions({"math.zero_fraction": lambda value: as_float(np.mean(value == 0))}, shape=lambda value: ())


# Sorted


def backwards(direction: str) -> bool:
    return direction.upper() == "DESCENDING"


def sort(values: np.ndarray, axis: int = -1, direction: str = "ASCENDING") -> np.ndarray:
    made = np.sort(values, axis)
    return np.flip(made, axis) if backwards(direction) else made


def argsort(values: np.ndarray, axis: int = -1, direction: str = "ASCENDING", stable: bool = False) -> np.ndarray:
    """Of equal values the first comes first in both directions."""
    if not backwards(direction):
        return arrays.argsort(values, axis)
    return values.shape[axis] - 1 - np.flip(arrays.argsort(np.flip(values, axis), axis), axis)


def search_sorted(sorted_sequence: Any, values: Any, side: str = "left", out_type: str = "int32") -> np.ndarray:
    """Row by row."""
    rows, sought = (np.reshape(each, (-1, np.shape(each)[-1])) for each in promoted(sorted_sequence, values))
    found = [np.searchsorted(row, each, side) for row, each in zip(rows, sought, strict=True)]  # type: ignore[call-overload]
    return np.stack(found).astype(dtype_of(out_type)).reshape(np.shape(values))


functions({"argsort": argsort, "sort": sort}, shape=same)
functions(
    {"searchsorted": search_sorted},
    shape=lambda sorted_sequence, values, side="", out_type="": sizes_of(values),
)


# Parts


def _key(slice_spec: Any) -> Any:
    """A slice is saved as a dict of its three numbers, which may be values of the model."""
    if isinstance(slice_spec, Mapping):
        return slice(*(_bound(slice_spec[name]) for name in ("start", "stop", "step")))
    if isinstance(slice_spec, list | tuple) and not isinstance(slice_spec, Sizes):
        return [_key(part) for part in slice_spec]
    return slice_spec


def _bound(value: Any) -> Any:
    if are_sizes(value) and value.values[0] is not None:
        return value.values[0]
    return int(value) if isinstance(value, np.ndarray) else value


def sliced(input_: np.ndarray, begin: Any, size: Any) -> np.ndarray:
    return arrays.slice_of(input_, begin, integers(size))


def sliced_shape(input_: Any, begin: Any, size: Any) -> Shape:
    """A size of −1 stands for all that is left."""
    return tuple(
        each if each != -1 else None if old is None or start is None else old - start
        for old, start, each in zip(sizes_of(input_), known(begin), known(size), strict=True)
    )


def strided(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
) -> tuple[Any, list[Any]]:
    """The tensor, and the key of `x[begin:end:strides]`; a bit of a mask stands for an entry that is left out, or for
    what is no slice. Where a bound is not known yet, a slice of `Sizes` stands for it.
    """

    def entry(index: int, start: int | None, stop: int | None, step: int | None) -> Any:
        bit = 1 << index
        if ellipsis_mask & bit:
            return ...
        if new_axis_mask & bit:
            return None
        if shrink_axis_mask & bit:
            return Sizes() if start is None else start
        bounds = (None if begin_mask & bit else start, None if end_mask & bit else stop, step)
        lost = (start is None and not begin_mask & bit) or (stop is None and not end_mask & bit)
        return slice(Sizes(), None, None) if lost else slice(*bounds)

    read = known if isinstance(input_, Sizes) else integers
    steps = (1,) * len(read(begin)) if strides is None else read(strides)
    each = zip(read(begin), read(end), steps, strict=True)
    return input_, [entry(index, *numbers) for index, numbers in enumerate(each)]


def split(value: np.ndarray, num_or_size_splits: Any, axis: int = 0, num: Any = None) -> list[np.ndarray]:
    if isinstance(num_or_size_splits, int):
        return arrays.split(value, num_or_size_splits, axis)
    sizes = [int(size) for size in num_or_size_splits]
    if -1 in sizes:
        sizes[sizes.index(-1)] = value.shape[axis] - sum(sizes) - 1
    return np.split(value, np.cumsum(sizes)[:-1].tolist(), axis)


def masked(tensor: np.ndarray, mask: Any, axis: int | None = None) -> np.ndarray:
    """The parts where the mask holds."""
    return tensor[(slice(None),) * (axis or 0) + (np.asarray(mask, bool),)]


def masked_shape(tensor: Any, mask: Any, axis: int | None = None) -> Shape:
    start = axis or 0
    count = None if isinstance(mask, Sizes) else int(np.count_nonzero(mask))
    return (*sizes_of(tensor)[:start], count, *sizes_of(tensor)[start + len(sizes_of(mask)) :])


def part_shape(tensor: Any, key: Any) -> Shape:
    """It holds the sizes of that part, where the tensor is a vector of sizes."""
    shape = Sizes(arrays.item_shape(tensor, key))
    parts = key if isinstance(key, list) else [key]
    if len(parts) > 1 or not are_sizes(tensor) or not isinstance(parts[0], int | slice) or None in shape:
        return shape
    found = tensor.values[parts[0]]
    return shape.holding(found if isinstance(found, tuple) else (found,))


functions(
    {"__operators__.getitem": lambda tensor, slice_spec: arrays.get_item(tensor, _key(slice_spec))},
    shape=lambda tensor, slice_spec: part_shape(tensor, _key(slice_spec)),
)
functions(
    {"strided_slice": translated(arrays.get_item, strided)},
    shape=translated(part_shape, strided),
)
functions({"slice": sliced}, shape=sliced_shape)
functions({"boolean_mask": masked}, shape=masked_shape)
functions(
    {
        "split": split,
        "unstack": lambda value, num=None, axis=0: arrays.unstack(value, num, axis),
    }
)


# Rearranged


def repeated_shape(input: Any, repeats: Any, axis: int | None = None) -> Shape:
    """Each of `repeats` belongs to an element along the axis; one number, to all."""
    shape = sizes_of(input)
    (index,) = axes_of(axis, len(shape))
    old, times = shape[index], (None,) if isinstance(repeats, Sizes) else known(np.ravel(repeats))
    size = None if old is None or None in times else old * (times[0] or 0)
    if len(times) > 1:
        size = None if None in times else sum(filter(None, times))
    return (*shape[:index], size, *shape[index + 1 :])


def flattened_or_repeated(input: Any, repeats: Any, axis: int | None = None) -> Shape:
    return (None,) if axis is None else repeated_shape(input, repeats, axis)


def tiled_shape(input: Any, multiples: Any) -> Shape:
    return tuple(
        None if size is None or times is None else size * times
        for size, times in zip(sizes_of(input), known(multiples), strict=True)
    )


def pad(tensor: np.ndarray, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0) -> np.ndarray:
    widths = np.reshape(integers(paddings), (-1, 2))
    return arrays.pad(tensor, widths, mode.lower(), constant_values)


def padded_shape(tensor: Any, paddings: Any, *others: Any, **options: Any) -> Shape:
    if isinstance(paddings, Sizes):
        return (None,) * len(sizes_of(tensor))
    widths = [known(pair) for pair in paddings]
    return tuple(
        None if None in (size, *both) else size + sum(both)  # type: ignore[operator,arg-type]
        for size, both in zip(sizes_of(tensor), widths, strict=True)
    )


def reverse_sequence(
    input: np.ndarray,
    seq_lengths: Any,
    seq_axis: int | None = None,
    batch_axis: int | None = None,
    seq_dim: int | None = None,
    batch_dim: int | None = None,
) -> np.ndarray:
    """The first `seq_lengths` steps of each row backwards."""
    steps, batch = (seq_dim if seq_axis is None else seq_axis) or 0, (batch_dim if batch_axis is None else batch_axis)
    x = np.moveaxis(input, (batch or 0, steps), (0, 1))
    step, length = np.arange(x.shape[1]), np.asarray(seq_lengths).astype(np.int64)[:, None]
    order = np.where(step < length, length - 1 - step, step).reshape(*x.shape[:2], *[1] * (x.ndim - 2))
    return np.moveaxis(np.take_along_axis(x, order, 1), (0, 1), (batch or 0, steps))


def space_to_batch(input: np.ndarray, block_shape: Any, paddings: Any) -> np.ndarray:
    """Each block's places become rows: (n, h, w, …) → (n · block, h / block, w / block, …)."""
    blocks = integers(block_shape)
    x = pad(input, [(0, 0), *paddings, *[(0, 0)] * (input.ndim - 1 - len(blocks))])
    sizes = [part for size, block in zip(x.shape[1:], blocks, strict=False) for part in (size // block, block)]
    rest = x.shape[1 + len(blocks) :]
    x = x.reshape(len(x), *sizes, *rest)
    axes = [*range(2, 2 * len(blocks) + 1, 2), 0, *range(1, 2 * len(blocks), 2)]
    x = x.transpose(*axes, *range(2 * len(blocks) + 1, x.ndim))
    return x.reshape(-1, *sizes[::2], *rest)


def batch_to_space(input: np.ndarray, block_shape: Any, crops: Any) -> np.ndarray:
    blocks = integers(block_shape)
    count, rest = len(blocks), input.shape[1 + len(blocks) :]
    x = input.reshape(*blocks, -1, *input.shape[1:])
    order = [count, *(axis for index in range(count) for axis in (count + 1 + index, index))]
    x = x.transpose(*order, *range(2 * count + 1, x.ndim))
    x = x.reshape(len(input) // int(np.prod(blocks)), *np.multiply(input.shape[1 : 1 + count], blocks), *rest)
    ends = zip(x.shape[1:], crops, strict=False)
    return x[:, *(slice(before, size - after) for size, (before, after) in ends)]


functions(
    {"reshape": lambda tensor, shape: arrays.reshape(tensor, shape)},
    shape=lambda tensor, shape: arrays.reshaped(tensor, known(shape)),
)


def squeezing(input: Any, axis: Any = None, squeeze_dims: Any = None) -> tuple[Any, Any]:
    """An empty list of axes stands for all of size 1, as None does."""
    given = axes(squeeze_dims if axis is None else axis)
    return input, None if given == () else given


def together(shape: Shape, values: Any) -> Shape:
    """The shape, holding all the sizes where the values are such."""
    if len(shape) == 1 and any(map(are_sizes, values)):
        return Sizes(shape).holding(
            tuple(size for each in values for size in known(each if isinstance(each, Sizes) else np.ravel(each)))
        )
    return shape


functions(
    {"concat": lambda values, axis: arrays.concatenate(values, axis)},
    shape=lambda values, axis: together(arrays.concatenated(values, axis), values),
)
functions(
    {"stack": lambda values, axis=0: arrays.stack(values, axis)},
    shape=lambda values, axis=0: together(arrays.stacked(values, axis), values),
)
functions(
    {"squeeze": translated(arrays.squeeze, squeezing)},
    shape=translated(arrays.squeezed, squeezing),
)
functions(
    {"broadcast_to": lambda input, shape: arrays.broadcast_to(input, integers(shape))},
    shape=lambda input, shape: arrays.broadcast_shape(input, known(shape)),
)
functions(
    {"repeat": lambda input, repeats, axis=None: arrays.repeat(input, repeats, axis)}, shape=flattened_or_repeated
)
functions({"tile": lambda input, multiples: arrays.tile(input, integers(multiples))}, shape=tiled_shape)
functions({"pad": pad}, shape=padded_shape)
functions(
    {
        "reverse_sequence": reverse_sequence,
        "roll": lambda input, shift, axis: np.roll(input, integers(shift), axes(axis)),
    },
    shape=same,
)
functions(
    {
        "batch_to_space": batch_to_space,
        "batch_to_space_nd": batch_to_space,
        "expand_dims": lambda input, axis: np.expand_dims(input, axis),
        "reverse": lambda tensor, axis: np.flip(tensor, axes(axis)),
        "space_to_batch": space_to_batch,
        "space_to_batch_nd": space_to_batch,
        "transpose": lambda a, perm=None, conjugate=False: np.transpose(a, perm),
        "keras.backend.batch_flatten": lambda x: x.reshape(len(x), -1),
    }
)


# New


def filled(dims: Any, value: Any) -> np.ndarray:
    shape = integers(dims)
    bounded(*shape)
    return np.full(shape, value, promoted(value, weak=False)[0].dtype)


def of_ones(shape: Any, dtype: str = "float32", layout: Any = None) -> np.ndarray:
    return numbers.cast(filled(shape, 1), dtype)


def of_zeros(shape: Any, dtype: str = "float32", layout: Any = None) -> np.ndarray:
    return numbers.cast(filled(shape, 0), dtype)


def eye(num_rows: Any, num_columns: Any = None, batch_shape: Any = None, dtype: str = "float32") -> np.ndarray:
    rows = int(num_rows)
    columns = rows if num_columns is None else int(num_columns)
    shape = (*integers([] if batch_shape is None else batch_shape), rows, columns)
    bounded(*shape)
    return np.broadcast_to(np.eye(rows, columns, dtype=dtype_of(dtype)), shape)


def eye_shape(num_rows: Any, num_columns: Any = None, batch_shape: Any = None, dtype: str = "") -> Shape:
    return (
        *known([] if batch_shape is None else batch_shape),
        *known([num_rows, num_rows if num_columns is None else num_columns]),
    )


def counted(start: Any, limit: Any = None, delta: Any = 1, dtype: str | None = None) -> np.ndarray:
    """From start, or zero where the limit alone is given."""
    first, last = (0, start) if limit is None else (start, limit)
    first, last, step = promoted(first, last, delta)
    bounded(int(abs((last - first) / step)) + 1)
    made = np.arange(first, last, step, step.dtype)  # type: ignore[call-overload]
    return made if dtype is None else numbers.cast(made, dtype)


def counted_shape(start: Any, limit: Any = None, delta: Any = 1, dtype: str | None = None) -> Shape:
    first, last = (0, start) if limit is None else (start, limit)
    if any(isinstance(each, Sizes) for each in (first, last, delta)):
        return (None,)
    return counted(first, last, delta).shape


def within(lengths: Any, maxlen: Any = None, dtype: str = "bool") -> np.ndarray:
    """Which steps there are: (…, steps)."""
    size = int(np.max(lengths) if maxlen is None else maxlen)
    bounded(np.size(lengths), size)
    return numbers.cast(np.arange(size) < np.asarray(lengths)[..., None], dtype)


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: str = "float32",
) -> np.ndarray:
    hot = arrays.one_hot(indices, int(depth), -1 if axis is None else axis, "bool")
    return numbers.cast(np.where(hot, 1 if on_value is None else on_value, off_value or 0), dtype)


def one_hot_shape(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: str = "",
) -> Shape:
    shape = sizes_of(indices)
    (index,) = axes_of(-1 if axis is None else axis, len(shape) + 1)
    return (*shape[:index], *known([depth]), *shape[index:])


def shape_n(input: Sequence[np.ndarray], out_type: str = "int32") -> list[np.ndarray]:
    return [np.array(each.shape, dtype_of(out_type)) for each in input]


functions({"ones": of_ones, "zeros": of_zeros}, shape=lambda shape, dtype="", layout=None: known(shape))
functions(
    {"fill": lambda dims, value, layout=None: filled(dims, value)}, shape=lambda dims, value, layout=None: known(dims)
)
functions({"eye": eye}, shape=eye_shape)
functions({"range": counted}, shape=counted_shape)
functions(
    {"linspace": lambda start, stop, num, axis=0: arrays.linspace(start, stop, int(num), axis=axis)},
    shape=lambda start, stop, num, axis=0: arrays.spaced_shape(start, stop, known([num])[0], axis),
)
functions(
    {"sequence_mask": within},
    shape=lambda lengths, maxlen=None, dtype="": (*sizes_of(lengths), None if maxlen is None else known([maxlen])[0]),
)
functions({"one_hot": one_hot}, shape=one_hot_shape)
functions(
    {"shape": lambda input, out_type="int32": np.array(input.shape, dtype_of(out_type or "int32"))},
    shape=lambda input, out_type="": Sizes([len(sizes_of(input))]).holding(tuple(sizes_of(input))),
)
functions(
    {"shape_n": shape_n},
    shape=lambda input, out_type="": [(len(sizes_of(each)),) for each in input],
)
functions(
    {
        "rank": lambda input: np.array(input.ndim, np.int32),
        "size": lambda input, out_type=None: np.array(input.size, dtype_of(out_type or "int32")),
    },
    shape=lambda input, out_type=None: (),
)


# Looked up and scattered


def gather(
    params: np.ndarray, indices: Any, validate_indices: Any = None, axis: Any = None, batch_dims: int = 0
) -> np.ndarray:
    axis = batch_dims if axis is None else int(axis)
    if not batch_dims:
        return arrays.take(params, indices, axis)
    axis %= params.ndim
    slots = np.asarray(indices).astype(np.int64)
    rows = zip(params, slots, strict=True)
    return np.stack([gather(each, at, None, axis - 1, batch_dims - 1) for each, at in rows])


def gathered_shape(
    params: Any, indices: Any, validate_indices: Any = None, axis: Any = None, batch_dims: int = 0
) -> Shape:
    shape = sizes_of(params)
    (index,) = axes_of(batch_dims if axis is None else axis, len(shape))
    return (*shape[:index], *sizes_of(indices)[batch_dims % (len(sizes_of(indices)) + 1) :], *shape[index + 1 :])


def gather_nd(params: np.ndarray, indices: Any, batch_dims: int = 0) -> np.ndarray:
    """The last axis of the indices names a slot of several axes at once."""
    slots = np.asarray(indices).astype(np.int64)
    if batch_dims:
        return np.stack([gather_nd(each, at, batch_dims - 1) for each, at in zip(params, slots, strict=True)])
    return params[tuple(np.moveaxis(slots, -1, 0))]


def gathered_nd_shape(params: Any, indices: Any, batch_dims: int = 0) -> Shape:
    *shape, depth = sizes_of(indices)
    return (*shape, *sizes_of(params)[batch_dims + int(depth or 0) :])


def scatter(indices: Any, updates: Any, shape: Any) -> np.ndarray:
    return arrays.scatter(indices, updates, integers(shape))


def scattering(reduction: str | None, sign: int = 1) -> Function:
    return lambda tensor, indices, updates, bad_indices_policy="": arrays.scatter_update(
        tensor, indices, sign * updates, reduction
    )


def segments(function: Any, start: Callable[[Any], Any], finish: Callable[..., Any] | None = None) -> Function:
    """The function of all rows of one number, `start` where there is none; rows of numbers below 0 are left out.

    `finish(made, counts)` takes how many there are of each.
    """

    def of(data: np.ndarray, segment_ids: Any, num_segments: Any = None) -> np.ndarray:
        ids = np.asarray(segment_ids).astype(np.int64)
        count = int(ids.max() + 1 if num_segments is None else num_segments)
        rows = data.reshape(-1, *data.shape[ids.ndim :])
        made = arrays.segments(function, start)(rows, ids.ravel(), count)
        if finish is None:
            return made
        counts = np.maximum(np.bincount(ids[ids >= 0], minlength=count), 1).astype(data.dtype)
        return finish(made, counts.reshape(-1, *[1] * (made.ndim - 1))).astype(data.dtype)

    return of


def segments_shape(data: Any, segment_ids: Any, num_segments: Any = None) -> Shape:
    count = None if num_segments is None else known([num_segments])[0]
    return (count, *sizes_of(data)[len(sizes_of(segment_ids)) :])


def sorted_segments(function: Any, empty: int = 0) -> Function:
    """Of the unsorted kind, but that `empty` stands for numbers that are left out."""
    unsorted = segments(function, arrays.least if function is np.maximum else arrays.most)

    def of(data: np.ndarray, segment_ids: Any) -> np.ndarray:
        made = unsorted(data, segment_ids)
        there = np.isin(np.arange(len(made)), segment_ids).reshape(-1, *[1] * (made.ndim - 1))
        return np.where(there, made, np.asarray(empty, made.dtype))

    return of


def _nothing(dtype: Any) -> int:
    return 0


def _one(dtype: Any) -> int:
    return 1


functions({"gather": gather}, shape=gathered_shape)
functions(
    {"gather_nd": lambda params, indices, batch_dims=0, bad_indices_policy="": gather_nd(params, indices, batch_dims)},
    shape=lambda params, indices, batch_dims=0, bad_indices_policy="": gathered_nd_shape(params, indices, batch_dims),
)
functions(
    {"scatter_nd": lambda indices, updates, shape, bad_indices_policy="": scatter(indices, updates, shape)},
    shape=lambda indices, updates, shape, bad_indices_policy="": known(shape),
)
functions(
    {
        "tensor_scatter_nd_add": scattering("add"),
        "tensor_scatter_nd_max": scattering("max"),
        "tensor_scatter_nd_min": scattering("min"),
        "tensor_scatter_nd_sub": scattering("add", -1),
        "tensor_scatter_nd_update": scattering(None),
    },
    shape=same,
)
functions(
    {
        "math.segment_max": sorted_segments(np.maximum),
        "math.segment_mean": segments(np.add, _nothing, np.divide),
        "math.segment_min": sorted_segments(np.minimum),
        "math.segment_prod": segments(np.multiply, _one),
        "math.segment_sum": segments(np.add, _nothing),
        "math.unsorted_segment_max": segments(np.maximum, arrays.least),
        "math.unsorted_segment_mean": segments(np.add, _nothing, np.divide),
        "math.unsorted_segment_min": segments(np.minimum, arrays.most),
        "math.unsorted_segment_prod": segments(np.multiply, _one),
        "math.unsorted_segment_sqrt_n": segments(np.add, _nothing, lambda made, counts: made / np.sqrt(counts)),
        "math.unsorted_segment_sum": segments(np.add, _nothing),
    },
    shape=segments_shape,
)
operators(
    {"math.in_top_k": lambda targets, predictions, k: arrays.in_top_k(targets, predictions, k)},
    shape=lambda targets, predictions, k: sizes_of(targets),
    prefix="tf.",
)
operators(
    {"math.in_top_k": lambda predictions, targets, k: arrays.in_top_k(targets, predictions, k)},
    shape=lambda predictions, targets, k: sizes_of(targets),
    prefix="tf.compat.v1.",
)
functions({"math.invert_permutation": lambda x: arrays.argsort(x).astype(x.dtype)}, shape=same)
functions(
    {"nn.embedding_lookup": lambda params, ids, *others, **options: gather(params, ids)},
    shape=lambda params, ids, *others, **options: gathered_shape(params, ids),
)


# What Keras 2 cannot save


def without_operands(name: str, instead: str) -> Function:
    """What TensorFlow gives its arguments without names: Keras writes the first one, and drops the others."""

    def refuse(*args: Any, **named: Any) -> Any:
        raise UnsupportedError(
            f"Operator {name!r}: Keras 2 does not write its tensors into the file; use {instead} and save again."
        )

    return refuse


_LOST = {
    "__operators__.eq": "tf.equal",
    "__operators__.ne": "tf.not_equal",
    "einsum": "tf.matmul or an EinsumDense or Dot layer",
    "meshgrid": "tf.tile",
}
for _name, _instead in _LOST.items():
    functions({_name: without_operands(f"tf.{_name}", _instead)}, shape=without_operands(f"tf.{_name}", _instead))
