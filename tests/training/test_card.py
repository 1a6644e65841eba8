"""The model card of the network that is shipped."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import SHIPPED
from training import card
from training.data import load_mnist

MODELS = SHIPPED.parent
AGAIN = "if the card was meant to change, write it to site/models with training.card.write"


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (50, 100, 0.4038, 0.5962)],  # R. G. Newcombe, 1998, and Wilson's own
)
def test_wilson_s_interval(right: int, n: int, low: float, high: float) -> None:
    assert card.wilson(right, n) == pytest.approx((low, high), abs=5e-4)


def without_pixels(page: str) -> str:
    """Another zlib packs a PNG into other bytes."""
    return re.sub(r"(data:image/png;base64,)[\w+/=]+", r"\1", page)


def test_the_shipped_card_says_what_the_report_says(tmp_path: Path) -> None:
    report = json.loads((MODELS / "report.json").read_text(encoding="utf-8"))
    card.write(report, load_mnist(), tmp_path)
    written = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}
    assert set(written) == {"card.html", "calibration.svg", "course.svg", "robustness.svg"}
    for name, text in written.items():
        assert without_pixels(text) == without_pixels((MODELS / name).read_text(encoding="utf-8")), f"{name}: {AGAIN}"
    right, n = sum(row[digit] for digit, row in enumerate(report["confusion"])), sum(map(sum, report["confusion"]))
    assert f"reads {right / n:.2%} of MNIST's {n:,} test digits right" in re.sub(r"\s+", " ", written["card.html"])
    assert written["card.html"].count("data:image/png;base64,") == len(report["worst"])
