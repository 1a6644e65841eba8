"""From a finished run to what is shipped: the int8 file, how it was made and how well it does, and its card."""

import json
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow

import kerata
from digits.calibration import Doubt
from kerata.quantization import Scheme

from . import calibrate, card, reliability, robustness, sample
from .data import Mnist, network_input

WORST = 24  # mistakes that the card shows


def write_report(
    recipe: ModuleType, history: list[dict[str, float]], trained: Path, mnist: Mnist, folder: Path
) -> dict[str, Any]:
    """Writes the int8 file `mnist.safetensors`, `report.json`, `sample.json` and the card with its pictures to
    `folder`, which is what `site/models` holds. The thresholds of doubt are chosen on digits that the recipe held back,
    where it did.
    """
    folder.mkdir(exist_ok=True)
    x = network_input(mnist.x_test)
    network = keras.models.load_model(trained, compile=False)
    doubt, held_back = _doubt(recipe, network, mnist)
    shipped = folder / "mnist.safetensors"
    conversion = kerata.convert(trained, shipped, "int8", sample=x, notes=doubt.note())
    reference = network.predict(x, verbose=0)
    ours = kerata.load_model(shipped).predict(x)
    probabilities = doubt.calibrated(ours)
    report = {
        "recipe": recipe.__name__.rpartition(".")[2],
        "seed": recipe.SEED,
        "epochs": len(history),
        "batch_size": recipe.BATCH_SIZE,
        "keras": keras.__version__,
        "tensorflow": tensorflow.__version__,
        "test_digits": len(x),
        "test_accuracy": {
            "keras, float32": _accuracy(reference, mnist.y_test),
            "kerata, int8": _accuracy(ours, mnist.y_test),
        },
        "predictions_changed_by_int8": int(np.sum(ours.argmax(1) != reference.argmax(1))),
        "formats": {
            "float32": _format(trained, None, x, reference, mnist.y_test),
            "float16": _format(trained, "float16", x, reference, mnist.y_test),
            "int8": _row(conversion.size, ours, reference, mnist.y_test),
        },
        "largest_weight_error_of_int8": conversion.weight_error,
        "doubt": doubt.note()["doubt"],
        "held_back": held_back,
        "confusion": _confusion(probabilities, mnist.y_test),
        "calibration": _calibration(probabilities, mnist.y_test),
        "verdicts": _verdicts(doubt, probabilities, mnist.y_test),
        "robustness": robustness.curves(network, mnist),
        "worst": _worst(probabilities, mnist.y_test),
        "history": history,
    }
    (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    (folder / "sample.json").write_text(json.dumps(sample.reading(shipped)) + "\n")
    card.write(report, mnist, folder)
    return report


def _doubt(recipe: ModuleType, network: keras.Model, mnist: Mnist) -> tuple[Doubt, dict[str, float]]:
    """Chosen on what the recipe held back, and how it did there; none where all was trained on."""
    if not hasattr(recipe, "split"):
        return Doubt(), {}
    _, back = recipe.split(mnist)
    held_back = calibrate.held_back(back.x_train, back.y_train)
    digits, outliers = (
        network.predict(pictures[..., None], verbose=0) for pictures in (held_back.digits, held_back.outliers)
    )
    doubt = calibrate.doubt(digits, held_back.labels, outliers)
    on_digits = _verdicts(doubt, doubt.calibrated(digits), held_back.labels)
    sure = float(np.mean(doubt.calibrated(outliers).max(1) >= doubt.sure))
    return doubt, {"digits": len(digits), **on_digits, "outliers": len(outliers), "outliers_taken_for_sure": sure}


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(probabilities.argmax(1) == labels))


def _format(
    trained: Path, scheme: Scheme | None, x: np.ndarray, reference: np.ndarray, labels: np.ndarray
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.safetensors"
        size = kerata.convert(trained, file, scheme).size
        return _row(size, kerata.load_model(file).predict(x), reference, labels)


def _row(size: int, answers: np.ndarray, reference: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Of a way to store the weights: its size, its accuracy, and how far its answers are from Keras's own."""
    drift = float(np.abs(answers - reference).max())
    return {"bytes": size, "accuracy": _accuracy(answers, labels), "drift": drift}


def _confusion(probabilities: np.ndarray, labels: np.ndarray) -> list[list[int]]:
    """Row: the digit written; column: the digit read."""
    table = np.zeros((10, 10), int)
    np.add.at(table, (labels, probabilities.argmax(1)), 1)
    return table.tolist()


def _calibration(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    rows = reliability.bins(probabilities.max(1), probabilities.argmax(1) == labels)
    return {"expected_error": reliability.expected_error(rows), "bins": rows}


def _verdicts(doubt: Doubt, probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    largest, right = probabilities.max(1), probabilities.argmax(1) == labels
    sure = largest >= doubt.sure
    return {
        "accuracy": float(right.mean()),
        "sure": float(sure.mean()),
        "right_when_sure": float(right[sure].mean()),
        "refused": float(np.mean(largest < doubt.digit)),
    }


def _worst(probabilities: np.ndarray, labels: np.ndarray) -> list[dict[str, Any]]:
    """The mistakes that the network was surest of."""
    largest, read = probabilities.max(1), probabilities.argmax(1)
    wrong = np.flatnonzero(read != labels)
    return [
        {"index": int(i), "written": int(labels[i]), "read": int(read[i]), "confidence": float(largest[i])}
        for i in wrong[np.argsort(-largest[wrong])][:WORST]
    ]
