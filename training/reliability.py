"""How far confidence and being right go together (C. Guo et al., *On calibration of modern neural networks*, 2017)."""

from typing import Any

import numpy as np

_BINS = 15


def bins(confidences: np.ndarray, right: np.ndarray) -> list[dict[str, Any]]:
    """Answers in bins of confidence, those with any: mean confidence, share of right answers, how many."""
    place = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    return [
        {"confidence": float(confidences[place == b].mean()), "accuracy": float(right[place == b].mean()), "n": int(n)}
        for b, n in enumerate(np.bincount(place, minlength=_BINS))
        if n
    ]


def expected_error(rows: list[dict[str, Any]]) -> float:
    """The expected calibration error over bins."""
    gaps = sum(row["n"] * abs(row["confidence"] - row["accuracy"]) for row in rows)
    return float(gaps / sum(row["n"] for row in rows))
