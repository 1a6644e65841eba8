"""What the robust recipe is shown: augmented digits in batches, and digits held back."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor

import keras
import numpy as np

from .augment import Course, Epoch, make_epoch, prepare
from .data import Mnist, network_input

BATCH_SIZE = 128
HELD_BACK = 5000  # of MNIST's training digits: they choose and calibrate, and are never trained on
SPLIT_SEED = 2026

# Network inputs (n, 28, 28, 1) and labels (n,), −1 for no digit → (n, 10).
Targets = Callable[[np.ndarray, np.ndarray], np.ndarray]


def split(mnist: Mnist) -> tuple[Mnist, Mnist]:
    """MNIST without the held-back digits of its training set, and they alone."""
    order = np.random.default_rng(SPLIT_SEED).permutation(len(mnist.x_train))
    held_back = min(HELD_BACK, len(order) // 10)
    kept, back = order[held_back:], order[:held_back]
    return (
        mnist._replace(x_train=mnist.x_train[kept], y_train=mnist.y_train[kept]),
        mnist._replace(x_train=mnist.x_train[back], y_train=mnist.y_train[back]),
    )


def validation(mnist: Mnist) -> tuple[np.ndarray, np.ndarray]:
    held_back = split(mnist)[1]
    return network_input(held_back.x_train), keras.utils.to_categorical(held_back.y_train, 10)


def by_label(smoothing: float) -> Targets:
    """What labels say, whatever the pictures: a digit's own answer but for `smoothing`, which all ten share; for no
    digit, all ten alike.
    """
    table = np.full((11, 10), 0.1, np.float32)  # the last row, also at NO_DIGIT, is for what is no digit
    table[:10] = (1 - smoothing) * np.eye(10) + smoothing / 10
    return lambda x, labels: table[labels]


class AugmentedBatches:
    """Augmented digits and outliers, other ones each epoch. A process beside makes the next epoch's meanwhile."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, seed: int, course: Course, targets: Targets) -> None:
        self.size, self.targets = course.size(len(images)), targets
        # TensorFlow's threads do not survive a fork.
        self.beside = ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), prepare, (images, labels, seed, course)
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
            x = network_input(shown.pictures[batch])
            yield x, self.targets(x, shown.labels[batch])
