"""From a drawing to the 784 values that a network trained on MNIST expects.

MNIST's digits were scaled to fit 20×20 pixels, their aspect kept, and placed so that their centre of mass is in the
middle of 28×28 (Y. LeCun et al., http://yann.lecun.com/exdb/mnist/); in its files that is index 14 on both axes, to the
pixel. The page, the tests and the training all come through here.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from kerata.errors import InputError

from . import stroke_width
from .segmentation import area_weights, of_image

SIZE = 28  # of the picture
BOX = 20  # the digit's longer side in it
CENTRE = 14  # the index that the centre of mass goes to

# The frame that strokes are drawn in, five of its pixels to one of the picture. `site/frame.js` draws the same one.
FRAME = 5 * SIZE
FRAME_BOX = 5 * BOX
FRAME_PEN = 12  # 2.4 of the picture's pixels: pen digits drawn so have the mean ink of MNIST's, 0.132

_NARROWEST, _WIDEST = 1.3, 4.8  # pens that are left as they are, in the picture's pixels: nearly all of MNIST
_MANY = 1000  # points of a stroke: a hand makes fewer, and each takes its time
_FARTHEST = 1e30  # of a point's coordinates: what is computed from them stays finite
_INK = 0.02  # of full ink: what the box around it takes in; below lies noise

# Each a list, or an array, of (x, y), x to the right, y down, in any unit.
Strokes = Sequence[Sequence[Sequence[float]] | np.ndarray]


def picture_of_image(rgba: np.ndarray) -> np.ndarray | None:
    """ImageData, uint8 (height, width, 4), → float32 (28, 28), 0 background to 1 ink; None when it is blank.

    Dark on light, light on dark and anything on transparent ground are all ink on ground; a photo may be unevenly
    lit. Strokes much thinner or thicker than MNIST's are brought to the usual pen.
    """
    if rgba.ndim != 3 or rgba.shape[2] != 4 or rgba.dtype != np.uint8:
        raise InputError(f"Image: expected uint8 (height, width, 4), received {rgba.dtype} {rgba.shape}.")
    return picture_of_ink(_with_usual_pen(of_image(rgba)))


def picture_of_strokes(strokes: Strokes, pen_width: float = FRAME_PEN) -> np.ndarray | None:
    """Pen strokes → the same picture as from an image of them; None when there is no stroke.

    `pen_width` is in pixels of the frame; training varies it. Raises InputError for anything but points.
    """
    points = _points(strokes)
    return picture_of_ink(_ink_of_strokes(points, pen_width)) if points else None


def picture_of_ink(ink: np.ndarray) -> np.ndarray | None:
    """(height, width), 0 ground to 1 ink, of any size → the picture; None when it is blank.

    The box around the ink is scaled to 20×20 with its aspect kept, its centre of mass moved to the middle.
    """
    box = _box(ink)
    return _centred(_cut(ink, box, BOX)) if box else None


class _Square(NamedTuple):
    top: int
    left: int
    side: int


def _box(ink: np.ndarray) -> _Square | None:
    """The square around the ink, the ink in its middle; None where there is none. It may reach beyond the image."""
    rows, columns = (np.flatnonzero((ink > _INK).any(axis)) for axis in (1, 0))
    if not len(rows):
        return None
    top, bottom, left, right = (int(end) for end in (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1))
    side = max(bottom - top, right - left)
    return _Square((top + bottom - side) // 2, (left + right - side) // 2, side)


def _cut(ink: np.ndarray, box: _Square, parts: int) -> np.ndarray:
    """What is in the box, at the resolution of (parts, parts)."""
    vertical = area_weights(len(ink), box.top, box.side, parts)  # (parts, height)
    horizontal = area_weights(ink.shape[1], box.left, box.side, parts)  # (parts, width)
    return np.einsum("ik,jk->ij", vertical @ ink, horizontal)


def _with_usual_pen(ink: np.ndarray) -> np.ndarray:
    """The ink as it is when its strokes are about as wide as MNIST's, else drawn in the frame with the usual pen."""
    box = _box(ink)
    if box is None or _NARROWEST <= stroke_width.width(ink) / box.side * BOX <= _WIDEST:
        return ink
    frame = np.pad(_cut(ink, box, FRAME_BOX), (FRAME - FRAME_BOX) // 2)
    for _ in range(2):  # the second time from clean outlines: those of a small or noisy image mislead the first
        frame = stroke_width.widened(frame, FRAME_PEN - stroke_width.width(frame))
    return frame


def _points(strokes: Strokes) -> list[np.ndarray]:
    """Each stroke that has points as float32 (points, 2)."""
    try:
        with np.errstate(over="ignore"):
            points = [np.asarray(stroke, np.float32) for stroke in strokes if len(stroke)]
    except (TypeError, ValueError):
        points = [np.empty(0, np.float32)]
    if any(stroke.ndim != 2 or stroke.shape[1] != 2 or not np.all(np.abs(stroke) < _FARTHEST) for stroke in points):
        raise InputError("Strokes: expected a list of points (x, y), finite numbers, for each stroke.")
    return points


def _ink_of_strokes(strokes: list[np.ndarray], pen_width: float) -> np.ndarray:
    """The strokes fitted into the frame, pen width included, and drawn with a round pen: (FRAME, FRAME), 0 to 1."""
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    scale = (FRAME_BOX - pen_width) / max(float((high - low).max()), 1e-6)
    ink = np.zeros((FRAME, FRAME), np.float32)
    for stroke in strokes:
        for start, end in _segments(_thinned((stroke - (low + high) / 2) * scale + FRAME / 2)):
            _draw(ink, start, end, pen_width / 2)
    return ink


def _thinned(points: np.ndarray) -> np.ndarray:
    """Of very many points those that are in another quarter of a pixel than the one before."""
    if len(points) <= _MANY:
        return points
    quarters = np.floor(4 * points)
    return points[np.append(np.any(quarters[1:] != quarters[:-1], 1), True)]


def _segments(points: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """A lone point is a segment of no length: a dot."""
    return zip(points, points[1:] if len(points) > 1 else points, strict=False)


def _draw(ink: np.ndarray, start: np.ndarray, end: np.ndarray, radius: float) -> None:
    """Darkens each pixel by its distance from the segment, with an edge one pixel soft."""
    left, top = np.floor(np.minimum(start, end) - radius - 1).astype(int)
    right, bottom = np.ceil(np.maximum(start, end) + radius + 1).astype(int)
    x = np.arange(left, right, dtype=np.float32) + 0.5 - start[0]  # of pixel centres, from the segment's start
    y = (np.arange(top, bottom, dtype=np.float32) + 0.5 - start[1])[:, None]
    dx, dy = end - start
    along = np.clip((x * dx + y * dy) / max(float(dx * dx + dy * dy), 1e-6), 0, 1)
    distance = np.hypot(x - along * dx, y - along * dy)
    part = ink[top:bottom, left:right]
    np.maximum(part, np.clip(radius + 0.5 - distance, 0, 1), out=part)


def _centred(box: np.ndarray) -> np.ndarray:
    """The 20×20 box in the 28×28 picture, moved by whole pixels and never over its edge."""
    mass = box.sum()
    places = np.arange(BOX, dtype=np.float32)
    centres = (box.sum(1) @ places / mass, box.sum(0) @ places / mass)
    row, column = (min(max(round(CENTRE - float(centre)), 0), SIZE - BOX) for centre in centres)
    picture = np.zeros((SIZE, SIZE), np.float32)
    picture[row : row + BOX, column : column + BOX] = box
    return picture
