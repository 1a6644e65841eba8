import numpy as np
import pytest

from digits import connected_components, preprocessing, segmentation


def ring(side=280, radius=80, width=20):
    """A zero in the middle, thicker on one side: 0 ground to 1 ink, antialiased."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return np.clip(width / 2 * (1 + 0.1 * (x + y) / radius) + 0.5 - np.abs(np.hypot(x, y) - radius), 0, 1)


def grey(shade):
    """Luminance 0 to 1 → opaque RGBA."""
    level = np.rint(np.clip(shade, 0, 1) * 255).astype(np.uint8)
    return np.stack([level, level, level, np.full_like(level, 255)], -1)


EXPECTED = preprocessing.picture_of_ink(ring())


def assert_a_ring(rgba, atol=0.3):
    np.testing.assert_allclose(preprocessing.picture_of_image(rgba), EXPECTED, atol=atol)


def test_light_that_falls_off_is_ground():
    y, x = np.mgrid[:280, :280] / 279
    light = 0.9 - 0.35 * x - 0.2 * y + 0.1 * x * y
    assert_a_ring(grey(light * (1 - 0.6 * ring())))
    ground = 0.5 * light
    assert_a_ring(grey(ground + (1 - ground) * 0.6 * ring()))


def test_noise_is_no_ink():
    noise = np.random.default_rng(3).normal(0, 0.03, (280, 280))
    assert_a_ring(grey(0.85 - 0.6 * ring() + noise), atol=0.4)
    assert segmentation.of_image(grey(0.85 + noise)).max() == 0


def test_specks_and_the_paper_s_edge_are_left_out():
    shade = 0.9 - 0.7 * ring()
    shade[20:24, 30:34] = 0.2
    shade[:, :14] = 0.25
    assert_a_ring(grey(shade))


def test_a_digit_of_several_strokes_stays_whole():
    shade = np.full((200, 200), 0.9)
    shade[40:160, 60:74] = shade[40:160, 126:140] = 0.1
    rows, columns = np.nonzero(segmentation.of_image(grey(shade)) > 0.5)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (40, 159, 60, 139)


def test_a_dot_under_a_drawing_belongs_to_it_and_beside_it_is_a_speck():
    shade = np.full((200, 200), 0.9)
    shade[40:50, 70:130] = shade[40:120, 120:130] = 0.1
    shade[135:147, 119:131] = shade[100:112, 60:72] = 0.1
    found = segmentation.of_image(grey(shade))
    assert found[141, 125] > 0.9
    assert found[106, 66] == 0


def test_a_large_photo_is_looked_at_in_small():
    found = segmentation.of_image(grey(1 - ring(1200, 350, 90)))
    assert max(found.shape) == 224
    assert_a_ring(grey(1 - ring(1200, 350, 88)))


@pytest.mark.parametrize("width", [3, 60])
def test_thin_and_thick_strokes_are_brought_to_the_usual_pen(width):
    usual = preprocessing.picture_of_ink(ring(width=20.4))
    found = preprocessing.picture_of_image(grey(1 - ring(width=width)))
    assert found.sum() == pytest.approx(usual.sum(), rel=0.2)


def test_every_patch_has_a_number_of_its_own():
    mask = np.array([[1, 0, 1, 0, 1], [1, 0, 1, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 0, 1]], bool)
    numbers = connected_components.patches_of(mask)
    assert np.array_equal(numbers < 0, ~mask)
    assert len(np.unique(numbers[mask])) == 3
    assert numbers[0, 0] == numbers[2, 1] == numbers[0, 2], "neighbours across a corner are connected"
    assert numbers[2, 4] == numbers[3, 4] != numbers[0, 4]
