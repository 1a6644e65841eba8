"""Makes the golden data in tests/golden from the installed Keras: `python -m training.golden`.

For each layer's cases an `.npz` with the model's config, its weights, an input and Keras's output; and small whole
models in the file formats that Kerata reads.
"""

import zlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tests.cases import GOLDEN, Case, groups, model_input

BATCH = 2


def build(case: Case) -> keras.Model:
    """The case's layer alone in a Sequential model, its weights drawn from the case's name."""
    layer = getattr(keras.layers, case.kind)(**case.config)
    return with_random_weights(keras.Sequential([keras.Input(case.shape), layer]), str(case))


def with_random_weights(model: Any, name: str) -> Any:
    """Initial biases are zero and would hide a forgotten one, so all weights are drawn anew."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    drawn = [random.normal(0, 0.5, weight.shape).astype(np.float32) for weight in model.weights]
    variances = ["variance" in weight.name for weight in model.weights]
    model.set_weights([abs(array) if positive else array for array, positive in zip(drawn, variances, strict=True)])
    return model


def sample(case: Case) -> np.ndarray:
    """An input for the case: normal, so that both sides of every activation's bend are met."""
    random = np.random.default_rng(zlib.crc32(str(case).encode()) + 1)
    return random.normal(0, 2, (BATCH, *case.shape)).astype(np.float32)


def record(case: Case) -> dict[str, np.ndarray]:
    model = build(case)
    layer = model.layers[-1]
    weights = {f"weight/{layer.name}/{weight.name}": weight.numpy() for weight in layer.weights}
    x = sample(case)
    return {
        "config": np.array(model.to_json()),
        "input": x,
        "output": model.predict(x, verbose=0),
        **weights,
    }


def save(path: Path, arrays: dict[str, Any]) -> None:
    np.savez_compressed(path, **arrays)


def write_layers(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for group, cases in groups().items():
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
    write_layers(GOLDEN / "layers")
    write_models(GOLDEN / "models")
