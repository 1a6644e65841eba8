"""A GPU as Python sees it. `webgl.js` and `webgpu.js` in the page's folder `gpu` are two; errors of theirs leave as
DeviceError, named after the backend.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from ...browser import JavaScriptError
from ...errors import DeviceError


class Device(Protocol):
    """Values, kernels and arrays are JavaScript's. A block is four float32."""

    asynchronous: bool  # whether `run` gives a promise of its arrays
    largest: int  # blocks of a value

    def value(self, blocks: int) -> Any:
        """A place for so many blocks."""

    def constant(self, weights: Any) -> Any:
        """A value filled with a float32 array of whole blocks."""

    def kernel(self, call: Any) -> Any:
        """A kernel with its values: {shader, constants, sources, target, blocks, threads}, of which the last two are of
        an image.
        """

    def run(self, images: int, inputs: Any, arrays: Sequence[Any], kernels: Any, outputs: Any) -> Any:
        """Writes the arrays to the inputs, runs the kernels; the arrays that are in the outputs then, flat.

        outputs: of {value, blocks}, the blocks of an image.
        """


@contextmanager
def named_errors(backend: str) -> Iterator[None]:
    try:
        yield
    except JavaScriptError as error:
        reason = getattr(error, "message", None) or str(error)
        raise DeviceError(f"Backend {backend!r}: {reason}.") from error
