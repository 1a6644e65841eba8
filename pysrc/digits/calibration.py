"""When to say "maybe", and when "that is no digit": what training found out about how far to trust a network."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from kerata.errors import ModelFileError

from .connected_components import areas_of, patches_of

NOTE = "doubt"  # of the model's notes that hold it

Verdict = Literal["sure", "maybe", "none"]

_LEVELS = (0.3, 0.7)  # of full ink: a dot is apart above one of them, for it is soft, or close to what it stands under
_DOT = range(3, 37)  # pixels of a dot's area
_DOT_SIDE = 7  # pixels that it is at most wide and high


@dataclass(frozen=True)
class Doubt:
    """`temperature` divides the logits (C. Guo et al., *On calibration of modern neural networks*, 2017).

    Of the probabilities after that, the largest must reach `digit` for a drawing to count as one at all, and `sure`
    for an answer without "maybe". The defaults doubt nothing.
    """

    temperature: float = 1.0
    digit: float = 0.0
    sure: float = 0.0

    def calibrated(self, probabilities: np.ndarray) -> np.ndarray:
        """Softmax's output (…, classes) → as if its logits had been divided by the temperature; float32."""
        # softmax(z / T) is p^(1/T), scaled to sum to 1; in float64, for tiny probabilities to small powers.
        tempered = np.asarray(probabilities, np.float64) ** (1 / self.temperature)
        return (tempered / tempered.sum(-1, keepdims=True)).astype(np.float32)

    def verdict(self, largest: float) -> Verdict:
        """What to say about a drawing by the largest of its calibrated probabilities."""
        if largest < self.digit:
            return "none"
        return "sure" if largest >= self.sure else "maybe"

    def note(self) -> dict[str, Any]:
        """As `convert` takes it."""
        return {NOTE: asdict(self)}


def of_notes(notes: Mapping[str, Any]) -> Doubt:
    """What a model file says of it; no doubt where it says nothing. Raises ModelFileError when that is no Doubt."""
    note = notes.get(NOTE, {})
    try:
        doubt = Doubt(**{name: float(value) for name, value in note.items()})
    except (AttributeError, TypeError, ValueError) as error:
        raise ModelFileError(f"The model's note on doubt: expected numbers, received {note!r}.") from error
    if not (doubt.temperature > 0 and 0 <= doubt.digit <= doubt.sure <= 1):
        raise ModelFileError(f"The model's note on doubt: expected 0 ≤ digit ≤ sure ≤ 1, received {note!r}.")
    return doubt


def has_dot(picture: np.ndarray) -> bool:
    """Whether in a picture, float32 (28, 28), a dot stands under the rest, as in a question mark: no digit has one."""
    return any(_has_dot(patches_of(picture > level)) for level in _LEVELS)


def _has_dot(patches: np.ndarray) -> bool:
    areas = areas_of(patches)
    if not areas.any():
        return False
    bottom = np.flatnonzero((patches == areas.argmax()).any(1))[-1]
    for number in np.flatnonzero(areas):
        rows, columns = np.nonzero(patches == number)
        if areas[number] in _DOT and rows.min() > bottom and max(np.ptp(rows), np.ptp(columns)) < _DOT_SIDE:
            return True
    return False
