"""The recipe of the page's network, from its first stage to its last, in miniature."""

from pathlib import Path

import numpy as np
import pytest

from training import robust, teacher
from training.data import Mnist
from training.glyphs import digit_picture

DIGITS = 40


@pytest.fixture(scope="module")
def mnist() -> Mnist:
    """Digits from forms stand for MNIST's."""
    random = np.random.default_rng(0)
    pictures, labels = zip(*(digit_picture(random) for _ in range(DIGITS)), strict=True)
    x, y = np.rint(np.stack(pictures) * 255).astype(np.uint8), np.array(labels, np.uint8)
    return Mnist(x, y, x, y)


def test_stage_follows_on_stage_and_what_is_done_is_not_done_again(mnist: Mnist, tmp_path: Path, capsys) -> None:
    network, history = robust.train(tmp_path, mnist, epochs=1)
    assert len(history) == len(robust.STAGES)
    assert {folder.name for folder in tmp_path.iterdir()} == {*robust.STAGES, "teacher"}
    assert network.count_params() == 1_199_882
    capsys.readouterr()
    again, _ = robust.train(tmp_path, mnist, epochs=1)
    assert "Epoch" not in capsys.readouterr().out
    for one, other in zip(network.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_teacher_says_what_else_a_digit_might_be() -> None:
    class Sure:
        def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
            return np.array([[0.64, 0.36, 0, 0, 0, 0, 0, 0, 0, 0]], np.float32)

    answers = teacher.answers(Sure(), np.zeros((1, 28, 28, 1), np.float32))
    np.testing.assert_allclose(answers[0, :2], [0.8 / 1.4, 0.6 / 1.4], rtol=1e-6)
