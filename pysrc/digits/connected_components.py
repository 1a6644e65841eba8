"""Connected patches of a mask, and what they look like: strokes, lines of paper, frames, shadows, specks."""

from typing import NamedTuple

import numpy as np

from . import stroke_width

MAIN = 0.2  # of the largest patch's area: smaller patches are parts of a drawing, not all of it
_NEAR = 0.4  # of a drawing's longer side: small patches farther away are specks
_FAT = 0.38  # of its longer side is a patch wide that is no stroke
_THIN = 0.03  # of its length is a printed line wide, at most
_OUTLINED = 0.75  # of a stroke's outline is an edge at least; shadows are soft, or end where their ground is misjudged
_FRAMED = 0.25  # of a frame's side: what is smaller in it is a speck
_DOT = 0.7, 3  # pens wide is a dot, at least and at most
_CORNER = 0.2  # of a frame's sides: how far its corners may be from those of its box, since it may be turned


def patches_of(mask: np.ndarray) -> np.ndarray:
    """Each connected patch of a mask under a number of its own, −1 elsewhere. Diagonal neighbors are connected.

    Row by row, runs of the mask that touch a run of the row above are joined to its patch.
    """
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    above, length = (rows - 1) * edges.shape[1], edges.shape[1]
    first = np.searchsorted(rows * length + ends, above + starts)
    behind = np.searchsorted(rows * length + starts, above + ends, "right")
    parents = list(range(len(rows)))

    def root(run: int) -> int:
        while parents[run] != run:
            parents[run] = run = parents[parents[run]]
        return run

    for run in np.flatnonzero(first < behind).tolist():
        for other in range(first[run], behind[run]):
            parents[root(run)] = root(other)
    numbers = np.full(mask.shape, -1)
    numbers[mask] = np.repeat([root(run) for run in parents], ends - starts) if parents else -1
    return numbers


def grown(mask: np.ndarray) -> np.ndarray:
    """The mask and the eight neighbors of each of its places."""
    padded = np.pad(mask, 1)
    height, width = mask.shape
    return np.logical_or.reduce([padded[i : i + height, j : j + width] for i in range(3) for j in range(3)])


def _outline(mask: np.ndarray) -> np.ndarray:
    """Those of its places that have a neighbor outside of it."""
    return mask & grown(np.pad(~mask, 1, constant_values=True))[1:-1, 1:-1]


def areas_of(patches: np.ndarray, at_least: int = 1) -> np.ndarray:
    """How many pixels each patch has, by its number; so many numbers at least."""
    return np.bincount(patches[patches >= 0], minlength=at_least)


class Patch(NamedTuple):
    """number: in the image of patches. edges: the share of its outline that is one in the image, too. corner: how far
    its box's corners are from it at most, of the box's sides.
    """

    number: int
    area: int
    top: int
    bottom: int
    left: int
    right: int
    width: float
    edges: float
    corner: float

    @classmethod
    def of(cls, patches: np.ndarray, number: int, sharp: np.ndarray) -> "Patch":
        rows, columns = np.nonzero(patches == number)
        top, bottom, left, right = (int(end) for end in (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1))
        box = np.s_[top:bottom, left:right]
        mask = patches[box] == number
        down, across = (rows - top) / (bottom - top), (columns - left) / (right - left)
        corners = [np.abs(down - row) + np.abs(across - column) for row in (0, 1) for column in (0, 1)]
        width = stroke_width.width(mask.astype(np.float32))
        edges = float(sharp[box][_outline(mask)].mean())
        return cls(int(number), len(rows), top, bottom, left, right, width, edges, float(max(map(np.min, corners))))

    def is_drawn(self, height: int, width: int) -> bool:
        """Not a shadow, which has soft edges or none on one side, nor a line of the paper, thin and from end to end."""
        is_stroke = self.width < _FAT * self.side and self.edges > _OUTLINED
        crosses = (self.top == 0 and self.bottom == height) or (self.left == 0 and self.right == width)
        return is_stroke and not (crosses and self.width < _THIN * self.side)

    @property
    def side(self) -> int:
        return max(self.bottom - self.top, self.right - self.left)

    @property
    def is_line(self) -> bool:
        """Thin and straight: a one, if there is no other."""
        across = min(self.bottom - self.top, self.right - self.left)
        return max(self.width, across / 4) < _THIN * self.side

    def frames(self, other: "Patch") -> bool:
        """Whether it is a printed rectangle around the other: it fills its box's corners, which a zero does not."""
        around = self.top < other.top and other.bottom < self.bottom and self.left < other.left
        return around and other.right < self.right and other.side > _FRAMED * self.side and self.corner < _CORNER

    def dots(self, main: "Patch") -> bool:
        """Whether it stands under the main part as a question mark's dot does: about as large as the pen is wide."""
        is_dot = main.width * _DOT[0] < self.side < main.width * _DOT[1] and self.edges > _OUTLINED
        is_under = 0 <= self.top - main.bottom < _NEAR * main.side
        return is_dot and is_under and main.left < (self.left + self.right) / 2 < main.right

    def is_apart(self, main: "Patch") -> bool:
        """Whether it is small and lies far from the main part of a drawing."""
        down = max(self.top - main.bottom, main.top - self.bottom)
        across = max(self.left - main.right, main.left - self.right)
        return self.area < MAIN * main.area and max(down, across) > _NEAR * main.side
