"""The teacher: a deeper network with BatchNormalization, never shipped, whose answers the page's network learns from
(G. Hinton, O. Vinyals, J. Dean, *Distilling the knowledge in a neural network*, 2015).

A digit bent until it is hard to say whether it is a 4 or a 9 has one label; the teacher's answer says both.
"""

from pathlib import Path

import keras
import numpy as np

from .augment import Course
from .batches import by_label
from .data import Mnist
from .run import Run
from .sgd import compiled, learn

SEED = 2033
COURSE = Course(clean=0.15, bent=0.55, warped=0.12)
EPOCHS, LEARNING_RATE = 14, 0.05


def train(folder: Path, mnist: Mnist, epochs: int | None = None) -> keras.Model:
    return learn(Run(folder), _network, mnist, COURSE, by_label(smoothing=0), epochs or EPOCHS, SEED)


def answers(teacher: keras.Model, x: np.ndarray) -> np.ndarray:
    """(n, 28, 28, 1) → (n, 10) probabilities at a temperature of 2, which shows what else a digit might be."""
    roots = np.sqrt(teacher.predict_on_batch(x))
    return roots / roots.sum(1, keepdims=True)


def _network(steps: int) -> keras.Model:
    layers = [keras.Input((28, 28, 1))]
    layers += [*_convolution(32), *_convolution(32), keras.layers.MaxPooling2D()]
    layers += [*_convolution(64), *_convolution(64), keras.layers.MaxPooling2D(), *_convolution(128)]
    layers += [keras.layers.Flatten(), keras.layers.Dropout(0.4), keras.layers.Dense(10, activation="softmax")]
    return compiled(keras.Sequential(layers), steps, LEARNING_RATE)


def _convolution(filters: int) -> list[keras.Layer]:
    return [
        keras.layers.Conv2D(filters, 3, use_bias=False),
        keras.layers.BatchNormalization(momentum=0.98),
        keras.layers.ReLU(),
    ]
