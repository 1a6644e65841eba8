import numpy as np
import pytest

from digits import stroke_width


def bar(width, turn=0.0, side=140, length=80):
    """A stroke with square ends through the middle, antialiased."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    reach = np.maximum(np.abs(across) - width / 2, np.abs(along) - length / 2)
    return np.clip(0.5 - reach, 0, 1).astype(np.float32)


@pytest.mark.parametrize("turn", [0, 0.4, np.pi / 4, np.pi / 2])
@pytest.mark.parametrize("width", [5, 12, 24])
def test_width_is_the_stroke_s_whatever_its_direction(width, turn):
    expected = width * 80 / (80 + width)  # the ends are outline, too
    assert stroke_width.width(bar(width, turn)) == pytest.approx(expected, rel=0.02)


def test_no_ink_has_no_width():
    assert stroke_width.width(np.zeros((9, 9))) == 0


@pytest.mark.parametrize("by", [-10, -4, 0, 6])
@pytest.mark.parametrize("turn", [0, 0.6])
def test_widened_moves_every_outline_by_half(by, turn):
    np.testing.assert_allclose(
        stroke_width.widened(bar(16, turn), by).sum(), bar(16 + by, turn, length=80 + by).sum(), rtol=0.12
    )


def test_distances_are_exact():
    random = np.random.default_rng(1)
    mask = random.random((30, 20)) < 0.05
    places = np.argwhere(mask)
    expected = [
        [np.hypot(*(places - (row, column)).T).min() for column in range(mask.shape[1])] for row in range(len(mask))
    ]
    np.testing.assert_allclose(stroke_width._distance_to(mask), expected, rtol=1e-6)
