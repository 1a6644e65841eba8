"""`kerata info` and `kerata predict`; `kerata convert` is in test_convert.py."""

import json
import sys

import keras
import numpy as np
import pytest

import kerata
from kerata.__main__ import main
from tests.cases import GOLDEN, model_input, sequential_config

SMALL = GOLDEN / "models" / "keras3_small.keras"
TWINS = GOLDEN / "models" / "keras3_twins.keras"


def test_info_shows_layers_and_what_runs_them(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["info", str(SMALL)]) == 0
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("answer", "Conv2D", "(None, 10)", "wasm, webgpu, webgl"))
    assert f"{keras.models.load_model(SMALL).count_params():,} parameters" in printed


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_info_as_json_counts_what_keras_counts_and_a_shared_layer_once(suffix, capsys):
    assert main(["info", str(TWINS.with_suffix(suffix)), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["parameters"] == keras.models.load_model(TWINS).count_params()
    assert found["inputs"] == {"left": [None, 4], "right": [None, 4]}
    assert [layer["name"] for layer in found["layers"]].count("shared:1") == 1


def test_info_reads_no_weights(tmp_path):
    config = sequential_config((1000, 1000, 3), ("Conv2D", {"name": "c", "filters": 8, "kernel_size": 3}))
    (tmp_path / "model.json").write_text(json.dumps(config))
    found = kerata.describe(tmp_path / "model.json")
    assert (found.parameters, found.layers[-1].shape) == (8 * 28, (None, 998, 998, 8))


def test_what_has_no_kernel_says_so(tmp_path):
    layers = [
        ("LSTM", {"name": "l", "units": 3}),
        ("UnitNormalization", {"name": "u"}),
        ("Dense", {"name": "d", "units": 2}),
    ]
    found = kerata.describe(json.dumps(sequential_config((5, 4), *layers)))
    assert [layer.kernels for layer in found.layers[1:]] == [("wasm",), (), ("wasm", "webgpu", "webgl")]


def test_info_names_what_is_missing_and_fails(tmp_path, capsys):
    config = sequential_config((3,), ("Lambda", {"name": "a"}), ("Quaternion", {"name": "b"}))
    (tmp_path / "model.json").write_text(json.dumps(config))
    assert main(["info", str(tmp_path / "model.json"), "--json"]) == 1
    missing = json.loads(capsys.readouterr().out)["missing"]
    assert set(missing) == {"a", "b"}
    assert "its computation is Python code" in missing["a"]


def test_info_without_rich_asks_for_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert main(["info", str(SMALL)]) == 1
    assert "pip install 'kerata[cli]'" in capsys.readouterr().err


def test_predict_writes_what_the_model_answers(tmp_path):
    np.save(tmp_path / "x.npy", model_input("small"))
    assert main(["predict", str(SMALL), str(tmp_path / "x.npy"), "--out", str(tmp_path / "y.npy")]) == 0
    expected = kerata.load_model(SMALL).predict(model_input("small"))
    assert np.array_equal(np.load(tmp_path / "y.npy"), expected)


def test_predict_takes_and_gives_several_arrays(tmp_path, capsys):
    np.savez(tmp_path / "x.npz", **model_input("twins"))
    assert main(["predict", str(TWINS), str(tmp_path / "x.npz"), "--json"]) == 0
    outputs = json.loads(capsys.readouterr().out)
    for ours, theirs in zip(outputs, kerata.load_model(TWINS).predict(model_input("twins")), strict=True):
        np.testing.assert_allclose(ours, theirs)


def test_predict_refuses_python_objects(tmp_path, capsys):
    np.save(tmp_path / "x.npy", np.array([{}], object), allow_pickle=True)
    assert main(["predict", str(SMALL), str(tmp_path / "x.npy")]) == 1
    assert "expected arrays as numpy.save writes them" in capsys.readouterr().err


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "Functional", "config": {"layers": [], "input_layers": [], "output_layers": []}},
        sequential_config((3,), ("Rescaling", {"name": "r", "scale": "x"})),
        sequential_config((3,), ("Dense", {"name": "d", "units": 10**12}), ("BatchNormalization", {"name": "b"})),
        sequential_config((10**7, 10**7), ("Masking", {"name": "m"}), ("LSTM", {"name": "l", "units": 10**6})),
    ],
)
def test_info_of_an_odd_model_is_a_description_or_one_sentence(config, capsys):
    try:
        kerata.describe(json.dumps(config))
    except kerata.KerataError as error:
        assert "\n" not in str(error)


def test_predict_refuses_a_damaged_archive(tmp_path, capsys):
    (tmp_path / "x.npz").write_bytes(b"PK\x03\x04garbage")
    assert main(["predict", str(SMALL), str(tmp_path / "x.npz")]) == 1
    assert "expected arrays as numpy.save writes them" in capsys.readouterr().err
