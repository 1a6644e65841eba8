"""Models in every file that Keras 3 and Keras 2 (tf_keras) write, and in those of versions that no longer install."""

import copy
import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import tf_keras
from tf_keras.src.saving.legacy.hdf5_format import _convert_rnn_weights, preprocess_weights_for_loading

import kerata
from kerata import formats
from kerata.formats import legacy_config, legacy_weights
from kerata.formats.keras3_weights import snake_case
from tests.support.cases import GOLDEN
from training.golden import with_random_weights

pytestmark = [
    # Keras on its old formats; reading them is what we are here for.
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

KERAS = {"keras3": keras, "keras2": tf_keras}


def models_in_models(k: Any) -> tuple[Any, Any, Any]:
    """A model, a model within it and one within that."""
    layers = k.layers
    deep = k.Sequential(
        [
            k.Input((4, 4, 3)),
            layers.Conv2D(3, 1, name="deep_first"),
            layers.BatchNormalization(name="deep_norm"),
            layers.Conv2D(3, 1, name="deep_last"),
        ],
        name="deep",
    )
    inner = k.Sequential(
        [
            k.Input((6, 6, 2)),
            layers.Conv2D(3, 3, name="first"),
            layers.BatchNormalization(name="norm"),
            deep,
            layers.Conv2D(3, 1, name="last"),
            layers.BatchNormalization(name="last_norm"),
        ],
        name="inner",
    )
    x = k.Input((6, 6, 2))
    return k.Model(x, layers.Dense(2, name="end")(layers.Flatten()(inner(x)))), inner, deep


def frozen(k: Any, which: str) -> Any:
    """An `.h5` has first what is trained: the same weights in another order."""
    model, inner, deep = models_in_models(k)
    if which == "a layer":
        inner.layers[0].trainable = False
    elif which == "the deeper model":
        deep.trainable = False
    elif which == "the deeper model, but for one layer":
        deep.trainable = False
        deep.layers[-1].trainable = True
    elif which == "the inner model":
        inner.trainable = False
    elif which == "the inner model, but for one layer within":
        inner.trainable = False
        deep.trainable = True
        deep.layers[0].trainable = False
    elif which == "all":
        model.trainable = False
    return model


FROZEN = [
    *("nothing", "a layer", "the deeper model", "the deeper model, but for one layer", "the inner model"),
    *("the inner model, but for one layer within", "all"),
]


def shared_by_models(k: Any) -> Any:
    """Three models with one layer in common, which Keras saves where it comes upon it first; one of them used twice."""
    layers = k.layers
    common = layers.Dense(4, name="common")
    first, second, third = (k.Input((4,)) for _ in range(3))
    a = k.Model(first, layers.Dense(4, name="tail")(common(first)), name="a")
    b = k.Model(second, layers.Dense(4, name="tail_too")(common(second)), name="b")
    c = k.Model(third, common(third), name="c")
    x = k.Input((4,))
    return k.Model(x, layers.Add()([a(x), b(x), a(b(x)), c(x)]))


def shared_within(k: Any) -> Any:
    """The models that share a layer are within one model, whose outputs are those of the whole."""
    layers = k.layers
    common = layers.Dense(4, name="common")
    first, second, y, x = (k.Input((4,)) for _ in range(4))
    a = k.Model(first, layers.Dense(4, name="tail")(common(first)), name="a")
    b = k.Model(second, layers.Dense(4, name="tail_too")(common(second)), name="b")
    both = k.Model(y, layers.Add()([a(y), b(y)]), name="both")
    return k.Model(x, both(x))


def recurrent(k: Any) -> Any:
    layers = k.layers
    x = k.Input((5, 3))
    y = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    y = layers.GRU(3, return_sequences=True)(y)
    y = layers.TimeDistributed(layers.Dense(2))(layers.LayerNormalization()(y))
    y = layers.RNN([layers.LSTMCell(2), layers.LSTMCell(3)], return_sequences=True)(y)
    return k.Model(x, layers.Bidirectional(layers.GRU(2, reset_after=False, recurrent_activation="hard_sigmoid"))(y))


def attention(k: Any) -> Any:
    x = k.Input((5, 4))
    y = k.layers.MultiHeadAttention(2, 3)(x, x)
    return k.Model(x, k.layers.LayerNormalization()(k.layers.Add()([x, y])))


def model_in_a_layer(k: Any) -> Any:
    layers = k.layers
    inner = k.Sequential(
        [k.Input((4,)), layers.Dense(3, name="a"), layers.BatchNormalization(), layers.Dense(3, name="b")]
    )
    x = k.Input((5, 4))
    return k.Model(x, layers.TimeDistributed(inner)(x))


def various(k: Any) -> Any:
    layers = k.layers
    x = k.Input((6, 6, 2))
    y = layers.PReLU()(layers.SeparableConv2D(3, 3)(x))
    y = layers.LeakyReLU()(layers.Conv2DTranspose(2, 2)(layers.DepthwiseConv2D(2)(y)))
    return k.Model(x, layers.Dense(4, activation="hard_sigmoid")(layers.Flatten()(layers.ELU()(y))))


def long_names(k: Any) -> Any:
    """More names than an attribute of HDF5 can hold."""
    layers = [k.layers.Dense(3, name="long" * 250 + str(place)) for place in range(40)]
    return k.Sequential([k.Input((3,)), k.Sequential([k.Input((3,)), *layers], name="long")])


MAKERS = [shared_by_models, shared_within, recurrent, attention, model_in_a_layer, various]


def built(make: Any, *arguments: Any) -> Any:
    keras.backend.clear_session()
    tf_keras.backend.clear_session()
    return with_random_weights(make(*arguments), make.__name__)


def assert_answers_as(model: Any, *ours: kerata.Model) -> None:
    x = np.random.default_rng(1).normal(size=(2, *model.input_shape[1:])).astype(np.float32)
    expected = model(x).numpy()
    for each in ours:
        np.testing.assert_allclose(each.predict(x), expected, rtol=1e-4, atol=1e-5)


def assert_both_files_answer_as(model: Any, folder: Path) -> None:
    files = [folder / "model.keras", folder / "model.h5"]
    for file in files:
        model.save(file)
    assert_answers_as(model, *map(kerata.load_model, files))


@pytest.mark.parametrize("which", FROZEN)
@pytest.mark.parametrize("k", KERAS)
def test_frozen_parts(k: str, which: str, tmp_path: Path) -> None:
    assert_both_files_answer_as(built(frozen, KERAS[k], which), tmp_path)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("k", KERAS)
def test_a_whole_model(k: str, make: Any, tmp_path: Path) -> None:
    assert_both_files_answer_as(built(make, KERAS[k]), tmp_path)


@pytest.mark.parametrize("name", ["of.weights.h5", "of.h5"])
@pytest.mark.parametrize("make", [recurrent, model_in_a_layer], ids=lambda make: make.__name__)
@pytest.mark.parametrize("k", KERAS)
def test_architecture_and_weights_apart(k: str, make: Any, name: str, tmp_path: Path) -> None:
    model = built(make, KERAS[k])
    path = tmp_path / name
    if name == "of.weights.h5":
        model.save_weights(path)
    elif k == "keras2":
        model.save_weights(path, save_format="h5")
    else:
        model.save(path)  # Keras 3 no longer saves weights alone in that form
    (tmp_path / "model.json").write_text(model.to_json())
    from_text = kerata.load_model(model.to_json(), weights=path)
    assert_answers_as(model, from_text, kerata.load_model(tmp_path / "model.json", weights=path.read_bytes()))


def test_weights_of_an_archive(tmp_path: Path) -> None:
    model = built(recurrent, keras)
    model.save(tmp_path / "model.keras")
    assert_answers_as(model, kerata.load_model(model.to_json(), weights=tmp_path / "model.keras"))


def test_sharded_weights(tmp_path: Path) -> None:
    model = built(frozen, keras, "a layer")
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=400 / 1024**3)
    shards = sorted(tmp_path.glob("*.h5"))
    assert len(shards) > 2
    assert_answers_as(model, kerata.load_model(model.to_json(), weights=tmp_path / "m.weights.json"))
    assert_answers_as(model, kerata.load_model(model.to_json(), weights=[shard.read_bytes() for shard in shards]))


@pytest.mark.parametrize("name", ["../m_00000.weights.h5", "/etc/passwd", 7])
def test_shards_are_beside_their_list(name: Any, tmp_path: Path) -> None:
    (tmp_path / "m.weights.json").write_text(json.dumps({"weight_map": {"/vars": name}}))
    with pytest.raises(kerata.ModelFileError, match="files beside it"):
        kerata.load_model("{}", weights=tmp_path / "m.weights.json")


@pytest.mark.parametrize("k", KERAS)
def test_lists_of_names_that_were_split(k: str, tmp_path: Path) -> None:
    model = built(long_names, KERAS[k])
    model.set_weights([0.5 * weight for weight in model.get_weights()])
    model.save(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5") as file:
        assert "weight_names1" in file["model_weights/long"].attrs
    assert_answers_as(model, kerata.load_model(tmp_path / "model.h5"))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_weights_of_other_precision(dtype: str, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, dtype=dtype, name="d")])
    model.save(tmp_path / "model.keras")
    kernel = formats.read(tmp_path / "model.keras").weights["d/0"]
    assert kernel.dtype == np.float32
    assert np.array_equal(kernel, np.asarray(keras.ops.cast(model.layers[0].kernel, "float32")))


# Keras 3 before it wrote the layers' names, Keras 2.12 and 2.13


def rewritten(path: Path, change: Any) -> bytes:
    """The `.keras` with its weights changed by `change(file)`."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    weights = io.BytesIO(members["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        change(file)
    members["model.weights.h5"] = weights.getvalue()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def without_names(file: h5py.File) -> None:
    groups: list[Any] = []
    file.visititems(lambda _, part: groups.append(part) if "name" in part.attrs else None)
    for group in groups:
        del group.attrs["name"]


@pytest.mark.parametrize("make", [*MAKERS, lambda k: frozen(k, "nothing")], ids=lambda make: make.__name__)
def test_a_file_without_names(make: Any, tmp_path: Path) -> None:
    model = built(make, keras)
    model.save(tmp_path / "model.keras")
    assert_answers_as(model, kerata.load_model(rewritten(tmp_path / "model.keras", without_names)))


def as_in_keras_2_13(model: Any, group: Any, visited: set[int]) -> None:
    """Its weights as that version walked through a model: by a list that has layers with weights twice."""
    counts: dict[str, int] = {}
    for layer in model._layer_checkpoint_dependencies.values():
        kind = snake_case(type(layer).__name__)
        count = counts[kind] = counts.get(kind, -1) + 1
        if id(layer) in visited:
            continue
        visited.add(id(layer))
        own = group.create_group(f"_layer_checkpoint_dependencies/{kind}_{count}".removesuffix("_0"))
        layer.save_own_variables(own.create_group("vars"))
        if hasattr(layer, "layers"):
            as_in_keras_2_13(layer, own, visited)


@pytest.mark.parametrize("make", [shared_by_models, shared_within, lambda k: frozen(k, "nothing")])
def test_a_file_of_keras_2_13(make: Any, tmp_path: Path) -> None:
    model = built(make, tf_keras)
    model.save(tmp_path / "model.keras")

    def change(file: h5py.File) -> None:
        del file["layers"]
        as_in_keras_2_13(model, file, set())

    assert_answers_as(model, kerata.load_model(rewritten(tmp_path / "model.keras", change)))


# Keras 1, Theano and cuDNN: what tf_keras makes of such weights is what Kerata should


def random_row(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    random = np.random.default_rng(5)
    return [random.normal(size=shape).astype(np.float32) for shape in shapes]


GATES_OF_TWO = [(3, 2), (2, 2), (2,)]

OLD_ROWS = {
    "Conv1D": (tf_keras.layers.Conv1D(4, 3), (5, 2), {"filter_length": 3}, [(3, 1, 2, 4), (4,)]),
    "Conv1D of Keras 1.1": (tf_keras.layers.Conv1D(4, 3), (5, 2), {"filter_length": 3}, [(4, 2, 3, 1), (4,)]),
    "Conv2D": (tf_keras.layers.Conv2D(4, (3, 2)), (5, 5, 2), {"dim_ordering": "tf"}, [(3, 2, 2, 4), (4,)]),
    "Conv2D, channels first": (
        tf_keras.layers.Conv2D(4, (3, 2), data_format="channels_first"),
        (2, 5, 5),
        {"dim_ordering": "th"},
        [(4, 2, 3, 2), (4,)],
    ),
    "Conv3D, channels first": (
        tf_keras.layers.Conv3D(4, (3, 2, 1), data_format="channels_first"),
        (2, 5, 5, 5),
        {"dim_ordering": "th"},
        [(4, 2, 3, 2, 1), (4,)],
    ),
    "Conv2DTranspose": (
        tf_keras.layers.Conv2DTranspose(4, (3, 2)),
        (5, 5, 2),
        {"dim_ordering": "tf"},
        [(3, 2, 2, 4), (4,)],
    ),
    "GRU": (tf_keras.layers.GRU(2, reset_after=False), (5, 3), {}, GATES_OF_TWO * 3),
    "LSTM": (tf_keras.layers.LSTM(2), (5, 3), {}, GATES_OF_TWO * 4),
    "LSTM of one matrix": (tf_keras.layers.LSTM(2), (5, 3), {}, [(3, 8), (2, 8), (8,)]),
    "ConvLSTM2D": (
        tf_keras.layers.ConvLSTM2D(2, 2),
        (3, 5, 5, 1),
        {"dim_ordering": "tf"},
        [(2, 2, 1, 2), (2, 2, 2, 2), (2,)] * 4,
    ),
    "Dense": (tf_keras.layers.Dense(2), (3,), {}, [(3, 2), (2,)]),
}


@pytest.mark.parametrize("case", OLD_ROWS)
def test_weights_of_keras_1(case: str) -> None:
    layer, shape, config, shapes = OLD_ROWS[case]
    layer.build((None, *shape))
    row = random_row(*shapes)
    expected = preprocess_weights_for_loading(layer, copy.copy(row), "1", None)
    entry = {"class_name": type(layer).__name__, "config": {"name": "x", **config}}
    ours = legacy_weights.modern(
        {"class_name": "Sequential", "config": [entry]}, {"x": [(f"x_{i}", w) for i, w in enumerate(row)]}, "1.2.2", ""
    )
    assert list(ours) == [f"x/{place}" for place in range(len(expected))]
    for mine, theirs in zip(ours.values(), expected, strict=True):
        assert np.array_equal(mine, theirs)


def test_both_directions_and_models_of_keras_1() -> None:
    inner = {"class_name": "LSTM", "config": {"name": "lstm"}}
    both = {"class_name": "Bidirectional", "config": {"name": "both", "layer": inner}}
    dense = {"class_name": "Dense", "config": {"name": "both_2"}}
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": [both, dense]}}
    config = {"class_name": "Sequential", "config": [model]}
    row = random_row(*GATES_OF_TWO * 8, (4, 2))
    names = [*(f"both_{place}" for place in range(24)), "both_2_W"]
    weights = legacy_weights.modern(config, {"m": list(zip(names, row, strict=True))}, "1", "")
    assert list(weights) == [*(f"m/both/{place}" for place in range(6)), "m/both_2/0"]
    assert np.array_equal(weights["m/both/3"][:, 2:4], row[12 + 6])  # of the second LSTM the second gate, forgetting


@pytest.mark.parametrize(("kind", "shape"), [("Conv1D", (3, 2, 4)), ("Conv2D", (3, 2, 2, 4)), ("Dense", (3, 2))])
def test_theano_turned_kernels(kind: str, shape: tuple[int, ...]) -> None:
    (kernel,) = random_row(shape)
    entry = {"class_name": kind, "config": {"name": "x"}}
    ours = legacy_weights.modern(
        {"class_name": "Sequential", "config": [entry]}, {"x": [("W", kernel)]}, "2.0", "theano"
    )
    turned = {"Conv1D": kernel[::-1], "Conv2D": kernel[::-1, ::-1]}.get(kind, kernel)
    assert np.array_equal(ours["x/0"], turned)


@pytest.mark.parametrize("kind", ["CuDNNLSTM", "CuDNNGRU", "LSTM", "GRU"])
def test_weights_of_cudnn(kind: str) -> None:
    """Whichever class the model names now, the layer or cuDNN's."""
    gates, layer = (4, tf_keras.layers.LSTM(2)) if "LSTM" in kind else (3, tf_keras.layers.GRU(2))
    row = random_row((3, 2 * gates), (2, 2 * gates), (4 * gates,))
    expected = _convert_rnn_weights(layer, row)
    entry = {"class_name": kind, "config": {"name": "x"}}
    both = {"class_name": "Bidirectional", "config": {"name": "y", "layer": entry}}
    named = list(zip(("kernel", "recurrent_kernel", "bias"), row, strict=True))
    config = {"class_name": "Sequential", "config": [entry, both]}
    ours = legacy_weights.modern(config, {"x": named, "y": named * 2}, "2.2.4", "tensorflow")
    for mine, theirs in zip(ours.values(), expected * 3, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_a_model_of_cudnn_takes_the_weights_of_others(kind: str) -> None:
    row = random_row((3, 8), (2, 8), (8,)) if kind == "LSTM" else random_row((3, 6), (2, 6), (2, 6))
    entry = {"class_name": f"CuDNN{kind}", "config": {"name": "x"}}
    named = list(zip(("kernel", "recurrent_kernel", "bias"), row, strict=True))
    ours = legacy_weights.modern({"class_name": "Sequential", "config": [entry]}, {"x": named}, "2.2.4", "tensorflow")
    for mine, saved in zip(ours.values(), row, strict=True):
        assert np.array_equal(mine, saved)


# Old configs


def modern(kind: str, version: str = "1.2.2", **config: Any) -> tuple[str, dict[str, Any]]:
    """The class and the options that a layer has today."""
    entry = {"class_name": kind, "config": {"name": "x", **config}}
    made = legacy_config.modern({"keras_version": version, "class_name": "Sequential", "config": [entry]})["config"][0]
    return made["class_name"], made["config"]


@pytest.mark.parametrize(
    ("kind", "config", "today", "options"),
    [
        ("Dense", {"output_dim": 3, "bias": False}, "Dense", {"units": 3, "use_bias": False}),
        ("TimeDistributedDense", {"output_dim": 3}, "Dense", {"units": 3}),
        (
            "Convolution1D",
            {"nb_filter": 2, "filter_length": 3, "border_mode": "same", "subsample_length": 2},
            "Conv1D",
            {"filters": 2, "kernel_size": 3, "padding": "same", "strides": 2},
        ),
        (
            "AtrousConvolution2D",
            {
                "nb_filter": 2,
                "nb_row": 3,
                "nb_col": 4,
                "subsample": [1, 2],
                "dim_ordering": "th",
                "atrous_rate": [2, 2],
            },
            "Conv2D",
            {
                "filters": 2,
                "kernel_size": [3, 4],
                "strides": [1, 2],
                "data_format": "channels_first",
                "dilation_rate": [2, 2],
            },
        ),
        ("Convolution3D", {"kernel_dim1": 1, "kernel_dim2": 2, "kernel_dim3": 3}, "Conv3D", {"kernel_size": [1, 2, 3]}),
        ("MaxPooling1D", {"pool_length": 2, "stride": 3}, "MaxPooling1D", {"pool_size": 2, "strides": 3}),
        (
            "LSTM",
            {"output_dim": 2, "inner_activation": "hard_sigmoid"},
            "LSTM",
            {"recurrent_activation": "keras2_hard_sigmoid"},
        ),
        ("GRU", {"output_dim": 2}, "GRU", {"units": 2, "reset_after": False}),
        ("CuDNNGRU", {"units": 2}, "GRU", {"units": 2, "reset_after": True}),
        ("Dropout", {"p": 0.5}, "Dropout", {"rate": 0.5}),
        ("Embedding", {"output_dim": 4}, "Embedding", {"output_dim": 4}),
        ("LeakyReLU", {"alpha": {"type": "ndarray", "value": 0.25}}, "LeakyReLU", {"negative_slope": 0.25}),
        ("ELU", {"alpha": 0.5}, "ELU", {"alpha": 0.5}),
        ("MaxPool2D", {"pool_size": [2, 2]}, "MaxPooling2D", {"pool_size": [2, 2]}),
        ("BatchNormalizationV2", {"axis": [3]}, "BatchNormalization", {"axis": [3]}),
        ("Merge", {"mode": "concat", "concat_axis": 1}, "Concatenate", {"axis": 1}),
        ("Merge", {"mode": "cos", "dot_axes": 2}, "Dot", {"axes": 2, "normalize": True}),
    ],
)
def test_a_config_of_an_old_layer(kind: str, config: Any, today: str, options: dict[str, Any]) -> None:
    made, now = modern(kind, **config)
    assert made == today
    assert {key: now.get(key) for key in options} == options


def test_where_keras_1_wrote_no_ordering_it_is_that_of_the_model() -> None:
    entries = [
        {"class_name": "ZeroPadding2D", "config": {"name": "pad", "padding": [1, 1]}},
        {"class_name": "Convolution2D", "config": {"name": "conv", "dim_ordering": "th"}},
    ]
    made = legacy_config.modern({"keras_version": "1.2.2", "class_name": "Sequential", "config": entries})
    assert [entry["config"]["data_format"] for entry in made["config"]] == ["channels_first", "channels_first"]


@pytest.mark.parametrize(
    ("kind", "config"),
    [("Merge", {"mode": "lambda"}), ("Merge", {"mode": "sum", "layers": [1]}), ("BatchNormalization", {"mode": 1})],
)
def test_what_has_no_form_today_is_refused(kind: str, config: dict[str, Any]) -> None:
    with pytest.raises(kerata.UnsupportedError, match="Layer 'x': expected"):
        modern(kind, **config)


def test_configs_of_keras_3_stay_as_they_are() -> None:
    assert modern("GRU", "3.15.1", units=2, recurrent_activation="hard_sigmoid")[1] == {
        "name": "x",
        "units": 2,
        "recurrent_activation": "hard_sigmoid",
    }


def test_classes_go_by_their_public_names() -> None:
    assert modern("GroupedQueryAttention", "3.15.1")[0] == "GroupQueryAttention"
    assert modern("TimeDistributed", "3.15.1", layer={"class_name": "GroupedQueryAttention"})[1]["layer"] == {
        "class_name": "GroupQueryAttention"
    }


# Files that would lead out of themselves, or never end


def hostile_h5(path: Path, change: Any) -> bytes:
    """A good `.h5` with its first kernel put in another place by `change(layer's group, name, values)`."""
    source = GOLDEN / "models" / "keras3_small.h5"
    shutil.copy(source, path)
    with h5py.File(path, "r+") as file:
        group = file["model_weights/first/small/first"]
        values = group["kernel"][:]
        del group["kernel"]
        change(group, "kernel", values)
    return path.read_bytes()


def outside(group: Any, name: str, values: np.ndarray) -> None:
    group[name] = h5py.ExternalLink("/etc/hostname", "/x")


def values_outside(group: Any, name: str, values: np.ndarray) -> None:
    group.create_dataset(name, values.shape, "f4", external=[("/etc/passwd", 0, values.nbytes)])


def nowhere(group: Any, name: str, values: np.ndarray) -> None:
    group[name] = h5py.SoftLink("/nowhere")


def itself(group: Any, name: str, values: np.ndarray) -> None:
    group[name] = h5py.SoftLink(f"{group.name}/{name}")


def bomb(group: Any, name: str, values: np.ndarray) -> None:
    group.create_dataset(name, (1 << 20, 1 << 10), "f4", chunks=(1 << 10, 1 << 10), compression="gzip")[:1024] = 0


def unwritten(group: Any, name: str, values: np.ndarray) -> None:
    group.create_dataset(name, values.shape, "f4")


def text(group: Any, name: str, values: np.ndarray) -> None:
    group[name] = np.full(values.shape, b"x")


@pytest.mark.parametrize("change", [outside, values_outside, nowhere, itself, bomb, unwritten, text])
def test_a_weight_that_is_none(change: Any, tmp_path: Path) -> None:
    with pytest.raises(kerata.ModelFileError):
        kerata.load_model(hostile_h5(tmp_path / "x.h5", change))


def test_a_packed_weight_is_read(tmp_path: Path) -> None:
    def packed(group: Any, name: str, values: np.ndarray) -> None:
        group.create_dataset(name, data=values, chunks=(2, 2, 1, 3), compression="gzip", shuffle=True)

    ours = formats.read(hostile_h5(tmp_path / "x.h5", packed)).weights["first/small/first/kernel"]
    good = formats.read(GOLDEN / "models" / "keras3_small.h5").weights
    assert np.array_equal(ours, good["first/small/first/kernel"])


@pytest.mark.parametrize("levels", [1, 60])
def test_groups_without_end(levels: int) -> None:
    """Groups that hold themselves, or each the next one twice: 2 to the 60th ways through a small file."""
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        group = file.create_group("layers")
        for _ in range(levels):
            inner = group.create_group("a") if levels > 1 else group
            group["b"] = inner
            group = inner
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": []}}
    with pytest.raises(kerata.ModelFileError, match=r"damaged or truncated|at most 100 deep"):
        kerata.load_model(json.dumps(config), weights=data.getvalue())
