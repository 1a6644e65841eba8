import numpy as np
import pytest

from digits import recognizer
from digits.calibration import Doubt, has_dot, of_notes
from kerata import ModelFileError
from tests.conftest import SHIPPED
from training import glyphs, outliers


@pytest.fixture(scope="module")
def reader():
    return recognizer.load(SHIPPED.read_bytes())


def verdicts(reader, drawings):
    answers = [reader.predict_strokes([stroke.tolist() for stroke in strokes]) for strokes in drawings]
    return [answer["verdict"] for answer in answers]


@pytest.mark.parametrize(
    "draw",
    [
        lambda random: outliers.letter(random, outliers.HELD_BACK_FONTS),
        lambda random: outliers.scribble(random, least=10),
    ],
    ids=["letters", "scribbles"],
)
def test_letters_and_scribbles_are_seldom_a_sure_digit(reader, draw):
    random = np.random.default_rng(11)
    assert verdicts(reader, [draw(random) for _ in range(200)]).count("sure") <= 20


QUESTION_MARK = "15,20 40,0 75,8 80,30 55,48 50,70 / 50,94 50,98"


def test_a_question_mark_is_no_sure_seven(reader):
    random = np.random.default_rng(11)
    drawings = [glyphs.written(glyphs.parse(QUESTION_MARK), random) for _ in range(100)]
    assert verdicts(reader, drawings).count("sure") <= 5


def test_a_dot_under_a_drawing_is_found_and_no_other():
    stem, dot, bar = np.zeros((3, 28, 28), np.float32)
    stem[4:16, 13:16], dot[20:23, 13:16], bar[20:23, 4:24] = 1, 1, 1
    assert has_dot(stem + dot)
    for digit in (stem, stem + bar, (stem + dot)[::-1], np.zeros_like(stem)):
        assert not has_dot(digit)


def test_digits_are_seldom_refused(reader):
    random = np.random.default_rng(11)
    found = verdicts(reader, [glyphs.written(glyphs.parse(form.strokes), random) for form in glyphs.FORMS] * 3)
    assert found.count("none") <= 0.02 * len(found)
    assert found.count("sure") >= 0.9 * len(found)


def softmax(logits):
    power = np.exp(logits - logits.max(-1, keepdims=True))
    return power / power.sum(-1, keepdims=True)


@pytest.mark.parametrize("temperature", [0.5, 1, 2.5])
def test_calibrated_divides_the_logits(temperature):
    logits = np.random.default_rng(0).normal(0, 4, (5, 10))
    calibrated = Doubt(temperature).calibrated(softmax(logits).astype(np.float32))
    assert calibrated.dtype == np.float32
    np.testing.assert_allclose(calibrated, softmax(logits / temperature), rtol=1e-4, atol=1e-7)


def test_calibrated_survives_certainty():
    np.testing.assert_array_equal(Doubt(0.4).calibrated(np.eye(10, dtype=np.float32)), np.eye(10))


@pytest.mark.parametrize(("largest", "verdict"), [(0.2, "none"), (0.4, "maybe"), (0.89, "maybe"), (0.9, "sure")])
def test_verdict(largest, verdict):
    assert Doubt(digit=0.4, sure=0.9).verdict(largest) == verdict


def test_a_model_without_a_note_is_not_doubted():
    assert of_notes({}).verdict(0.01) == "sure"


def test_a_note_comes_back():
    doubt = Doubt(1.5, 0.4, 0.9)
    assert of_notes(doubt.note()) == doubt


@pytest.mark.parametrize("note", [7, {"warmth": 1}, {"sure": "very"}, {"temperature": 0}, {"digit": 0.9, "sure": 0.5}])
def test_a_damaged_note_is_one_sentence(note):
    with pytest.raises(ModelFileError, match="The model's note on doubt: expected"):
        of_notes({"doubt": note})
