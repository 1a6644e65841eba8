"""`kerata.describe` refuses what `load_model` refuses."""

import json
from typing import Any

import numpy as np
import pytest

import kerata
from kerata import Model, graph
from kerata.layers import registry
from tests.support.cases import Case, all_cases, sequential_config


def functional(case: Case, config: dict[str, Any]) -> str:
    """The JSON of a model of the case's layer with another config."""
    inputs = [
        {"class_name": "InputLayer", "name": f"x{place}", "inbound_nodes": [],
         "config": {"name": f"x{place}", "batch_shape": [None, *shape], "dtype": dtype}}
        for place, (shape, dtype) in enumerate(zip(case.shapes, case.dtypes, strict=True))
    ]  # fmt: skip
    tensors = [{"class_name": "__keras_tensor__", "config": {"keras_history": [each["name"], 0, 0]}} for each in inputs]
    uses = [{"args": tensors if len(tensors) == 1 else [tensors], "kwargs": {}}]
    layer = {"class_name": case.kind, "name": "layer", "config": {"name": "layer", **config}, "inbound_nodes": uses}
    ends = {"input_layers": [[each["name"], 0, 0] for each in inputs], "output_layers": [["layer", 0, 0]]}
    return json.dumps({"class_name": "Functional", "config": {"name": "m", "layers": [*inputs, layer], **ends}})


def refusal(use: Any) -> str | None:
    try:
        use()
    except kerata.KerataError as error:
        return str(error)
    return None


def test_what_load_model_refuses_describe_refuses_too() -> None:
    """Each option of a case of each kind of layer, with a value that none takes."""
    tried, different = set[tuple[str, str]](), []
    for _, case in all_cases():
        for key in {"activation", "recurrent_activation", *case.config} if not case.named else ():
            if (case.kind, key) in tried:
                continue
            tried.add((case.kind, key))
            text = functional(case, case.config | {key: "bogus"})
            loaded = refusal(lambda text=text: Model(graph.read(json.loads(text), None), "numpy"))
            if loaded and not refusal(lambda text=text: kerata.describe(text)):
                different.append((case.kind, key, loaded))
    assert len(tried) > 500
    assert not different


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("Dense", {"units": 2, "activation": "my_own"}),
        ("Conv1D", {"filters": 2, "kernel_size": 1, "activation": {"class_name": "function", "config": "pack>my_own"}}),
        ("LSTM", {"units": 2, "recurrent_activation": "my_own"}),
        ("Activation", {"activation": {"class_name": "my_own", "config": {}}}),
    ],
)
def test_an_unknown_activation_is_a_short_sentence_with_layer_and_remedy(kind, config):
    with pytest.raises(kerata.UnsupportedError) as caught:
        kerata.describe(json.dumps(sequential_config((4, 3), (kind, {"name": "the_layer", **config}))))
    text = str(caught.value)
    assert text.startswith("Layer 'the_layer") and "no activation 'my_own'" in text and "register_layer" in text
    assert len(text) < 200


def test_an_activation_of_one_s_own_is_registered_as_a_layer_of_its_name(monkeypatch, dense_config):
    monkeypatch.setattr(registry, "_layers", dict(registry._layers))

    @kerata.register_layer("my_own")
    def build(node):
        return lambda x: -x

    for given in ("my_own", "pack>my_own", {"class_name": "function", "config": "my_own"}):
        dense_config["config"]["layers"][1]["config"]["activation"] = given
        weights = {"d/kernel": np.ones((3, 2), "f4"), "d/bias": np.zeros(2, "f4")}
        assert Model(graph.read(dense_config, weights)).predict(np.array([[1, 2, 3]])).tolist() == [[-6, -6]]
    cell = sequential_config((1, 1), ("LSTM", {"name": "l", "units": 1, "activation": "my_own"}))
    ones = {"l/kernel": np.ones((1, 4), "f4"), "l/recurrent_kernel": np.ones((1, 4), "f4"), "l/bias": np.zeros(4, "f4")}
    gate = 1 / (1 + np.exp(-1))
    np.testing.assert_allclose(Model(graph.read(cell, ones)).predict(np.ones((1, 1, 1))), [[gate * gate]], rtol=1e-6)
