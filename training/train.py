"""Trains a recipe on MNIST: `python -m training.train --recipe article`.

Writes to the run's folder, in one folder a stage, `last.keras` (the checkpoint) and `history.json` after each epoch,
and at the end `myMnistCNN.h5` and a folder `models`, which is what `site/models` holds: the file to ship, its report
and its card. Started again after being killed, it goes on from the last finished epoch.
"""

import argparse
import sys
from pathlib import Path
from types import ModuleType

from . import article, robust
from .data import Mnist, load_mnist
from .report import write_report
from .run import OtherPlanError, whole

RECIPES: dict[str, ModuleType] = {"article": article, "robust": robust}
RUNS = Path(__file__).resolve().parent.parent / "runs"


def train(recipe: ModuleType, folder: Path, epochs: int | None, mnist: Mnist) -> None:
    """Trains, saves the model as `.h5`, as the article's script does, and makes from it the file to ship and its
    report.
    """
    model, history = recipe.train(folder, mnist, epochs)
    trained = folder / "myMnistCNN.h5"
    whole(trained, model.save)
    report = write_report(recipe, history, trained, mnist, folder / "models")
    print(f"Test accuracy: {report['test_accuracy']['kerata, int8']:.2%}; the page needs {folder / 'models'}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="build.py train", description="Train the digit network on MNIST.")
    parser.add_argument("--recipe", choices=sorted(RECIPES), default="article")
    parser.add_argument("--out", type=Path, help="the run's folder (default: runs/<recipe>)")
    parser.add_argument("--epochs", type=int, help="how many epochs a stage (default: the recipe's)")
    parser.add_argument("--limit", type=int, help="use only the first N digits, for a quick trial")
    args = parser.parse_args()
    recipe = RECIPES[args.recipe]
    mnist = Mnist(*(array[: args.limit] for array in load_mnist()))
    try:
        train(recipe, args.out or RUNS / args.recipe, args.epochs, mnist)
    except OtherPlanError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
