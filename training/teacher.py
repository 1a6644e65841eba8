"""The teachers: deeper networks, never shipped, from whose mean answer the page's network learns (G. Hinton, O.
Vinyals, J. Dean, *Distilling the knowledge in a neural network*, 2015).

A digit bent until it is hard to say whether it is a 4 or a 9 has one label; the teachers' answer says both. They differ
in nothing but their seeds, and together they are right more often than each.
"""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from .augment import Course
from .batches import by_label
from .data import Mnist
from .normalized import FAST, convolution
from .run import Run
from .sgd import compiled, learn

SEEDS = (2033, 2034, 2035)
EPOCHS, LEARNING_RATE = 16, 0.1


def train(folder: Path, mnist: Mnist, course: Course, epochs: int | None = None) -> list[keras.Model]:
    """Each in a folder of its own."""
    answers = by_label(smoothing=0)
    return [
        learn(Run(folder / f"teacher-{seed}"), network, mnist, course, answers, epochs or EPOCHS, seed)
        for seed in SEEDS
    ]


def answers(teachers: Sequence[keras.Model], x: np.ndarray) -> np.ndarray:
    """(n, 28, 28, 1) → (n, 10) probabilities."""
    return np.mean([teacher.predict_on_batch(x) for teacher in teachers], axis=0)


def network(steps: int) -> keras.Model:
    layers = [keras.Input((28, 28, 1))]
    layers += [*convolution(32), *convolution(32), keras.layers.MaxPooling2D(dtype=FAST)]
    layers += [*convolution(64), *convolution(64), keras.layers.MaxPooling2D(dtype=FAST), *convolution(128)]
    layers += [keras.layers.Flatten(), keras.layers.Dropout(0.4), keras.layers.Dense(10, activation="softmax")]
    return compiled(keras.Sequential(layers), steps, LEARNING_RATE)
