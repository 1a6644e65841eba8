"""The recipe of the page's network: the article's layers, taught on what people draw and not only on MNIST.

Augmented digits (`augment`), and some things that are no digit, for which every answer is to be equally likely
(outlier exposure: D. Hendrycks et al., *Deep anomaly detection with outlier exposure*, 2019). Three stages, each of
which goes on from the averaged weights of the one before: with the article's dropout, with little, and with a teacher.
"""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from . import article, teacher
from .augment import Course
from .batches import BATCH_SIZE, Targets, by_label, split
from .data import Mnist
from .run import Run
from .sgd import compiled, learn

__all__ = ["BATCH_SIZE", "SEED", "split", "targets", "train"]

SEED = 2026


class Stage(NamedTuple):
    course: Course
    dropout: tuple[float, float]
    learning_rate: float
    epochs: int
    taught: bool = False  # by the teacher's answers and its own before, beside the labels


STAGES = {
    "first": Stage(Course(clean=0.3, bent=0, warped=0.35), dropout=(0.25, 0.5), learning_rate=0.05, epochs=60),
    "second": Stage(Course(), dropout=(0.1, 0.2), learning_rate=0.02, epochs=24),
    "third": Stage(Course(bent=0.6, warped=0.1), (0.1, 0.2), learning_rate=0.03, epochs=38, taught=True),
}

targets = by_label(smoothing=0.02)


def train(folder: Path, mnist: Mnist, epochs: int | None = None) -> tuple[keras.Model, list[dict[str, float]]]:
    """The network and its history, all stages'. epochs: of each stage, where not the recipe's own."""
    model: keras.Model | None = None
    history: list[dict[str, float]] = []
    for number, (name, stage) in enumerate(STAGES.items()):
        run, before = Run(folder / name), model
        seed = SEED + 1000 * number
        build = partial(_network, stage, before)
        aims = _lessons(teacher.train(folder / "teacher", mnist, epochs), before) if stage.taught else targets
        model = learn(run, build, mnist, stage.course, aims, epochs or stage.epochs, seed)
        history += run.history()
    assert model is not None
    return model, history


def _network(stage: Stage, before: keras.Model | None, steps: int) -> keras.Model:
    """For a stage of so many batches; with the weights of the network of the stage before, where there is one."""
    network = compiled(article.network(stage.dropout), steps, stage.learning_rate)
    if before is not None:
        network.set_weights(before.get_weights())
    return network


def _lessons(teaching: keras.Model, before: keras.Model | None) -> Targets:
    """The mean of what the label says, what the teacher answers, and what the network itself answered before."""
    assert before is not None

    def lessons(x: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return (targets(x, labels) + teacher.answers(teaching, x) + before.predict_on_batch(x)) / 3

    return lessons
