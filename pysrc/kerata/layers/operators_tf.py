"""Operators of files of Keras 2, which are functions of TensorFlow, by its names for them and for their arguments."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import activations
from ..node import Shape
from . import operators_arrays as arrays
from . import operators_linear as linear
from . import operators_math as numbers
from . import operators_nn as networks
from .operators import Function, Sizes, as_float, broadcast, operators, promoted, reduced, same, sizes_of


def functions(table: Mapping[str, Function], shape: Function | None = None) -> None:
    """Of Keras's layers, those of TensorFlow 1 are the same functions by other names."""
    for prefix in ("tf.", "tf.compat.v1."):
        operators(table, shape, prefix)


def two(function: Function) -> Function:
    return lambda x, y: function(*promoted(x, y))


def floats(function: Function) -> Function:
    return lambda x: as_float(function(as_float(x)))


# Number by number

functions(
    {
        "abs": lambda x: np.abs(x),
        "clip_by_value": lambda t, clip_value_min, clip_value_max: numbers.clip(t, clip_value_min, clip_value_max),
        "identity": numbers.unchanged,
        "stop_gradient": numbers.unchanged,
        "cast": lambda x, dtype: numbers.cast(x, dtype),
        "ones_like": lambda x, dtype=None, optimize=True: numbers.ones_like(x, dtype),
        "zeros_like": lambda x, dtype=None, optimize=True: numbers.zeros_like(x, dtype),
        "math.abs": lambda x: np.abs(x),
        "math.acos": floats(np.arccos),
        "math.acosh": floats(np.arccosh),
        "math.asin": floats(np.arcsin),
        "math.asinh": floats(np.arcsinh),
        "math.atan": floats(np.arctan),
        "math.atanh": floats(np.arctanh),
        "math.ceil": floats(np.ceil),
        "math.cos": floats(np.cos),
        "math.cosh": floats(np.cosh),
        "math.erf": floats(numbers.erf),
        "math.erfc": floats(activations.erfc),
        "math.exp": floats(np.exp),
        "math.expm1": floats(np.expm1),
        "math.floor": floats(np.floor),
        "math.is_finite": lambda x: np.isfinite(x),
        "math.is_inf": lambda x: np.isinf(x),
        "math.is_nan": lambda x: np.isnan(x),
        "math.log": floats(np.log),
        "math.log1p": floats(np.log1p),
        "math.log_sigmoid": floats(activations.log_sigmoid),
        "math.logical_not": lambda x: np.logical_not(x),
        "math.negative": lambda x: np.negative(x),
        "math.reciprocal": floats(np.reciprocal),
        "math.round": lambda x: np.round(x),
        "math.rsqrt": floats(lambda x: 1 / np.sqrt(x)),
        "math.sigmoid": floats(activations.sigmoid),
        "math.sign": lambda x: np.sign(x),
        "math.sin": floats(np.sin),
        "math.sinh": floats(np.sinh),
        "math.softplus": floats(activations.softplus),
        "math.sqrt": floats(np.sqrt),
        "math.square": lambda x: np.square(x),
        "math.tan": floats(np.tan),
        "math.tanh": floats(np.tanh),
        "nn.elu": floats(activations.elu),
        "nn.gelu": lambda features, approximate=False: activations.gelu(as_float(features), approximate),
        "nn.leaky_relu": lambda features, alpha=0.2: activations.leaky_relu(as_float(features), alpha),
        "nn.log_softmax": lambda logits, axis=-1: networks.log_softmax(logits, axis),
        "nn.relu": lambda features: np.maximum(features, np.zeros((), features.dtype)),
        "nn.relu6": floats(activations.relu6),
        "nn.selu": floats(activations.selu),
        "nn.silu": lambda features, beta=1.0: features * activations.sigmoid(beta * as_float(features)),
        "nn.softmax": lambda logits, axis=-1: networks.softmax(logits, axis),
        "nn.softplus": floats(activations.softplus),
        "nn.softsign": floats(activations.softsign),
    },
    shape=same,
)
functions(
    {
        "__operators__.add": two(np.add),
        "floor_div": two(np.floor_divide),
        "math.add": two(np.add),
        "math.atan2": lambda y, x: np.arctan2(*promoted(y, x)),
        "math.divide": two(np.true_divide),
        "math.divide_no_nan": two(numbers.divide_no_nan),
        "math.equal": two(np.equal),
        "math.floordiv": two(np.floor_divide),
        "math.floormod": two(np.mod),
        "math.greater": two(np.greater),
        "math.greater_equal": two(np.greater_equal),
        "math.less": two(np.less),
        "math.less_equal": two(np.less_equal),
        "math.logical_and": two(np.logical_and),
        "math.logical_or": two(np.logical_or),
        "math.maximum": two(np.maximum),
        "math.minimum": two(np.minimum),
        "math.multiply": two(np.multiply),
        "math.not_equal": two(np.not_equal),
        "math.pow": two(np.power),
        "math.squared_difference": two(lambda a, b: np.square(a - b)),
        "math.subtract": two(np.subtract),
        "math.truediv": two(lambda a, b: as_float(a / b)),
        "where": lambda condition, x, y: numbers.where(condition, x, y),
    },
    shape=broadcast,
)
functions({"math.add_n": lambda inputs: sum(inputs)}, shape=lambda inputs: broadcast(*inputs))


# Along axes


def _axes(axis: Any) -> Any:
    """Several are saved as a list."""
    return tuple(axis) if isinstance(axis, list) else axis


def along(function: Function) -> Function:
    return lambda input_tensor, axis=None, keepdims=False: function(input_tensor, _axes(axis), keepdims=keepdims)


functions(
    {
        "math.reduce_all": along(np.all),
        "math.reduce_any": along(np.any),
        "math.reduce_logsumexp": along(lambda x, axis, keepdims: arrays.log_sum_exp(as_float(x), axis, keepdims)),
        "math.reduce_max": along(np.max),
        "math.reduce_mean": along(lambda x, axis, keepdims: as_float(np.mean(as_float(x), axis, keepdims=keepdims))),
        "math.reduce_min": along(np.min),
        "math.reduce_prod": along(lambda x, axis, keepdims: np.prod(x, axis, keepdims=keepdims, dtype=x.dtype)),
        "math.reduce_std": along(lambda x, axis, keepdims: np.std(as_float(x), axis, keepdims=keepdims)),
        "math.reduce_sum": along(lambda x, axis, keepdims: np.sum(x, axis, keepdims=keepdims, dtype=x.dtype)),
        "math.reduce_variance": along(lambda x, axis, keepdims: np.var(as_float(x), axis, keepdims=keepdims)),
    },
    shape=lambda input_tensor, axis=None, keepdims=False: reduced(input_tensor, axis, keepdims),
)


def norm(tensor: np.ndarray, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False) -> np.ndarray:
    return linear.norm(tensor, None if ord in ("euclidean", "fro") else ord, _axes(axis), keepdims)


def place_of(function: Function) -> Function:
    def of(input: np.ndarray, axis: int | None = None, output_type: str = "int64") -> np.ndarray:
        return np.asarray(function(input, 0 if axis is None else axis), output_type)

    return of


def l2_normalize(x: np.ndarray, axis: Any = None, epsilon: float = 1e-12) -> np.ndarray:
    x = as_float(x)
    return x / np.sqrt(np.maximum(np.sum(x * x, _axes(axis), keepdims=True), np.float32(epsilon)))


functions(
    {"math.argmax": place_of(np.argmax), "math.argmin": place_of(np.argmin), "argmax": place_of(np.argmax)},
    shape=lambda input, axis=None, output_type="": reduced(input, 0 if axis is None else axis),
)
functions(
    {"norm": norm, "linalg.norm": norm},
    shape=lambda tensor, ord="", axis=None, keepdims=False: reduced(tensor, axis, keepdims),
)
functions({"math.l2_normalize": l2_normalize, "nn.l2_normalize": l2_normalize}, shape=same)
functions({"math.cumsum": lambda x, axis=0: np.cumsum(x, axis, dtype=x.dtype)}, shape=same)
functions({"math.top_k": lambda input, k=1, sorted=True: arrays.top_k(input, k)})


# Parts and rearrangements


def _key(slice_spec: Any) -> Any:
    """A slice is saved as a dict of its three numbers."""
    if isinstance(slice_spec, Mapping):
        return slice(slice_spec["start"], slice_spec["stop"], slice_spec["step"])
    if isinstance(slice_spec, list | tuple) and not isinstance(slice_spec, Sizes):
        return [_key(part) for part in slice_spec]
    return slice_spec


def transposed(a: Any, perm: Any = None, conjugate: bool = False) -> np.ndarray:
    return np.transpose(a, perm)


def split(value: np.ndarray, num_or_size_splits: Any, axis: int = 0, num: Any = None) -> list[np.ndarray]:
    if isinstance(num_or_size_splits, int):
        return arrays.split(value, num_or_size_splits, axis)
    sizes = [int(size) for size in num_or_size_splits]
    if -1 in sizes:
        sizes[sizes.index(-1)] = value.shape[axis] - sum(sizes) - 1
    return np.split(value, np.cumsum(sizes)[:-1].tolist(), axis)


def gather(params: np.ndarray, indices: Any, axis: int | None = None, batch_dims: int = 0) -> np.ndarray:
    axis = batch_dims if axis is None else axis
    if not batch_dims:
        return arrays.take(params, indices, axis)
    places = np.asarray(indices).astype(np.int64)
    return np.stack([gather(each, at, axis - 1, batch_dims - 1) for each, at in zip(params, places, strict=True)])


def one_hot(
    indices: Any,
    depth: int,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: str = "float32",
) -> np.ndarray:
    hot = arrays.one_hot(indices, depth, -1 if axis is None else axis, "bool")
    return numbers.cast(np.where(hot, 1 if on_value is None else on_value, off_value or 0), dtype)


def matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> np.ndarray:
    a, b = (np.swapaxes(each, -1, -2) if turned else each for each, turned in ((a, transpose_a), (b, transpose_b)))
    return linear.matmul(a, b)


def matmul_shape(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Shape:
    first, second = (
        (*shape[:-2], shape[-1], shape[-2]) if turned else shape
        for shape, turned in ((sizes_of(a), transpose_a), (sizes_of(b), transpose_b))
    )
    return linear.matmul_shape(Sizes(first), Sizes(second))


def pad(tensor: np.ndarray, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0) -> np.ndarray:
    return arrays.pad(tensor, paddings, mode.lower(), constant_values)


def resize(
    images: Any, size: Any, method: str = "bilinear", preserve_aspect_ratio: bool = False, antialias: bool = False
) -> Any:
    if preserve_aspect_ratio:
        raise ValueError("the aspect ratio cannot be kept")
    return networks.RESIZE.run(images, size, method, antialias)


def resized(images: Any, size: Any, *others: Any, **options: Any) -> Shape:
    height, width = size
    return (sizes_of(images)[0], height, width, sizes_of(images)[3])


def stacked(values: Sequence[Any], axis: int = 0) -> Shape:
    return arrays.stacked(values, axis)


functions(
    {"__operators__.getitem": lambda tensor, slice_spec: arrays.get_item(tensor, _key(slice_spec))},
    shape=lambda tensor, slice_spec: arrays.item_shape(tensor, _key(slice_spec)),
)
functions(
    {"reshape": lambda tensor, shape: arrays.reshape(tensor, shape)},
    shape=lambda tensor, shape: arrays.reshaped(tensor, shape),
)
functions({"concat": lambda values, axis: arrays.concatenate(values, axis)}, shape=arrays.concatenated)
functions({"stack": lambda values, axis=0: arrays.stack(values, axis)}, shape=stacked)
functions(
    {"squeeze": lambda input, axis=None: arrays.squeeze(input, _axes(axis))},
    shape=lambda input, axis=None: arrays.squeezed(input, axis),
)
functions({"linalg.matmul": matmul, "matmul": matmul}, shape=matmul_shape)
functions({"image.resize": resize}, shape=resized)
functions(
    {"shape": lambda input, out_type="int32": np.array(input.shape, out_type)},
    shape=lambda input, out_type="int32": (len(sizes_of(input)),),
)
functions(
    {"broadcast_to": lambda input, shape: arrays.broadcast_to(input, shape)},
    shape=lambda input, shape: arrays.broadcast_shape(input, shape),
)
functions(
    {
        "expand_dims": lambda input, axis: np.expand_dims(input, axis),
        "gather": lambda params, indices, axis=None, batch_dims=0: gather(params, indices, axis, batch_dims),
        "one_hot": one_hot,
        "pad": pad,
        "repeat": lambda input, repeats, axis=None: arrays.repeat(input, repeats, axis),
        "reverse": lambda tensor, axis: np.flip(tensor, _axes(axis)),
        "split": split,
        "tile": lambda input, multiples: arrays.tile(input, multiples),
        "transpose": transposed,
        "unstack": lambda value, num=None, axis=0: arrays.unstack(value, num, axis),
        "tensordot": lambda a, b, axes: linear.tensordot(a, b, axes),
        "linalg.tensordot": lambda a, b, axes: linear.tensordot(a, b, axes),
        "nn.depth_to_space": lambda input, block_size, data_format="NHWC": networks.depth_to_space(input, block_size),
        "nn.space_to_depth": lambda input, block_size, data_format="NHWC": networks.space_to_depth(input, block_size),
    }
)
