"""`kerata info` and `kerata predict`; `kerata convert` is in test_convert.py."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

import kerata
from kerata.__main__ import main
from tests.support.cases import GOLDEN, model_input, sequential_config

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


def test_the_command_line_says_its_version_and_completes_in_shells(capsys):
    for arguments, expected in [(["--version"], "kerata 0."), (["--print-completion", "bash"], "--quantize")]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        assert expected in capsys.readouterr().out


def test_a_reader_that_has_read_enough_ends_info_in_silence():
    command = f"{sys.executable} -m kerata info {SMALL} --json | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


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
