"""From a finished run to what is shipped: the int8 file and the report of how it was made and how well it does."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow

import kerata

from .data import Mnist, network_input


def write_report(recipe: ModuleType, history: list[dict[str, float]], trained: Path, mnist: Mnist) -> dict[str, Any]:
    """Converts `trained` to `mnist.safetensors` (int8) and writes `report.json`, both beside it."""
    shipped = trained.with_name("mnist.safetensors")
    x = network_input(mnist.x_test)
    conversion = kerata.convert(trained, shipped, "int8", sample=x)
    answers = {
        "keras, float32": keras.models.load_model(trained, compile=False).predict(x, verbose=0),
        "kerata, float32": kerata.load_model(trained).predict(x),
        "kerata, int8": kerata.load_model(shipped).predict(x),
    }
    classes = {engine: answer.argmax(1) for engine, answer in answers.items()}
    reference = answers["keras, float32"]
    report = {
        "recipe": recipe.__name__.rpartition(".")[2],
        "seed": recipe.SEED,
        "epochs": len(history),
        "batch_size": recipe.BATCH_SIZE,
        "keras": keras.__version__,
        "tensorflow": tensorflow.__version__,
        "test_digits": len(x),
        "test_accuracy": {engine: float(np.mean(found == mnist.y_test)) for engine, found in classes.items()},
        "largest_difference_from_keras": {
            engine: float(np.abs(answer - reference).max()) for engine, answer in answers.items()
        },
        "predictions_changed_by_int8": int(np.sum(classes["kerata, int8"] != classes["keras, float32"])),
        "bytes": {"keras .h5, with the optimizer's state": conversion.source_size, "kerata, int8": conversion.size},
        "largest_weight_error_of_int8": conversion.weight_error,
        "history": history,
    }
    trained.with_name("report.json").write_text(json.dumps(report, indent=1) + "\n")
    return report
