import numpy as np
import pytest

from training import calibrate


def probabilities(logits):
    power = np.exp(logits - logits.max(1, keepdims=True))
    return (power / power.sum(1, keepdims=True)).astype(np.float32)


def answers(n, scale, seed, spread=3):
    """Labels drawn from the softmax of logits, and the logits `scale` times too large."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, spread, (n, 10))
    labels = np.array([random.choice(10, p=p / p.sum()) for p in probabilities(logits).astype(np.float64)])
    return probabilities(scale * logits), labels


@pytest.mark.parametrize("scale", [0.7, 1, 1.8])
def test_the_temperature_undoes_too_much_and_too_little_confidence(scale):
    assert calibrate.temperature(*answers(4000, scale, 1)) == pytest.approx(scale, rel=0.08)


def test_thresholds_keep_their_promises_on_what_they_were_chosen_on():
    digits, labels = answers(4000, 1.5, 2, spread=9)
    outliers = probabilities(np.random.default_rng(3).normal(0, 1, (500, 10)))
    doubt = calibrate.doubt(digits, labels, outliers)
    calibrated = doubt.calibrated(digits)
    largest, right = calibrated.max(1), calibrated.argmax(1) == labels
    sure = largest >= doubt.sure
    assert 0 < doubt.digit < doubt.sure
    assert np.mean(largest < doubt.digit) <= calibrate.REFUSED + 0.001
    assert np.mean(~right[sure]) <= 2 * calibrate.WRONG
    assert sure.mean() > 0.3
    assert np.mean(doubt.calibrated(outliers).max(1) >= doubt.sure) <= calibrate.MISTAKEN
