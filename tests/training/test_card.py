import pytest

from training import card


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (50, 100, 0.4038, 0.5962)],  # R. G. Newcombe, 1998, and Wilson's own
)
def test_wilson_s_interval(right, n, low, high):
    assert card.wilson(right, n) == pytest.approx((low, high), abs=5e-4)
