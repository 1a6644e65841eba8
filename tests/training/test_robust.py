"""The recipe of the page's network, from its teachers to the network that is shipped, in miniature."""

from pathlib import Path

import keras
import numpy as np
import pytest

from training import robust, teacher
from training.data import Mnist, network_input
from training.glyphs import digit_picture

DIGITS = 40


@pytest.fixture(scope="module")
def mnist() -> Mnist:
    """Digits from forms stand for MNIST's."""
    random = np.random.default_rng(0)
    pictures, labels = zip(*(digit_picture(random) for _ in range(DIGITS)), strict=True)
    x, y = np.rint(np.stack(pictures) * 255).astype(np.uint8), np.array(labels, np.uint8)
    return Mnist(x, y, x, y)


def test_what_is_learnt_is_in_the_articles_layers_and_is_not_learnt_again(
    mnist: Mnist, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network, history = robust.train(tmp_path, mnist, epochs=2)
    assert len(history) == 2
    assert {folder.name for folder in tmp_path.iterdir()} == {"pupil", *(f"teacher-{seed}" for seed in teacher.SEEDS)}
    assert network.count_params() == 1_199_882
    assert_folded(network, tmp_path / "pupil" / "last.keras", network_input(mnist.x_test))
    capsys.readouterr()
    again, _ = robust.train(tmp_path, mnist, epochs=2)
    assert "Epoch" not in capsys.readouterr().out
    for one, other in zip(network.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def assert_folded(network: keras.Model, file: Path, x: np.ndarray) -> None:
    """The network answers as the trained one of a file, whose normalisations it has in its weights."""
    trained = keras.models.load_model(file)
    trained.optimizer.finalize_variable_values(trained.trainable_variables)
    for layer in trained.layers:
        layer.dtype_policy = "float32"  # bfloat16 has three digits
    np.testing.assert_allclose(network(x), trained(x, training=False), atol=1e-5)


def test_teachers_answer_together() -> None:
    class Sure:
        def __init__(self, digit: int) -> None:
            self.answer = np.eye(10, dtype=np.float32)[[digit]]

        def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
            return self.answer

    answers = teacher.answers([Sure(4), Sure(9)], np.zeros((1, 28, 28, 1), np.float32))
    np.testing.assert_array_equal(answers, [np.isin(np.arange(10), [4, 9]) / 2])
