"""A model's JSON with weights that were saved from layers of other names: Keras's own `load_weights` is the measure."""

import json
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import tf_keras

import kerata
from tests.formats import test_keras_files as files
from tests.formats.test_keras_files import GATES_OF_TWO, KERAS, built, random_row
from tests.support.cases import GOLDEN, kerasjs_files, model_input

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def dense(k: Any) -> Any:
    return k.Sequential([k.Input((4,)), *(k.layers.Dense(4) for _ in range(3)), k.layers.Dropout(0.5)])


def branches(k: Any) -> Any:
    """One layer used twice; layers that have weights beside others that have none."""
    dense, x = k.layers.Dense, k.Input((4,))
    twice = dense(4)
    left, right = twice(dense(4)(x)), dense(4)(twice(x))
    return k.Model(x, dense(4)(k.layers.Add()([right, k.layers.ReLU()(left)])))


def normalized(k: Any) -> Any:
    layers, x = k.layers, k.Input((4,))
    y = layers.BatchNormalization(center=False)(layers.PReLU()(layers.Normalization()(x)))
    y = layers.BatchNormalization()(layers.Dense(4)(layers.PReLU()(layers.Normalization()(y))))
    return k.Model(x, layers.Dense(4)(layers.LayerNormalization()(y)))


def nested(k: Any) -> Any:
    return files.frozen(k, "a layer")


def shared_with_a_model(k: Any) -> Any:
    """The JSON does not tell that a layer is shared: only an `.h5` holds it twice."""
    dense, inner, x = k.layers.Dense, k.Input((4,)), k.Input((4,))
    common = dense(4)
    return k.Model(x, dense(4)(common(k.Model(inner, dense(4)(common(inner)))(x))))


def wrappers(k: Any) -> Any:
    layers, x = k.layers, k.Input((2, 4))
    y = x
    for _ in range(2):
        y = layers.TimeDistributed(layers.Dense(4))(layers.Bidirectional(layers.SimpleRNN(2, return_sequences=True))(y))
    return k.Model(x, layers.RNN([layers.SimpleRNNCell(3), layers.SimpleRNNCell(3)])(y))


def attentions(k: Any) -> Any:
    x = k.Input((2, 4))
    y = k.layers.MultiHeadAttention(2, 2)(x, x)
    return k.Model(x, k.layers.MultiHeadAttention(2, 2)(y, x))


def of_keras3(k: Any) -> Any:
    """A class that is called otherwise in Keras's code; a weight that a layer has by two names."""
    layers, x = k.layers, k.Input((2, 4))
    y = layers.GroupQueryAttention(2, 4, 2)(x, x)
    y = layers.SpectralNormalization(layers.Dense(4))(layers.SpectralNormalization(layers.Dense(4))(y))
    return k.Model(x, layers.GroupQueryAttention(2, 4, 2)(y, x))


PAIRS = [
    *((name, make) for make in (dense, branches, normalized, nested, wrappers, attentions) for name in KERAS),
    *((name, make) for make in (shared_with_a_model, files.model_in_a_layer) for name in KERAS),
    ("keras3", of_keras3),
]


def with_other_names(model_json: str) -> str:
    """Layers of a class have each other's names, in the reverse order, but for one, whose name is new."""
    config = json.loads(model_json)
    by_class: dict[str, dict[str, None]] = {}

    def collect(entry: Any) -> None:
        for part in entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ():
            collect(part)
        if isinstance(entry, dict) and str(entry.get("module", "keras.layers")).endswith(("layers", "keras", "models")):
            name = entry["config"].get("name") if isinstance(entry.get("config"), dict) else None
            if name and entry["class_name"] != "DTypePolicy":
                by_class.setdefault(entry["class_name"], {})[name] = None

    def renamed(entry: Any, key: str = "") -> Any:
        if isinstance(entry, dict):
            return {each: renamed(part, key if key == "inbound_nodes" else each) for each, part in entry.items()}
        if isinstance(entry, list):
            return [renamed(part, key) for part in entry]
        is_name = key in ("name", "inbound_nodes", "input_layers", "output_layers")
        return names.get(entry, entry) if is_name and isinstance(entry, str) else entry

    collect(config)
    names: dict[str, str] = {}
    for kind, those in by_class.items():
        names |= dict(zip(those, [*reversed([*those][:-1]), f"other_{kind.lower()}"], strict=True))
    return json.dumps(renamed(config))


@pytest.mark.parametrize(("name", "make"), PAIRS, ids=lambda each: getattr(each, "__name__", each))
def test_layers_of_other_names(name: str, make: Any, tmp_path: Path) -> None:
    k = KERAS[name]
    model = built(make, k)
    saved = [tmp_path / "of.weights.h5", tmp_path / "of.h5", tmp_path / "whole.keras"]
    model.save_weights(saved[0])
    model.save_weights(saved[1], save_format="h5") if k is tf_keras else model.save(saved[1])
    model.save(saved[2])
    if make is shared_with_a_model:
        saved = saved[1:2]  # for the others, Keras itself needs the sharing
    text = with_other_names(model.to_json())
    x = np.random.default_rng(1).normal(size=(2, *model.input_shape[1:])).astype(np.float32)
    for path in saved[: None if k is keras else 2]:
        theirs = k.models.model_from_json(text)
        theirs.load_weights(path)
        ours = kerata.load_model(text, weights=path)
        np.testing.assert_allclose(ours.predict(x), theirs(x).numpy(), rtol=1e-4, atol=1e-5, err_msg=path.name)


def rows_file(path: Path, version: str | None, rows: dict[str, dict[str, np.ndarray]]) -> Path:
    """An `.h5` of weights alone, as Keras 1 to 3 lay it out."""
    with h5py.File(path, "w") as file:
        if version:
            file.attrs["keras_version"] = version
        file.attrs["layer_names"] = [layer.encode() for layer in rows]
        for layer, row in rows.items():
            group = file.create_group(layer)
            group.attrs["weight_names"] = [name.encode() for name in row]
            for name, weight in row.items():
                group[name] = weight
    return path


def sequential(*layers: dict[str, Any], version: str = "3.0.0") -> str:
    entries = [{"class_name": layer.pop("kind"), "config": layer} for layer in layers]
    return json.dumps(
        {"class_name": "Sequential", "keras_version": version, "config": {"name": "m", "layers": entries}}
    )


def of_dense(name: str, units: int, **more: Any) -> dict[str, Any]:
    return {"kind": "Dense", "name": name, "units": units, "use_bias": False, **more}


def test_keras_1_with_other_names(tmp_path: Path) -> None:
    weights = random_row(*GATES_OF_TWO * 4, (2, 2), (2,))
    path = rows_file(
        tmp_path / "old.h5",
        None,
        {
            "lstm_4": {f"lstm_4_{place}": weight for place, weight in enumerate(weights[:12])},
            "dropout_1": {},
            "dense_9": {"dense_9_W": weights[12], "dense_9_b": weights[13]},
        },
    )
    text = sequential(
        {"kind": "LSTM", "name": "lstm_1", "output_dim": 2, "batch_input_shape": [None, 5, 3],
         "inner_activation": "hard_sigmoid", "activation": "tanh"},
        {"kind": "Dropout", "name": "dense_9", "p": 0.5},
        {"kind": "Dense", "name": "dense_1", "output_dim": 2, "activation": "linear"},
        version="1.2.2",
    )  # fmt: skip
    k = tf_keras.layers
    theirs = tf_keras.Sequential(
        [k.Input((5, 3)), k.LSTM(2, recurrent_activation="hard_sigmoid"), k.Dropout(0.5), k.Dense(2)]
    )
    theirs.load_weights(path)
    x = np.random.default_rng(1).normal(size=(2, 5, 3)).astype(np.float32)
    ours = kerata.load_model(text, weights=path)
    np.testing.assert_allclose(ours.predict(x), theirs(x).numpy(), rtol=1e-4, atol=1e-5)


SMALL, LARGE = np.full((3, 3), 2, np.float32), np.full((3, 4), 5, np.float32)
ROWS = {"a": {"a/kernel": SMALL}, "b": {"b/kernel": LARGE}}


def kernels(text: str, weights: Path) -> list[float]:
    return [node.weights["kernel"].flat[0] for node in kerata.load_model(text, weights=weights).nodes[1:]]


@pytest.mark.parametrize("version", ["2.15.0", "3.9.0"])
def test_where_order_does_not_fit_names_count(version: str, tmp_path: Path) -> None:
    backwards = rows_file(tmp_path / "back.h5", version, {"b": {"b/kernel": LARGE}, "a": {"a/kernel": SMALL}})
    text = sequential(of_dense("a", 3, batch_input_shape=[None, 3]), of_dense("b", 4))
    assert kernels(text, backwards) == [2, 5]
    more = rows_file(tmp_path / "more.h5", version, {"z": {"z/kernel": SMALL}, **ROWS})
    assert kernels(text, more) == [2, 5]
    others = sequential(of_dense("c", 3, batch_input_shape=[None, 3]), of_dense("b", 4))
    with pytest.raises(kerata.ModelFileError, match=r"expected those of 2 layers, in the model's order, received 3\."):
        kernels(others, more)
    with pytest.raises(
        kerata.ModelFileError, match=r"'kernel' of layer 'c': expected shape \(3, 3\), received \(3, 4\)"
    ):
        kernels(others, backwards)
    bias = rows_file(tmp_path / "bias.h5", version, {"a": {"a/kernel": SMALL, "a/bias": SMALL[0]}, "b": ROWS["b"]})
    with pytest.raises(kerata.ModelFileError, match=r"Layer 'a': expected weights for it, 1 in all, received 2\."):
        kernels(text, bias)


def test_an_order_that_is_not_known_is_an_error(tmp_path: Path) -> None:
    """Of three weights of one shape, one's name agrees with one order, another's with another."""
    frozen = {"class_name": "Sequential", "config": {"name": "deep", "trainable": False, "layers": [
        {"class_name": "PReLU", "config": {"name": "p"}},
    ]}}  # fmt: skip
    inner = {"kind": "Sequential", "name": "inner", "layers": [
        {"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [None, 3]}}, frozen,
        {"class_name": "LayerNormalization", "config": {"name": "g", "center": False, "trainable": False}},
        {"class_name": "LayerNormalization", "config": {"name": "b", "scale": False}},
    ]}  # fmt: skip
    row = dict(zip(("inner/beta", "inner/gamma", "inner/new"), random_row((3,), (3,), (3,)), strict=True))
    path = rows_file(tmp_path / "unclear.h5", "3.9.0", {"inner": row})
    with pytest.raises(kerata.ModelFileError, match="of layer 'inner': expected one order that fits, received weights"):
        kerata.load_model(sequential(inner), weights=path)


# Keras.js before 1.0


@pytest.fixture
def of_kerasjs(tmp_path: Path) -> tuple[str, Path, Path]:
    model, buffer, metadata = kerasjs_files(tmp_path)
    return model.read_text(), buffer, metadata


def test_the_files_of_kerasjs_before_1(of_kerasjs: tuple[str, Path, Path], tmp_path: Path) -> None:
    text, buffer, metadata = of_kerasjs
    x = model_input("keras1_small")
    with np.load(GOLDEN / "models" / "keras1_small.npz") as expected:
        for weights in (str(buffer), [buffer], [buffer, metadata], [metadata.read_bytes(), buffer.read_bytes()]):
            ours = kerata.load_model(text, weights=weights).predict(x)
            np.testing.assert_allclose(ours, expected["output0"], rtol=1e-5, atol=1e-6)
    metadata.unlink()
    with pytest.raises(kerata.ModelFileError, match=r"small_weights\.buf: expected small_metadata\.json beside it"):
        kerata.load_model(text, weights=buffer)


@pytest.mark.parametrize(
    "change",
    [
        *({"offset": value} for value in (-4, 1 << 70, None, True, "0")),
        *({"length": value} for value in (-1, 1 << 70, 3)),
        *({"shape": value} for value in (None, [1] * 100_000, [-1, -1], [1 << 70, 0], "ab", [[1]])),
        {"shape": [1 << 70, 0], "length": 0},
        {"type": "uint8"},
    ],
    ids=lambda change: f"{change!r:.30}",
)
def test_metadata_that_lies_is_one_sentence(change: dict[str, Any], of_kerasjs: tuple[str, Path, Path]) -> None:
    text, buffer, metadata = of_kerasjs
    entries = json.loads(metadata.read_text())
    metadata.write_text(json.dumps([{**entries[0], **change}, *entries[1:]]))
    with pytest.raises(
        kerata.ModelFileError, match=r"expected float32 numbers within the .* B of the buffer"
    ) as caught:
        kerata.load_model(text, weights=buffer)
    assert len(str(caught.value)) < 400
    metadata.write_text("[7]")
    with pytest.raises(kerata.ModelFileError, match="expected entries for weights, received 7"):
        kerata.load_model(text, weights=buffer)
