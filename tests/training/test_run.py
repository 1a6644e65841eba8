"""Trainings that stop and go on."""

from pathlib import Path

import keras
import numpy as np
import pytest

from training import robust
from training.run import OtherPlanError, Run, fit, whole
from training.sgd import compiled

PIXELS = 6


class Batches:
    """Two batches of noise an epoch, the same for the same number."""

    def __len__(self) -> int:
        return 2

    def epoch(self, number: int):
        random = np.random.default_rng(number)
        for _ in range(len(self)):
            x = random.random((8, PIXELS), np.float32)
            yield x, np.eye(10, dtype=np.float32)[random.integers(0, 10, 8)]


def build(steps: int) -> keras.Model:
    network = keras.Sequential(
        [
            keras.Input((PIXELS,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    return compiled(network, steps, 0.05)


def trained(folder: Path, epochs: int) -> list[np.ndarray]:
    x, y = next(Batches().epoch(99))
    return fit(Run(folder), build, Batches(), (x, y), epochs, seed=3).get_weights()


def test_a_training_that_stopped_goes_on_as_if_it_had_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = trained(tmp_path / "at once", 3)
    epoch, asked_for = Batches.epoch, []

    def killed_in_the_third(self, number: int):
        asked_for.append(number)
        if asked_for.count(2) == 1 and number == 2:
            raise KeyboardInterrupt
        yield from epoch(self, number)

    monkeypatch.setattr(Batches, "epoch", killed_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "stopped", 3)
    again = trained(tmp_path / "stopped", 3)
    assert [asked_for.count(number) for number in (0, 1, 2)] == [1, 1, 2], "finished epochs are not done again"
    for one, other in zip(at_once, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_run_of_another_plan_is_not_taken_up(tmp_path: Path) -> None:
    before = trained(tmp_path, 1)
    with pytest.raises(OtherPlanError, match="--out"):
        trained(tmp_path, 2)
    for one, other in zip(before, trained(tmp_path, 1), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    def breaks_off(part: Path) -> None:
        part.write_text("half")
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="space"):
        whole(tmp_path / "file", breaks_off)
    assert not (tmp_path / "file").exists()


def test_what_is_no_digit_may_be_any() -> None:
    three, none = robust.targets(np.zeros((2, 28, 28, 1), np.float32), np.array([3, -1], np.int8))
    assert three.argmax() == 3
    np.testing.assert_array_equal(none, np.full(10, np.float32(0.1)))
