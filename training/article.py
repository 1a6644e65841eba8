"""The article's recipe: a small CNN on plain MNIST, as in Keras's old `mnist_cnn.py` example."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from .data import Mnist, network_input
from .run import Run, fit

BATCH_SIZE = 128
EPOCHS = 12
SEED = 2018


def network() -> keras.Model:
    """(n, 28, 28, 1) float32 in 0..1 → (n, 10) probabilities; 1,199,882 parameters."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            keras.layers.Conv2D(64, (3, 3), activation="relu"),
            keras.layers.MaxPooling2D(pool_size=(2, 2)),
            keras.layers.Dropout(0.25),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def train(folder: Path, mnist: Mnist, epochs: int | None = None) -> tuple[keras.Model, list[dict[str, float]]]:
    """The network and its history. The article watches the test set while it trains; nothing is chosen by it."""
    run = Run(folder / "only")
    batches = ShuffledBatches(network_input(mnist.x_train), keras.utils.to_categorical(mnist.y_train, 10))
    test = network_input(mnist.x_test), keras.utils.to_categorical(mnist.y_test, 10)
    return fit(run, lambda _: compiled(), batches, test, epochs or EPOCHS, SEED), run.history()


def compiled() -> keras.Model:
    model = network()
    model.compile(
        loss="categorical_crossentropy",
        # Keras 2's default, which the article relied on. Keras 3's default of 0.001 learns almost nothing.
        optimizer=keras.optimizers.Adadelta(learning_rate=1.0),
        metrics=["accuracy"],
    )
    return model


class ShuffledBatches:
    """The training set, in another order each epoch."""

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self.x, self.y = x, y

    def __len__(self) -> int:
        return -(-len(self.x) // BATCH_SIZE)

    def epoch(self, number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The same for the same number, so that a resumed run sees the same batches."""
        order = np.random.default_rng((SEED, number)).permutation(len(self.x))
        for start in range(0, len(order), BATCH_SIZE):
            batch = order[start : start + BATCH_SIZE]
            yield self.x[batch], self.y[batch]
