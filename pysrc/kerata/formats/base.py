"""What every format gives: the model's config, its weights, and whatever else its file knows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import ModelFileError
from ..node import Config, Weights
from ..self_test import SelfTest


@dataclass(frozen=True)
class Saved:
    """`config` is Keras's {"class_name": …, "config": …}; `weights` are float32, by "layer/weight" or "layer/place".

    `notes` is whatever else the file says of the model, plain data by name.
    """

    config: Config
    weights: Weights
    self_test: SelfTest | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)


# An archive or a compressed dataset may grow by this factor when unpacked; more is an attack, not a model.
LARGEST_EXPANSION = 50


def check_size(what: str, unpacked: int, file_size: int) -> None:
    """Refuses data that declares a size that the file cannot honestly hold, before any of it is allocated."""
    if unpacked > LARGEST_EXPANSION * file_size:
        raise ModelFileError(
            f"{what}: expected at most {LARGEST_EXPANSION} times the file's size, received {unpacked} B."
        )


def parse_json(text: str | bytes, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelFileError(f"{what}: expected JSON, received something else ({error}).") from error


def parse_config(text: str | bytes) -> Config:
    config = parse_json(text, "The model's config")
    if not isinstance(config, dict):
        raise ModelFileError(f"The model's config: expected a JSON object, received {type(config).__name__}.")
    return config


def as_float32(array: np.ndarray, what: str) -> np.ndarray:
    if array.dtype.kind not in "fiub":
        raise ModelFileError(f"{what}: expected numbers, received dtype {array.dtype}.")
    return np.asarray(array, np.float32)


def from_bfloat16(array: np.ndarray) -> np.ndarray:
    """bfloat16, which NumPy does not know, is the upper half of a float32."""
    upper = array.view(np.uint16).astype(np.uint32)
    return (upper << 16).view(np.float32)
