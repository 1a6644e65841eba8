import numpy as np
import pytest

from training import photographs
from training.data import load_mnist
from training.photographs import DEVELOPMENT, JUDGING, KINDS, score


@pytest.mark.parametrize(
    "kind", ["shadow's edge", "squared, shadow, perspective", "colors of equal brightness", "printed box"]
)
def test_photographs_are_read(kind):
    counted = score(kind, DEVELOPMENT, 4)
    assert (counted.right, counted.wrong_and_sure, counted.silent) == (4, 0, 0)


def test_a_photograph_of_nothing_is_not_answered():
    assert score("nothing, shadow's edge", DEVELOPMENT, 3).silent == 3


def test_they_are_the_same_each_time_and_others_to_judge():
    mnist = load_mnist()
    first, again, other = (
        next(photographs.photographs("crumbs", chosen, 1, mnist)).rgba for chosen in (DEVELOPMENT, DEVELOPMENT, JUDGING)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert DEVELOPMENT.digits.stop <= JUDGING.digits.start
    assert {scene.subject for scene in KINDS.values()} == {"digit", "question mark", "letter", "nothing"}
