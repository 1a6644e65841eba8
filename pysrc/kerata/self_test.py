"""The input and output that a model file carries, to prove at load that it computes here what it computed there."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .errors import ModelFileError

# No output may be off by more than this share of the largest one. float32 sums in another order change it by some
# 1e-6; a wrong kernel or a damaged weight by far more than 1e-3.
TOLERANCE = 1e-4


class SelfTest(NamedTuple):
    """A batch of inputs and the outputs that belong to it, in the order of the model's inputs and outputs."""

    inputs: list[np.ndarray]
    outputs: list[np.ndarray]


def differences(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Element by element; of text 1 where it is another."""
    if object in (ours.dtype, theirs.dtype):
        return np.asarray(ours != theirs, np.float32)
    return np.abs(np.subtract(ours, theirs, dtype=np.result_type(ours, theirs, np.float32)))


def check(received: Sequence[np.ndarray], expected: Sequence[np.ndarray], backend: str) -> float:
    """The largest difference of outputs received on a backend; raises ModelFileError where they are not as expected."""
    shapes = [array.shape for array in received], [array.shape for array in expected]
    if shapes[0] != shapes[1]:
        raise ModelFileError(f"Self-test on backend {backend!r}: expected shapes {shapes[1]}, received {shapes[0]}.")
    largest = 0.0
    for ours, theirs in zip(received, expected, strict=True):
        off = float(differences(ours, theirs).max(initial=0))
        allowed = TOLERANCE * float(np.abs(theirs).max(initial=0)) if theirs.dtype != object else 0.0
        if not off <= allowed:  # written so that NaN fails too
            raise ModelFileError(
                f"Self-test on backend {backend!r}: expected outputs within {allowed:.2g}, received a difference of "
                f"{off:.2g}; the file is damaged, or this backend computes wrongly on this device."
            )
        largest = max(largest, off)
    return largest
