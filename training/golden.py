"""Makes the golden data in tests/golden from the installed Keras: `python -m training.golden`, or that of some layers'
files alone: `python -m training.golden dense conv2d`. Of operators and of whole networks it keeps the configs:
`… training.golden operators networks`.

For each layer's cases an `.npz` with the model's config, its weights, an input and Keras's output; and small whole
models in the file formats that Kerata reads.
"""

import copy
import functools
import gzip
import importlib
import inspect
import json
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import kerata
from tests.bench.export_kerasjs import field, varint
from tests.support.cases import GOLDEN, NETWORKS, OPERATORS, WORDS, Case, groups, model_input

BATCH = 2


def build(case: Case) -> keras.Model:
    """The case's layer alone in a model, its weights drawn from the case's name."""
    layer = _class(case.kind).from_config(copy.deepcopy(case.config))  # which takes it apart
    if len(case.shapes) == 1 and not (case.call or case.masked or _gives_several(case.config)):
        return with_random_weights(keras.Sequential([_input(case, 0), layer]), str(case))
    inputs = [_input(case, place) for place in range(len(case.shapes))]
    values = [
        keras.layers.Masking()(value) if masked else value for value, masked in zip(inputs, case.masks, strict=True)
    ]
    by_name = keras.tree.flatten(case.named)
    positional = [value for place, value in enumerate(values) if place not in by_name]
    keywords = keras.tree.map_structure(lambda place: values[place], case.named)
    arguments = positional if len(positional) == 1 or _takes_several(layer) else [positional]
    outputs = keras.tree.flatten(layer(*arguments, **keywords, **case.call))
    return with_random_weights(keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0]), str(case))


def _gives_several(config: dict[str, Any]) -> bool:
    """Whether the layer, a recurrent one, has several outputs, which no Sequential model takes."""
    inner = config.get("layer", {}).get("config", {})
    return config.get("return_state", False) or config.get("merge_mode", "") is None or inner.get("return_state", False)


def _class(kind: str) -> Any:
    """Of the layers, or of those that networks in Keras have for themselves."""
    places = (keras.layers, keras.src.applications.convnext, keras.src.applications.inception_resnet_v2)
    return next(getattr(place, kind) for place in places if hasattr(place, kind))


def _input(case: Case, place: int) -> Any:
    sizes = tuple(None if axis in case.open else size for axis, size in enumerate(case.shapes[place]))
    return keras.Input(sizes, dtype=case.dtypes[place])


def _takes_several(layer: keras.Layer) -> bool:
    """Whether its call takes several inputs one by one, and not in a list."""
    _, *others = inspect.signature(layer.call).parameters.values()
    return any(each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD for each in others)


def with_random_weights(model: Any, name: str) -> Any:
    """Initial biases are zero and would hide a forgotten one, so all weights are drawn anew."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    model.set_weights([_drawn(weight, random) for weight in model.weights])
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it computes with a copy
    return model


def _drawn(weight: Any, random: np.random.Generator) -> np.ndarray:
    if weight.dtype == "int8":
        return random.integers(-127, 128, weight.shape).astype(np.int8)
    if weight.name == "g_idx":  # which place is in which block
        return weight.numpy()
    array = random.normal(0, 0.5, weight.shape).astype(np.float32)
    return abs(array) if "variance" in weight.name or weight.name.endswith("_scale") else array


def sample(case: Case) -> Any:
    """An input for the case, or a list of them: normal, so that both sides of every activation's bend are met."""
    random = np.random.default_rng(zlib.crc32(str(case).encode()) + 1)
    arrays = [_sample(case, place, random) for place in range(len(case.shapes))]
    return arrays[0] if len(arrays) == 1 else arrays


def _sample(case: Case, place: int, random: np.random.Generator) -> np.ndarray:
    shape, dtype = case.shapes[place], case.dtypes[place]
    if dtype == "string":
        return np.array(WORDS)[random.integers(0, len(WORDS), (BATCH, *shape))]
    if dtype != "float32":
        return random.integers(0, case.below, (BATCH, *shape)).astype(dtype)
    x = random.normal(0, 2, (BATCH, *shape)).astype(np.float32)
    if case.masks[place]:
        x[0, -1] = x[1, : shape[0] // 2] = 0  # at the end, and before the first step that counts
    return x


def outputs_of(model: keras.Model, x: Any) -> list[np.ndarray]:
    """What Keras gives, as a list."""
    y = model.predict(for_keras(x), verbose=0)
    return y if isinstance(y, list) else [y]


def for_keras(x: Any) -> Any:
    """Keras takes text as TensorFlow's tensors alone, and those not beside arrays."""
    arrays = x if isinstance(x, list) else [x]
    if all(array.dtype.kind != "U" for array in arrays):
        return x
    tensors = [tf.constant(array) for array in arrays]
    return tensors if isinstance(x, list) else tensors[0]


def record(case: Case) -> dict[str, np.ndarray]:
    model = build(case)
    x = sample(case)
    weights = {
        f"weight/{layer.name}/{weight.path.removeprefix(layer.name + '/')}": weight.numpy()
        for layer in model.layers
        for weight in layer.weights
    }
    inputs = {f"input{place}": array for place, array in enumerate(x if isinstance(x, list) else [x])}
    outputs = {f"output{place}": array for place, array in enumerate(outputs_of(model, x))}
    return {"config": np.array(model.to_json()), **inputs, **outputs, **weights}


def save(path: Path, arrays: dict[str, Any]) -> None:
    np.savez_compressed(path, **arrays)


def write_layers(folder: Path, wanted: Sequence[str] = ()) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for group, cases in groups().items():
        if wanted and group not in wanted:
            continue
        arrays = {f"{case}/{key}": value for case in cases for key, value in record(case).items()}
        if arrays:
            save(folder / f"{group}.npz", arrays)
        print(f"{group}: {len(cases)} cases")


def write_operators(path: Path) -> None:
    """The configs of the models in tests/ops by their names, so that tests without Keras have them."""
    import tf_keras

    ours, theirs = (importlib.import_module(f"tests.ops.test_{name}") for name in ("keras_ops", "tf_functions"))
    listed = {each.name: ours.saved(each.function, each.inputs) for each in (*ours.OPERATORS, *ours.GRAPHS)}
    listed |= {f"keras2_{name}": model for name, model in theirs.built(tf, tf_keras).items()}
    configs = {name: json.loads(model.to_json()) for name, model in listed.items()}
    path.write_bytes(gzip.compress(json.dumps(configs).encode(), mtime=0))
    print(f"{len(configs)} operators written")


def write_networks(path: Path) -> None:
    """The configs of the whole models and of the networks of keras.applications in the tests, by their names."""
    import tf_keras

    networks, whole = (
        importlib.import_module(f"tests.{name}") for name in ("models.test_networks", "support.whole_models")
    )
    makers = {make.__name__: (keras, make) for make in whole.MODELS}
    for name, side in networks.SIDES.items():
        for library, version in ((keras, "keras3"), (tf_keras, "keras2")):
            make = functools.partial(getattr(library.applications, name), weights=None, input_shape=(side, side, 3))
            makers[f"{name}_{version}"] = library, make
    configs = {}
    for name, (library, make) in makers.items():
        library.backend.clear_session()  # counts layers' names from the start
        configs[name] = json.loads(make().to_json())
    path.write_bytes(gzip.compress(json.dumps(configs).encode(), mtime=0))
    print(f"{len(configs)} networks written")


def small_network(k: Any) -> Any:
    """The article's network in small, made with `k`, which is Keras 3 or tf_keras (Keras 2)."""
    return k.Sequential(
        [
            k.Input((8, 8, 1)),
            k.layers.Conv2D(3, 3, activation="relu", name="first"),
            k.layers.Conv2D(4, 3, activation="relu"),
            k.layers.MaxPooling2D(2),
            k.layers.Dropout(0.25),
            k.layers.Flatten(),
            k.layers.Dense(6, activation="relu"),
            k.layers.Dense(10, activation="softmax", name="answer"),
        ],
        name="small",
    )


def shared_network(k: Any) -> Any:
    """A Functional model with two inputs, a layer that both share, and a dict of two outputs."""
    left, right = k.Input((4,), name="left"), k.Input((4,), name="right")
    shared = k.layers.Dense(5, activation="relu", name="shared")
    head = k.layers.Dense(2, name="head")
    return k.Model({"left": left, "right": right}, [head(shared(left)), shared(right)], name="twins")


def nested_network(k: Any) -> Any:
    """Models within models, some of them frozen, so that an `.h5` has their weights in another order."""
    core = k.Sequential(
        [
            k.Input((6, 6, 3)),
            k.layers.Conv2D(3, 3, name="core_first"),
            k.layers.BatchNormalization(name="core_norm"),
            k.layers.Conv2D(3, 3, name="core_last"),
        ],
        name="core",
    )
    image = k.Input((8, 8, 1), name="image")
    x = k.layers.BatchNormalization(name="norm")(k.layers.Conv2D(3, 3, name="stem")(image))
    body = k.Model(image, k.layers.Conv2D(3, 1, name="neck")(core(x)), name="body")
    core.layers[0].trainable = False
    body.get_layer("stem").trainable = False
    whole = k.Input((8, 8, 1), name="whole")
    return k.Model(whole, k.layers.Dense(2, name="head")(k.layers.Flatten()(body(whole))), name="nested_small")


_NETWORKS = (small_network, shared_network, nested_network)


def write_models(folder: Path) -> None:
    import tf_keras

    folder.mkdir(parents=True, exist_ok=True)
    for name, k in (("keras3", keras), ("keras2", tf_keras)):
        for make in _NETWORKS:
            model = with_random_weights(make(k), make.__name__)
            stem = f"{name}_{model.name}"
            _save_outputs(folder, stem, model)
            for suffix in (".keras", ".h5"):
                model.save(folder / (stem + suffix))
    model = with_random_weights(small_network(keras), "keras1")
    _save_outputs(folder, "keras1_small", model)
    write_keras1(folder / "keras1_small.h5", model)
    write_kerasjs(folder / "kerasjs_small.bin", folder / "keras2_small.h5")
    kerata.convert(folder / "keras3_small.h5", folder / "kerata_small.safetensors", "int8")
    print("models written")


def _save_outputs(folder: Path, stem: str, model: Any) -> None:
    outputs = model.predict(model_input(model.name), verbose=0)
    arrays = outputs if isinstance(outputs, list) else [outputs]
    save(folder / f"{stem}.npz", {f"output{i}": array for i, array in enumerate(arrays)})


def write_kerasjs(path: Path, source: Path) -> None:
    """What Keras.js's encoder made of an `.h5` of Keras 2, with its kernels quantised to bytes."""
    saved = kerata.formats.read(source)
    message = b"".join(
        field(number, text.encode())
        for number, text in {1: "id", 2: "small", 3: "2.1.2", 4: "tensorflow", 5: json.dumps(saved.config)}.items()
    )
    for name, weight in saved.weights.items():
        layer, _, own = name.rpartition("/")
        parts = {1: layer.encode(), 2: f"{layer}/{own}:0".encode(), 3: b"".join(map(varint, weight.shape))}
        if weight.ndim > 1:
            low, high = weight.min(), weight.max()
            steps = np.round(255 * (weight - low) / (high - low)).astype(np.uint8)
            encoded = field(4, b"uint8") + field(5, steps.tobytes())
            for number, bound in ((6, low), (7, high)):
                encoded += varint(number << 3 | 5) + np.float32(bound).tobytes()
        else:
            encoded = field(4, b"float32") + field(5, weight.tobytes())
        message += field(6, b"".join(field(number, part) for number, part in parts.items()) + encoded)
    path.write_bytes(message)


_KERAS1 = {"filters": "nb_filter", "padding": "border_mode", "strides": "subsample", "units": "output_dim", "rate": "p"}


def write_keras1(path: Path, model: keras.Sequential) -> None:
    """The model as Keras 1.2 would have saved it, which no longer installs: by hand, after its source."""
    import h5py

    entries = [_of_keras1(layer) for layer in model.layers]
    entries[0]["config"]["batch_input_shape"] = [None, *model.input_shape[1:]]
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = b"1.2.2"  # but not in the group of the weights, and no backend
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": entries}).encode()
        groups = file.create_group("model_weights")
        groups.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = groups.create_group(layer.name)
            names = [f"{layer.name}_{'Wb'[place]}" for place in range(len(layer.weights))]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, layer.get_weights(), strict=True):
                group[name] = weight


def _of_keras1(layer: keras.Layer) -> dict[str, Any]:
    plain = ("name", "trainable", "activation", "filters", "padding", "strides", "units", "rate", "pool_size")
    options = {key: value for key, value in layer.get_config().items() if key in plain}
    kind = type(layer).__name__
    if kind == "MaxPooling2D":
        config = {{"padding": "border_mode"}.get(key, key): value for key, value in options.items()}
    else:
        config = {_KERAS1.get(key, key): value for key, value in options.items()}
    if kind == "Conv2D":
        config |= {"nb_row": layer.kernel_size[0], "nb_col": layer.kernel_size[1], "bias": True}
    if kind in ("Conv2D", "MaxPooling2D"):
        config["dim_ordering"] = "tf"
    return {"class_name": "Convolution2D" if kind == "Conv2D" else kind, "config": config}


if __name__ == "__main__":
    write_layers(GOLDEN / "layers", sys.argv[1:])
    if not sys.argv[1:]:
        write_models(GOLDEN / "models")
    if not sys.argv[1:] or "operators" in sys.argv:
        write_operators(OPERATORS)
    if not sys.argv[1:] or "networks" in sys.argv:
        write_networks(NETWORKS)
