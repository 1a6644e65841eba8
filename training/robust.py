"""The recipe of the page's network: the article's layers, taught on what people draw and not only on MNIST.

Augmented digits (`augment`), some things that are no digit, for which every answer is to be equally likely (outlier
exposure: D. Hendrycks et al., *Deep anomaly detection with outlier exposure*, 2019), SGD on a cosine schedule, and
the weights' moving average at the end.
"""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor

import keras
import numpy as np

from . import article
from .augment import Course, Epoch, make_epoch, prepare
from .data import Mnist, network_input

BATCH_SIZE = 128
EPOCHS = 60
SEED = 2026
COURSE = Course()
HELD_BACK = 5000  # of MNIST's training digits: they choose and calibrate, and are never trained on

_SMOOTHING = 0.02
_TARGETS = np.full((11, 10), 0.1, np.float32)  # by label; the last row, also at −1, is for what is no digit
_TARGETS[:10] = (1 - _SMOOTHING) * np.eye(10) + _SMOOTHING / 10


def build_model(steps: int) -> keras.Model:
    """The article's network, compiled for a training of `steps` batches."""
    model = article.network()
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.001, decay_steps=steps - steps // 50, warmup_target=0.05, warmup_steps=steps // 50
    )
    model.compile(
        loss="categorical_crossentropy",
        optimizer=keras.optimizers.SGD(
            schedule, momentum=0.9, nesterov=True, weight_decay=5e-4, use_ema=True, ema_momentum=0.999
        ),
        metrics=["accuracy"],
    )
    return model


def split(mnist: Mnist) -> tuple[Mnist, Mnist]:
    """MNIST without the held-back digits of its training set, and they alone."""
    order = np.random.default_rng(SEED).permutation(len(mnist.x_train))
    held_back = min(HELD_BACK, len(order) // 10)
    kept, back = order[held_back:], order[:held_back]
    return (
        mnist._replace(x_train=mnist.x_train[kept], y_train=mnist.y_train[kept]),
        mnist._replace(x_train=mnist.x_train[back], y_train=mnist.y_train[back]),
    )


def validation(mnist: Mnist) -> tuple[np.ndarray, np.ndarray]:
    held_back = split(mnist)[1]
    return network_input(held_back.x_train), keras.utils.to_categorical(held_back.y_train, 10)


def batches(mnist: Mnist) -> "AugmentedBatches":
    kept, _ = split(mnist)
    return AugmentedBatches(kept.x_train, kept.y_train, COURSE)


class AugmentedBatches:
    """Augmented digits and outliers, other ones each epoch. A process beside makes the next epoch's meanwhile."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, course: Course) -> None:
        self.size = course.size(len(images))
        # TensorFlow's threads do not survive a fork.
        self.beside = ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), prepare, (images, labels, SEED, course)
        )
        self.made: dict[int, Future[Epoch]] = {}

    def __len__(self) -> int:
        return -(-self.size // BATCH_SIZE)

    def close(self) -> None:
        """Ends the process."""
        self.beside.shutdown(cancel_futures=True)

    def epoch(self, number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The same for the same number, so that a resumed run sees the same batches."""
        for wanted in (number, number + 1):
            if wanted not in self.made:
                self.made[wanted] = self.beside.submit(make_epoch, wanted)
        shown = self.made.pop(number).result()
        for start in range(0, self.size, BATCH_SIZE):
            batch = slice(start, start + BATCH_SIZE)
            yield network_input(shown.pictures[batch]), _TARGETS[shown.labels[batch]]
