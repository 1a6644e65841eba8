"""What the planner fuses: seen in its operations, and in the answers of the program."""

import importlib
import subprocess
import sys

import numpy as np
import pytest

from kerata import Model, graph
from kerata.backends import DEFAULT, lowering
from kerata.backends.lowering import KernelSupport, lower
from kerata.backends.wasm.kernel_selection import fuses_pool, supports
from kerata.layers import find
from tests.conftest import SHIPPED
from tests.support.cases import sequential_config
from tests.support.wasmtime_engine import wasm_backend


def model(shape, *layers, backend="numpy", backends=DEFAULT):
    """A Sequential model of (kind, config) layers with random weights."""
    named = [(kind, {"name": f"l{place}", **config}) for place, (kind, config) in enumerate(layers)]
    random = np.random.default_rng(5)
    weights, inputs = {}, (None, *shape)
    for kind, config in named:
        for name, size in find(kind, config["name"]).weights(config, [inputs]).items():
            weights[f"{config['name']}/{name}"] = random.uniform(0.5, 1.5, size).astype(np.float32)
        inputs = find(kind, config["name"]).shapes(config, [inputs])[0]
    return Model(graph.read(sequential_config(shape, *named), weights), backend, backends=backends)


def operations(of):
    shapes = {node.name: node.shape[1:] for node in of.nodes}
    lowered, _ = lower(of.nodes, shapes, [of.nodes[-1].name], KernelSupport(fuses_pool, supports))
    return [type(each).__name__ for each in lowered]


CONV = ("Conv2D", {"filters": 8, "kernel_size": 3})
GROUPED = ("Conv2D", {"filters": 24, "kernel_size": 3, "groups": 2, "padding": "same", "strides": 2})
BACKWARDS = {"go_backwards": True, "return_sequences": True}
GELU_AND_NORM = ["Convolution", "Add", "LayerNorm"]
NORM, RELU, POOL = ("BatchNormalization", {}), ("ReLU", {}), ("MaxPooling2D", {"pool_size": 2})


@pytest.mark.parametrize(
    ("shape", "layers", "expected"),
    [
        ((18, 18, 8), [CONV, NORM, RELU, POOL], ["Convolution"]),
        ((10, 10, 8), [CONV, RELU, POOL], ["Convolution", "Pooling"]),  # too small for Winograd
        ((14, 14, 8), [CONV, POOL], ["Convolution"]),
        ((9, 9, 3), [("ZeroPadding2D", {"padding": 1}), CONV, NORM], ["Convolution"]),
        ((9, 9, 3), [("ZeroPadding2D", {"padding": 1}), POOL], ["Pooling"]),
        ((9, 9, 4), [("ZeroPadding2D", {"padding": 1}), ("DepthwiseConv2D", {"kernel_size": 3})], ["Depthwise"]),
        ((9, 9, 4), [RELU, NORM], ["Add", "Affine"]),
        ((6, 6, 4), [CONV, RELU, NORM], ["Convolution", "Affine"]),
        ((4,), [("Dense", {"units": 3}), NORM, ("Activation", {"activation": "softmax"})], ["MatMul", "Softmax"]),
        ((4,), [("Dense", {"units": 3, "activation": "tanh"}), ("Dropout", {"rate": 0.5})], ["MatMul", "Add"]),
        ((4,), [("Dense", {"units": 3, "activation": "softplus"}), ("Dropout", {"rate": 0.5})], ["Fallback"]),
        ((5, 5, 3), [CONV, ("Flatten", {})], ["Convolution", "Flatten"]),
        ((5, 4), [("Dense", {"units": 3}), NORM, RELU], ["Convolution"]),
        ((5, 4), [("Dense", {"units": 6, "activation": "gelu"}), ("LayerNormalization", {})], GELU_AND_NORM),
        ((5, 3), [("EinsumDense", {"equation": "abc,cd->abd", "output_shape": [None, 7]})], ["Convolution"]),
        ((5, 3), [("EinsumDense", {"equation": "abc,bd->adc", "output_shape": [7, 3]})], ["Fallback"]),
        ((9, 3), [("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal"}), NORM, RELU], ["Convolution"]),
        ((9, 3), [("ZeroPadding1D", {"padding": 2}), ("DepthwiseConv1D", {"kernel_size": 3})], ["Depthwise"]),
        ((9, 4), [("MaxPooling1D", {"pool_size": 2}), ("GlobalAveragePooling1D", {})], ["Pooling", "GlobalPooling"]),
        ((6, 6, 4), [("SeparableConv2D", {"filters": 8, "kernel_size": 3}), RELU], ["Depthwise", "Convolution"]),
        ((5, 3), [("LSTM", {"units": 5}), ("Dense", {"units": 2})], ["Convolution", "Recurrent", "MatMul"]),
        ((5, 3), [("SimpleRNN", {"units": 9, **BACKWARDS})], ["Convolution", "Recurrent"]),
        ((5, 3), [("GRU", {"units": 5, "reset_after": True, **BACKWARDS})], ["Convolution", "Recurrent"]),
        ((5, 3), [("GRU", {"units": 5, "reset_after": False})], ["Fallback"]),
        ((5, 3), [("LSTM", {"units": 5, "activation": "relu"})], ["Fallback"]),
        ((7, 6, 6), [GROUPED, NORM, RELU], ["Convolution"]),
        ((7, 6, 3), [("Conv2D", {"filters": 6, "kernel_size": 3, "groups": 3})], ["Fallback"]),  # no whole vectors
    ],
)
def test_layers_are_fused_and_answer_as_before(shape, layers, expected):
    plain = model(shape, *layers)
    assert operations(plain) == expected
    x = np.random.default_rng(1).normal(size=(3, *shape)).astype(np.float32)
    y = plain.predict(x)
    np.testing.assert_allclose(
        model(shape, *layers, backend=wasm_backend(16)).predict(x), y, atol=2e-5 * np.abs(y).max()
    )


def test_a_run_writes_nothing_that_it_keeps_for_the_next():
    same = {"filters": 8, "kernel_size": 3, "padding": "same"}
    network = model((7, 7, 8), *[("Conv2D", same)] * 5, ("GlobalAveragePooling2D", {}), backend=wasm_backend(16))
    x = np.random.default_rng(1).normal(size=(2, 7, 7, 8)).astype(np.float32)
    first = network.predict(x)
    network.predict(np.full_like(x, 1e6))
    np.testing.assert_array_equal(network.predict(x), first)


@pytest.mark.parametrize("file", lowering._IN_FILES)
def test_a_file_that_is_imported_later_lowers_the_kinds_it_is_imported_for(file):
    assert sorted(lowering._IN_FILES[file]) == sorted(
        importlib.import_module(f"kerata.backends.lowering.{file}").LOWERERS
    )


def test_the_page_starts_without_what_its_model_does_not_want():
    wasm = (
        "accelerator",
        "attention",
        "depthwise",
        "elementwise",
        "gemm",
        "normalization",
        "pooling",
        "recurrent",
        "scan",
    )
    unwanted = [f"wasm.{name}" for name in wasm] + [f"lowering.{file}" for file in lowering._IN_FILES]
    program = f"""
import sys
import kerata
import digits.recognizer
from kerata.backends.wasm import WasmBackend
from kerata.backends.wasm.engine import Rehearsal
model = kerata.load_model({str(SHIPPED)!r})
WasmBackend(Rehearsal(relaxed=True)).program(model.nodes, [model.nodes[-1].name])
print(*sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {f"kerata.backends.{name}" for name in unwanted} & set(run.stdout.split())
