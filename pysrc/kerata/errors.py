"""What can go wrong, each as one sentence for the person in front: what, where, expected and received.

Only a KerataError or an OSError leaves Kerata: `raise_as` makes one of any other exception, which stays its cause.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from .text import sentence

_PLAIN = {MemoryError: "it needs more memory than there is", RecursionError: "it is nested too deeply"}


class KerataError(Exception):
    """Base of all errors that Kerata raises on purpose.

    Its text is fit for a visitor's eyes: one line without control characters, of at most 300 characters.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(sentence(text))


class ModelFileError(KerataError, ValueError):
    """The bytes are not a model file that can be read: foreign, truncated, damaged or hostile."""


class UnsupportedError(KerataError, NotImplementedError):
    """A well-formed model asks for a layer or an option that Kerata does not run."""


class InputError(KerataError, ValueError):
    """The data given to a model or to the imaging has the wrong shape, type or structure."""


class TooLargeError(ModelFileError, InputError):
    """A model's file, or an input whose size the file leaves open, asks for more than `kerata.set_memory_limit`."""


class TooSlowError(KerataError):
    """A self-test takes longer than loading may. It is caught where the test is run."""


class DeviceError(KerataError):
    """The device that a backend computes on refuses or is gone: lost, out of memory, a shader that does not compile."""


DAMAGED_CONFIG = "The model's config is damaged"


@contextmanager
def loading(what: str) -> Iterator[None]:
    """Files are untrusted: any exception becomes a ModelFileError, which begins with `what` and names the cause."""
    try:
        yield
    except Exception as error:
        raise_as(ModelFileError, what, error)


@contextmanager
def running(what: str) -> Iterator[None]:
    """Inputs are untrusted: any exception becomes an InputError, which begins with `what` and names the cause."""
    try:
        yield
    except Exception as error:
        raise_as(InputError, what, error)


def raise_as(kind: type[KerataError], what: str, error: Exception) -> NoReturn:
    """Raises the error itself where it may leave Kerata, otherwise one of this kind: `what`, then the cause.

    Every prediction calls it in an `except` of its own, which costs nothing until there is an error; entering
    `loading` or `running` takes a microsecond, in a browser several.
    """
    if isinstance(error, KerataError | OSError):
        raise error
    cause = _PLAIN.get(type(error)) or f"{type(error).__name__} {error}"
    raise kind(f"{what}: {cause}.") from error
