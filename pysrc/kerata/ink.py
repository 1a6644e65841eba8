"""From an image to its ink: without the ground, whatever its colour and light, and without what is not the drawing."""

import numpy as np

_LARGEST = 224  # pixels of the longer side that are looked at
_LEAST_CONTRAST = 0.1  # of an image's range; less is an empty image
_DIMMEST = 0.2  # of an image's range: a darker ground has more noise than shade
_NOISE = 3.0  # a pixel is ink when it stands out from the ground by so many times what the ground's pixels usually do
_FLAT = 0.005  # of an image's range: differences that nobody sees
_FITS = 5
_DIRT = 0.02  # of the largest patch's area: smaller patches are specks
_EDGE = 0.25  # of a side: a patch that runs along the border for longer is a shadow or the paper's end


def of_image(rgba: np.ndarray) -> np.ndarray:
    """RGBA uint8 (height, width, 4) → float32 (height, width), 0 ground to 1 ink."""
    alpha = rgba[..., 3].astype(np.float32) / 255
    if np.mean(_border(alpha) < 0.5) > 0.5:
        return alpha  # drawn on nothing: what is there is ink
    # Luma of ITU-R BT.601, blended onto white where the image is translucent.
    luma = rgba[..., :3].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32) / 255
    shade = _shrunk(alpha * luma + (1 - alpha))
    ground = _ground(shade)
    # Ink is darker than its ground, or lighter: whichever stands out more. How much, depends on the light that falls
    # there: a share of the ground's own shade is the same everywhere.
    darker = _standing_out((ground - shade) / np.maximum(ground, _DIMMEST))
    lighter = _standing_out((shade - ground) / np.maximum(1 - ground, _DIMMEST))
    return _drawing(darker if darker.sum() >= lighter.sum() else lighter)


def area_weights(size: int, start: int, length: int, parts: int) -> np.ndarray:
    """The share of each of `size` pixels in each of the equal parts of [start, start + length): float32 (parts, size).

    Each row sums to 1 where its part lies inside the image, so a product with it is the mean over an area, which is
    antialiased at any scale. What lies outside is ground, 0.
    """
    step = length / parts
    edges = start + step * np.arange(parts + 1)
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return (np.maximum(overlap, 0) / step).astype(np.float32)


def _shrunk(image: np.ndarray) -> np.ndarray:
    """Not larger than the digit needs: a photo's noise averages out on the way."""
    parts = [max(1, round(size * min(1, _LARGEST / max(image.shape)))) for size in image.shape]
    rows, columns = (area_weights(size, 0, size, part) for size, part in zip(image.shape, parts, strict=True))
    return rows @ image @ columns.T


def _border(image: np.ndarray) -> np.ndarray:
    return np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])


def _median(values: np.ndarray) -> float:
    """NumPy's own would import its masked arrays, which takes longer than all the rest."""
    middle = values.size // 2
    return float(np.partition(values, middle, axis=None)[middle])


def _ground(shade: np.ndarray) -> np.ndarray:
    """What the image would show without ink: a quadratic surface, for paper is seldom lit evenly.

    Fitted by least squares to the pixels near it, which are most of them, beginning with those like the border.
    """
    row, column = (np.linspace(-1, 1, size, dtype=np.float32) for size in shade.shape)
    y, x = (grid.ravel() for grid in np.meshgrid(row, column, indexing="ij"))
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], 1)
    values = shade.ravel()
    surface = np.full_like(values, _median(_border(shade)))
    for _ in range(_FITS):
        off = np.abs(values - surface)
        near = off <= _NOISE * _median(off) + _FLAT
        fitted = terms[near]
        surface = terms @ np.linalg.lstsq(fitted.T @ fitted, fitted.T @ values[near], rcond=None)[0]
    return surface.reshape(shade.shape)


def _standing_out(difference: np.ndarray) -> np.ndarray:
    """0 for what differs from the ground by no more than its noise, 1 for what differs most."""
    noise = _NOISE * _median(np.abs(difference))
    contrast = float(difference.max())
    if contrast < max(_LEAST_CONTRAST, _NOISE * noise):
        return np.zeros_like(difference)
    return np.clip((difference - noise) / (contrast - noise), 0, 1)


def _drawing(ink: np.ndarray) -> np.ndarray:
    """The ink without noise, specks, shadows and the paper's edge."""
    patches = _patches(ink > 0.25)
    numbers, areas = np.unique(patches[patches >= 0], return_counts=True)
    ends = [patches[0], patches[-1], patches[:, 0], patches[:, -1]]
    inside = [n for n in numbers if not any(np.mean(end == n) > _EDGE for end in ends)]
    kept = np.isin(numbers, inside) if inside else np.full(len(numbers), True)
    largest = areas[kept].max(initial=0)
    drawing = np.isin(patches, numbers[kept & (areas >= _DIRT * largest)])
    soft_edge = _grown(_grown(drawing)) & (patches < 0)
    return np.where(drawing | soft_edge, ink, 0)


def _patches(mask: np.ndarray) -> np.ndarray:
    """Each connected patch of a mask under a number of its own, −1 elsewhere. Diagonal neighbours are connected.

    Row by row, runs of the mask that touch a run of the row above are joined to its patch.
    """
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    first_of_row = np.searchsorted(rows, np.arange(len(mask) + 1))
    parents = list(range(len(rows)))

    def root(run: int) -> int:
        while parents[run] != run:
            run = parents[run]
        return run

    for run, row in enumerate(rows):
        for above in range(first_of_row[max(int(row) - 1, 0)], first_of_row[row]):
            if starts[above] <= ends[run] and starts[run] <= ends[above]:
                parents[root(run)] = root(above)
    numbers = np.full(mask.shape, -1)
    for run, (row, start, end) in enumerate(zip(rows, starts, ends, strict=True)):
        numbers[row, start:end] = root(run)
    return numbers


def _grown(mask: np.ndarray) -> np.ndarray:
    """The mask and the eight neighbours of each of its places."""
    padded = np.pad(mask, 1)
    height, width = mask.shape
    return np.logical_or.reduce([padded[i : i + height, j : j + width] for i in range(3) for j in range(3)])
