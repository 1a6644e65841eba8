"""A Keras model config, of any version, → nodes in the order in which they run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import layers
from .errors import KerataError, ModelFileError, UnsupportedError
from .node import Config, Node, Shape, Weights

Structure = str | list["Structure"] | dict[str, "Structure"]  # node names, nested as the model's inputs or outputs are


@dataclass(frozen=True)
class Graph:
    name: str
    nodes: tuple[Node, ...]
    inputs: Structure
    outputs: Structure


@dataclass(frozen=True)
class _Call:
    """One use of a layer: a layer shared by several branches is called several times."""

    name: str
    kind: str
    layer: str
    config: Config
    inputs: tuple[str, ...]


def read(config: Config, weights: Weights) -> Graph:
    """The graph of `config` ({"class_name": "Sequential" or "Functional", "config": …}) with its weights in place.

    Raises ModelFileError for a config that does not hold together and for a missing or misshapen weight,
    UnsupportedError for a kind of model or layer that Kerata does not run.
    """
    try:
        kind, body = config["class_name"], config["config"]
        if kind not in _READERS:
            raise UnsupportedError(
                f"Model: expected a Sequential or Functional model, received {kind!r}; "
                "a subclassed model keeps its computation in Python code, which is not in the file."
            )
        name = "sequential" if isinstance(body, list) else body.get("name", "model")
        calls, inputs, outputs = _READERS[kind](body)
        return Graph(name, tuple(_nodes(_in_run_order(calls), weights)), inputs, outputs)
    except KerataError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        # A config is somebody else's data: whatever shape it has, the reader gets a sentence.
        raise ModelFileError(f"The model's config is damaged: {type(error).__name__} {error}.") from error


def _nodes(calls: list[_Call], weights: Weights) -> Iterator[Node]:
    shapes: dict[str, Shape] = {}
    for call in calls:
        layer = layers.find(call.kind, call.layer)
        inputs = [shapes[name] for name in call.inputs]
        shapes[call.name] = layer.shape(call.config, inputs)
        placed = {
            name: _weight(weights, call.layer, place, name, expected)
            for place, (name, expected) in enumerate(layer.weights(call.config, inputs).items())
        }
        yield Node(call.name, call.kind, call.inputs, call.config, placed, shapes[call.name])


def _weight(weights: Weights, layer: str, place: int, name: str, expected: Shape) -> np.ndarray:
    for key in (f"{layer}/{name}", f"{layer}/{place}"):
        if key in weights:
            if weights[key].shape != expected:
                raise ModelFileError(
                    f"Weight {name!r} of layer {layer!r}: expected shape {expected}, received {weights[key].shape}."
                )
            return np.asarray(weights[key], np.float32)
    raise ModelFileError(
        f"Weight {name!r} of layer {layer!r}: expected shape {expected}, but the file has no such weight."
    )


def _in_run_order(calls: list[_Call]) -> list[_Call]:
    """Every call after those that it takes its inputs from, otherwise in the file's order."""
    known = {call.name for call in calls}
    ordered: dict[str, _Call] = {}
    waiting = calls
    while waiting:
        ready = [call for call in waiting if all(name in ordered for name in call.inputs)]
        if not ready:
            call = waiting[0]
            lost = [name for name in call.inputs if name not in known]
            reason = f"takes input from {lost[0]!r}, which is not in the model" if lost else "is part of a cycle"
            raise ModelFileError(f"Layer {call.layer!r} {reason}.")
        for call in ready:
            if call.name in ordered:
                raise ModelFileError(f"Layer {call.name!r} is in the model twice.")
            ordered[call.name] = call
        waiting = [call for call in waiting if call not in ready]
    return list(ordered.values())


# Sequential: a list of layers, each fed by the one before


def _read_sequential(body: Any) -> tuple[list[_Call], Structure, Structure]:
    entries = body if isinstance(body, list) else body["layers"]  # Keras 1 and 2.0 to 2.2 saved the bare list
    configs = [(entry["class_name"], entry["config"]) for entry in entries]
    if configs[0][0] != "InputLayer":
        configs.insert(0, ("InputLayer", _implied_input(body, configs[0][1])))
    calls: list[_Call] = []
    for kind, config in configs:
        before = (calls[-1].name,) if calls else ()
        calls.append(_Call(config["name"], kind, config["name"], config, before))
    return calls, calls[0].name, calls[-1].name


def _implied_input(body: Any, first: Config) -> Config:
    """Before Keras 3 the input's shape stood in the first layer, or in the model's own `build_input_shape`."""
    built = None if isinstance(body, list) else body.get("build_input_shape")
    shape = first.get("batch_input_shape", first.get("batch_shape", built))
    if shape is None:
        raise ModelFileError(
            "The model was saved before its input shape was known; call it once in Keras and save again."
        )
    return {"name": f"{first['name']}_input", "batch_shape": shape}


# Functional: layers with the tensors that they were called on


def _read_functional(body: Any) -> tuple[list[_Call], Structure, Structure]:
    calls = [
        _Call(_call_name(entry["name"], place), entry["class_name"], entry["name"], entry["config"], inputs)
        for entry in body["layers"]
        for place, inputs in enumerate(_inbound(entry))
    ]
    return calls, _structure(body["input_layers"]), _structure(body["output_layers"])


def _call_name(layer: str, place: int) -> str:
    """A layer's first use goes by its own name, further ones by number."""
    return layer if place == 0 else f"{layer}:{place}"


def _inbound(entry: Config) -> list[tuple[str, ...]]:
    """For each use of the layer, the names of the calls that it takes its inputs from."""
    uses = entry["inbound_nodes"]
    if not uses:
        return [()]  # an input
    return [
        tuple(_keras3_tensors(use, entry) if isinstance(use, dict) else _keras2_tensors(use, entry)) for use in uses
    ]


def _keras3_tensors(use: Config, entry: Config) -> Iterator[str]:
    """{"args": [tensor, [tensor, …], …], "kwargs": {…}}, a tensor being a dict with its `keras_history`."""
    for argument in _leaves(use["args"]):
        if not _is_tensor(argument):
            raise _unsupported_argument(entry, argument)
        layer, place, _ = argument["config"]["keras_history"]
        yield _call_name(layer, place)
    for argument in _leaves(list(use.get("kwargs", {}).values())):
        if _is_tensor(argument):
            raise _unsupported_argument(entry, argument)


def _keras2_tensors(use: list[Any], entry: Config) -> Iterator[str]:
    """[[layer, node index, tensor index, {…}], …]"""
    for layer, place, _, *keywords in use:
        for argument in _leaves([list(keyword.values()) for keyword in keywords]):
            if argument is not None and not isinstance(argument, bool):
                raise _unsupported_argument(entry, argument)
        yield _call_name(layer, place)


def _is_tensor(argument: Any) -> bool:
    return isinstance(argument, dict) and argument.get("class_name") == "__keras_tensor__"


def _leaves(arguments: list[Any]) -> Iterator[Any]:
    for argument in arguments:
        if isinstance(argument, list):
            yield from _leaves(argument)
        else:
            yield argument


def _unsupported_argument(entry: Config, argument: Any) -> UnsupportedError:
    return UnsupportedError(
        f"Layer {entry['name']!r}: expected to be called on the outputs of other layers alone, received {argument!r}."
    )


def _structure(tensors: Any) -> Structure:
    """[layer, node index, tensor index] → a call's name; lists and dicts of those keep their form.

    Keras before 3 wrapped a single tensor in a list; such a model's input or output is that tensor itself.
    """
    if isinstance(tensors, dict):
        return {key: _structure(value) for key, value in tensors.items()}
    if len(tensors) == 3 and isinstance(tensors[0], str):
        return _call_name(tensors[0], tensors[1])
    return _structure(tensors[0]) if len(tensors) == 1 else [_structure(tensor) for tensor in tensors]


_READERS: dict[str, Callable[[Any], tuple[list[_Call], Structure, Structure]]] = {
    "Sequential": _read_sequential,
    "Functional": _read_functional,
    "Model": _read_functional,  # Functional's name before Keras 2.4
}
