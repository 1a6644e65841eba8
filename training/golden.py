"""Makes the golden data in tests/golden from the installed Keras: `python -m training.golden`, or that of some layers'
files alone: `python -m training.golden dense conv2d`.

For each layer's cases an `.npz` with the model's config, its weights, an input and Keras's output; and small whole
models in the file formats that Kerata reads.
"""

import inspect
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tests.cases import GOLDEN, Case, groups, model_input

BATCH = 2


def build(case: Case) -> keras.Model:
    """The case's layer alone in a model, its weights drawn from the case's name."""
    layer = getattr(keras.layers, case.kind).from_config(case.config)
    if len(case.shapes) == 1 and not (case.call or case.masked):
        return with_random_weights(keras.Sequential([_input(case, case.shapes[0]), layer]), str(case))
    inputs = [_input(case, shape) for shape in case.shapes]
    values = [keras.layers.Masking()(value) for value in inputs] if case.masked else inputs
    by_name = [place for places in case.named.values() for place in (places if isinstance(places, list) else [places])]
    positional = [value for place, value in enumerate(values) if place not in by_name]
    keywords = {
        name: [values[place] for place in places] if isinstance(places, list) else values[places]
        for name, places in case.named.items()
    }
    arguments = positional if len(positional) == 1 or _takes_several(layer) else [positional]
    return with_random_weights(keras.Model(inputs, layer(*arguments, **keywords, **case.call)), str(case))


def _input(case: Case, shape: tuple[int, ...]) -> Any:
    sizes = tuple(None if axis in case.open else size for axis, size in enumerate(shape))
    return keras.Input(sizes, dtype=case.dtype)


def _takes_several(layer: keras.Layer) -> bool:
    """Whether its call takes several inputs one by one, and not in a list."""
    _, *others = inspect.signature(layer.call).parameters.values()
    return any(each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD for each in others)


def with_random_weights(model: Any, name: str) -> Any:
    """Initial biases are zero and would hide a forgotten one, so all weights are drawn anew."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    drawn = [random.normal(0, 0.5, weight.shape).astype(np.float32) for weight in model.weights]
    variances = ["variance" in weight.name for weight in model.weights]
    model.set_weights([abs(array) if positive else array for array, positive in zip(drawn, variances, strict=True)])
    return model


def sample(case: Case) -> Any:
    """An input for the case, or a list of them: normal, so that both sides of every activation's bend are met."""
    random = np.random.default_rng(zlib.crc32(str(case).encode()) + 1)
    arrays = [_sample(case, shape, random) for shape in case.shapes]
    return arrays[0] if len(arrays) == 1 else arrays


def _sample(case: Case, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    if case.dtype != "float32":
        return random.integers(0, case.below, (BATCH, *shape)).astype(case.dtype)
    x = random.normal(0, 2, (BATCH, *shape)).astype(np.float32)
    if case.masked:
        x[0, -1] = x[1, : shape[0] // 2] = 0  # at the end, and before the first step that counts
    return x


def outputs_of(model: keras.Model, x: Any) -> list[np.ndarray]:
    """What Keras gives, as a list."""
    y = model.predict(x, verbose=0)
    return y if isinstance(y, list) else [y]


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


def write_models(folder: Path) -> None:
    import tf_keras

    folder.mkdir(parents=True, exist_ok=True)
    for name, k, suffixes in (("keras3", keras, (".keras", ".h5")), ("keras2", tf_keras, (".h5",))):
        for make in (small_network, shared_network):
            model = with_random_weights(make(k), make.__name__)
            x = model_input(model.name)
            outputs = model.predict(x, verbose=0)
            stem = f"{name}_{model.name}"
            arrays = outputs if isinstance(outputs, list) else [outputs]
            save(folder / f"{stem}.npz", {f"output{i}": array for i, array in enumerate(arrays)})
            for suffix in suffixes:
                model.save(folder / (stem + suffix))
    print("models written")


if __name__ == "__main__":
    write_layers(GOLDEN / "layers", sys.argv[1:])
    if not sys.argv[1:]:
        write_models(GOLDEN / "models")
