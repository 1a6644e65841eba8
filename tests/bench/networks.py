"""The networks that all engines run, each in the form that its engine reads fastest, with an input and its answer."""

import functools
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

import build
import kerata
from tests.support.uneven import make_uneven
from training.data import load_mnist, network_input

from . import export_kerasjs, export_onnx, export_tfjs, sequences
from .folding import folded

ARTICLE = "article"
SEQUENCES = ("BiLSTM", "transformer")
SEED = 7


def write(network: str, size: int, folder: Path) -> None:
    """Puts the network, for images of so many pixels a side, into `folder` under the names that `page/` knows:
    `model` for Kerata, `tfjs.json` with `tfjs.bin`, `network.onnx`, and for the article's network `kerasjs.bin`. Of a
    network of SEQUENCES, the size is its steps.
    """
    folder.mkdir(parents=True)
    model = folder / "model"
    if network in SEQUENCES:
        made = _seeded(lambda: sequences.made(network, size))
        made.save(folder / "model.keras")
        (folder / "model.keras").rename(model)
        sequences.export(network, made, folder)
        return
    if network == ARTICLE:
        model.write_bytes((build.SITE / build.MODEL).read_bytes())
    else:
        _made(network, size).save(folder / "model.keras")
        (folder / "model.keras").rename(model)
    nodes = kerata.load_model(model, "numpy").nodes
    export_tfjs.export(folded(nodes), folder / "tfjs.json")
    export_onnx.export(folded(nodes), folder / "network.onnx")
    if network == ARTICLE:
        export_kerasjs.export(nodes, folder / "kerasjs.bin")


def inputs(network: str, size: int, batch: int) -> np.ndarray:
    """float32 (batch, size, size, channels): MNIST's first test digits or noise from a seed; words (batch, size)."""
    if network in SEQUENCES:
        return sequences.tokens(size, batch, SEED)
    if network == ARTICLE:
        return network_input(load_mnist().x_test[:batch])
    return np.random.default_rng(SEED).normal(0, 1, (batch, size, size, 3)).astype(np.float32)


def _made(network: str, size: int) -> keras.Model:
    return _seeded(lambda: _APPLICATIONS[network](input_shape=(size, size, 3), weights=None))


def _seeded(make: Callable[[], keras.Model]) -> keras.Model:
    """With weights from a seed, those of the normalisation as uneven as trained ones."""
    keras.utils.set_random_seed(SEED)
    model = make()
    make_uneven(model, SEED)
    return model


_APPLICATIONS: dict[str, Callable[..., keras.Model]] = {
    "MobileNetV2": functools.partial(keras.applications.MobileNetV2, alpha=1.0),
    "ResNet50": keras.applications.ResNet50,
}
