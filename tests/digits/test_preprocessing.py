import math

import numpy as np
import pytest

from digits import preprocessing, recognizer
from kerata import InputError
from tests.conftest import SHIPPED
from training.data import load_mnist

SEVEN = [[[0.2, 0.1], [0.8, 0.1], [0.4, 0.9]]]


def image(ink, ground=(255, 255, 255, 255), pen=(0, 0, 0, 255)):
    """RGBA uint8: `pen` where ink is 1, `ground` where it is 0."""
    share = ink[..., None].astype(np.float32)
    return np.rint(share * np.array(pen) + (1 - share) * np.array(ground)).astype(np.uint8)


def test_a_digit_of_mnist_comes_out_as_it_went_in():
    digits = load_mnist().x_train[:500].astype(np.float32) / 255
    white_on_black = [image(digit, ground=(0, 0, 0, 255), pen=(255, 255, 255, 255)) for digit in digits]
    pictures = [preprocessing.picture_of_image(rgba) for rgba in white_on_black]
    unchanged = [np.abs(p - d).max() < 0.02 for p, d in zip(pictures, digits, strict=True)]
    # The rest: a centre of mass half-way between two pixels, a pen far from the usual, specks of the scan.
    assert np.mean(unchanged) > 0.95


@pytest.mark.parametrize(
    ("ground", "pen"),
    [
        ((255, 255, 255, 255), (0, 0, 0, 255)),
        ((0, 0, 0, 255), (255, 255, 255, 255)),
        ((0, 0, 0, 0), (0, 0, 0, 255)),
        ((255, 255, 255, 0), (255, 255, 255, 255)),
        ((250, 240, 220, 255), (20, 40, 160, 255)),
    ],
)
def test_dark_on_light_light_on_dark_and_on_transparent_are_the_same_picture(ground, pen, article_three):
    ink = np.kron(article_three > 0.5, np.ones((4, 4)))
    expected = preprocessing.picture_of_image(image(ink))
    np.testing.assert_allclose(preprocessing.picture_of_image(image(ink, ground, pen)), expected, atol=0.02)


@pytest.mark.parametrize("ground", [(255, 255, 255, 255), (0, 0, 0, 255), (0, 0, 0, 0), (90, 120, 30, 255)])
def test_a_blank_canvas_is_none(ground):
    assert preprocessing.picture_of_image(image(np.zeros((50, 40)), ground)) is None


def test_no_strokes_are_none():
    assert preprocessing.picture_of_strokes([]) is None
    assert preprocessing.picture_of_strokes([[]]) is None


@pytest.mark.parametrize(
    "strokes",
    [
        *([[0.2, 0.1], [0.4, 0.9]], [[[0.2, 0.1, 1.0]]], [[[0.2, 0.1], [0.4]]], ["text"], [1], 5, None),
        *([[[0.2, math.nan]]], [[[-math.inf, 0.1]]], [[[1e300, 0.1]]]),
    ],
)
def test_what_are_no_points_is_refused(strokes):
    with pytest.raises(InputError, match=r"Strokes: expected a list of points \(x, y\), finite numbers"):
        preprocessing.picture_of_strokes(strokes)


@pytest.mark.parametrize(("scale", "dx", "dy"), [(1, 0, 0), (300, 17, -40), (0.01, 5, 5)])
def test_size_and_place_of_a_drawing_do_not_matter(scale, dx, dy):
    moved = [[[x * scale + dx, y * scale + dy] for x, y in stroke] for stroke in SEVEN]
    np.testing.assert_allclose(
        preprocessing.picture_of_strokes(moved), preprocessing.picture_of_strokes(SEVEN), atol=0.02
    )


def test_a_stroke_of_very_many_points_is_the_same_picture_as_its_pieces():
    turn = np.linspace(1, 6, 4000)
    spiral = np.stack([turn * np.cos(turn), turn * np.sin(turn)], 1)
    pieces = [spiral[start : start + 401] for start in range(0, 4000, 400)]
    whole = preprocessing.picture_of_strokes([spiral])
    np.testing.assert_allclose(whole, preprocessing.picture_of_strokes(pieces), atol=0.05)


def test_a_picture_is_made_as_mnist_was():
    picture = preprocessing.picture_of_strokes(SEVEN)
    rows, columns = (np.flatnonzero((picture > 0.1).any(axis)) for axis in (1, 0))
    assert (picture.shape, picture.dtype) == ((28, 28), np.float32)
    assert 0 <= picture.min() <= picture.max() <= 1
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    places = np.arange(28)
    for axis in (0, 1):
        assert abs(picture.sum(axis) @ places / picture.sum() - 14) <= 0.5


def test_a_lone_point_is_a_dot():
    picture = preprocessing.picture_of_strokes([[[0.3, 0.3]]])
    assert picture is not None
    assert picture.max() == pytest.approx(1)


def test_an_image_of_the_wrong_form_is_one_sentence():
    with pytest.raises(InputError, match=r"expected uint8 \(height, width, 4\), received float64 \(2, 2\)"):
        preprocessing.picture_of_image(np.zeros((2, 2)))


@pytest.fixture(scope="module")
def reader():
    return recognizer.load(SHIPPED.read_bytes())


def test_the_recognizer_reads_a_frame_and_strokes(reader, article_three):
    frame = reader.predict_frame(image(article_three).tobytes(), 28, 28)
    assert frame["digit"] == 3
    assert frame["probabilities"].sum() == pytest.approx(1, abs=1e-5)
    assert frame["pixels"].shape == (784,)
    assert frame["verdict"] == "sure"
    assert frame["second"] == frame["probabilities"].argsort()[-2]
    assert reader.predict_strokes(SEVEN)["digit"] == 7
    assert reader.predict_strokes([]) is None


def test_a_recognizer_begins_on_numpy(reader):
    assert reader.backend == "numpy"


def test_the_recognizer_refuses_a_frame_of_the_wrong_size_and_a_foreign_model(reader, tmp_path):
    with pytest.raises(InputError, match="expected 28 × 28 × 4 B, received 12 B"):
        reader.predict_frame(bytes(12), 28, 28)
    with pytest.raises(InputError, match="at most 16777216 pixels, received 5000 × 4000"):
        reader.predict_frame(bytes(12), 5000, 4000)
    with pytest.raises(InputError, match="Model: expected one input of shape"):
        from tests.test_convert import SMALL

        recognizer.load(SMALL.read_bytes())
