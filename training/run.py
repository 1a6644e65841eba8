"""One training, resumable: after each epoch its folder holds the network and its history, each written whole."""

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

Validation = tuple[np.ndarray, np.ndarray]


class OtherPlanError(Exception):
    """The folder holds a run of another recipe, or of other epochs or digits; the message says what to do."""


class Run:
    """The files of one training run. Each is written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.checkpoint = folder / "last.keras"
        self.history_file = folder / "history.json"
        self.plan_file = folder / "plan.json"

    def follow(self, plan: dict[str, int]) -> None:
        """Keeps the plan of a new run. Raises OtherPlanError where the run was begun with another."""
        if not self.history():
            whole(self.plan_file, lambda part: part.write_text(json.dumps(plan) + "\n"))
        elif not self.plan_file.exists() or json.loads(self.plan_file.read_text()) != plan:
            raise OtherPlanError(
                f"{self.folder} holds a run of another recipe, or with other --epochs or --limit: "
                "delete it, or give another --out."
            )

    def history(self) -> list[dict[str, float]]:
        """One entry a finished epoch; empty for a new run, or where the checkpoint is missing."""
        if not (self.checkpoint.exists() and self.history_file.exists()):
            return []
        return json.loads(self.history_file.read_text())

    def save_epoch(self, model: keras.Model, history: list[dict[str, float]]) -> None:
        """Checkpoint first, history second: killed between the two, the last epoch is trained again, never skipped."""
        whole(self.checkpoint, model.save)
        whole(self.history_file, lambda part: part.write_text(json.dumps(history, indent=1) + "\n"))


def whole(path: Path, write: Callable[[Path], Any]) -> None:
    """What `write` puts into the path that it is given appears at `path` when it is complete."""
    part = path.with_name("part-" + path.name)
    write(part)
    part.replace(path)


def fit(
    run: Run, build: Callable[[int], keras.Model], batches: Any, validation: Validation, epochs: int, seed: int
) -> keras.Model:
    """Trains until the run has `epochs` finished epochs. `build` makes a network for so many steps, where the run has
    none yet. Returns it with its weights' moving average, where its optimizer keeps one.
    """
    run.follow({"seed": seed, "epochs": epochs, "batches": len(batches)})
    history = run.history()
    keras.utils.set_random_seed(seed)
    model = keras.models.load_model(run.checkpoint) if history else build(epochs * len(batches))
    for number in range(len(history), epochs):
        print(f"Epoch {number + 1} of {epochs}")
        seed_dropout(model, seed + number)
        metrics = train_epoch(model, batches, number)
        checked = model.evaluate(*validation, batch_size=500, verbose=0, return_dict=True)
        history.append(metrics | {f"val_{name}": float(value) for name, value in checked.items()})
        print(f"Accuracy in training {metrics['accuracy']:.2%}, in validation {checked['accuracy']:.2%}")
        run.save_epoch(model, history)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return model


def seed_dropout(model: keras.Model, seed: int) -> None:
    """Keras does not save dropout's random state; set by epoch, it is the same in a resumed run."""
    for place, layer in enumerate(model.layers):
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign([seed, place])


def train_epoch(model: keras.Model, batches: Any, number: int) -> dict[str, float]:
    """One pass over the batches, with a progress bar; returns the means of their metrics.

    Batch by batch, because `Model.fit`, measured on two cores, was at times half as fast.
    """
    progress = keras.utils.Progbar(len(batches), interval=10)
    sums: dict[str, float] = defaultdict(float)
    for step, (x, y) in enumerate(batches.epoch(number), 1):
        metrics = model.train_on_batch(x, y, return_dict=True)
        progress.update(step, list(metrics.items()))
        for name, value in metrics.items():
            sums[name] += float(value)
    return {name: total / len(batches) for name, total in sums.items()}
