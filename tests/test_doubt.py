import numpy as np
import pytest

from kerata import ModelFileError, app
from kerata.doubt import Doubt, of_notes
from tests.conftest import SHIPPED
from training import glyphs, outliers


@pytest.fixture(scope="module")
def recogniser():
    return app.recogniser(SHIPPED.read_bytes())


def verdicts(recogniser, drawings):
    answers = [recogniser.predict_strokes([stroke.tolist() for stroke in strokes]) for strokes in drawings]
    return [answer["verdict"] for answer in answers]


@pytest.mark.parametrize(
    "draw",
    [
        lambda random: outliers.letter(random, outliers.HELD_BACK_FONTS),
        lambda random: outliers.scribble(random, least=10),
    ],
    ids=["letters", "scribbles"],
)
def test_letters_and_scribbles_are_seldom_a_sure_digit(recogniser, draw):
    random = np.random.default_rng(11)
    assert verdicts(recogniser, [draw(random) for _ in range(200)]).count("sure") <= 20


def test_digits_are_seldom_refused(recogniser):
    random = np.random.default_rng(11)
    found = verdicts(recogniser, [glyphs.written(glyphs.parse(form.strokes), random) for form in glyphs.FORMS] * 3)
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
