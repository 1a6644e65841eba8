"""Runs in this Python and in the browser's: values and calls as bytes, by modules that are written in C alone, for a
Python just restored from its snapshot has no others to import.
"""

import marshal
from types import ModuleType
from typing import Any

import numpy as np

from digits import preprocessing, recognizer, segmentation, stroke_width

MODULES: dict[str, ModuleType] = {
    each.__name__: each for each in (preprocessing, recognizer, segmentation, stroke_width)
}
recognizers: list[object] = []  # of the browser's


def packed(value: object) -> object:
    """What `marshal` can write: arrays as ("array", dtype, shape, bytes), recognizers as their index."""
    if hasattr(value, "to_py"):
        return packed(value.to_py())
    if isinstance(value, memoryview):
        value = np.asarray(value)
    if isinstance(value, np.ndarray | np.generic):
        return ("array", value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, list | tuple):
        return [packed(each) for each in value]
    if isinstance(value, dict):
        return {key: packed(each) for key, each in value.items()}
    if hasattr(value, "predict_frame"):
        recognizers.append(value)
        return ("recognizer", len(recognizers) - 1)
    return value


def unpacked(value: object) -> object:
    match value:
        case ("array", dtype, shape, data):
            return np.frombuffer(data, dtype).reshape(shape).copy()
        case list():
            return [unpacked(each) for each in value]
        case dict():
            return {key: unpacked(each) for key, each in value.items()}
    return value


def called(data: Any) -> bytes:
    """JavaScript's bytes of (module, or a recognizer's index; name; arguments) → ("answer", what it returns) or
    ("error", class, text).
    """
    owner, name, arguments = marshal.loads(data.to_bytes())
    attribute = getattr(MODULES[owner] if isinstance(owner, str) else recognizers[owner], name)
    try:
        answer = ("answer", packed(attribute(*unpacked(arguments)) if callable(attribute) else attribute))
    except Exception as error:
        answer = ("error", type(error).__name__, str(error))
    return marshal.dumps(answer, 4)
