"""What can go wrong, each as one sentence for the person in front: what, where, expected and received.

Only a KerataError or an OSError leaves Kerata: `loading` and `running` make one of any other exception, which stays
its cause.
"""

from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def loading(what: str) -> Iterator[None]:
    """Files are untrusted: any exception becomes a ModelFileError, which begins with `what` and names the cause."""
    try:
        yield
    except (KerataError, OSError):
        raise
    except Exception as error:
        raise ModelFileError(f"{what}: {_quoted(error)}.") from error


@contextmanager
def running(what: str) -> Iterator[None]:
    """Inputs are untrusted: any exception becomes an InputError, which begins with `what` and names the cause."""
    try:
        yield
    except (KerataError, OSError):
        raise
    except Exception as error:
        raise InputError(f"{what}: {_quoted(error)}.") from error


def _quoted(error: Exception) -> str:
    return _PLAIN.get(type(error)) or f"{type(error).__name__} {error}"
