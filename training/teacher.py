"""The robust recipe's teacher: another, better network for MNIST's pictures, too slow for a page.

It learns augmented digits (`augment`), and some things that are no digit, for which every answer is to be equally
likely (outlier exposure: D. Hendrycks et al., *Deep anomaly detection with outlier exposure*, 2019).
"""

from contextlib import closing

import keras
import numpy as np

from .augment import Course
from .batches import AugmentedBatches, split, validation
from .data import Mnist
from .run import Run, fit

EPOCHS = 12
SEED = 1998

# By label; the last row, also at −1, is for what is no digit. No label smoothing: it would flatten the very answers
# that the pupil learns from (R. Müller et al., *When does label smoothing help?*, 2019).
_TARGETS = np.concatenate([np.eye(10), np.full((1, 10), 0.1)]).astype(np.float32)


def network() -> keras.Model:
    """(n, 28, 28, 1) float32 in 0..1 → (n, 10) probabilities."""
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for filters, pool in ((32, False), (32, True), (64, False), (64, True), (128, False)):
        model.add(keras.layers.Conv2D(filters, 3, use_bias=False))
        model.add(keras.layers.BatchNormalization(momentum=0.98))
        model.add(keras.layers.ReLU())
        if pool:
            model.add(keras.layers.MaxPooling2D())
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dropout(0.3))
    model.add(keras.layers.Dense(10, activation="softmax"))
    return model


def compiled(model: keras.Model, steps: int) -> keras.Model:
    """Ready to learn from labels in so many batches."""
    model.compile(loss="categorical_crossentropy", optimizer=sgd(steps), metrics=["accuracy"])
    return model


def targets(_: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return _TARGETS[labels]


def sgd(steps: int) -> keras.optimizers.Optimizer:
    """SGD whose rate rises to 0.05 and falls as a cosine, with the weights' moving average at the end."""
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.001, decay_steps=steps - steps // 50, warmup_target=0.05, warmup_steps=steps // 50
    )
    return keras.optimizers.SGD(
        schedule, momentum=0.9, nesterov=True, weight_decay=5e-4, use_ema=True, ema_momentum=0.999
    )


def trained(run: Run, mnist: Mnist, course: Course) -> keras.Model:
    """Taught the digits that are not held back; at once, where the run has it."""
    kept, _ = split(mnist)
    with closing(AugmentedBatches(kept.x_train, kept.y_train, SEED, course, targets)) as shown:
        return fit(run, lambda steps: compiled(network(), steps), shown, validation(mnist), EPOCHS, SEED)
