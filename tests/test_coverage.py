"""Every layer of the installed Keras is here, or said to be left out; and how the README says to add one."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

import kerata
from kerata import layers
from kerata.graph import deserialize
from kerata.layers import registry
from kerata.layers.common.unsupported import LEFT_OUT
from tests.support.cases import Case
from training import coverage


def test_no_layer_of_keras_is_missing_in_silence() -> None:
    ours = set(layers.kinds()) | deserialize.UNROLLED
    assert coverage.keras_layers() - ours == set(LEFT_OUT)
    assert not ours & set(LEFT_OUT)


def test_the_table_is_made_from_the_code() -> None:
    text = coverage.README.read_text()
    assert coverage.with_table(text) == text, "remake it with `python -m training.coverage`"


@keras.saving.register_keras_serializable("tests")
class Scale(keras.Layer):
    def build(self, shape):
        self.factor = self.add_weight(name="factor", shape=shape[-1:], initializer="random_normal")

    def call(self, x):
        return x * self.factor


def test_the_worked_example_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, cases = re.findall(r"```python\n(.*?)```", coverage.README.read_text(), re.DOTALL)
    monkeypatch.setattr(registry, "_layers", dict(registry._layers))
    exec(layer, {"__name__": "scale"})
    listed = {}
    exec(cases, listed)
    assert set(listed["DRAWN"]) == {case.kind for case in listed["CASES"]} == {"Scale"}
    case: Case = listed["CASES"][0]
    model = keras.Sequential([keras.Input(case.shape), Scale()])
    model.save(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(2, *case.shape)).astype("f4")
    np.testing.assert_allclose(
        kerata.load_model(tmp_path / "model.keras").predict(x), model.predict(x, verbose=0), rtol=1e-6
    )
