"""Inputs found for models of open sizes, and for layers that take only some values."""

import json

import numpy as np
import pytest

import kerata
from kerata import graph, samples
from kerata.__main__ import main
from kerata.formats import safetensors
from kerata.quantization import store
from tests.support.cases import GOLDEN, model_input, sequential_config


def model_of(shape, *layers, dtype="float32", **weights):
    config = sequential_config(shape, *layers)
    config["config"]["layers"][0]["config"]["dtype"] = dtype
    named = {name.replace("__", "/"): np.ones(size, "f4") for name, size in weights.items()}
    return kerata.Model(graph.read(config, named))


def operators(shape, *calls):
    """A Functional model of operators: each takes the value before and a constant."""
    entries = [{"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_shape": [None, *shape]}}]
    for place, (kind, *constants) in enumerate(calls):
        history = {"class_name": "__keras_tensor__", "config": {"keras_history": [entries[-1]["name"], 0, 0]}}
        entries.append(
            {
                "class_name": kind,
                "module": "keras.src.ops.numpy",
                "name": f"o{place}",
                "config": {"name": f"o{place}"},
                "inbound_nodes": [{"args": [history, *constants], "kwargs": {}}],
            }
        )
    entries[0]["inbound_nodes"] = []
    body = {
        "name": "m",
        "layers": entries,
        "input_layers": [["x", 0, 0]],
        "output_layers": [[entries[-1]["name"], 0, 0]],
    }
    return kerata.Model(graph.read({"class_name": "Functional", "config": body}, {}))


def numpy_constant(array):
    return {"class_name": "__numpy__", "config": {"value": array.tolist(), "dtype": str(array.dtype)}}


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (lambda: model_of((None, 3), ("Masking", {"name": "m"})), (1, 32, 3)),
        (lambda: model_of((None, 3), ("Cropping1D", {"name": "c", "cropping": [20, 20]})), (1, 41, 3)),
        (lambda: model_of((None, 4), ("Cropping1D", {"name": "c", "cropping": [5000, 5000]})), (1, 10240, 4)),
        (lambda: model_of((None, 3), ("Conv1D", {"name": "c", "filters": 2, "kernel_size": 100}),
                          c__kernel=(100, 3, 2), c__bias=2), (1, 100, 3)),
        (lambda: model_of((None,), ("Reshape", {"name": "r", "target_shape": [-1, 77]})), (1, 77)),
        (lambda: model_of((None, 3), ("Reshape", {"name": "r", "target_shape": [-1, 5]})), (1, 5, 3)),
        (lambda: model_of((None, None, 1), ("Reshape", {"name": "r", "target_shape": [7, 11]})), (1, 7, 11, 1)),
        (lambda: model_of((None,), ("Normalization", {"name": "n"}),
                          n__mean=(5,), n__variance=(5,), n__count=()), (1, 5)),
        (lambda: model_of((None,), ("Dense", {"name": "d", "units": 2}), d__kernel=(91, 2), d__bias=2), (1, 91)),
        (lambda: operators((None, 4), ("Add", numpy_constant(np.ones((1, 50, 4), "f4")))), (1, 50, 4)),
        (lambda: model_of((None, None, 1), ("Flatten", {"name": "f"}), ("Dense", {"name": "d", "units": 2}),
                          d__kernel=(77, 2), d__bias=2), (1, 77, 1, 1)),
    ],
)  # fmt: skip
def test_open_sizes_are_those_that_the_layers_take(model, shape):
    model = model()
    (x,) = samples.runnable(model)
    assert x.shape == shape
    model.predict(x)


def test_words_and_numbers_are_of_the_vocabulary_where_there_is_no_other():
    words = {"name": "l", "vocabulary": ["red", "green"], "num_oov_indices": 0, "mask_token": None}
    (x,) = samples.runnable(model_of((3,), ("StringLookup", words), dtype="string"))
    assert set(x.ravel()) <= {b"red", b"green"}
    numbers = {"name": "l", "vocabulary": [77, 78], "num_oov_indices": 0, "mask_token": None}
    (x,) = samples.runnable(model_of((3,), ("IntegerLookup", numbers), dtype="int64"))
    assert set(x.ravel()) <= {77, 78}


def test_values_are_those_that_the_model_answers_with_finite_numbers():
    (x,) = samples.runnable(
        model_of(
            (None,), ("Embedding", {"name": "e", "input_dim": 1, "output_dim": 2}), dtype="int32", e__embeddings=(1, 2)
        )
    )
    assert not x.any()
    (x,) = samples.runnable(operators((4,), ("Subtract", 2), ("Log",)))
    assert (x > 2).all()


def test_a_model_without_finite_answers_is_converted_without_drift(tmp_path, capsys):
    config = sequential_config((2,), ("Dense", {"name": "d", "units": 2, "use_bias": False}))
    kernel = np.full((2, 2), np.nan, np.float32)
    (tmp_path / "n.safetensors").write_bytes(safetensors.write(config, {"d/kernel": store(kernel, None)}, None, {}))
    assert main(["convert", str(tmp_path / "n.safetensors"), str(tmp_path / "m.safetensors")]) == 0
    assert "so no change of an output was measured" in capsys.readouterr().out
    converted = kerata.formats.read(tmp_path / "m.safetensors")
    assert converted.self_test is None
    assert converted.notes["drift"] is None
    kerata.load_model(tmp_path / "m.safetensors")
    with pytest.raises(kerata.InputError, match="sample: expected inputs that the model answers with finite numbers"):
        kerata.convert(tmp_path / "n.safetensors", tmp_path / "o.safetensors", sample=np.ones((1, 2)))


def test_a_sample_is_taken_from_a_file_also_for_several_inputs(tmp_path, capsys):
    x, twins = model_input("small"), model_input("twins")
    np.save(tmp_path / "x.npy", x)
    np.savez(tmp_path / "twins.npz", **twins)
    for name, sample in [("small", "x.npy"), ("twins", "twins.npz")]:
        command = ["convert", str(GOLDEN / "models" / f"keras3_{name}.keras"), str(tmp_path / "m.safetensors")]
        assert main([*command, "--quantize", "int8", "--sample", str(tmp_path / sample), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["drift"] > 0
        test = kerata.formats.read(tmp_path / "m.safetensors").self_test
        given = [x] if name == "small" else [twins["left"], twins["right"]]
        assert all(
            any(np.array_equal(row[0], own) for own in array) for row, array in zip(test.inputs, given, strict=True)
        )
