from types import SimpleNamespace

import numpy as np
import pytest

from training import augment, glyphs, outliers
from training.data import load_mnist

COURSE = augment.Course()


@pytest.fixture(scope="module")
def digits():
    mnist = load_mnist()
    return mnist.x_train[:300], mnist.y_train[:300]


@pytest.fixture(scope="module")
def augmentation(digits):
    return augment.Augmentation(*digits, 5, COURSE)


def test_an_epoch_shows_each_digit_once_and_the_extras(augmentation, digits):
    pictures, labels = augmentation.epoch(0)
    assert (pictures.shape, pictures.dtype) == ((COURSE.size(300), 28, 28), np.uint8)
    assert np.count_nonzero(labels == augment.NO_DIGIT) == round(COURSE.outliers * 300)
    counts = np.bincount(labels[labels >= 0], minlength=10) - np.bincount(digits[1], minlength=10)
    assert (counts.min() >= 0, counts.sum()) == (True, round(COURSE.synthetic * 300))
    clean = {picture.tobytes() for picture in digits[0]} & {picture.tobytes() for picture in pictures}
    assert len(clean) / 300 == pytest.approx(COURSE.clean, abs=0.08)


def test_epochs_differ_but_for_the_same_number(augmentation):
    first, again, other = (augmentation.epoch(number) for number in (3, 3, 4))
    assert np.array_equal(first.pictures, again.pictures)
    assert np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.pictures, other.pictures)


def test_a_digit_drawn_again_without_bending_keeps_its_centre_line(digits):
    image = digits[0][1]
    ink = augment.drawn_again(augment.centre_line_distance(image), np.random.default_rng(0), strength=0)
    drawn = ink.reshape(28, 2, 28, 2).mean((1, 3)) > 0.5
    original = image > 127
    assert (drawn & original).sum() / (drawn | original).sum() > 0.6
    assert not (drawn & ~augment.ndimage.binary_dilation(original, iterations=2)).any()


def test_slant_leans_upright_strokes_and_leaves_lying_ones_where_they_are(monkeypatch):
    monkeypatch.setattr(augment, "affine", lambda random: np.array([[1, 0.5], [0, 1]]))  # x + y/2, y
    unbent = SimpleNamespace(uniform=lambda low, high: 0, normal=lambda mean, spread, shape: np.zeros(shape))
    upright, lying = np.zeros((2, 28, 28), np.uint8)
    upright[4:24, 14] = lying[14, 4:24] = 255
    columns = np.argmax(augment.warped(upright, unbent), 1)[10:46]
    assert abs(columns[-1] - columns[0]) == pytest.approx(35 / 2, abs=1)
    assert not augment.warped(lying, unbent)[[*range(26), *range(31, 56)]].any()


@pytest.mark.parametrize("digit", sorted(augment.MARKED))
def test_marks_add_a_stroke(digits, digit):
    image = next(image for image, label in zip(*digits, strict=True) if label == digit)
    distance = augment.centre_line_distance(image)
    lines = [augment.marked(distance, digit, np.random.default_rng(i)) < 1 for i in range(10)]
    assert all((line >= (distance < 1)).all() for line in lines)
    assert np.mean([line.sum() for line in lines]) > 1.1 * (distance < 1).sum()


def test_a_course_may_be_plain(digits):
    plain = augment.Augmentation(*digits, 5, augment.Course(clean=1, synthetic=0, outliers=0)).epoch(0)
    assert sorted(picture.tobytes() for picture in plain.pictures) == sorted(image.tobytes() for image in digits[0])


def test_every_digit_has_forms_and_each_is_a_picture_like_mnist_s():
    assert {form.digit for form in glyphs.FORMS} == set(range(10))
    random = np.random.default_rng(0)
    for form in glyphs.FORMS:
        strokes = glyphs.parse(form.strokes)
        assert all(stroke.min() >= 0 and stroke.max() <= 1 for stroke in strokes), form.name
        picture = glyphs.picture(glyphs.written(strokes, random), random)
        rows, columns = (np.flatnonzero((picture > 0.1).any(axis)) for axis in (1, 0))
        assert 19 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 20, form.name


def test_a_spline_goes_through_its_points_and_keeps_corners():
    points = np.array([[0, 0], [1, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    curve = glyphs.smooth(points)
    for point in points:
        assert np.abs(curve - point).sum(1).min() < 1e-6
    assert np.abs(np.diff(curve, axis=0)).max() < 0.5


def test_the_letters_of_training_and_those_held_back_are_other_fonts():
    assert not set(outliers.TRAINING_FONTS) & set(outliers.HELD_BACK_FONTS)
    assert not set(outliers.LETTERS) & outliers.LOOK_LIKE_DIGITS


def test_outliers_are_pictures_of_some_ink():
    random = np.random.default_rng(0)
    pictures = np.stack([outliers.outlier_picture(random) for _ in range(40)])
    assert (pictures.shape, pictures.dtype) == ((40, 28, 28), np.float32)
    assert pictures.max((1, 2)).min() > 0.5
    assert len(np.unique(pictures.sum((1, 2)))) == 40
