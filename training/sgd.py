"""How the networks of the robust recipe learn."""

from collections.abc import Callable
from contextlib import closing

import keras

from .augment import Course
from .batches import AugmentedBatches, Targets, split, validation
from .data import Mnist
from .run import Run, fit


def learn(
    run: Run,
    build: Callable[[int], keras.Model],
    mnist: Mnist,
    course: Course,
    targets: Targets,
    epochs: int,
    seed: int,
) -> keras.Model:
    """`run.fit` on what the course makes of MNIST's digits, except those that are held back, which validate."""
    kept, _ = split(mnist)
    with closing(AugmentedBatches(kept.x_train, kept.y_train, seed, course, targets)) as batches:
        return fit(run, build, batches, validation(mnist), epochs, seed)


def compiled(model: keras.Model, steps: int, learning_rate: float) -> keras.Model:
    """Ready to learn in so many batches: SGD whose rate rises to `learning_rate` and falls as a cosine, with the
    weights' moving average at the end.
    """
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.001,
        decay_steps=steps - steps // 50,
        warmup_target=learning_rate,
        warmup_steps=steps // 50,
    )
    model.compile(
        loss="categorical_crossentropy",
        optimizer=keras.optimizers.SGD(
            schedule, momentum=0.9, nesterov=True, weight_decay=5e-4, use_ema=True, ema_momentum=0.999
        ),
        metrics=["accuracy"],
    )
    return model
