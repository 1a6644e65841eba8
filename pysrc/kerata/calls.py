"""A Keras model's config, of any version, → the calls of its layers: which layer runs on which values.

Models within models are unrolled: their layers are called where the model is, by names like "encoder/dense".
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from . import layers
from .errors import ModelFileError, UnsupportedError
from .node import Config, Ref, value_name

Structure = str | list["Structure"] | dict[str, "Structure"]  # value names, nested as the model's inputs or outputs are

MODELS = ("Sequential", "Functional", "Model")  # Functional was called Model before Keras 2.4
_DEEPEST = 32  # models within models
_MOST_CALLS = 100_000  # a file of a few bytes can ask for any number, with models that are shared within shared models

# Which module's functions a class is one of, by which name Kerata has it.
_OPERATORS = "ops."


@dataclass(frozen=True)
class Call:
    """One use of a layer: a layer shared by several branches is called several times, by different names.

    `layer` is the name that its weights go by, `top` that of the layer of the whole model that it is or is within;
    config and inputs are as in a Node. `frozen`: whether Keras does not train it.
    """

    name: str
    kind: str
    layer: str
    top: str
    config: Config
    inputs: tuple[str, ...]
    frozen: bool = False


class Calls(NamedTuple):
    calls: list[Call]
    inputs: Structure
    outputs: Structure


def read(kind: str, body: Any) -> Calls:
    """Of a model of this class name with this config."""
    return _READERS[kind](body, _Scope(), None)


def flatten(structure: Structure) -> list[str]:
    """The names in a structure, dicts by sorted key, as Keras orders them."""
    if isinstance(structure, str):
        return [structure]
    parts = structure if isinstance(structure, list) else [structure[key] for key in sorted(structure)]
    return [name for part in parts for name in flatten(part)]


class _Scope(NamedTuple):
    """Where in a model of models we are: before the names of calls, and of layers."""

    calls: str = ""
    layers: str = ""
    top: str = ""
    frozen: bool = False
    depth: int = 0

    def within(self, call: str, layer: str, config: Any) -> "_Scope":
        if self.depth == _DEEPEST:
            raise ModelFileError(f"The model: expected models within models at most {_DEEPEST} deep, received more.")
        frozen = self.frozen or _frozen(config)
        return _Scope(f"{call}/", f"{self.layers}{layer}/", self.top or layer, frozen, self.depth + 1)

    def call(self, layer: str, place: int, tensor: int = 0) -> str:
        """A layer's first use goes by its own name, further ones by number."""
        return value_name(f"{self.calls}{layer}" if place == 0 else f"{self.calls}{layer}:{place}", tensor)


def _frozen(config: Any) -> bool:
    return isinstance(config, Mapping) and config.get("trainable") is False


# Of one layer


def _calls_of(entry: Config, call: str, scope: _Scope, arguments: "_Arguments") -> list[Call]:
    """The entry's layer called once; of a model, the calls of its layers, and its outputs under its own name."""
    kind, config = entry["class_name"].rpartition(">")[2], entry["config"]
    name = entry.get("name") or config["name"]
    if kind in MODELS:
        inner = scope.within(call, name, config)
        calls, _, outputs = _READERS[kind](config, inner, arguments.inputs)
        ends = [
            Call(value_name(call, place), "Identity", f"{scope.layers}{name}", scope.top or name, {"name": name}, (output,))
            for place, output in enumerate(flatten(outputs))
        ]
        return calls + ends
    operator = _operator(entry, kind)
    if operator:
        kind, arguments = operator, arguments.by_name()
    elif arguments.constants:
        raise UnsupportedError(
            f"Layer {name!r}: expected to be called on the outputs of other layers alone, "
            f"received {arguments.constants[0]!r}."
        )
    if arguments.keywords:
        config = {**config, "keywords": arguments.keywords}
    frozen = scope.frozen or _frozen(config)
    return [Call(call, kind, f"{scope.layers}{name}", scope.top or name, config, arguments.inputs, frozen)]


def _operator(entry: Config, kind: str) -> str | None:
    """The name of the `keras.ops` function that the entry is a call of.

    The `.h5` does not tell the layer `Add` from the operator of that name; but a layer has a dtype.
    """
    if kind in ("TFOpLambda", "SlicingOpLambda"):  # of Keras 2
        return f"tf.{entry['config']['function']}"
    module = entry.get("module")
    if module:
        return f"{_OPERATORS}{kind}" if ".ops." in module else None
    known = layers.kinds()
    is_operator = f"{_OPERATORS}{kind}" in known and (kind not in known or "dtype" not in entry["config"])
    return f"{_OPERATORS}{kind}" if is_operator else None


class _Tensor(NamedTuple):
    """As Keras 2 writes one."""

    layer: str
    place: int
    tensor: int


class _Arguments(NamedTuple):
    """What a layer is called with: names of values, those of positional arguments first."""

    inputs: tuple[str, ...]
    positional: list[Any]  # Refs and constants, in Keras's structure
    keywords: Mapping[str, Any]

    @property
    def constants(self) -> list[Any]:
        """Positional arguments that are no values. None is one that was left out."""
        return [leaf for leaf in _leaves(self.positional) if leaf is not None and not isinstance(leaf, Ref)]

    def by_name(self) -> "_Arguments":
        """All of them as keywords: a function's positional ones as `args`."""
        return _Arguments(self.inputs, [], {"args": self.positional, **self.keywords})


def _arguments(args: Any, kwargs: Config, value: Callable[[Any], str | None], constant: Callable[[Any], Any]) -> Any:
    """`value` gives the name of the value that stands in a place, None where there is something else."""
    names: list[str] = []

    def template(argument: Any) -> Any:
        name = value(argument)
        if name is not None:
            names.append(name)
            return Ref(len(names) - 1)
        if isinstance(argument, list | tuple):
            return [template(part) for part in argument]
        if isinstance(argument, dict) and "class_name" not in argument:
            return {key: template(argument[key]) for key in sorted(argument)}
        return constant(argument)

    positional = template(args)
    keywords = {key: template(given) for key, given in kwargs.items() if key != "training" and given is not None}
    return _Arguments(tuple(names), positional, keywords)


def _leaves(structure: Any) -> Iterator[Any]:
    if isinstance(structure, Mapping):
        structure = list(structure.values())
    if isinstance(structure, list):
        for part in structure:
            yield from _leaves(part)
    else:
        yield structure


# Sequential: a list of layers, each fed by the one before


def _read_sequential(body: Any, scope: _Scope, feeds: Sequence[str] | None) -> Calls:
    entries = [*_listed(body)]
    if entries[0]["class_name"] != "InputLayer":
        config = {"name": f"{entries[0]['config']['name']}_input"}
        shape = {"batch_shape": _implied_shape(body)} if feeds is None else {}
        entries.insert(0, {"class_name": "InputLayer", "config": config | shape})
    calls: list[Call] = []
    before = tuple(feeds or ())
    for entry in entries:
        name = scope.call(entry["config"]["name"], 0)
        calls += _calls_of(entry, name, scope, _Arguments(before, [], {}))
        before = (calls[-1].name,)
        _check_count(calls)
    return Calls(calls, calls[0].name, calls[-1].name)


def _check_count(calls: Sequence[Call]) -> None:
    if len(calls) > _MOST_CALLS:
        raise ModelFileError(f"The model: expected at most {_MOST_CALLS:,} layers, received more.")


def _listed(body: Any) -> list[Config]:
    return body if isinstance(body, list) else body["layers"]  # Keras 1 and 2.0 to 2.2 saved the bare list


def _implied_shape(body: Any) -> Any:
    """Before Keras 3 the input's shape stood in the first layer, or in the model's own `build_input_shape`."""
    first = _listed(body)[0]
    config = first["config"]
    built = None if isinstance(body, list) else body.get("build_input_shape")
    shape = None
    if isinstance(config, dict):
        shape = config.get("batch_input_shape", config.get("batch_shape"))
    if first["class_name"] in MODELS and shape is None:
        shape = _implied_shape(config) if first["class_name"] == "Sequential" else None
    shape = shape or built
    if shape is None:
        raise ModelFileError(
            "The model was saved before its input shape was known; call it once in Keras and save again."
        )
    return shape


# Functional: layers with the tensors that they were called on


def _read_functional(body: Any, scope: _Scope, feeds: Sequence[str] | None) -> Calls:
    inputs = _structure(body["input_layers"], scope)
    fed = dict(zip(flatten(inputs), feeds, strict=True)) if feeds is not None else {}
    known = {entry["name"] for entry in body["layers"]}
    calls: list[Call] = []
    for entry in body["layers"]:
        uses = entry["inbound_nodes"] or [None]  # an input is called on nothing
        for place, use in enumerate(uses):
            name = scope.call(entry["name"], place)
            if use is None:
                arguments = _Arguments((fed[name],) if name in fed else (), [], {})
            else:
                arguments = _used(use, scope, known)
            calls += _calls_of(entry, name, scope, arguments)
            _check_count(calls)
    return Calls(calls, inputs, _structure(body["output_layers"], scope))


def _used(use: Any, scope: _Scope, known: Collection[str]) -> _Arguments:
    if isinstance(use, dict):
        return _arguments(use["args"], use.get("kwargs", {}), lambda given: _tensor(given, scope), _constant)
    return _used_in_keras2(use, scope, known)


def _tensor(argument: Any, scope: _Scope) -> str | None:
    """Keras 3: a dict with the `keras_history` of the tensor."""
    if isinstance(argument, dict) and argument.get("class_name") == "__keras_tensor__":
        return scope.call(*argument["config"]["keras_history"])
    return None


def _used_in_keras2(use: Any, scope: _Scope, known: Collection[str]) -> _Arguments:
    """[[layer, node index, tensor index, {keyword: …}], …]; in the keywords, tensors are such lists, too."""

    def value(argument: Any) -> str | None:
        if isinstance(argument, list) and len(argument) == 3 and argument[0] in known:
            argument = _Tensor(*argument)
        return scope.call(*argument) if isinstance(argument, _Tensor) else None

    keywords: dict[str, Any] = {}
    args: list[Any] = []
    for layer, place, tensor, *more in use:
        args.append(tensor if layer == "_CONSTANT_VALUE" else _Tensor(layer, place, tensor))
        for each in more:
            keywords |= each
    return _arguments(args, {key: given for key, given in keywords.items() if key != "name"}, value, _constant)


def _constant(argument: Any) -> Any:
    """What Keras writes for a Python value that JSON has no form for."""
    if not isinstance(argument, dict):
        return argument
    kind, config = argument["class_name"], argument.get("config")
    if kind == "__slice__":
        return slice(config["start"], config["stop"], config["step"])
    if kind == "__ellipsis__":
        return ...
    if kind == "__tuple__":
        return tuple(_constant(item) for item in argument["items"])
    if kind in ("__numpy__", "__tensor__"):
        return np.array(config["value"], config["dtype"])
    return argument


def _structure(tensors: Any, scope: _Scope) -> Structure:
    """[layer, node index, tensor index] → a value's name; lists and dicts of those keep their form.

    Keras before 3 wrapped a single tensor in a list; such a model's input or output is that tensor itself.
    """
    if isinstance(tensors, dict):
        return {key: _structure(value, scope) for key, value in tensors.items()}
    if len(tensors) == 3 and isinstance(tensors[0], str):
        return scope.call(*tensors)
    if len(tensors) == 1:
        return _structure(tensors[0], scope)
    return [_structure(tensor, scope) for tensor in tensors]


_READERS: dict[str, Callable[[Any, _Scope, Sequence[str] | None], Calls]] = {
    "Sequential": _read_sequential,
    "Functional": _read_functional,
    "Model": _read_functional,
}
