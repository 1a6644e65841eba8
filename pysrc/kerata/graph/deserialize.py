"""A Keras model's config, of any version, → the calls of its layers: which layer runs on which values.

Models within models, and pipelines of layers, are unrolled: their layers are called where the model is, by names like
"encoder/dense".
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np

from .. import layers
from ..errors import ModelFileError, UnsupportedError
from ..node import FUNCTIONAL_CLASSES, MODEL_CLASSES, Config, Ref, mapped, value_name
from .run_order import run_order

Structure = str | list["Structure"] | dict[str, "Structure"]  # value names, nested as the model's inputs or outputs are

_DEEPEST = 32  # models within models
_DEEPEST_CONFIG = 64  # classes within classes: what layers within layers cost grows with its cube
_MAX_CALLS = 100_000  # a file of a few bytes can ask for any number, with models that are shared within shared models

# Which module's functions a class is one of, by which name Kerata has it.
_OPERATORS = "ops."
RAW = "TensorFlowOpLayer"  # what TensorFlow 2.0 to 2.3 saved in place of its functions
MASKED = "kerata.Masked"  # the layer that gives its input a mask


@dataclass(frozen=True)
class Call:
    """One use of a layer: a layer shared by several branches is called several times, by different names.

    `layer` is the name that its weights go by, `top` that of the layer of the whole model that it is or is within;
    config, inputs and call_kwargs are as in a Node. `levels`: the layers that it is within, from the top down to
    itself. `turn`: when Keras runs it: its number in the run order of its model, after those of the models around that.
    """

    name: str
    kind: str
    layer: str
    top: str
    config: Config
    inputs: tuple[str, ...]
    levels: tuple["Level", ...] = ()
    turn: tuple[int, ...] = ()
    call_kwargs: Mapping[str, Any] = field(default_factory=dict)


class Level(NamedTuple):
    """A layer's own name, and whether Keras does not train it."""

    name: str
    frozen: bool


class Calls(NamedTuple):
    calls: list[Call]
    inputs: Structure
    outputs: Structure


def read(kind: str, body: Any) -> Calls:
    """Of a model of this class name with this config."""
    return _READERS[kind](body, _Scope(), None)


def listed(kind: str, body: Any) -> Iterator[tuple[str, str]]:
    """Name and kind of each layer, also of those within models; whether there are such kinds or not."""
    for entry in _listed(body):
        inner = _class_of(entry)
        name = entry.get("name") or entry["config"]["name"]
        if inner in _READERS:
            yield from listed(inner, entry["config"])
        else:
            yield name, ("inbound_nodes" in entry and _operator(entry, inner)) or inner


def check_depth(value: Any, depth: int = 0) -> None:
    """Raises ModelFileError where a config has classes within classes deeper than any honest model has."""
    if depth > _DEEPEST_CONFIG:
        raise ModelFileError(f"The model: expected layers within layers at most {_DEEPEST_CONFIG} deep, received more.")
    if isinstance(value, Mapping):
        for part in value.values():
            check_depth(part, depth + ("class_name" in value))
    elif isinstance(value, list | tuple):
        for part in value:
            check_depth(part, depth)


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
    levels: tuple[Level, ...] = ()
    turn: tuple[int, ...] = ()

    def within(self, call: str, layer: str, config: Any) -> "_Scope":
        if len(self.levels) == _DEEPEST:
            raise ModelFileError(f"The model: expected models within models at most {_DEEPEST} deep, received more.")
        levels = (*self.levels, Level(layer, _frozen(config)))
        return _Scope(f"{call}/", f"{self.layers}{layer}/", self.top or layer, levels, self.turn)

    def at(self, turn: int) -> "_Scope":
        return self._replace(turn=(*self.turn, turn))

    def call(self, layer: str, place: int, tensor: int = 0) -> str:
        """A layer's first use goes by its own name, further ones by number."""
        return value_name(f"{self.calls}{layer}" if place == 0 else f"{self.calls}{layer}:{place}", tensor)


def _frozen(config: Any) -> bool:
    return isinstance(config, Mapping) and config.get("trainable") is False


# Of one layer


def _calls_of(entry: Config, call: str, scope: _Scope, arguments: "_Arguments") -> list[Call]:
    """The entry's layer called once; of a model, the calls of its layers, and its outputs under its own name."""
    kind, config = _class_of(entry), entry["config"]
    name = entry.get("name") or config["name"]
    if kind in _READERS:
        return _unrolled(kind, config, call, name, scope, arguments)
    operator = _operator(entry, kind) if "inbound_nodes" in entry else None
    if operator and kind == RAW:
        kind, arguments = operator, _raw(config, arguments).by_name()
    elif operator:
        kind, arguments = operator, arguments.by_name()
    elif arguments.constants:
        raise UnsupportedError(
            f"Layer {name!r}: expected to be called on the outputs of other layers alone, "
            f"received {arguments.constants[0]!r}."
        )
    else:
        arguments = arguments.in_place(layers.find(kind, name).arguments)
    levels = (*scope.levels, Level(name, _frozen(config)))
    path, top = f"{scope.layers}{name}", scope.top or name
    return [Call(call, kind, path, top, config, arguments.inputs, levels, scope.turn, arguments.keywords)]


def _unrolled(kind: str, config: Any, call: str, name: str, scope: _Scope, arguments: "_Arguments") -> list[Call]:
    """A model within the model: the calls of its layers, and before them those that give its inputs a mask."""
    path, top = f"{scope.layers}{name}", scope.top or name
    arguments = arguments.in_place(("inputs",))
    fed = list(arguments.fed)
    masked = []
    for place, mask in enumerate(_leaves(arguments.keywords.get("mask", []))):
        if isinstance(mask, Ref) and place < len(fed):
            inputs = fed[place], arguments.inputs[mask.place]
            masking = Call(f"{call}/mask{place}", MASKED, path, top, {"name": name}, inputs, turn=(*scope.turn, -1))
            masked.append(replace(masking, call_kwargs={"mask": Ref(1)}))
            fed[place] = masking.name
    calls, _, outputs = _READERS[kind](config, scope.within(call, name, config), fed)
    ends = [
        Call(value_name(call, place), "Identity", path, top, {"name": name}, (output,), turn=(*scope.turn, len(calls)))
        for place, output in enumerate(flatten(outputs))
    ]
    return [*masked, *calls, *ends]


def _class_of(entry: Config) -> str:
    """Without the package that somebody's own class is registered in."""
    kind: str = entry["class_name"]
    return kind.rpartition(">")[2]


def _operator(entry: Config, kind: str) -> str | None:
    """The name of the `keras.ops` function that the entry, of a Functional model, is a call of.

    The `.h5` does not tell the layer `Add` from the operator of that name; but layers are trainable.
    """
    if kind in ("TFOpLambda", "SlicingOpLambda"):  # of Keras 2
        return f"tf.{entry['config']['function']}"
    if kind == RAW:
        from . import tensorflow_op_layer

        return f"tf.{tensorflow_op_layer.function_of(entry['config'])}"
    module = entry.get("module")
    if module:
        return f"{_OPERATORS}{kind}" if ".ops." in module or ".activations." in module else None
    if layers.has(kind) and ("trainable" in entry["config"] or "dtype" in entry["config"]):
        return None
    return f"{_OPERATORS}{kind}" if layers.has(f"{_OPERATORS}{kind}") else None


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

    @property
    def fed(self) -> tuple[str, ...]:
        """The inputs of a model that is called so."""
        return tuple(self.inputs[leaf.place] for leaf in _leaves(self.positional) if isinstance(leaf, Ref))

    @property
    def in_order(self) -> list[str]:
        """The inputs as Keras flattens them: those that are given by name in the order of the names."""
        by_name = [self.keywords[name] for name in sorted(self.keywords)]
        return [self.inputs[leaf.place] for leaf in _leaves([self.positional, by_name]) if isinstance(leaf, Ref)]

    def by_name(self) -> "_Arguments":
        """All of them as keywords: a function's positional ones as `args`."""
        return _Arguments(self.inputs, [], {"args": self.positional, **self.keywords})

    def in_place(self, names: Sequence[str]) -> "_Arguments":
        """Those that were given by these names stand where the names do, if nothing is missing before."""
        moved = [*takewhile(self.keywords.__contains__, names[len(self.positional) :])]
        if not moved:
            return self
        positional = [*self.positional, *(self.keywords[name] for name in moved)]
        keywords = {name: given for name, given in self.keywords.items() if name not in moved}
        order = [leaf.place for leaf in _leaves([positional, keywords]) if isinstance(leaf, Ref)]

        def renumbered(leaf: Any) -> Any:
            return Ref(order.index(leaf.place)) if isinstance(leaf, Ref) else leaf

        inputs = tuple(self.inputs[place] for place in order)
        return _Arguments(inputs, mapped(positional, renumbered), mapped(keywords, renumbered))


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


def _raw(config: Config, arguments: _Arguments) -> _Arguments:
    """Of the function of `tf` that made the operation, from what the operation takes."""
    from . import tensorflow_op_layer

    held = {int(index): value for index, value in (config.get("constants") or {}).items()}
    constants = {index: value if index else _array(value) for index, value in held.items()}
    call = tensorflow_op_layer.function_call(config, [*_leaves(arguments.positional)], constants)
    return _Arguments(arguments.inputs, call.args, call.keywords)


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
    for turn, entry in enumerate(entries):
        name = scope.call(entry["config"]["name"], 0)
        arguments = _Arguments(before, [Ref(place) for place in range(len(before))], {})
        calls += _calls_of(entry, name, scope.at(turn), arguments)
        before = (calls[-1].name,)
        _check_count(calls)
    return Calls(calls, calls[0].name, calls[-1].name)


def _check_count(calls: Sequence[Call]) -> None:
    if len(calls) > _MAX_CALLS:
        raise ModelFileError(f"The model: expected at most {_MAX_CALLS:,} layers, received more.")


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
    if first["class_name"] in MODEL_CLASSES and shape is None:
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
    uses: list[_Use] = []
    for entry in body["layers"]:
        for place, use in enumerate(entry["inbound_nodes"] or [None]):  # an input is called on nothing
            name = scope.call(entry["name"], place)
            if use is None:
                arguments = _Arguments((fed[name],) if name in fed else (), [], {})
            else:
                arguments = _used(use, scope, known)
            uses.append(_Use(name, entry, arguments))
    outputs = _structure(_from_zero(body["output_layers"], _counted_from_one(body)), scope)
    calls: list[Call] = []
    turns = _turns(uses, flatten(outputs))
    for name, entry, arguments in uses:
        calls += _calls_of(entry, name, scope.at(turns[name]), arguments)
        _check_count(calls)
    return Calls(calls, inputs, outputs)


class _Use(NamedTuple):
    """One call of a layer, as the file has it."""

    name: str
    entry: Config
    arguments: "_Arguments"


def _turns(uses: Sequence[_Use], outputs: Sequence[str]) -> dict[str, int]:
    """Of each use, its number in the run order; what no output needs comes last."""
    owners = {use.name: use.entry["name"] for use in uses}

    def makers(values: Sequence[str]) -> list[str]:
        names = (name if name in owners else name.rpartition("#")[0] for name in values)
        return [name for name in names if name in owners]

    order = run_order({use.name: makers(use.arguments.in_order) for use in uses}, owners, makers(outputs))
    return {name: turn for turn, name in enumerate(dict.fromkeys([*order, *owners]))}


def _counted_from_one(body: Any) -> set[str]:
    """Of the models within it, Keras 3 counts the uses from one where it lists the outputs, and from zero elsewhere."""
    models = [entry for entry in body["layers"] if entry["class_name"] in FUNCTIONAL_CLASSES]
    return {entry["name"] for entry in models if any(isinstance(use, dict) for use in entry["inbound_nodes"])}


def _from_zero(tensors: Any, names: Collection[str]) -> Any:
    if isinstance(tensors, dict):
        return {key: _from_zero(value, names) for key, value in tensors.items()}
    if len(tensors) == 3 and isinstance(tensors[0], str):
        layer, place, tensor = tensors
        return [layer, max(place - 1, 0) if layer in names else place, tensor]
    return [_from_zero(tensor, names) for tensor in tensors]


def _used(use: Any, scope: _Scope, known: Collection[str]) -> _Arguments:
    if isinstance(use, dict) and "args" in use:
        return _arguments(use["args"], use.get("kwargs", {}), lambda given: _tensor(given, scope), _constant)
    return _used_in_keras2(use, scope, known)


def _tensor(argument: Any, scope: _Scope) -> str | None:
    """Keras 3: a dict with the `keras_history` of the tensor."""
    if isinstance(argument, dict) and argument.get("class_name") == "__keras_tensor__":
        return scope.call(*argument["config"]["keras_history"])
    return None


def _used_in_keras2(use: Any, scope: _Scope, known: Collection[str]) -> _Arguments:
    """[[layer, node index, tensor index, {keyword: …}], …]: the call's first argument in its own structure, with all
    others as the keywords of each tensor; in the keywords, tensors are such lists, too. A constant among the tensors is
    written as ["_CONSTANT_VALUE", -1, constant, {…}].

    A function of TensorFlow that is called on one tensor, and not on a list of them, has that without a list around it.
    """

    def value(argument: Any) -> str | None:
        named = isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str)
        if named and argument[0] in known:
            argument = _Tensor(*argument)
        return scope.call(*argument) if isinstance(argument, _Tensor) else None

    keywords: dict[str, Any] = {}

    def first(structure: Any) -> Any:
        if isinstance(structure, Mapping):
            return {key: first(part) for key, part in structure.items()}
        if not structure or not isinstance(structure[0], str):
            return [first(part) for part in structure]
        layer, place, tensor, *more = structure
        for each in more:
            keywords.update(each)
        return _array(tensor) if layer == "_CONSTANT_VALUE" else _Tensor(layer, place, tensor)

    argument = first(use)
    keywords.pop("name", None)
    return _arguments([argument], keywords, value, _constant)


def _array(constant: Any) -> Any:
    """Lists of numbers as TensorFlow takes them: of 32 bits."""
    if not isinstance(constant, list):
        return constant
    made = np.asarray(constant)
    return made.astype({"f": np.float32, "i": np.int32}.get(made.dtype.kind, made.dtype))


def _constant(argument: Any) -> Any:
    """What Keras writes for a Python value that JSON has no form for."""
    if not isinstance(argument, dict):
        return argument
    kind, config = argument["class_name"], argument.get("config", {})
    if kind == "__slice__":
        return slice(config["start"], config["stop"], config["step"])
    if kind == "__ellipsis__":
        return ...
    if kind == "__tuple__":
        return tuple(_constant(item) for item in argument["items"])
    if kind in ("__numpy__", "__tensor__"):
        return np.array(config["value"], _number_type(config["dtype"]))
    return argument


def _number_type(name: Any) -> np.dtype:
    dtype = np.dtype(str(name))
    if dtype.kind not in "fiub":
        raise ModelFileError(f"The model: expected constants that are numbers, received {name!r}.")
    return dtype


def _structure(tensors: Any, scope: _Scope) -> Structure:
    """[layer, node index, tensor index] → a value's name; lists and dicts of those keep their form.

    Where a list holds a single tensor, as Keras before 3 always wrote it, the model's input or output is that tensor.
    """
    return _named(tensors[0] if isinstance(tensors, list) and len(tensors) == 1 else tensors, scope)


def _named(tensors: Any, scope: _Scope) -> Structure:
    if isinstance(tensors, dict):
        return {key: _named(value, scope) for key, value in tensors.items()}
    if len(tensors) == 3 and isinstance(tensors[0], str):
        return scope.call(*tensors)
    return [_named(tensor, scope) for tensor in tensors]


_READERS: dict[str, Callable[[Any, _Scope, Sequence[str] | None], Calls]] = {
    "Sequential": _read_sequential,
    "Functional": _read_functional,
    "Model": _read_functional,
    "Pipeline": _read_sequential,  # a layer, but made as that model is
}

UNROLLED = frozenset(_READERS)  # class names of what is a model, or made as one is
