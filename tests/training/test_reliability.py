import numpy as np
import pytest

from training import reliability


def test_bins_and_their_error():
    confidences = np.array([0.95, 0.97, 0.99, 0.5, 0.52])
    right = np.array([True, True, False, True, False])
    rows = reliability.bins(confidences, right)
    assert [row["n"] for row in rows] == [2, 3]
    assert rows[1]["confidence"] == pytest.approx(0.97)
    assert reliability.expected_error(rows) == pytest.approx((2 * abs(0.51 - 0.5) + 3 * abs(0.97 - 2 / 3)) / 5)
