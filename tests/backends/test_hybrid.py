"""Models that kernels run only in part."""

import numpy as np
import pytest

import kerata
from kerata import TooLargeError, graph, limits
from kerata.backends.hybrid import HybridProgram
from kerata.backends.numpy import NumpyBackend
from kerata.coroutines import finish
from tests.support.cases import sequential_config
from tests.support.wasmtime_engine import wasm_backend
from tests.support.whole_models import made, unmasked_bilstm, unmasked_transformer


@pytest.mark.parametrize(
    "layer", [("Softmax", {"axis": 0}), ("Softmax", {"axis": [-2]}), ("UnitNormalization", {"axis": 0})]
)
def test_what_works_along_the_batch_sees_all_of_it(layer) -> None:
    """Programs of kernels run a batch in parts."""
    kind, options = layer
    config = sequential_config((5,), ("ReLU", {"name": "r"}), (kind, {"name": "l", **options}))
    x = np.random.default_rng(0).normal(size=(70, 5)).astype(np.float32)
    on_kernels, on_numpy = (
        kerata.Model(graph.read(config, {}), each).predict(x, 70) for each in (wasm_backend(), "numpy")
    )
    np.testing.assert_allclose(on_kernels, on_numpy, rtol=1e-6)


@pytest.mark.parametrize(("make", "on_numpy"), [(unmasked_transformer, 4), (unmasked_bilstm, 1)])
def test_all_behind_the_embeddings_is_one_call_of_kernels(make, on_numpy: int, tmp_path) -> None:
    made(make).save(tmp_path / "model.keras")
    *before, subgraph = kerata.load_model(tmp_path / "model.keras", wasm_backend())._choice.program._parts
    assert len(before) == on_numpy  # the embeddings and what makes the positions
    assert len(subgraph.program._steps) == 1


def test_a_layer_of_one_s_own_gets_its_mask_everywhere(monkeypatch) -> None:
    kerata.layers.kinds()  # all are there before this one is added for a while
    monkeypatch.setattr(kerata.layers.registry, "_layers", dict(kerata.layers.registry._layers))

    @kerata.register_layer("Told", takes_mask=True)
    def build(node):
        return lambda x, mask: x if mask is None else x * mask[..., None]

    config = sequential_config((4, 2), ("Told", {"name": "t"}))
    x = np.ones((2, 4, 2), np.float32)
    assert np.array_equal(kerata.Model(graph.read(config, {}), wasm_backend()).predict(x), x)


@pytest.mark.parametrize("plain", ["", "ab", "cd"])
def test_all_values_together_are_bounded_as_on_numpy(plain: str) -> None:
    """Of an input of 4,000 B and four outputs of as many, all of which are alive at the end."""
    entries = [
        {"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_shape": [None, 1000]},
         "inbound_nodes": []},
        *({"class_name": "ReLU", "name": name, "config": {"name": name, "trainable": True},
           "inbound_nodes": [[["x", 0, 0, {}]]]}
          for name in "abcd"),
    ]  # fmt: skip
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [[name, 0, 0] for name in "abcd"]}
    model = graph.read({"class_name": "Functional", "config": {"name": "m", "layers": entries, **ends}}, {})
    x = {"x": np.ones((1, 1000), np.float32)}
    program = HybridProgram(NumpyBackend(), model.nodes, list("abcd"), {*plain})
    with limits.at_most(20_000):
        assert len(finish(program.arun(x))) == 4
    with limits.at_most(19_999), pytest.raises(TooLargeError, match="Layer 'a': expected arrays of at most 19,999 B"):
        finish(program.arun(x))
