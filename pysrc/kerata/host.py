"""The one door to the browser: nothing else imports `js` or `pyodide`. At the desk its two functions do nothing."""

import sys
from typing import Any


def to_python(value: Any) -> Any:
    """A JavaScript array, object or buffer as Python's own; anything that is not JavaScript's as it is."""
    return value.to_py() if hasattr(value, "to_py") else value


def to_javascript(value: Any) -> Any:
    """Dicts become plain objects and arrays typed arrays, for the worker's messages."""
    if sys.platform != "emscripten":
        return value
    from js import Object
    from pyodide.ffi import to_js

    return to_js(value, dict_converter=Object.fromEntries)
