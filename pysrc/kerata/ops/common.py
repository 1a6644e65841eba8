"""Operators: functions of `keras.ops`, and in files of Keras 2 of TensorFlow, that are called on values as layers are.

Each is a plain NumPy function with the arguments of Keras's: those of the call, then the attributes that Keras keeps in
the operator's config. Tables of them are in the files beside this one. Numbers are float32, integers or booleans, and
mix as Keras mixes them.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import KerataError, ModelFileError, TooLargeError, UnsupportedError
from ..layers.registry import Call, register_layer
from ..limits import at_most, check_size, memory_limit
from ..node import Config, Node, Ref, Shape, mapped

Function = Callable[..., Any]

_MAX_PROBED = 1 << 26  # bytes of an array of a function that is run to find out its shape


class Sizes(tuple[int | None, ...]):
    """The shape of an input, in place of the input itself.

    `values` are the numbers in it where they are known before the model runs, as those of `tf.shape` are; None stands
    for one that is not.
    """

    values: Shape | None = None

    def holding(self, values: Shape | None) -> "Sizes":
        self.values = values
        return self


def operators(
    table: Mapping[str, Function], shape: Function | None = None, prefix: str = "ops.", views: bool = False
) -> None:
    """Registers functions by Keras's names of their classes.

    `shape` takes the arguments of the function, with the `Sizes` of inputs in their places, and gives the shape of the
    output, or a list of them. Without it, the function is run on zeros to find out: on zeros that take no memory where
    it gives `views` of its inputs, else on small ones alone.
    """
    for name, function in table.items():
        _register(prefix + name, function, shape, views)


def _register(kind: str, function: Function, shape: Function | None, views: bool) -> None:
    signature = inspect.signature(function)

    def shapes(config: Config, inputs: Sequence[Shape], call_kwargs: Mapping[str, Any]) -> list[Shape]:
        arguments = _Arguments(kind, signature, config, call_kwargs)
        try:
            if shape:
                found = arguments.run(shape, [each if isinstance(each, Sizes) else Sizes(each) for each in inputs])
            else:
                with at_most(memory_limit() if views else _MAX_PROBED):
                    found = _probed(function, arguments, inputs)
        except _UnnamedError as error:
            raise TooLargeError(f"Layer {arguments.name!r}: {error}") from error
        except KerataError:
            raise
        except Exception as error:
            raise ModelFileError(
                f"Layer {arguments.name!r}: expected inputs that {kind!r} can be called on, "
                f"received shapes {', '.join(str(tuple(each)) for each in inputs)} ({' '.join(str(error).split())})."
            ) from error
        listed = found if isinstance(found, list) else [found]
        return [each if isinstance(each, Sizes) and each.values else tuple(each) for each in listed]

    @register_layer(kind, shape=shapes, keywords=None, floats=False, probes=shape is None)
    def build(node: Node) -> Call:
        attributes = _Arguments(kind, signature, node.config, node.call_kwargs).attributes

        def call(args: Sequence[Any], **named: Any) -> Any:
            try:
                with np.errstate(all="ignore"):  # as Keras, which says nothing of a division by zero
                    return _as_arrays(function(*args, **attributes, **named))
            except _UnnamedError as error:
                raise TooLargeError(f"Layer {node.name!r}: {error}") from error

        return call


class _Arguments:
    """What an operator is called with; raises UnsupportedError where its function does not take that."""

    def __init__(self, kind: str, signature: inspect.Signature, config: Config, call_kwargs: Mapping[str, Any]) -> None:
        self.name = config.get("name", kind)
        own = not kind.startswith("tf.")  # a function of TensorFlow has no attributes, and is saved as a layer
        self.attributes = {key: _tuples(value) for key, value in config.items() if own and key != "name"}
        named = dict(call_kwargs)
        self.args, self.named = named.pop("args", []), named
        try:
            signature.bind(*self.args, **self.attributes, **self.named)
        except TypeError as error:
            raise UnsupportedError(
                f"Layer {self.name!r}: expected {kind!r} to be called with {signature}, received others ({error})."
            ) from error

    def run(self, function: Function, inputs: Sequence[Any]) -> Any:
        """The function's result for these inputs."""

        def given(structure: Any) -> Any:
            return mapped(structure, lambda leaf: inputs[leaf.place] if isinstance(leaf, Ref) else leaf)

        return function(*given(self.args), **self.attributes, **given(self.named))


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _as_arrays(result: Any) -> Any:
    return [np.asarray(each) for each in result] if isinstance(result, list | tuple) else np.asarray(result)


# Shapes


class _UnnamedError(TooLargeError):
    """Of an operator, which does not know the name of its layer."""


def bounded(*sizes: int | None) -> None:
    """Raises TooLargeError where an array of these sizes is above the memory limit."""
    try:
        check_size("", *sizes)
    except TooLargeError as error:
        raise _UnnamedError(str(error)) from None


# What open sizes are taken to be, in pairs, until the function takes them: it may have windows, or want a fifth step.
_OPEN = ((2, 3), (24, 36), (240, 360))


def _probed(function: Function, arguments: _Arguments, inputs: Sequence[Shape]) -> list[Shape]:
    """Of its outputs for zeros. Sizes that change with what is open are open."""
    if not any(None in shape for shape in inputs):
        return _measured(function, arguments, inputs, 0)
    for place, pair in enumerate(_OPEN):
        try:
            one, other = (_measured(function, arguments, inputs, size) for size in pair)
            break
        except (ValueError, IndexError) as error:
            if isinstance(error, ModelFileError | UnsupportedError) or place == len(_OPEN) - 1:
                raise
    return [_common(*shapes) for shapes in zip(one, other, strict=True)]


def _measured(function: Function, arguments: _Arguments, inputs: Sequence[Shape], size: int) -> list[Shape]:
    shapes = [tuple(size if each is None else each for each in shape) for shape in inputs]
    for shape in shapes:
        bounded(*shape)
    with np.errstate(all="ignore"):
        # Zeros that take no memory.
        made = _as_arrays(arguments.run(function, [np.broadcast_to(np.float32(0), shape) for shape in shapes]))
    return [each.shape for each in (made if isinstance(made, list) else [made])]


def _common(one: Shape, other: Shape) -> Shape:
    return tuple(a if a == b else None for a, b in zip(one, other, strict=True))


def sizes_of(value: Any) -> Shape:
    """Of an input, or of a constant."""
    return value if isinstance(value, Sizes) else np.shape(value)


def same(x: Any, *others: Any, **options: Any) -> Shape:
    """Of other numbers: where x holds sizes, they are no longer known."""
    return tuple(sizes_of(x))


def passed(x: Any, *others: Any, **options: Any) -> Shape:
    """Of the same numbers, which may be sizes."""
    return sizes_of(x)


def broadcast(*values: Any, **named: Any) -> Shape:
    """Of inputs and constants together: along each axis the size that is not 1."""
    shapes = [sizes_of(value) for value in (*values, *named.values()) if value is not None]
    rank = max(map(len, shapes))
    axes = zip(*((1,) * (rank - len(shape)) + tuple(shape) for shape in shapes), strict=True)
    return tuple(_broadcast_axis(set(sizes)) for sizes in axes)


def _broadcast_axis(sizes: set[int | None]) -> int | None:
    known = sizes - {None, 1}
    if len(known) > 1:
        raise ValueError(f"sizes {sorted(map(int, filter(None, known)))} do not go together")
    return known.pop() if known else (None if None in sizes else 1)


def axes_of(axis: Any, rank: int) -> tuple[int, ...]:
    """An axis or some, or None for all, counted from the front."""
    axes = range(rank) if axis is None else axis if isinstance(axis, list | tuple) else (axis,)
    if any(not -rank <= each < rank for each in axes):
        raise ValueError(f"axis {axis} is out of bounds for {rank} axes")
    return tuple(each % rank for each in axes)


def reduced(x: Any, axis: Any = None, keepdims: bool = False, **options: Any) -> Shape:
    shape = sizes_of(x)
    gone = axes_of(axis, len(shape))
    kept = [1 if place in gone else size for place, size in enumerate(shape) if keepdims or place not in gone]
    return tuple(kept)


# Types


def as_float(x: Any) -> np.ndarray:
    return np.asarray(x, np.float32)


def promoted(*values: Any, weak: bool = True, least: Any = None) -> list[np.ndarray]:
    """As arrays of the type that Keras computes them in together, which `least` is one of.

    A Python number takes the type of the arrays where that is wide enough; not so where `weak` is False.
    """
    arrays = [value if weak and type(value) in (int, float) else _array(value) for value in values]
    dtype = _common_dtype(arrays if least is None else [*arrays, np.zeros((), least)])
    return [np.asarray(array, dtype) for array in arrays]


def _array(value: Any) -> np.ndarray:
    """Python's integers are as Keras's, 32 bits long."""
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value)
    array = np.asarray(value)
    return array.astype(np.int32) if array.dtype == np.int64 else array


def _common_dtype(values: Sequence[Any]) -> Any:
    dtypes = [value.dtype for value in values if isinstance(value, np.ndarray)]
    if any(dtype.kind == "c" for dtype in dtypes):
        return np.complex64
    if any(dtype.kind == "f" for dtype in dtypes) or any(isinstance(value, float) for value in values):
        return np.float32
    dtype = np.result_type(*dtypes) if dtypes else np.dtype(np.int32)
    if dtype.kind == "b" and len(dtypes) < len(values):
        return np.int32
    return np.float32 if dtype.kind == "f" else dtype


def on_floats(function: Function) -> Function:
    """Of one argument, which it takes as float32 and gives as such."""
    return lambda x: as_float(function(as_float(x)))


def dtype_of(name: Any) -> Any:
    """By Keras's name; floats of any precision are float32."""
    if re.fullmatch(r"b?float\d+", str(name)):
        return np.float32
    if re.fullmatch(r"u?int(8|16|32|64)|bool", str(name)):
        return np.dtype(str(name))
    raise UnsupportedError(f"Operator: expected dtype to be a float, an integer or bool, received {name!r}.")
