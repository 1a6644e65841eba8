"""The cases of all layers. Each layer's test file lists its own; golden data and live parity are made from them."""

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
OPERATORS = GOLDEN / "operators.json.gz"  # the configs of the models in tests/ops/test_keras_ops.py

NETWORKS = GOLDEN / "networks.json.gz"  # those of the whole models in whole_models.py and tests/models/test_networks.py

# Of these are inputs of dtype "string": nothing, several bytes a letter, and lengths that hashes tell apart.
WORDS = [
    "a",
    "bee",
    "",
    "The bee, a bee!",
    "naïve  Ünïcödé\t☃",
    "a b c a",
    "word" * 2,
    "[UNK]",
    *("long" * n for n in (4, 9, 20)),
]


@dataclass(frozen=True)
class Case:
    """A Keras layer with its arguments on an input: `shape` is that of a sample, without the batch axis.

    shape: a list of them where the layer takes several inputs. config: as Keras writes it, a layer within a layer as
    {"class_name": …, "config": …}. named: inputs, by their places, that are given by name: {"initial_state": [1, 2]}.
    call: further arguments of the call. dtype: of the input, or a list of them; integers are below `below`, "string"s
    are of WORDS. masked: some steps of the inputs are masked, or of those at these places. open: axes of the sample
    whose size the model leaves open. rtol and atol are of Keras's float32 against ours; where they are wider, the case
    says why.
    """

    name: str
    kind: str
    shape: tuple[int, ...] | list[tuple[int, ...]]
    config: dict[str, Any] = field(default_factory=dict)
    named: dict[str, Any] = field(default_factory=dict)
    call: dict[str, Any] = field(default_factory=dict)
    dtype: str | list[str] = "float32"
    below: int = 10
    masked: bool | tuple[int, ...] = False
    open: tuple[int, ...] = ()
    rtol: float = 1e-5
    atol: float = 1e-6

    def __str__(self) -> str:
        return f"{self.kind}-{self.name}"

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return self.shape if isinstance(self.shape, list) else [self.shape]

    @property
    def dtypes(self) -> list[str]:
        return self.dtype if isinstance(self.dtype, list) else [self.dtype] * len(self.shapes)

    @property
    def masks(self) -> list[bool]:
        """Which inputs are masked."""
        places = range(len(self.shapes)) if self.masked is True else self.masked or ()
        return [place in places for place in range(len(self.shapes))]


def inner(kind: str, **config: Any) -> dict[str, Any]:
    """A layer in another layer's config, as Keras writes it."""
    return {"module": "keras.layers", "class_name": kind, "config": config}


def groups() -> dict[str, list[Case]]:
    """The cases by the test file that lists them."""
    files = sorted((ROOT / "tests" / "layers").glob("test_*.py"))
    names = [file.stem.removeprefix("test_") for file in files]
    return {name: importlib.import_module(f"tests.layers.test_{name}").CASES for name in names}


def drawn() -> dict[str, Any]:
    """By the kind of layer, the strategies that draw any case of it: each test file's `DRAWN`."""
    files = sorted((ROOT / "tests" / "layers").glob("test_*.py"))
    modules = [importlib.import_module(f"tests.layers.{file.stem}") for file in files]
    return {kind: strategy for module in modules for kind, strategy in getattr(module, "DRAWN", {}).items()}


def all_cases() -> Iterator[tuple[str, Case]]:
    for group, cases in groups().items():
        for case in cases:
            yield group, case


def sequential_config(shape: tuple[int | None, ...], *layers: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """A Sequential model's config: an input of this sample shape, then (class name, config) layers."""
    entries = [("InputLayer", {"name": "x", "batch_shape": [None, *shape]}), *layers]
    listed = [{"class_name": kind, "config": config} for kind, config in entries]
    return {"class_name": "Sequential", "config": {"name": "m", "layers": listed}}


def model_input(name: str) -> Any:
    """The input that the golden outputs of the model `name` in tests/golden/models belong to."""
    random = np.random.default_rng(7)
    if name.endswith("small"):
        return random.random((3, 8, 8, 1), np.float32)
    return {side: random.normal(size=(3, 4)).astype(np.float32) for side in ("left", "right")}


def kerasjs_files(folder: Path) -> tuple[Path, Path, Path]:
    """The model of keras1_small.h5 in the three files that Keras.js read before its 1.0: its JSON, and what the encoder
    made of its weights.
    """
    buffer, metadata = b"", []
    with h5py.File(GOLDEN / "models" / "keras1_small.h5") as file:
        text = json.dumps({**json.loads(file.attrs["model_config"]), "keras_version": "1.2.2"})
        groups = file["model_weights"]
        for layer in groups.attrs["layer_names"]:
            for name in groups[layer].attrs["weight_names"]:
                weight = groups[layer][name][()]
                entry = {"layer_name": layer, "weight_name": name, "offset": len(buffer)}
                metadata.append({**entry, "length": weight.size, "shape": weight.shape, "type": "float32"})
                buffer += weight.astype("<f4").tobytes()
    paths = folder / "small.json", folder / "small_weights.buf", folder / "small_metadata.json"
    paths[0].write_text(text)
    paths[1].write_bytes(buffer)
    paths[2].write_text(json.dumps(metadata))
    return paths
