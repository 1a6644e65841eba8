"""A file of a few bytes cannot take the machine, and only Kerata's own errors and OSError come out of it."""

import struct
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import kerata
from kerata import InputError, KerataError, Model, ModelFileError, TooLargeError, UnsupportedError, graph, limits
from kerata.backends import selection
from kerata.errors import TooSlowError
from kerata.formats import safetensors
from kerata.quantization import Stored
from kerata.self_test import SelfTest
from tests.support.cases import sequential_config

BILLION = 10**9


def model(shape: tuple[int | None, ...], *layers: tuple[str, dict[str, Any]], **arrays: Any) -> Model:
    """A Sequential of (class name, options), each called by its class name in small letters."""
    named = [(kind, {"name": kind.lower(), **options}) for kind, options in layers]
    return Model(graph.read(sequential_config(shape, *named), arrays), "numpy")


def of_two(kind: str, options: dict[str, Any], shapes: Any) -> dict[str, Any]:
    """The config of a Functional model of one layer `l` on two inputs."""
    inputs = [
        {"class_name": "InputLayer", "name": name, "config": {"name": name, "batch_shape": [None, *shape]},
         "inbound_nodes": []}
        for name, shape in zip("ab", shapes, strict=True)
    ]  # fmt: skip
    layer = {"class_name": kind, "name": "l", "config": {"name": "l", "trainable": True, **options}}
    use = {"inbound_nodes": [[["a", 0, 0, {}], ["b", 0, 0, {}]]]}
    ends = {"input_layers": [["a", 0, 0], ["b", 0, 0]], "output_layers": [["l", 0, 0]]}
    return {"class_name": "Functional", "config": {"layers": [*inputs, layer | use], **ends}}


@pytest.fixture
def limit() -> Any:
    """Sets the limit for one test."""
    before = limits.memory_limit()
    yield kerata.set_memory_limit
    kerata.set_memory_limit(before)


# Sizes that a file knows are refused when it is loaded, those that it leaves open when an input comes

IMAGE, SOUND = (8, 8, 1), (4000, 1)
LARGE = [
    (IMAGE, "AveragePooling2D", {"pool_size": BILLION, "padding": "same"}),
    (IMAGE, "CenterCrop", {"height": 10**5, "width": 10**5}),
    (IMAGE, "ContrastLimitedAdaptiveHistogramEqualization", {"tile_grid_size": [10**4, 10**4]}),
    (IMAGE, "AdaptiveMaxPooling2D", {"output_size": [10**5, 10**5]}),
    (IMAGE, "Resizing", {"height": 10**5, "width": 10**5}),
    (IMAGE, "Resizing", {"height": 1, "width": 10**8, "interpolation": "lanczos5"}),
    (IMAGE, "Resizing", {"height": 1, "width": BILLION, "pad_to_aspect_ratio": True}),
    (IMAGE, "UpSampling2D", {"size": 10**5}),
    (IMAGE, "UpSampling2D", {"size": [1, 10**6], "interpolation": "lanczos5"}),
    (IMAGE, "ZeroPadding2D", {"padding": 10**5}),
    ((8, 4), "ConvLSTM1D", {"filters": 1}),  # of too few axes
    ((4, 8, 8, 1), "ConvLSTM2D", {"filters": 1, "kernel_size": 3, "dilation_rate": 10**5, "padding": "same"}),
    (IMAGE, "Conv2DTranspose", {"filters": 1, "kernel_size": 1, "strides": 10**5}),
    (IMAGE, "Conv2DTranspose", {"filters": 1, "kernel_size": 3, "dilation_rate": 10**5, "padding": "same"}),
    ((8,), "RepeatVector", {"n": 10**8}),
    (SOUND, "STFTSpectrogram", {"frame_length": 4, "frame_step": 1, "fft_length": 10**8}),
    ((10**6,), "MelSpectrogram", {"fft_length": 10**5, "sequence_stride": 1}),
    ((8,), "RepeatVector", {"n": 1.5}),
    ((8,), "Dense", {"units": -3}),
    ((8,), "Dense", {"units": "8"}),
]


@pytest.mark.parametrize(("shape", "kind", "options"), LARGE, ids=lambda value: value if isinstance(value, str) else "")
def test_a_layer_that_asks_for_gigabytes_is_refused_by_name(shape: Any, kind: str, options: dict[str, Any]) -> None:
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises((ModelFileError, UnsupportedError), match=f"Layer '{kind.lower()}'"):
        graph.read(sequential_config(shape, (kind, {"name": kind.lower(), **options})), None)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - start < 5
    assert most < 1 << 26


def test_products_of_admissible_sizes_are_refused() -> None:
    """Scores of attention and products of all rows, whose inputs alone are small."""
    for kind, options in (("Attention", {}), ("AdditiveAttention", {}), ("Dot", {"axes": 2})):
        with pytest.raises(TooLargeError, match="Layer 'l': expected arrays of at most 1,073,741,824 B, as set by"):
            graph.read(of_two(kind, options, [(10**5, 2)] * 2), None)


def test_the_limit_can_be_set(limit: Any) -> None:
    limit(1 << 20)
    with pytest.raises(TooLargeError, match=r"Layer 'repeatvector': expected arrays of at most 1,048,576 B, as set by "
                                            r"kerata\.set_memory_limit, received one of 4,000,000 B"):  # fmt: skip
        model((1,), ("RepeatVector", {"n": 10**6}))
    limit(1 << 22)
    model((1,), ("RepeatVector", {"n": 10**6}))
    for wrong in (0, -1, 1.5, "1", True):
        with pytest.raises(InputError, match="Memory limit: expected a number of bytes"):
            limit(wrong)


def test_a_size_that_the_file_leaves_open_is_bounded_when_it_comes(limit: Any) -> None:
    limit(1 << 20)
    up = model((None, 1), ("UpSampling1D", {"size": 1000}))
    assert up.predict(np.ones((1, 10, 1))).shape == (1, 10_000, 1)
    with pytest.raises(TooLargeError, match="Layer 'upsampling1d': expected arrays of at most 1,048,576 B"):
        up.predict(np.ones((1, 1000, 1)))


def test_batches_are_halved_until_they_fit_unless_their_size_is_given(limit: Any) -> None:
    limit(1 << 20)
    up = model((10, 1), ("UpSampling1D", {"size": 2000}))  # 80 kB a row
    x = np.arange(320, dtype="f4").reshape(32, 10, 1)
    y = up.predict(x)
    assert np.array_equal(y[:, ::2000], x)
    with pytest.raises(TooLargeError):
        up.predict(x, batch_size=32)


def test_a_row_that_is_too_large_leaves_the_size_of_later_batches_alone(
    limit: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    limit(1 << 20)
    up = model((None, 1), ("UpSampling1D", {"size": 10}))
    with pytest.raises(TooLargeError):
        up.predict(np.ones((2, 10**5, 1)))
    up.predict(np.ones((20, 1, 1)), verbose=1)
    assert capsys.readouterr().out == "\r20/20\n"


def test_values_are_let_go_of_after_their_last_use(limit: Any) -> None:
    """A chain of any length takes no more than two of its values."""
    limit(1 << 20)
    chain = model((10**5,), *[("Activation", {"name": f"a{place}", "activation": "relu"}) for place in range(20)])
    assert np.array_equal(chain.predict(np.ones((2, 10**5))), np.ones((2, 10**5)))
    with pytest.raises(TooLargeError):
        chain.trace(np.ones((2, 10**5)))


# Inputs that are too small, or do not go together

SMALL = [
    ((None, None, 1), "MaxPooling2D", {"pool_size": 3}, (1, 2, 5, 1)),
    ((None, None, 1), "AveragePooling2D", {"pool_size": 3}, (1, 5, 2, 1)),
    ((None, None, 1), "GlobalMaxPooling2D", {}, (1, 0, 5, 1)),
    ((None, None, 1), "GlobalAveragePooling2D", {}, (1, 0, 5, 1)),
    ((None, None, 1), "AdaptiveAveragePooling2D", {"output_size": 2}, (1, 5, 0, 1)),
    ((None, None, 1), "Cropping2D", {"cropping": 2}, (1, 5, 4, 1)),
    ((None, 1), "STFTSpectrogram", {"frame_length": 8, "frame_step": 1, "mode": "real"}, (1, 7, 1)),
    ((None, 2), "Reshape", {"target_shape": [5, -1]}, (1, 4, 2)),
    ((None, 2), "Reshape", {"target_shape": [-1, 3]}, (1, 4, 2)),
]


@pytest.mark.parametrize(("open_shape", "kind", "options", "shape"), SMALL)
def test_an_input_too_small_for_a_layer_is_refused_by_name(
    open_shape: Any, kind: str, options: dict[str, Any], shape: tuple[int, ...]
) -> None:
    weights = {f"{kind.lower()}/real_kernel": np.ones((8, 1, 5), "f4")}
    opened = model(open_shape, (kind, options), **weights)
    with pytest.raises(InputError, match=f"Layer '{kind.lower()}'"):
        opened.predict(np.ones(shape))
    with pytest.raises((ModelFileError, UnsupportedError), match=f"Layer '{kind.lower()}'"):
        model(shape[1:], (kind, options), **weights)


@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU"])
def test_a_recurrent_layer_needs_a_step(kind: str) -> None:
    gates = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}[kind]
    weights = {f"{kind.lower()}/kernel": np.ones((1, gates), "f4"),
               f"{kind.lower()}/recurrent_kernel": np.ones((1, gates), "f4")}  # fmt: skip
    layer = (kind, {"units": 1, "use_bias": False})
    with pytest.raises(InputError, match=f"Layer '{kind.lower()}': expected steps to run over"):
        model((None, 1), layer, **weights).predict(np.ones((1, 0, 1)))
    with pytest.raises(UnsupportedError, match=f"Layer '{kind.lower()}': expected steps to run over"):
        model((0, 1), layer, **weights)


@pytest.mark.parametrize(
    ("kind", "options", "shapes"),
    [
        ("Add", {}, [(4, 2), (3, 2)]),
        ("Multiply", {}, [(4, 2), (4, 3)]),
        ("Concatenate", {"axis": -1}, [(4, 2), (3, 2)]),
        ("Dot", {"axes": 1}, [(4, 2), (3, 2)]),
        ("Attention", {}, [(4, 2), (3, 5)]),
    ],
)
def test_sizes_that_do_not_go_together_are_refused_by_name(kind: str, options: Any, shapes: Any) -> None:
    with pytest.raises(UnsupportedError, match="Layer 'l': expected"):
        graph.read(of_two(kind, options, shapes), {})
    opened = Model(graph.read(of_two(kind, options, [(None, None)] * 2), {}))
    with pytest.raises(InputError, match="Layer 'l': expected"):
        opened.predict([np.ones((1, *shape)) for shape in shapes])


# Whatever goes wrong


@kerata.register_layer("tests.Fails", shape=lambda config, inputs: inputs[0])
def build(node: Any) -> Any:
    def call(x: np.ndarray) -> np.ndarray:
        raise node.config["error"]

    if node.config.get("at_once"):
        raise node.config["error"]
    return call


ERRORS = [
    *(StopIteration(), AssertionError("no"), MemoryError(), RecursionError(), ZeroDivisionError("by zero")),
    *(np.exceptions.AxisError(3, 2), ValueError("no"), TypeError("no"), KeyError("k"), RuntimeError("no")),
    *(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"), struct.error("no"), EOFError()),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_any_exception_of_a_layer_becomes_a_sentence_that_names_it(error: Exception) -> None:
    fails = model((3,), ("tests.Fails", {"name": "f", "error": error}))
    for run in (fails.predict, fails.trace):
        with pytest.raises(InputError, match=r"^Layer 'f' cannot run on these inputs: .+\.$") as caught:
            run(np.ones((1, 3)))
        assert caught.value.__cause__ is error
    with pytest.raises(ModelFileError, match=r"^Layer 'f': its config is damaged: .+\.$") as caught:
        model((3,), ("tests.Fails", {"name": "f", "error": error, "at_once": True}))
    assert caught.value.__cause__ is error


class Odd:
    def __array__(self, *args: Any, **keywords: Any) -> Any:
        raise ZeroDivisionError


@pytest.mark.parametrize("x", [None, Odd(), [Odd()], {}, {"x": {}}, "x", 3, [[1, 2], [3]], object(), np.ones(3, "V2")])
def test_an_input_that_is_none_is_an_input_error(dense_model: Model, x: Any) -> None:
    for run in (dense_model.predict, dense_model.trace, dense_model.accepted):
        with pytest.raises(InputError):
            run(x)


@pytest.mark.parametrize("size", ["3", [3], 1.5])
def test_a_batch_size_that_is_none_is_an_input_error(dense_model: Model, size: Any) -> None:
    with pytest.raises(InputError):
        dense_model.predict(np.ones((2, 3)), batch_size=size)


@pytest.mark.parametrize("source", [None, 3, [], {}, object(), b"", "", "\0", b"{", "{" * 100_000, b"PK\x03\x04"])
def test_what_is_no_file_is_one_of_our_errors(source: Any) -> None:
    for public in (kerata.load_model, kerata.describe, lambda source: kerata.convert(source, "m.safetensors")):
        with pytest.raises((KerataError, OSError)):
            public(source)


# Self-tests


def with_self_test(test: SelfTest) -> bytes:
    config = sequential_config((3,), ("Activation", {"name": "a", "activation": "relu"}))
    return safetensors.write(config, {}, test, {})


NUMBERS = np.ones((1, 3), "f4")


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, np.nan])
def test_a_self_test_holds_finite_numbers(wrong: float) -> None:
    other = NUMBERS.copy()
    other[0, 1] = wrong
    kerata.load_model(with_self_test(SelfTest([NUMBERS], [NUMBERS])))
    for test in (SelfTest([NUMBERS], [other]), SelfTest([other], [NUMBERS]), SelfTest([other], [other])):
        with pytest.raises(ModelFileError, match="Self-test: expected finite numbers, received others"):
            kerata.load_model(with_self_test(test))


def test_a_self_test_tests_something() -> None:
    with pytest.raises(ModelFileError, match="Self-test"):
        kerata.load_model(with_self_test(SelfTest([NUMBERS], [])))
    config = sequential_config(
        (3,), ("Activation", {"name": "a", "activation": "relu"}), ("Reshape", {"name": "r", "target_shape": [3]})
    )
    data = safetensors.write(config, {}, SelfTest([NUMBERS], [NUMBERS[:0]]), {})
    with pytest.raises(ModelFileError, match="Self-test"):
        kerata.load_model(data)


def test_a_self_test_does_not_keep_loading_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million steps, which take minutes, from a file of a few hundred bytes: it is loaded without that proof."""
    monkeypatch.setattr(selection, "_LONGEST_TEST", 0.1)
    layers = ("RepeatVector", {"name": "r", "n": 10**6}), ("LSTM", {"name": "l", "units": 1, "use_bias": False})
    weights = {f"l/{name}": Stored(np.ones((1, 4), "f4")) for name in ("kernel", "recurrent_kernel")}
    test = SelfTest([np.ones((1, 1), "f4")], [np.ones((1, 1), "f4")])
    data = safetensors.write(sequential_config((1,), *layers), weights, test, {})
    start = time.process_time()
    model = kerata.load_model(data, "numpy")
    assert time.process_time() - start < 2
    assert model.backends()[0].difference is None


def test_a_thread_that_loads_a_model_does_not_bound_another_that_predicts() -> None:
    before = limits.memory_limit()
    with limits.at_most(1), limits.in_seconds(-1), ThreadPoolExecutor(1) as other:
        assert limits.memory_limit() == 1
        with pytest.raises(TooSlowError):
            limits.check_time()
        assert other.submit(limits.memory_limit).result() == before
        other.submit(limits.check_time).result()
    assert limits.memory_limit() == before
    limits.check_time()


def test_a_self_test_takes_a_quarter_of_the_memory_at_most(limit: Any) -> None:
    limit(1 << 20)
    config = sequential_config((1,), ("RepeatVector", {"name": "r", "n": 10**5}))
    data = safetensors.write(config, {}, SelfTest([np.ones((1, 1), "f4")], [np.ones((1, 10**5, 1), "f4")]), {})
    with pytest.raises(ModelFileError, match="Self-test on backend 'numpy': Layer 'r': expected arrays of at most"):
        kerata.load_model(data)


# Operators, whose bounds are Python's integers


def of_operator(kind: str, config: dict[str, Any], *args: Any) -> dict[str, Any]:
    """A model of this operator alone, called `o`, on an input (batch, 4), for which None stands."""
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    call = {"args": [tensor if arg is None else arg for arg in args], "kwargs": {}}
    layers = [
        {"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_shape": [None, 4]},
         "inbound_nodes": []},
        {"module": "keras.src.ops.numpy", "class_name": kind, "name": "o", "config": {"name": "o", **config},
         "inbound_nodes": [call]},
    ]  # fmt: skip
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["o", 0, 0]]}
    return {"class_name": "Functional", "config": {"name": "m", "layers": layers, **ends}}


@pytest.mark.parametrize(
    ("kind", "config", "args"),
    [
        ("Repeat", {"repeats": [2**62] * 4, "axis": 1}, [None]),  # which is 0 in 64 bits
        ("Repeat", {"repeats": 2**62, "axis": 1}, [None]),
        ("Repeat", {"repeats": 2**64}, [None]),
        ("Repeat", {"repeats": [-1, 1, 1, 1], "axis": 1}, [None]),
        ("Pad", {"pad_width": [[0, 0], [2**63 - 4, 2**63 - 4]]}, [None]),
        ("Pad", {"pad_width": 2**62}, [None]),
        ("Tile", {"repeats": [2**32, 2**32]}, [None]),
        ("Tile", {"repeats": [2**64, 1]}, [None]),
        ("OneHot", {"num_classes": 2**62}, [None]),
        ("Full", {"shape": [2**32, 2**32]}, [1.0]),
        ("BroadcastTo", {"shape": [2**32, 2**32, 4]}, [None]),
        ("TopK", {"k": 2**62}, [None]),
        ("RFFT", {"fft_length": 2**62}, [None]),
    ],
)
def test_an_operator_cannot_be_made_to_overflow(kind: str, config: dict[str, Any], args: list[Any]) -> None:
    start = time.process_time()
    with pytest.raises((ModelFileError, UnsupportedError), match="Layer 'o': expected"):
        graph.read(of_operator(kind, config, *args), {})
    assert time.process_time() - start < 1


def test_a_grid_of_all_its_inputs_is_bounded() -> None:
    grid = Model(graph.read(of_operator("Meshgrid", {}, *[None] * 20), {}))
    with pytest.raises(TooLargeError, match="Layer 'o': expected arrays of at most"):
        grid.predict(np.ones((1, 4)))


def test_as_many_differences_as_numbers_leave_nothing() -> None:
    start = time.process_time()
    assert Model(graph.read(of_operator("Diff", {"n": BILLION, "axis": -1}, None), {})).predict(
        np.ones((2, 4))
    ).shape == (2, 0)
    assert time.process_time() - start < 1


# Layers within layers


def nested(depth: int, wrap: Any) -> tuple[str, dict[str, Any]]:
    kind, config = "LSTM", {"name": "l", "units": 1, "return_sequences": True}
    for place in range(depth):
        kind, config = wrap(place, {"class_name": kind, "config": config})
    return kind, config


def model_each_time(place: int, layer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    layers = [{"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [None] * (place + 2) + [1]}}, layer]
    of = {"class_name": "Sequential", "config": {"name": f"m{place}", "layers": layers}}
    return "TimeDistributed", {"name": f"t{place}", "layer": of}


@pytest.mark.parametrize("depth", [14, 20, 28, 1000])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda place, layer: ("TimeDistributed", {"name": f"t{place}", "layer": layer}),
        lambda place, layer: ("Bidirectional", {"name": f"b{place}", "layer": layer}),
        lambda place, layer: ("SpectralNormalization", {"name": f"s{place}", "layer": layer}),
        lambda place, layer: ("StackedRNNCells", {"name": f"c{place}", "cells": [layer]}),
        lambda place, layer: ("RNN", {"name": f"r{place}", "cell": layer}),
        model_each_time,
    ],
    ids=["TimeDistributed", "Bidirectional", "SpectralNormalization", "StackedRNNCells", "RNN", "model"],
)
def test_wrappers_within_wrappers_do_not_double_the_work(depth: int, wrap: Any) -> None:
    start = time.process_time()
    try:
        kind, config = nested(depth, wrap)
        Model(graph.read(sequential_config((None,) * (depth % 100 + 1) + (1,), (kind, config)), None))
    except KerataError:
        pass
    assert time.process_time() - start < 2
