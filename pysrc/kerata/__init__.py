"""Kerata runs Keras models with NumPy alone, in the browser through Pyodide as in CPython."""

from collections.abc import Sequence

from . import formats, graph
from .backends import Backend
from .convert import Conversion, convert
from .describe import Description, describe
from .errors import DeviceError, InputError, KerataError, ModelFileError, TooLargeError, UnsupportedError, loading
from .graph import submodel
from .layers import register_layer
from .limits import set_memory_limit
from .model import Model

__all__ = [
    "Conversion",
    "Description",
    "DeviceError",
    "InputError",
    "KerataError",
    "Model",
    "ModelFileError",
    "TooLargeError",
    "UnsupportedError",
    "convert",
    "describe",
    "load_model",
    "register_layer",
    "set_memory_limit",
]

submodel.register()


def load_model(
    source: formats.Source,
    backend: str | Backend = "auto",
    weights: formats.Source | Sequence[formats.Source] | None = None,
) -> Model:
    """The model in a `.keras`, `.h5`, Keras.js `.bin` or Kerata `.safetensors` file, ready to predict.

    source: a path, the file's bytes, or an open binary file. backend: "auto", "wasm", "webgpu", "webgl" or "numpy".
    weights: where the weights are, if not in the file: what `save_weights` made. `source` may then be the text of
    `model.to_json()`, or a file of it. Of sharded weights, the path of the `.weights.json`, or a list of all shards;
    of Keras.js before 1.0, that of the `_weights.buf`, with its `_metadata.json` beside it, or a list of the two.
    As in Keras, they are matched by the order of the layers, or in Keras 3's files by their classes and order, whatever
    the layers' names are.
    Raises ModelFileError, UnsupportedError, DeviceError, or OSError when a path cannot be read.
    """
    with loading("The model's file is damaged"):
        saved = formats.read(source, weights)
        return Model(graph.read(saved.config, saved.weights), backend, saved.self_test, saved.notes)
