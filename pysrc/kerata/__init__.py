"""Kerata runs Keras models with NumPy alone, in the browser through Pyodide as at the desk."""

from . import formats, graph
from .convert import Conversion, convert
from .errors import DeviceError, InputError, KerataError, ModelFileError, UnsupportedError
from .layers import register_layer
from .model import Model

__all__ = [
    "Conversion",
    "DeviceError",
    "InputError",
    "KerataError",
    "Model",
    "ModelFileError",
    "UnsupportedError",
    "convert",
    "load_model",
    "register_layer",
]


def load_model(source: formats.Source, backend: str = "auto") -> Model:
    """The model in a `.keras`, `.h5` or Kerata `.safetensors` file, ready to predict.

    source: a path, the file's bytes, or an open binary file. backend: "auto", "wasm", "webgpu", "webgl" or "numpy".
    Raises ModelFileError, UnsupportedError, DeviceError, or OSError when a path cannot be read.
    """
    saved = formats.read(source)
    return Model(graph.read(saved.config, saved.weights), backend, saved.self_test, saved.notes)
