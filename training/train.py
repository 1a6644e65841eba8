"""Trains a recipe on MNIST: `python -m training.train --recipe article`.

Writes to the run's folder `last.keras` (the checkpoint) and `history.json` after each epoch, and at the end
`myMnistCNN.h5` and a folder `models`, which is what `site/models` holds: the file to ship, its report and its card.
Started again after being killed, it goes on from the last finished epoch.
"""

import argparse
import json
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import keras

from . import article, robust
from .data import Mnist, load_mnist
from .report import write_report

RECIPES: dict[str, ModuleType] = {"article": article, "robust": robust}
RUNS = Path(__file__).resolve().parent.parent / "runs"


class Run:
    """The files of one training run. Each is written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.checkpoint = folder / "last.keras"
        self.history_file = folder / "history.json"
        self.trained = folder / "myMnistCNN.h5"
        self.shipped = folder / "models"

    def history(self) -> list[dict[str, float]]:
        """One entry a finished epoch; empty for a new run, or where the checkpoint is missing."""
        if not (self.checkpoint.exists() and self.history_file.exists()):
            return []
        return json.loads(self.history_file.read_text())

    def save_epoch(self, model: keras.Model, history: list[dict[str, float]]) -> None:
        """Checkpoint first, history second: killed between the two, the last epoch is trained again, never skipped."""
        _whole(self.checkpoint, model.save)
        _whole(self.history_file, lambda part: part.write_text(json.dumps(history, indent=1) + "\n"))


def _whole(path: Path, write: Any) -> None:
    part = path.with_name("part-" + path.name)
    write(part)
    part.replace(path)


def seed_dropout(model: keras.Model, seed: int) -> None:
    """Keras does not save dropout's random state; set by epoch, it is the same in a resumed run."""
    for place, layer in enumerate(model.layers):
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign([seed, place])


def train_epoch(model: keras.Model, batches: Any, number: int) -> dict[str, float]:
    """One pass over the batches, with a progress bar; returns the means of their metrics.

    Batch by batch, because `Model.fit`, measured on two cores, was at times half as fast.
    """
    progress = keras.utils.Progbar(len(batches))
    sums: dict[str, float] = defaultdict(float)
    for step, (x, y) in enumerate(batches.epoch(number), 1):
        metrics = model.train_on_batch(x, y, return_dict=True)
        progress.update(step, list(metrics.items()))
        for name, value in metrics.items():
            sums[name] += float(value)
    return {name: total / len(batches) for name, total in sums.items()}


def train(recipe: ModuleType, run: Run, epochs: int, mnist: Mnist) -> None:
    """Trains until the run has `epochs` finished epochs, saves the model as `.h5`, as the article's script does, and
    makes from it the file to ship and its report.
    """
    history = run.history()
    keras.utils.set_random_seed(recipe.SEED)
    x, y = recipe.validation(mnist)
    with closing(recipe.batches(mnist)) as batches:
        model = keras.models.load_model(run.checkpoint) if history else recipe.build_model(epochs * len(batches))
        for number in range(len(history), epochs):
            print(f"Epoch {number + 1} of {epochs}")
            seed_dropout(model, recipe.SEED + number)
            metrics = train_epoch(model, batches, number)
            checked = model.evaluate(x, y, batch_size=500, verbose=0, return_dict=True)
            history.append(metrics | {f"val_{name}": float(value) for name, value in checked.items()})
            print(f"Validation accuracy: {checked['accuracy']:.2%}")
            run.save_epoch(model, history)
    model.optimizer.finalize_variable_values(model.trainable_variables)  # the moving average, where there is one
    _whole(run.trained, model.save)
    report = write_report(recipe, history, run.trained, mnist, run.shipped)
    print(f"Test accuracy: {report['test_accuracy']['kerata, int8']:.2%}; what the page needs is in {run.shipped}")


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
