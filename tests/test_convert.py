import numpy as np
import pytest

import kerata
from kerata import graph
from kerata.__main__ import main
from kerata.quantization import restore, store
from tests.support.cases import GOLDEN, sequential_config

SMALL = GOLDEN / "models" / "keras3_small.h5"


def test_int8_keeps_zero_exact_and_errs_by_half_a_step_a_channel():
    weight = np.random.default_rng(3).normal(size=(3, 3, 4, 5)).astype(np.float32) * np.logspace(-3, 2, 5, dtype="f4")
    weight[0, 0, 0] = 0
    weight[..., 4] = 0
    restored = restore(store(weight, "int8"))
    step = np.abs(weight).max(axis=(0, 1, 2)) / 127
    assert restored.dtype == np.float32
    assert (np.abs(restored - weight) <= 0.501 * step).all()
    assert not restored[weight == 0].any()


@pytest.mark.parametrize("scheme", ["int8", "float16"])
def test_biases_stay_float32(scheme):
    bias = np.array([0.1, 1e-9], np.float32)
    assert restore(store(bias, scheme)) is bias or np.array_equal(restore(store(bias, scheme)), bias)


@pytest.mark.parametrize(("scheme", "allowed"), [(None, 0), ("float16", 1e-3), ("int8", 5e-2)])
def test_a_converted_model_loads_passes_its_self_test_and_answers_alike(scheme, allowed, tmp_path):
    report = kerata.convert(SMALL, tmp_path / "small.safetensors", scheme)
    x = np.random.default_rng(5).random((4, 8, 8, 1), np.float32)
    before, after = (kerata.load_model(path).predict(x) for path in (SMALL, tmp_path / "small.safetensors"))
    np.testing.assert_allclose(after, before, rtol=0, atol=allowed)
    assert report.size == (tmp_path / "small.safetensors").stat().st_size
    assert (report.drift > 0) == (scheme is not None)


def test_the_row_that_drifts_most_is_the_self_test(tmp_path):
    sample = np.random.default_rng(6).random((40, 8, 8, 1), np.float32)
    report = kerata.convert(SMALL, tmp_path / "small.safetensors", "int8", sample=sample)
    full, small = (kerata.load_model(path).predict(sample) for path in (SMALL, tmp_path / "small.safetensors"))
    drifts = np.abs(full - small).max(1)
    saved = kerata.formats.read(tmp_path / "small.safetensors")
    assert saved.self_test is not None
    assert np.array_equal(saved.self_test.inputs[0][0], sample[drifts.argmax()])
    assert report.drift == pytest.approx(drifts.max(), abs=1e-6)


def test_the_command_line_prints_sizes_and_drift(tmp_path, capsys):
    assert main(["convert", str(SMALL), str(tmp_path / "small.safetensors"), "--quantize", "int8"]) == 0
    printed = capsys.readouterr().out
    assert f"{SMALL.stat().st_size:,} B → " in printed
    assert "Largest change of a weight: 0.0" in printed


@pytest.mark.parametrize(("content", "sentence"), [(b"no model", "expected a Keras"), (None, "No such file")])
def test_the_command_line_fails_with_one_sentence_and_leaves_nothing(content, sentence, tmp_path, capsys):
    if content is not None:
        (tmp_path / "m.h5").write_bytes(content)
    assert main(["convert", str(tmp_path / "m.h5"), str(tmp_path / "out.safetensors")]) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert not list(tmp_path.glob("out*"))


def test_an_unknown_scheme_is_refused(tmp_path):
    with pytest.raises(kerata.UnsupportedError, match="received 'int3'"):
        kerata.convert(SMALL, tmp_path / "x", "int3")


def test_a_registered_layer_runs_and_a_kind_has_one_layer_only():
    @kerata.register_layer("Doubled")
    def build(node):
        return lambda x: 2 * x

    model = kerata.Model(graph.read(sequential_config((2,), ("Doubled", {"name": "d"})), {}))
    assert model.predict(np.array([[1, 2]])).tolist() == [[2, 4]]
    with pytest.raises(ValueError, match="'Doubled' is registered already"):
        kerata.register_layer("Doubled")(build)


def test_notes_leave_the_file_s_own_entries_alone(tmp_path):
    with pytest.raises(kerata.InputError, match="received 'config'"):
        kerata.convert(SMALL, tmp_path / "small.safetensors", notes={"config": 1})


def test_a_sample_that_does_not_fit_is_refused(tmp_path):
    with pytest.raises(kerata.InputError, match="expected shape"):
        kerata.convert(SMALL, tmp_path / "small.safetensors", sample=np.zeros((2, 5)))
