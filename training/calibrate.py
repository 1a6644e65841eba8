"""How far to trust the network: temperature and thresholds, chosen on digits and drawings held back from training."""

from typing import NamedTuple

import numpy as np

from digits.calibration import Doubt

from .augment import MARKED, Course, centre_line_distance, drawn_again, marked, reduced
from .outliers import HELD_BACK_FONTS, outlier_picture

SEED = 40  # not the training's: other warps, other scribbles
OUTLIERS = 2000

# At most this share of the held-back digits is refused, and of the sure answers wrong; and of the held-back outliers
# taken for a digit for sure. All three are stricter than what the page is to keep, which is 2 %, 0.5 % and 10 %: real
# hands and scribbles are more various than imitated ones.
REFUSED, WRONG, MISTAKEN = 0.005, 0.004, 0.05
STRENGTH = 0.5  # of the bending: training exaggerates


class HeldBack(NamedTuple):
    """float32 (n, 28, 28) pictures of digits as a page would make them, their labels, and outliers' pictures."""

    digits: np.ndarray
    labels: np.ndarray
    outliers: np.ndarray


def held_back(images: np.ndarray, labels: np.ndarray) -> HeldBack:
    """From uint8 (n, 28, 28) digits and labels that were not trained on: each as it is and drawn again."""
    random = np.random.default_rng(SEED)
    again = [_again(image, int(label), random) for image, label in zip(images, labels, strict=True)]
    outliers = np.stack([outlier_picture(random, HELD_BACK_FONTS) for _ in range(OUTLIERS)])
    return HeldBack(np.concatenate([images, again]).astype(np.float32) / 255, np.tile(labels, 2), outliers)


def _again(image: np.ndarray, digit: int, random: np.random.Generator) -> np.ndarray:
    """The digit in another hand, sometimes with a slash, base, flag or cross: uint8 (28, 28)."""
    distance = centre_line_distance(image)
    if digit in MARKED and random.random() < Course().marked:
        distance = marked(distance, digit, random)
    return reduced(drawn_again(distance, random, STRENGTH), random)


def temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The one that makes the labels most likely, to a hundredth."""
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-30))

    def loss(t: float) -> float:
        z = logits / t
        return float(np.mean(np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1) - z[range(len(z)), labels]))

    return min((round(t, 2) for t in np.arange(0.3, 3, 0.01)), key=loss)


def doubt(digits: np.ndarray, labels: np.ndarray, outliers: np.ndarray) -> Doubt:
    """From probabilities (n, 10) of held-back digits, their labels, and probabilities of outliers."""
    calibrated = Doubt(temperature(digits, labels))
    digits, outliers = calibrated.calibrated(digits), calibrated.calibrated(outliers)
    largest, right = digits.max(1), digits.argmax(1) == labels
    least = float(np.quantile(largest, REFUSED))
    order = np.argsort(-largest)
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)  # among the surest 1, 2, 3 …
    clean_enough = np.flatnonzero(wrong <= WRONG)
    sure = float(largest[order[clean_enough[-1]]]) if len(clean_enough) else 1.0
    sure = max(sure, least, float(np.quantile(outliers.max(1), 1 - MISTAKEN)))
    return Doubt(calibrated.temperature, round(least, 4), round(min(sure, 1.0), 4))
