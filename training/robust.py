"""The recipe of the page's network: the article's layers, taught on what people draw and not only on MNIST.

The network learns to answer as its teacher does (`teacher`), on other augmentations of the same digits (L. Beyer et
al., *Knowledge distillation: a good teacher is patient and consistent*, 2022).
"""

from pathlib import Path

import keras
import numpy as np
from keras import ops

from . import article, teacher
from .augment import Course
from .batches import BATCH_SIZE, AugmentedBatches, split, validation
from .data import Mnist
from .run import Run

__all__ = ["BATCH_SIZE", "EPOCHS", "SEED", "batches", "build_model", "split", "validation"]

EPOCHS = 28
SEED = 2026
COURSE = Course()

DROPOUT = (0.1, 0.2)  # much less than the article's: no picture is seen twice
TEMPERATURE = 2.0  # of the answers compared, so that the teacher's small probabilities count


def build_model(steps: int) -> keras.Model:
    """The article's network, compiled for a training of `steps` batches."""
    model = article.network(DROPOUT)
    model.compile(loss=distillation, optimizer=teacher.sgd(steps), metrics=["accuracy"])
    return model


@keras.saving.register_keras_serializable("kerata")  # type: ignore[untyped-decorator]  # Keras has no types
def distillation(wanted: keras.KerasTensor, answered: keras.KerasTensor) -> keras.KerasTensor:
    """Cross-entropy of two batches of probabilities (n, 10), both at the temperature; (n,).

    Times the temperature squared, which keeps the gradients as large as without it (G. Hinton et al., *Distilling the
    knowledge in a neural network*, 2015).
    """
    wanted, answered = (ops.log(ops.maximum(p, 1e-30)) / TEMPERATURE for p in (wanted, answered))
    return -(TEMPERATURE**2) * ops.sum(ops.softmax(wanted) * ops.log_softmax(answered), axis=-1)


def batches(mnist: Mnist, folder: Path) -> AugmentedBatches:
    """Digits with the answers of the teacher, who is taught first, in the run's folder, where it is not yet."""
    kept, _ = split(mnist)
    model = teacher.trained(Run(folder / "teacher"), mnist, COURSE)

    def answers(x: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return model.predict_on_batch(x)

    return AugmentedBatches(kept.x_train, kept.y_train, SEED, COURSE, answers)
