"""The one door to the browser: nothing else imports `js` or `pyodide`. In CPython its functions do nothing."""

import sys
from collections.abc import Awaitable
from typing import Any

if sys.platform == "emscripten":
    from pyodide.ffi import JsException as JavaScriptError
else:

    class JavaScriptError(Exception):
        """What JavaScript throws."""


def to_python(value: Any) -> Any:
    """A JavaScript array, object or buffer as Python's own; anything that is not JavaScript's as it is."""
    return value.to_py() if hasattr(value, "to_py") else value


def to_javascript(value: Any) -> Any:
    """Dicts become plain objects and arrays typed arrays; what is JavaScript's already stays."""
    if sys.platform != "emscripten":
        return value
    from js import Object
    from pyodide.ffi import to_js

    return to_js(value, dict_converter=Object.fromEntries)


def is_valid(binary: bytes) -> bool:
    """Whether this is a WebAssembly module that the browser knows all instructions of."""
    from js import WebAssembly
    from pyodide.ffi import to_js

    return bool(WebAssembly.validate(to_js(binary)))


def can_wait() -> bool:
    """Whether a plain call may wait for a promise: where the browser has JSPI, and JavaScript awaits that call."""
    if sys.platform != "emscripten":
        return False
    from pyodide.ffi import can_run_sync

    return can_run_sync()


def wait_for(awaitable: Awaitable[Any]) -> None:
    """Waits until it is done, where that can be."""
    from pyodide.ffi import run_sync

    run_sync(awaitable)
