"""What can go wrong, each as one sentence for the person in front: what, where, expected and received."""

from .text import sentence


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


class DeviceError(KerataError):
    """The device that a backend computes on refuses or is gone: lost, out of memory, a shader that does not compile."""
