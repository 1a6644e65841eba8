"""What each ingredient of the robust recipe gives: `python -m training.ablate`.

Trains briefly, on a part of the digits, first on MNIST as it is and then with one ingredient more each time, and writes
`ablations.md` beside this file. Judged on what is held back from training; the test set is not looked at.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from . import article, calibrate, robust, teacher
from .augment import Course
from .batches import AugmentedBatches, Targets, split
from .data import Mnist, load_mnist
from .glyphs import digit_picture
from .run import seed_dropout, train_epoch
from .sgd import compiled

DIGITS, EPOCHS = 10_000, 6
SYNTHETIC = 2000  # digits from forms that judge; drawn with another seed than those of training

COURSES = {
    "MNIST as it is": robust.COURSE._replace(clean=1, bent=0, warped=0, synthetic=0, outliers=0),
    "+ bent": robust.COURSE._replace(clean=0.45, warped=0, synthetic=0, outliers=0),
    "+ warped": robust.COURSE._replace(clean=0.35, synthetic=0, outliers=0),
    "+ drawn again": robust.COURSE._replace(marked=0, synthetic=0, outliers=0),
    "+ slash, base, flag, cross": robust.COURSE._replace(synthetic=0, outliers=0),
    "+ digits from forms": robust.COURSE._replace(outliers=0),
    "+ outliers": robust.COURSE,
}
OUT = Path(__file__).with_name("ablations.md")

Network = Callable[[int], keras.Model]  # for so many steps


class Judges(NamedTuple):
    digits: dict[str, tuple[np.ndarray, np.ndarray]]  # pictures and labels
    outliers: np.ndarray


def main() -> None:
    kept, back = split(load_mnist())
    images, labels = kept.x_train[:DIGITS], kept.y_train[:DIGITS]
    judges = _judges(back)
    lines = [
        f"The network after {EPOCHS} epochs on {DIGITS:,} digits: how many of those held back it reads right, and its "
        "mean confidence in outliers, which is to be low. Weights are as the last step left them: their moving average "
        "wants a longer training. Made by `python -m training.ablate`.",
        "",
        f"| recipe | {' | '.join(judges.digits)} | confidence in outliers |",
        f"|---|{'---|' * len(judges.digits)}---|",
    ]

    def judge(name: str, course: Course, network: Network, targets: Targets) -> keras.Model:
        model = trained(images, labels, course, network, targets)
        lines.append(_row(name, model, judges))
        print(lines[-1])
        return model

    for name, course in COURSES.items():
        judge(name, course, _article, robust.targets)
    judge("+ normalisations, less dropout", robust.COURSE, robust.network, robust.targets)
    one = judge("(a teacher)", robust.COURSE, teacher.network, robust.targets)
    judge("+ taught by that teacher, too", robust.COURSE, robust.network, robust.lessons_of([one]))
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _judges(back: Mnist) -> Judges:
    held_back = calibrate.held_back(back.x_train, back.y_train)
    random = np.random.default_rng(calibrate.SEED)
    pictures, labels = zip(*(digit_picture(random) for _ in range(SYNTHETIC)), strict=True)
    n = len(back.x_train)
    digits = {
        "MNIST, held back": (held_back.digits[:n], held_back.labels[:n]),
        "drawn again": (held_back.digits[n:], held_back.labels[n:]),
        "from forms": (np.stack(pictures), np.array(labels)),
    }
    return Judges(digits, held_back.outliers)


def _article(steps: int) -> keras.Model:
    return compiled(article.network(), steps, robust.LEARNING_RATE)


def trained(images: np.ndarray, labels: np.ndarray, course: Course, network: Network, targets: Targets) -> keras.Model:
    keras.utils.set_random_seed(robust.SEED)
    with closing(AugmentedBatches(images, labels, robust.SEED, course, targets)) as batches:
        model = network(EPOCHS * len(batches))
        for number in range(EPOCHS):
            seed_dropout(model, robust.SEED + number)
            train_epoch(model, batches, number)
    return model


def _row(name: str, model: keras.Model, judges: Judges) -> str:
    shares = [accuracy(model, *judge) for judge in judges.digits.values()]
    confidence = float(model.predict(judges.outliers[..., None], verbose=0).max(1).mean())
    return f"| {name} | {' | '.join(f'{share:.2%}' for share in shares)} | {confidence:.2f} |"


def accuracy(model: keras.Model, pictures: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(model.predict(pictures[..., None], verbose=0).argmax(1) == labels))


if __name__ == "__main__":
    main()
