"""TensorFlow's non-maximum suppression: of boxes (top, left, bottom, right) that overlap, the one of the best score."""

import math
from typing import Any

import numpy as np

from ...node import Shape
from ..common import as_float, bounded, sizes_of
from .math import functions, known


def overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of a box (4) with each of the others (n, 4); none where an area is zero."""
    low, high = np.minimum(box[:2], box[2:]), np.maximum(box[:2], box[2:])
    lows, highs = np.minimum(others[:, :2], others[:, 2:]), np.maximum(others[:, :2], others[:, 2:])
    common = np.prod(np.maximum(np.minimum(high, highs) - np.maximum(low, lows), 0), -1)
    area, areas = np.prod(high - low), np.prod(highs - lows, -1)
    return np.where((area > 0) & (areas > 0), common / (area + areas - common), np.float32(0))


def suppress(boxes: np.ndarray, scores: np.ndarray, most: int, iou_threshold: float, least: float) -> list[int]:
    """The indices of at most `most` boxes with scores above `least`, the best first."""
    chosen: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if len(chosen) == most or not scores[index] > least:
            break
        if not np.any(overlaps(boxes[index], boxes[chosen]) > iou_threshold):
            chosen.append(int(index))
    return chosen


def non_max_suppression(
    boxes: Any, scores: Any, max_output_size: Any, iou_threshold: float = 0.5, score_threshold: float = -math.inf
) -> np.ndarray:
    chosen = suppress(as_float(boxes), as_float(scores), int(max_output_size), iou_threshold, score_threshold)
    return np.array(chosen, np.int32)


def combined_non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size_per_class: Any,
    max_total_size: Any,
    iou_threshold: float = 0.5,
    score_threshold: float = -math.inf,
    pad_per_class: bool = False,
    clip_boxes: bool = True,
) -> list[np.ndarray]:
    """Class by class; then the best of all classes, as boxes (n, size, 4), scores and classes (n, size), and their
    counts (n). What is left is zero. `boxes`: (n, boxes, 1 or classes, 4), `scores`: (n, boxes, classes).
    """
    places, points = as_float(boxes), as_float(scores)
    size = _size(points.shape, int(max_output_size_per_class), int(max_total_size), pad_per_class)
    bounded(len(points), size, 4)
    chosen = np.zeros((len(points), size, 4), np.float32)
    values = np.zeros((2, len(points), size), np.float32)  # scores and classes
    counts = np.zeros(len(points), np.int32)

    def of_class(row: int, kind: int) -> list[tuple[float, int, np.ndarray]]:
        own, rated = places[row, :, min(kind, places.shape[2] - 1)], points[row, :, kind]
        indices = suppress(own, rated, int(max_output_size_per_class), iou_threshold, score_threshold)
        return [(rated[index], kind, own[index]) for index in indices]

    for row in range(len(points)):
        found = [each for kind in range(points.shape[2]) for each in of_class(row, kind)]
        found = sorted(found, key=lambda each: -each[0])[:size]
        counts[row] = len(found)
        for slot, (score, kind, box) in enumerate(found):
            chosen[row, slot], values[:, row, slot] = box, (score, kind)
    return [np.clip(chosen, 0, 1) if clip_boxes else chosen, *values, counts]


def _size(scores: Shape, of_class: int, total: int, pad_per_class: bool) -> int:
    return min(total, of_class * (scores[2] or 0)) if pad_per_class else total


def combined_shape(
    boxes: Any,
    scores: Any,
    max_output_size_per_class: Any,
    max_total_size: Any,
    iou_threshold: float = 0.5,
    score_threshold: float = -math.inf,
    pad_per_class: bool = False,
    clip_boxes: bool = True,
) -> list[Shape]:
    batch, _, classes = sizes_of(scores)
    of_class, total = known([max_output_size_per_class, max_total_size])
    is_known = None not in (of_class, total) and (classes or not pad_per_class)
    size = _size((batch, None, classes), of_class or 0, total or 0, pad_per_class) if is_known else None
    return [(batch, size, 4), (batch, size), (batch, size), (batch,)]


functions({"image.combined_non_max_suppression": combined_non_max_suppression}, shape=combined_shape)
functions(
    {"image.non_max_suppression": non_max_suppression},
    shape=lambda boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=-math.inf: (None,),
)
