"""What each ingredient of the robust recipe gives: `python -m training.ablate`.

Trains briefly, on a part of the digits, first on MNIST as it is and then with one ingredient more each time, and writes
`ablations.md` beside this file. Judged on what is held back from training; the test set is not looked at.
"""

from contextlib import closing
from pathlib import Path

import keras
import numpy as np

from . import article, calibrate, robust
from .augment import Course
from .batches import AugmentedBatches, split
from .data import load_mnist
from .glyphs import digit_picture
from .run import seed_dropout, train_epoch
from .sgd import compiled

DIGITS, EPOCHS = 15_000, 10
SYNTHETIC = 2000  # digits from forms that judge; drawn with another seed than those of training

COURSES = {
    "MNIST as it is": Course(clean=1, bent=0, warped=0, synthetic=0, outliers=0),
    "+ warped": Course(clean=0.4, bent=0, warped=0.6, synthetic=0, outliers=0),
    "+ bent": Course(clean=0.1, bent=0.3, warped=0.6, synthetic=0, outliers=0),
    "+ drawn again": Course(marked=0, synthetic=0, outliers=0),
    "+ slash, base, flag, cross": Course(synthetic=0, outliers=0),
    "+ digits from forms": Course(outliers=0),
    "+ outliers": Course(),
    "the same, clean in place of bent": Course(clean=0.35, bent=0),
}
OUT = Path(__file__).with_name("ablations.md")


def main() -> None:
    kept, back = split(load_mnist())
    held_back = calibrate.held_back(back.x_train, back.y_train)
    random = np.random.default_rng(calibrate.SEED)
    pictures, labels = zip(*(digit_picture(random) for _ in range(SYNTHETIC)), strict=True)
    n = len(back.x_train)
    judges = {
        "MNIST, held back": (held_back.digits[:n], held_back.labels[:n]),
        "drawn again": (held_back.digits[n:], held_back.labels[n:]),
        "from forms": (np.stack(pictures), np.array(labels)),
    }
    lines = [
        f"The network after {EPOCHS} epochs on {DIGITS:,} digits: accuracy on held-back digits, mean confidence "
        "in outliers, which is to be low. Made by `python -m training.ablate`.",
        "",
        f"| recipe | {' | '.join(judges)} | confidence in outliers |",
        f"|---|{'---|' * len(judges)}---|",
    ]
    for name, course in COURSES.items():
        model = trained(kept.x_train[:DIGITS], kept.y_train[:DIGITS], course)
        for average in (False, True) if course == Course() else (True,):
            if average:
                model.optimizer.finalize_variable_values(model.trainable_variables)
            shares = [accuracy(model, *judge) for judge in judges.values()]
            doubt = float(model.predict(held_back.outliers[..., None], verbose=0).max(1).mean())
            label = name if average else f"{name}, without averaged weights"
            lines.append(f"| {label} | {' | '.join(f'{share:.2%}' for share in shares)} | {doubt:.2f} |")
            print(lines[-1])
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def trained(images: np.ndarray, labels: np.ndarray, course: Course) -> keras.Model:
    """The article's network, taught by labels alone."""
    keras.utils.set_random_seed(robust.SEED)
    with closing(AugmentedBatches(images, labels, robust.SEED, course, robust.targets)) as batches:
        model = compiled(article.network(), EPOCHS * len(batches), robust.LEARNING_RATE)
        for number in range(EPOCHS):
            seed_dropout(model, robust.SEED + number)
            train_epoch(model, batches, number)
    return model


def accuracy(model: keras.Model, pictures: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(model.predict(pictures[..., None], verbose=0).argmax(1) == labels))


if __name__ == "__main__":
    main()
