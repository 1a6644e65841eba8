"""Trains a recipe on MNIST: `python -m training.train --recipe article`.

Writes to the run's folder `last.keras` (the checkpoint), `history.json` and `curve.png` after each epoch, and at the
end `myMnistCNN.h5`, the file to ship, `mnist.safetensors`, and its `report.json`. Started again after being killed, it
goes on from the last finished epoch.
"""

import argparse
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np

from . import article
from .data import Mnist, load_mnist, network_input
from .report import write_report

RECIPES: dict[str, ModuleType] = {"article": article}
RUNS = Path(__file__).resolve().parent.parent / "runs"


class ShuffledDigits(keras.utils.PyDataset):
    """Batches of the training set in an order drawn from (seed, epoch), so that a resumed run sees the same batches."""

    def __init__(self, x: np.ndarray, y: np.ndarray, batch_size: int, seed: int, epoch: int) -> None:
        super().__init__()
        self.x, self.y, self.batch_size, self.seed, self.epoch = x, y, batch_size, seed, epoch
        self._shuffle()

    def _shuffle(self) -> None:
        self.order = np.random.default_rng((self.seed, self.epoch)).permutation(len(self.x))

    def __len__(self) -> int:
        return -(-len(self.x) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        batch = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        return self.x[batch], self.y[batch]

    def on_epoch_end(self) -> None:
        self.epoch += 1
        self._shuffle()


class Run:
    """The files of one training run. Each is written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.checkpoint = folder / "last.keras"
        self.history_file = folder / "history.json"
        self.curve = folder / "curve.png"
        self.trained = folder / "myMnistCNN.h5"

    def history(self) -> list[dict[str, float]]:
        """One entry a finished epoch; empty for a new run, or where the checkpoint is missing."""
        if not (self.checkpoint.exists() and self.history_file.exists()):
            return []
        return json.loads(self.history_file.read_text())

    def save_epoch(self, model: keras.Model, history: list[dict[str, float]]) -> None:
        """Checkpoint first, history second: killed between the two, the last epoch is trained again, never skipped."""
        _whole(self.checkpoint, model.save)
        _whole(self.history_file, lambda part: part.write_text(json.dumps(history, indent=1) + "\n"))
        _whole(self.curve, lambda part: plot(history, part))


def _whole(path: Path, write: Any) -> None:
    part = path.with_name("part-" + path.name)
    write(part)
    part.replace(path)


def plot(history: list[dict[str, float]], path: Path) -> None:
    """Draws accuracy and loss over epochs, training against test, as a picture."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.ticker import MaxNLocator

    epochs = range(1, len(history) + 1)
    figure, panels = pyplot.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    for panel, metric in zip(panels, ("accuracy", "loss"), strict=True):
        panel.plot(epochs, [entry[metric] for entry in history], marker="o", label="training (with dropout)")
        panel.plot(epochs, [entry["val_" + metric] for entry in history], marker="o", label="test")
        panel.set(xlabel="epoch", title=metric)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.grid(alpha=0.3)
    panels[0].legend()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


class SaveEpoch(keras.callbacks.Callback):
    """Keeps the run's files up to date, and seeds dropout by epoch: Keras does not save its state."""

    def __init__(self, run: Run, history: list[dict[str, float]], seed: int) -> None:
        super().__init__()
        self.run, self.history, self.seed = run, history, seed

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        for place, layer in enumerate(self.model.layers):
            if hasattr(layer, "seed_generator"):
                layer.seed_generator.state.assign([self.seed + epoch, place])

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.history.append({name: float(value) for name, value in (logs or {}).items()})
        self.run.save_epoch(self.model, self.history)


def train(recipe: ModuleType, run: Run, epochs: int, mnist: Mnist) -> None:
    """Trains until the run has `epochs` finished epochs, saves the model as `.h5`, as the article's script does, and
    makes from it the file to ship and its report.
    """
    history = run.history()
    keras.utils.set_random_seed(recipe.SEED)
    model = keras.models.load_model(run.checkpoint) if history else recipe.build_model()
    if history:
        print(f"Resuming after epoch {len(history)} of {epochs}")
    x_train, y_train = network_input(mnist.x_train), keras.utils.to_categorical(mnist.y_train, 10)
    x_test, y_test = network_input(mnist.x_test), keras.utils.to_categorical(mnist.y_test, 10)
    model.fit(
        ShuffledDigits(x_train, y_train, recipe.BATCH_SIZE, recipe.SEED, epoch=len(history)),
        epochs=epochs,
        initial_epoch=len(history),
        shuffle=False,  # the dataset shuffles; Keras's own shuffle cannot be resumed
        validation_data=(x_test, y_test),
        callbacks=[SaveEpoch(run, history, recipe.SEED)],
    )
    _whole(run.trained, model.save)
    report = write_report(recipe, history, run.trained, mnist)
    print(f"Test accuracy: {report['test_accuracy']['kerata, int8']:.2%}; see {run.trained.parent}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="build.py train", description="Train the digit network on MNIST.")
    parser.add_argument("--recipe", choices=sorted(RECIPES), default="article")
    parser.add_argument("--out", type=Path, help="the run's folder (default: runs/<recipe>)")
    parser.add_argument("--epochs", type=int, help="how many epochs (default: the recipe's)")
    parser.add_argument("--limit", type=int, help="use only the first N digits, for a quick trial")
    args = parser.parse_args()
    recipe = RECIPES[args.recipe]
    mnist = Mnist(*(array[: args.limit] for array in load_mnist()))
    train(recipe, Run(args.out or RUNS / args.recipe), args.epochs or recipe.EPOCHS, mnist)


if __name__ == "__main__":
    main()
