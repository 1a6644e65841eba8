"""From an image to its ink: without the ground, whatever its color and light, and without what is not the drawing."""

from typing import NamedTuple

import numpy as np

from .connected_components import MAIN, Patch, areas_of, grown, patches_of

_LARGEST = 224  # pixels of the longer side that are looked at
_WINDOW = 0.3  # of the longer side: strokes are narrower, shadows are wider or fall in from the border
_MIN_CONTRAST = 0.15  # of an image's range; less is an empty image
_CLEAR_CONTRAST = 0.3  # of an image's brightness; where there is less, a color may tell more
_DIMMEST = 0.2  # of an image's range: a darker ground has more noise than shade
_NOISE = 3.0  # ink stands out from the ground by so many times what the ground's pixels differ from it
_RARER = 2.0  # times as much has light ink to stand out as dark ink
_QUIET = 0.02  # of an image's range: less noise is no better
_INK = 0.3  # of the way from the paper's lines to the ink: from there on it is part of a patch
_SHARP = 0.2  # of the ink's strength: between two pixels' neighbors, an edge differs by more
_DIRT = 0.05  # of the largest patch's area: smaller patches are specks
_SMALLEST = 0.04  # of the longer side: a smaller drawing is dirt
_MOST = 12  # patches that are looked at, the largest


def of_image(rgba: np.ndarray) -> np.ndarray:
    """RGBA uint8 (height, width, 4) → float32 (height, width), 0 ground to 1 ink."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    if np.mean(_border(alpha[..., 0]) < 0.5) > 0.5:
        return alpha[..., 0]  # drawn on nothing: what is there is ink
    # Blended onto white where the image is translucent.
    colors = _shrunk(alpha * rgba[..., :3] / 255 + (1 - alpha))
    # Luma of ITU-R BT.601.
    found = _read(colors @ np.array([0.299, 0.587, 0.114], np.float32))
    if found.contrast < _CLEAR_CONTRAST:
        found = max([found, *(_read(colors[..., channel]) for channel in range(3))], key=lambda each: each.clarity)
    return found.ink


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
    """Not larger than the digit needs, (height, width, channels): a photo's noise averages out on the way."""
    scale = min(1, _LARGEST / max(image.shape))
    return _averaged(_averaged(image, scale).swapaxes(0, 1), scale).swapaxes(0, 1)


def _averaged(image: np.ndarray, scale: float) -> np.ndarray:
    """So many fewer rows, each the mean of an equal part of the image."""
    size = len(image)
    parts = max(1, round(size * scale))
    if parts == size:
        return image
    sums = np.concatenate([np.zeros_like(image[:1]), np.cumsum(image, 0, dtype=np.float32)])
    edges = np.arange(parts + 1) * (size / parts)
    rows = np.minimum(edges.astype(int), size - 1)
    up_to = sums[rows] + image[rows] * (edges - rows).astype(np.float32).reshape(-1, *[1] * (image.ndim - 1))
    return np.diff(up_to, axis=0) * np.float32(parts / size)


class _Reading(NamedTuple):
    """The ink that was found in a plane, how much it stands out, and over how much noise; 0 where there is none."""

    ink: np.ndarray
    contrast: float = 0
    clarity: float = 0


def _read(plane: np.ndarray) -> _Reading:
    """Ink is darker than its ground, or lighter. The wrong one of both takes the ground within strokes and between them
    for ink; but that is no darker, or lighter, than the open ground around.
    """
    layers = [_standing_out(plane, dark) for dark in (True, False)]
    darker, lighter = readings = [_drawing(layer) for layer in layers]
    if not (darker.contrast and lighter.contrast):
        return max(readings, key=lambda each: each.contrast)
    open_ground = np.logical_and.reduce(
        [layer.difference < _INK / 2 * each.contrast for layer, each in zip(layers, readings, strict=True)]
    )
    shades = np.log(np.maximum(plane, _DIMMEST / 4))
    around, seen = (_sums(values, _reach(plane)) for values in (shades * open_ground, open_ground))
    above = shades - around / np.maximum(seen, 1)

    def above_ground(reading: _Reading) -> float:
        compared = (reading.ink > 0.5) & (seen > 0.5)
        return float(above[compared].mean()) if compared.any() else 0.0

    return lighter if above_ground(lighter) > -_RARER * above_ground(darker) else darker


def _reach(plane: np.ndarray) -> int:
    """To each side of the middle of a square that is wider than strokes."""
    return max(1, round(_WINDOW * max(plane.shape) / 2))


def _sums(plane: np.ndarray, reach: int) -> np.ndarray:
    """Over the square around each pixel, as far as it lies in the plane."""
    for _ in range(2):
        padded = np.pad(plane.astype(np.float32), ((reach + 1, reach), (0, 0)))
        up_to = np.cumsum(padded, 0)
        plane = (up_to[2 * reach + 1 :] - up_to[: -2 * reach - 1]).T
    return plane


class _Layer(NamedTuple):
    """Of each pixel, how much darker, or lighter, it is than its ground, and how steep the plane is there, in the same
    measure: a share of the most that can be.
    """

    difference: np.ndarray
    slope: np.ndarray


def _standing_out(plane: np.ndarray, dark: bool) -> _Layer:
    """The ground is what the plane would show without strokes: its closing, or opening, by a square that is wider than
    them (J. Serra, *Image analysis and mathematical morphology*, 1982). That leaves edges of shadows where they are.

    How much ink differs from it, depends on the light that falls there: its share of the ground's own shade is the same
    everywhere.
    """
    if dark:
        ground = _closing(_without_specks(plane), _reach(plane))
        most = np.maximum(ground, _DIMMEST)
        return _Layer(np.maximum(ground - plane, 0) / most, _slope(plane) / most)
    ground = -_closing(_without_specks(-plane), _reach(plane))
    most = np.maximum(1 - ground, _DIMMEST)
    return _Layer(np.maximum(plane - ground, 0) / most, _slope(plane) / most)


def _slope(plane: np.ndarray) -> np.ndarray:
    """Between a pixel's two neighbors, in the steeper direction; the steepest of the pixel and those around."""
    padded = np.pad(plane, 1, mode="edge")
    down, across = padded[2:, 1:-1] - padded[:-2, 1:-1], padded[1:-1, 2:] - padded[1:-1, :-2]
    return _highest(np.pad(np.maximum(np.abs(down), np.abs(across)), 1), 1)


def _closing(plane: np.ndarray, reach: int) -> np.ndarray:
    """By the square that reaches so far to all sides. Squares may lie partly outside, where nothing is."""
    around = np.pad(plane, 2 * reach, constant_values=-np.inf)
    return -_highest(-_highest(around, reach), reach)


def _highest(plane: np.ndarray, reach: int) -> np.ndarray:
    """The highest value in each square that lies in the plane and reaches so far to all sides of its middle."""
    for _ in range(2):
        length, wanted = 1, 2 * reach + 1
        while length < wanted:  # the highest of so many values from each place on
            step = min(length, wanted - length)
            plane = np.maximum(plane[:-step], plane[step:])
            length += step
        plane = plane.T
    return plane


def _without_specks(plane: np.ndarray) -> np.ndarray:
    """The median of three in each row, and then in each column: noise averages out, and edges stay."""
    for _ in range(2):
        padded = np.pad(plane, ((1, 1), (0, 0)), mode="edge")
        before, after = padded[:-2], padded[2:]
        plane = np.maximum(np.minimum(before, after), np.minimum(np.maximum(before, after), plane)).T
    return plane


def _border(image: np.ndarray) -> np.ndarray:
    return np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])


def _quantile(values: np.ndarray, share: float) -> float:
    """NumPy's own are slower, and one of them imports its masked arrays."""
    place = int(share * (values.size - 1))
    return float(np.partition(values, place, axis=None)[place])


def _drawing(layer: _Layer) -> _Reading:
    """The ink without noise, lines, specks, shadows, the paper's edge and a frame."""
    difference = layer.difference
    nothing = _Reading(np.zeros_like(difference))
    usual = _quantile(difference, 0.5)
    noise = usual + _NOISE * _quantile(np.abs(difference - usual), 0.5)
    strength = _strength(difference)
    if strength < _MIN_CONTRAST:
        return nothing
    rest = difference[~grown(grown(difference > strength / 2))]
    lines = min(_quantile(rest, 0.95), strength / 2) if rest.size else 0.0
    patches = patches_of(difference > lines + _INK * (strength - lines))
    sharp = layer.slope > max(_SHARP * strength, 2 * _quantile(layer.slope, 0.25))
    drawing = _of_drawing(patches, sharp)
    if not drawing.any():
        return nothing
    near = grown(grown(drawing))
    ink = np.clip((difference - lines) / (float(difference[drawing].max()) - lines), 0, 1)
    return _Reading(np.where(drawing | near & (patches < 0), ink, 0), strength, strength / max(noise, _QUIET))


def _strength(difference: np.ndarray) -> float:
    """Of ink: the mean of what is stronger than half of it."""
    strength = float(difference.max())
    for _ in range(4):
        strength = float(difference[difference >= strength / 2].mean())
    return strength


def _of_drawing(patches: np.ndarray, sharp: np.ndarray) -> np.ndarray:
    """Which pixels are of patches that belong to the drawing, by where the image has edges."""
    areas = areas_of(patches)
    areas = _unless_all(areas, areas_of(_border(patches), len(areas)) == 0)
    all_large = [Patch.of(patches, number, sharp) for number in np.argsort(-areas)[:_MOST] if areas[number]]
    large = [patch for patch in all_large if patch.is_drawn(*patches.shape)]
    large = [patch for patch in large if not any(patch.frames(other) for other in large)]
    if sum(patch.is_line for patch in large) > 1:
        large = [patch for patch in large if not patch.is_line]
    if not large or large[0].side < _SMALLEST * max(patches.shape):
        return np.zeros(patches.shape, bool)
    main, *others = large
    parts = [other for other in others if other.area >= _DIRT * main.area and not other.is_apart(main)]
    parts += [other for other in all_large if other.dots(main)]  # which shows that this is no digit
    kept = np.zeros(len(areas), bool)
    kept[[patch.number for patch in (main, *parts)]] = True
    return (patches >= 0) & kept[patches]


def _unless_all(areas: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Those of the chosen patches alone, where they are not just specks beside the others."""
    of_chosen = np.where(chosen, areas, 0)
    return of_chosen if of_chosen.max() >= MAIN * areas.max() else areas
