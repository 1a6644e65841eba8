"""From a drawing to the 784 values that a network trained on MNIST expects.

MNIST's digits were scaled to fit 20×20 pixels, their aspect kept, and placed so that their centre of mass is in the
middle of 28×28 (Y. LeCun et al., http://yann.lecun.com/exdb/mnist/); in its files that is index 14 on both axes, to the
pixel. The page, the tests and the training all come through here.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from .errors import InputError

SIZE = 28  # of the picture
BOX = 20  # the digit's longer side in it
CENTRE = 14  # the index that the centre of mass goes to

# The frame that strokes are drawn in, five of its pixels to one of the picture. `site/frame.js` draws the same one.
FRAME = 5 * SIZE
FRAME_BOX = 5 * BOX
FRAME_PEN = 12  # 2.4 of the picture's pixels: pen digits drawn so have the mean ink of MNIST's, 0.132

_INK = 0.02  # of full ink: what the box around it takes in; below lies noise
_LEAST_CONTRAST = 0.1  # of an image's range; less is an empty image

Strokes = Sequence[Sequence[Sequence[float]]]  # each a list of (x, y), x to the right, y down, in any unit


def picture_of_image(rgba: np.ndarray) -> np.ndarray | None:
    """ImageData, uint8 (height, width, 4), → float32 (28, 28), 0 background to 1 ink; None when it is blank.

    Dark on light, light on dark and anything on transparent ground are all ink on ground.
    """
    if rgba.ndim != 3 or rgba.shape[2] != 4 or rgba.dtype != np.uint8:
        raise InputError(f"Image: expected uint8 (height, width, 4), received {rgba.dtype} {rgba.shape}.")
    return _picture(_ink_of_image(rgba))


def picture_of_strokes(strokes: Strokes) -> np.ndarray | None:
    """Pen strokes → the same picture as from an image of them; None when there is no stroke."""
    points = [np.asarray(stroke, np.float32).reshape(-1, 2) for stroke in strokes if len(stroke)]
    return _picture(_ink_of_strokes(points)) if points else None


def _ink_of_image(rgba: np.ndarray) -> np.ndarray:
    """(height, width) from 0 to 1: how far each pixel is from the ground, which is what most of the border shows."""
    alpha = rgba[..., 3].astype(np.float32) / 255
    if np.median(_border(alpha)) < 0.5:
        return alpha
    # Luma of ITU-R BT.601, blended onto white where the image is translucent.
    luma = rgba[..., :3].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32) / 255
    shade = alpha * luma + (1 - alpha)
    difference = np.abs(shade - np.median(_border(shade)))
    contrast = difference.max()
    return difference / contrast if contrast >= _LEAST_CONTRAST else np.zeros_like(difference)


def _border(image: np.ndarray) -> np.ndarray:
    return np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])


def _ink_of_strokes(strokes: list[np.ndarray]) -> np.ndarray:
    """The strokes fitted into the frame, pen width included, and drawn with a round pen: (FRAME, FRAME), 0 to 1."""
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    scale = (FRAME_BOX - FRAME_PEN) / max(float((high - low).max()), 1e-6)
    ink = np.zeros((FRAME, FRAME), np.float32)
    for stroke in strokes:
        for start, end in _segments((stroke - (low + high) / 2) * scale + FRAME / 2):
            _draw(ink, start, end)
    return ink


def _segments(points: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """A lone point is a segment of no length: a dot."""
    return zip(points, points[1:] if len(points) > 1 else points, strict=False)


def _draw(ink: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
    """Darkens each pixel by its distance from the segment, with an edge one pixel soft."""
    radius = FRAME_PEN / 2
    left, top = np.floor(np.minimum(start, end) - radius - 1).astype(int)
    right, bottom = np.ceil(np.maximum(start, end) + radius + 1).astype(int)
    x = np.arange(left, right, dtype=np.float32) + 0.5 - start[0]  # of pixel centres, from the segment's start
    y = (np.arange(top, bottom, dtype=np.float32) + 0.5 - start[1])[:, None]
    dx, dy = end - start
    along = np.clip((x * dx + y * dy) / max(float(dx * dx + dy * dy), 1e-6), 0, 1)
    distance = np.hypot(x - along * dx, y - along * dy)
    part = ink[top:bottom, left:right]
    np.maximum(part, np.clip(radius + 0.5 - distance, 0, 1), out=part)


def _picture(ink: np.ndarray) -> np.ndarray | None:
    """The box around the ink, scaled to 20×20 with its aspect kept, its centre of mass moved to the middle."""
    rows, columns = (np.flatnonzero((ink > _INK).any(axis)) for axis in (1, 0))
    if not len(rows):
        return None
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    side = max(bottom - top, right - left)
    vertical = _area_weights(len(ink), (top + bottom - side) // 2, side)  # (20, height)
    horizontal = _area_weights(ink.shape[1], (left + right - side) // 2, side)  # (20, width)
    return _centred(np.einsum("ik,jk->ij", vertical @ ink, horizontal))


def _area_weights(size: int, start: int, length: int) -> np.ndarray:
    """The share of each of `size` pixels in each of 20 equal parts of [start, start + length): float32 (20, size).

    Each row sums to 1 where its part lies inside the image, so a product with it is the mean over an area, which is
    antialiased at any scale. What lies outside is ground, 0.
    """
    step = length / BOX
    edges = start + step * np.arange(BOX + 1)
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return (np.maximum(overlap, 0) / step).astype(np.float32)


def _centred(box: np.ndarray) -> np.ndarray:
    """The 20×20 box in the 28×28 picture, moved by whole pixels and never over its edge."""
    mass = box.sum()
    places = np.arange(BOX, dtype=np.float32)
    centres = (box.sum(1) @ places / mass, box.sum(0) @ places / mass)
    row, column = (min(max(round(CENTRE - float(centre)), 0), SIZE - BOX) for centre in centres)
    picture = np.zeros((SIZE, SIZE), np.float32)
    picture[row : row + BOX, column : column + BOX] = box
    return picture
