"""What is often taken for a Keras model file, and what to do instead: one sentence each."""

import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

EXPECTED = "expected a Keras .keras or .h5 file, a .bin of Keras.js or a .safetensors made by Kerata"

_SAVED_MODEL = "a TensorFlow SavedModel; load it in TensorFlow's Keras and save it with model.save('model.h5')"
_TFJS = (
    "a TensorFlow.js model; turn it into Keras's with tensorflowjs_converter --input_format=tfjs_layers_model "
    "--output_format=keras model.json model.h5"
)
_TFLITE = "a TensorFlow Lite model, which does not hold the layers; load the Keras model that it was made from"

# How a file begins, from the place given.
_BEGINNINGS = (
    (0, b"version https://git-lfs", "a pointer of Git LFS; fetch the file itself with git lfs pull"),
    (0, b"<", "a web page; the download of the model has failed"),
    (0, b"\x1f\x8b", "a gzip archive; unpack it first"),
    (0, b"\x80", "a Python pickle, which could run code; load it where you made it and save it with model.save"),
    (4, b"TFL3", _TFLITE),
)

_LOOKED_AT = 64  # bytes, for there may be white space first

# What a zip archive holds, as a pattern of names; Teachable Machine exports the first, the second and the fourth.
_MEMBERS = (
    (
        r"(.*/)?[^/]+\.(keras|h5|hdf5)",
        "an archive; unpack it and load the {name} in it",
    ),  # Teachable Machine's, for one
    (r"(.*/)?model\.json", f"{_TFJS}, after you unpacked it; Teachable Machine exports Keras files, too"),
    (r"(.*/)?saved_model\.pb", f"an archive of {_SAVED_MODEL}"),
    (r".*\.tflite", _TFLITE),
    (r"(.*/)?data\.pkl", "a PyTorch model, which Kerata does not run"),
    (r".*\.npy", "NumPy arrays (.npz); give them to predict, and a model's file here"),
)


def of_data(data: bytes) -> str:
    """The sentence for bytes that are no model file, or the config of one alone."""
    for place, beginning, what in _BEGINNINGS:
        if data[place : place + _LOOKED_AT].lstrip().startswith(beginning):
            return f"The file: {EXPECTED}, received {what}."
    if data.lstrip()[:1] != b"{":
        return f"The file: {EXPECTED}, received {len(data)} B that begin with {data[:8]!r}."
    if b'"modelTopology"' in data:
        return f"The JSON file: expected a model as Keras writes it, received {_TFJS}."
    return "The JSON file: expected weights as well, received a model's config alone: load_model(json, weights=file)."


def of_config(config: Any) -> str | None:
    """The sentence for parsed JSON that is another library's."""
    return of_data(b'{"modelTopology"') if "modelTopology" in config else None


def of_members(names: Sequence[str]) -> str:
    """The sentence for a zip archive of these members, without a config.json."""
    for pattern, what in _MEMBERS:
        if found := next((name for name in names if re.fullmatch(pattern, name)), None):
            return f"The file: {EXPECTED}, received {what.format(name=found)}."
    return f"The .keras archive: expected a member config.json, received {', '.join(names[:5]) or 'none'}."


def of_folder(path: Path) -> str:
    """The sentence for a folder."""
    if (path / "saved_model.pb").exists():
        return f"{str(path)!r}: {EXPECTED}, received {_SAVED_MODEL}."
    if (path / "config.json").exists() and (path / "model.weights.h5").exists():
        return f"{str(path)!r}: {EXPECTED}, received an unpacked .keras file; zip the files in it."
    inside = sorted(each.name for each in path.iterdir() if each.suffix in (".keras", ".h5", ".safetensors"))
    return f"{str(path)!r}: {EXPECTED}, received a folder; name a file in it{f', as {inside[0]!r}' if inside else ''}."


def of_object(source: Any) -> str:
    """The sentence for what is neither a path, nor bytes, nor an open file."""
    if callable(getattr(source, "get_config", None)) and hasattr(source, "save"):
        received = "a Keras model; save it with model.save('model.keras') and load that file"
    elif isinstance(source, str | os.PathLike):
        received = "a path with a zero character"
    elif isinstance(source, io.TextIOBase):
        received = "a file that is open as text; open it with open(path, 'rb')"
    elif isinstance(source, dict):
        received = "a dict; give the text of model.to_json(), and the weights with weights="
    else:
        received = f"{'None' if source is None else type(source).__name__}; give the path of a model's file"
    return f"The model: expected a path, bytes or an open binary file, received {received}."
