"""The recipe of the page's network: the article's layers, taught on what people draw and not only on MNIST.

Augmented digits (`augment`), and some things that are no digit, for which every answer is to be equally likely
(outlier exposure: D. Hendrycks et al., *Deep anomaly detection with outlier exposure*, 2019); labels and teachers.
"""

from pathlib import Path

import keras

from . import article, teacher
from .augment import Course
from .batches import BATCH_SIZE, Targets, by_label, split
from .data import Mnist
from .normalized import FAST, convolution, dense, fold
from .run import Run
from .sgd import compiled, learn

__all__ = ["BATCH_SIZE", "SEED", "split", "targets", "train"]

SEED = 2026
EPOCHS, LEARNING_RATE = 60, 0.05
COURSE = Course(clean=0.1, bent=0.55, warped=0.1)

targets = by_label(smoothing=0.02)


def train(folder: Path, mnist: Mnist, epochs: int | None = None) -> tuple[keras.Model, list[dict[str, float]]]:
    """The network and its history. epochs: of it and of each teacher, where not the recipe's own."""
    lessons = lessons_of(teacher.train(folder, mnist, COURSE, epochs))
    run = Run(folder / "pupil")
    trained = learn(run, network, mnist, COURSE, lessons, epochs or EPOCHS, SEED)
    plain = article.network()
    fold(trained, plain)
    return plain, run.history()


def network(steps: int) -> keras.Model:
    """The article's, with normalisations for the time of training, and less dropout, for they do its work."""
    layers = [keras.Input((28, 28, 1)), *convolution(32), *convolution(64), keras.layers.MaxPooling2D(dtype=FAST)]
    layers += [keras.layers.Dropout(0.1, dtype=FAST), keras.layers.Flatten(dtype=FAST)]
    layers += [*dense(128), keras.layers.Dropout(0.2), keras.layers.Dense(10, activation="softmax")]
    return compiled(keras.Sequential(layers), steps, LEARNING_RATE)


def lessons_of(teachers: list[keras.Model]) -> Targets:
    """A third of what the label says, two thirds of what the teachers answer."""
    return lambda x, labels: (targets(x, labels) + 2 * teacher.answers(teachers, x)) / 3
