"""What JavaScript gives and gets, with Python's own objects in place of JavaScript's."""

import asyncio
from typing import Any

import numpy as np
import pytest

import kerata
from kerata import InputError, TooLargeError, UnsupportedError, graph, javascript
from tests.support.cases import GOLDEN, model_input, sequential_config

TWINS = GOLDEN / "models" / "keras3_twins.keras"


def opened(path: Any, backend: str = "auto", gpu: bool = False) -> javascript.JavaScriptModel:
    return javascript.open_model([path.read_bytes()], backend, gpu)


def of_shape(*shape: int | None) -> javascript.JavaScriptModel:
    """A model that gives what it gets."""
    config = sequential_config(shape, ("Rescaling", {"name": "same", "scale": 1.0, "offset": 0.0}))
    return javascript.JavaScriptModel(kerata.Model(graph.read(config, {})))


def answer(model: javascript.JavaScriptModel, **given: Any) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = model.predict({"x": given} if "data" in given else given)
    return answers


def test_a_model_is_described_with_its_layers() -> None:
    told = opened(TWINS).describe()
    assert told["className"] == "Functional"
    assert told["inputs"] == [{"name": name, "shape": [None, 4], "dtype": "float32"} for name in ("left", "right")]
    layers = {layer["name"]: layer for layer in told["layers"]}
    for name, layer in layers.items():
        assert all(name in layers[reader]["inbound"] for reader in layer["outbound"])
        assert all(name in layers[source]["outbound"] for source in layer["inbound"])
    assert sum(layer["parameters"] for layer in layers.values()) > 0


def test_outputs_and_layers_are_those_of_the_model() -> None:
    model, x = opened(TWINS), model_input("keras3_twins")
    given = {name: {"data": array.ravel(), "shape": list(array.shape)} for name, array in x.items()}
    theirs = kerata.load_model(TWINS)
    outputs = answer(model, **given)
    assert [told["name"] for told in outputs] == theirs.output_names
    for told, expected in zip(outputs, theirs.predict(x), strict=True):
        assert np.array_equal(told["data"].reshape(told["shape"]), expected)
    layers = {told["name"]: told["data"].reshape(told["shape"]) for told in model.trace(given)}
    for name, expected in theirs.trace(x).items():
        assert np.array_equal(layers.pop(name), expected)
    assert not layers


@pytest.mark.parametrize(
    ("expected", "size", "shape"),
    [((2, 3), 6, [1, 2, 3]), ((2, 3), 18, [3, 2, 3]), ((), 4, [4]), ((None, 3), 6, [1, 2, 3]), ((None,), 5, [1, 5])],
)
def test_values_without_a_shape_are_samples(expected: tuple[int | None, ...], size: int, shape: list[int]) -> None:
    (told,) = answer(of_shape(*expected), data=np.arange(size, dtype=np.float32))
    assert told["shape"] == shape
    assert told["data"].tolist() == [*range(size)]


@pytest.mark.parametrize(
    ("shape", "result"), [([2, 3], [1, 2, 3]), ([1, 2, 3], [1, 2, 3]), ([1.0, 2.0, 3.0], [1, 2, 3])]
)
def test_a_sample_may_lack_its_batch_axis(shape: list[float], result: list[int]) -> None:
    assert answer(of_shape(2, 3), data=np.ones(6, np.float32), shape=shape)[0]["shape"] == result


@pytest.mark.parametrize(
    ("expected", "given", "sentence"),
    [
        ((3,), {"data": np.ones(4)}, r"expected 3 values for each sample of \(None, 3\), received 4\."),
        ((3,), {"data": np.ones(0)}, r"expected 3 values for each sample of \(None, 3\), received 0\."),
        ((None, None), {"data": np.ones(4)}, "expected its shape beside the values, since .* leaves several axes open"),
        ((3,), {"data": np.ones(4), "shape": [1, 3]}, r"expected 3 values for shape \(1, 3\), received 4\."),
        ((3, 2), {"data": np.ones(6), "shape": [2, 3]}, r"expected shape \(None, 3, 2\), received \(2, 3\)\."),
    ],
)
def test_other_sizes_are_refused(expected: tuple[int | None, ...], given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=f"Input 'x': {sentence}"):
        answer(of_shape(*expected), **given)


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (np.array([True, False]), np.uint8),
        (np.array([1, 2], np.float16), np.float32),
        (np.array([1, 2], np.int64), np.int64),
    ],
)
def test_values_leave_in_an_array_that_javascript_has(array: np.ndarray, kind: type) -> None:
    (told,) = javascript._told([("y", array.reshape(2, 1))])
    assert (told["data"].dtype, told["data"].tolist(), told["shape"]) == (kind, [1, array[1]], [2, 1])


def test_text_leaves_as_str() -> None:
    (told,) = javascript._told([("y", np.array([[b"\xc3\xa9", "é"]], object))])
    assert told == {"name": "y", "data": ["é", "é"], "shape": [1, 2]}


def test_a_gpu_that_is_not_there_is_told_of_and_does_without() -> None:
    model = opened(TWINS, gpu=True)
    assert model.backend == "numpy"
    trials = {trial["name"]: trial["reason"] for trial in model.trials()}
    assert trials["numpy"] == "in use"
    assert all("expected a device" in trials[name] for name in ("webgpu", "webgl"))
    with pytest.raises(UnsupportedError, match="Backend 'webgl'"):
        asyncio.run(model.switch("gpu"))
    asyncio.run(model.switch("cpu"))
    assert model.backend == "numpy"
    with pytest.raises(UnsupportedError, match="Backend 'webgpu'"):
        opened(TWINS, "webgpu")


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TooLargeError("x"), "memory"),
        (MemoryError(), "memory"),
        (caused(InputError("x"), MemoryError()), "memory"),
        (caused(InputError("x"), ValueError()), "input"),
        (UnsupportedError("x"), "unsupported"),
        (kerata.DeviceError("x"), "device"),
        (kerata.ModelFileError("x"), "model"),
        (ValueError("x"), "python"),
        (None, "python"),
    ],
)
def test_errors_have_codes(error: Exception | None, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.last_exc", error, raising=False)
    assert javascript.code_of_last_error() == code
