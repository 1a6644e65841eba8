"""What the page shows until Python runs: the 3 that its pad is hinted with, and how the network reads it."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from digits.recognizer import load

PATH = "M33 27 C37 18 66 16 65 33 C64 46 47 48 45 48 C47 48 68 49 67 66 C66 84 36 84 32 71"  # in site/index.html
_STEPS = 16  # of each curve


def reading(model: Path) -> dict[str, Any]:
    """The digit and its probability."""
    answer = load(model.read_bytes()).predict_strokes([stroke(PATH)])
    digit = answer["digit"]
    return {"digit": digit, "probability": round(float(answer["probabilities"][digit]), 4)}


def stroke(path: str) -> np.ndarray:
    """(points, 2) along an SVG path of one move and cubic Bézier curves."""
    start, *controls = np.array(re.findall(r"-?\d+", path), np.float32).reshape(-1, 2)
    t = np.linspace(0, 1, _STEPS + 1, dtype=np.float32)[1:, None]
    points = [start[None]]
    for first, second, end in zip(controls[::3], controls[1::3], controls[2::3], strict=True):
        curve = (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * first + 3 * (1 - t) * t**2 * second + t**3 * end
        points.append(curve)
        start = end
    return np.concatenate(points)
