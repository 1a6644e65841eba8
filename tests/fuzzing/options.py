"""Hostile values for every option of every layer and operator, in models that run: those of the golden cases."""

import copy
import gzip
import json
from functools import cache
from typing import Any, NamedTuple

import numpy as np

import kerata
from kerata import formats, graph, limits
from kerata.formats import safetensors
from kerata.quantization import Stored
from kerata.self_test import SelfTest
from tests.fuzzing.changes import SIZES, Random, hostile_option, places, wrap_one
from tests.support.cases import GOLDEN, OPERATORS, WORDS

_MAX_WEIGHTS, _MAX_INPUTS = 10**6, 10**5  # numbers that are made
_RUNNING = 1 << 26  # bytes that a run may take: what layers need on the way, and several values, are within 1 GiB then
_KEPT = ("name", "class_name", "module", "registered_name", "keras_history", "build_config")


class Good(NamedTuple):
    config: dict[str, Any]
    weights: dict[str, np.ndarray]


@cache
def good() -> list[Good]:
    """Each layer's cases and each operator's, as Keras wrote them."""
    found = []
    for path in sorted((GOLDEN / "layers").glob("*.npz")):
        with np.load(path) as arrays:
            for key in arrays.files:
                if key.endswith("/config"):
                    start = key.removesuffix("config") + "weight/"
                    weights = {
                        name.removeprefix(start): arrays[name] for name in arrays.files if name.startswith(start)
                    }
                    found.append(Good(json.loads(str(arrays[key])), weights))
    operators = json.loads(gzip.decompress(OPERATORS.read_bytes()))
    return found + [Good(config, {}) for config in operators.values()]


def load(chance: Random) -> None:
    """Describes, loads and runs a model with a hostile option, and loads it again with a self-test."""
    config, weights = chance.choice(good())
    config = _changed(config, chance)
    text = json.dumps(config).encode()
    kerata.describe(text)
    fitting = _fitting(text, weights, chance)
    if fitting is None:
        return
    stored = {name: Stored(weight) for name, weight in fitting.items()}
    model = kerata.load_model(text, "numpy", weights=safetensors.write(config, stored, SelfTest([], []), {}))
    inputs = [_input(shape, dtype, chance) for shape, dtype in zip(model.input_shapes, model.input_dtypes, strict=True)]
    if any(array is None for array in inputs):
        return
    with limits.at_most(_RUNNING):
        outputs = model.outputs_of(model.accepted(inputs if len(inputs) > 1 else inputs[0]))
    test = SelfTest(model.accepted(inputs if len(inputs) > 1 else inputs[0]), outputs)
    data = safetensors.write(formats.read_config(text), stored, test, {})
    with limits.at_most(4 * _RUNNING):
        kerata.load_model(data, "numpy")


def _changed(config: dict[str, Any], chance: Random) -> dict[str, Any]:
    config = copy.deepcopy(config)
    entries = [each for each in _entries(config) if each["class_name"] != "InputLayer"]
    inputs = [each for each in _entries(config) if each["class_name"] == "InputLayer"]
    for _ in range(chance.choice((1, 1, 1, 2))):
        options = [
            (holder, key)
            for entry in entries
            for holder, key in places({part: entry[part] for part in ("config", "inbound_nodes") if part in entry})
            if key not in _KEPT and not (isinstance(holder[key], dict) and chance.random() < 0.8)
        ]
        if options:
            holder, key = chance.choice(options)
            holder[key] = hostile_option(holder[key], chance)
    if inputs and chance.random() < 0.3:
        options = chance.choice(inputs)["config"]
        shape = options.get("batch_shape", options.get("batch_input_shape"))
        if isinstance(shape, list) and shape:
            shape[chance.randrange(len(shape))] = chance.choice((None, *SIZES))
    if chance.random() < 0.05:
        wrap_one(config["config"], chance)
    return config


def _entries(config: Any) -> list[Any]:
    return [holder[key] for holder, key in places(config)
            if isinstance(holder[key], dict) and "class_name" in holder[key] and "config" in holder[key]
            and isinstance(holder, list) and "__" not in str(holder[key]["class_name"])]  # fmt: skip


def _fitting(text: bytes, known: dict[str, np.ndarray], chance: Random) -> dict[str, np.ndarray] | None:
    """Weights for the model, those of the case where they fit, else random ones; None where they are too many."""
    wanted = {
        f"{node.layer}/{name}": weight
        for node in graph.read(formats.read_config(text), None).nodes
        for name, weight in node.weights.items()
    }
    if sum(weight.size for weight in wanted.values()) > _MAX_WEIGHTS:
        return None
    random = np.random.default_rng(chance.randrange(2**32))
    return {
        name: known[name] if name in known and known[name].shape == weight.shape
        else random.normal(0, 0.5, weight.shape).astype(np.float32)
        for name, weight in wanted.items()
    }  # fmt: skip


def _input(shape: Any, dtype: np.dtype, chance: Random) -> Any:
    sizes = [2, *(chance.choice((0, 1, 2, 3, 5, 9, 16)) if size is None else size for size in shape[1:])]
    random = np.random.default_rng(chance.randrange(2**32))
    if np.prod(sizes, dtype=float) > _MAX_INPUTS:
        return None
    if dtype.hasobject:
        return np.array(WORDS, object)[random.integers(0, len(WORDS), sizes)]
    if dtype.kind in "iub":
        return random.integers(0, 5, sizes).astype(dtype)
    return random.normal(0, 2, sizes).astype(np.float32)
