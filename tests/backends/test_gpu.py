"""What the planner makes for a GPU, seen by a device that computes nothing: kernels, places, and who waits for whom.

That the kernels compute what Keras computes is tested in a browser, which has devices.
"""

import asyncio

import numpy as np
import pytest

from kerata import DeviceError, Model, UnsupportedError
from kerata.backends import Backends, selection
from kerata.backends.gpu.buffers import places
from kerata.backends.gpu.layout import Layout, from_blocks, kernel_blocks, to_blocks
from kerata.backends.ir import Add, Flatten
from kerata.browser import JavaScriptError
from tests.backends.test_lowering import CONV, NORM, POOL, RELU, model
from tests.support.loops import run


class Recorder:
    """A device whose values are numbers, whose kernels are what was asked for, and whose results are ones."""

    asynchronous = False

    def __init__(self, largest: int = 2**22) -> None:
        self.largest = largest
        self.values: list[int] = []  # the blocks of each
        self.runs: list[tuple[list[np.ndarray], list[str], int]] = []  # what was written, the kernels, the outputs

    def value(self, blocks: int) -> int:
        self.values.append(blocks)
        return len(self.values) - 1

    def constant(self, weights: np.ndarray) -> np.ndarray:
        return weights

    def kernel(self, call: dict) -> dict:
        return call

    def run(self, images, inputs, arrays, kernels, outputs):
        self.runs.append((arrays, [call["shader"] for call in kernels], len(outputs)))
        return [np.ones(4 * images * output["blocks"], np.float32) for output in outputs]


class Later(Recorder):
    """Its results have to be waited for."""

    asynchronous = True

    async def run(self, *arguments):
        await asyncio.sleep(0)
        return super().run(*arguments)


class Broken(Recorder):
    def run(self, *arguments):
        raise JavaScriptError("the device was lost")


@pytest.fixture
def available() -> Backends:
    return Backends()


@pytest.fixture
def offered(available):
    """Offers a device for the backend "webgl"."""

    def offered(device):
        available.register_device("webgl", device)
        return device

    return offered


def on(device, shape, *layers):
    """What a model's prediction for two images gives, and asks of the device."""
    available = Backends()
    available.register_device("webgl", device)
    y = model(shape, *layers, backend="webgl", backends=available).predict(np.ones((2, *shape)))
    return y, device.runs


def test_a_network_is_one_upload_one_run_one_download():
    layers = [CONV, NORM, RELU, POOL, ("Flatten", {}), ("Dense", {"units": 3, "activation": "softmax"})]
    y, runs = on(Recorder(), (18, 18, 2), *layers)
    (arrays, kernels, outputs), *more = runs
    assert more == []
    assert [array.shape for array in arrays] == [(2 * 18 * 18 * 4,)]
    assert kernels == ["conv2d", "dense", "total", "softmax"]
    assert (outputs, y.shape) == (1, (2, 3))


def test_the_shipped_network_has_six_kernels(offered, available, shipped):
    device = offered(Recorder())
    Model(shipped._graph, "webgl", backends=available).predict(np.zeros((1, 28, 28, 1)))
    ((_, kernels, _),) = device.runs
    assert kernels == ["conv2d", "conv2d", "dense", "total", "dense", "softmax"]


def test_layers_without_a_kernel_run_in_numpy_between_two_runs():
    y, runs = on(Recorder(), (6, 6, 4), CONV, ("Activation", {"activation": "tanh"}), POOL)
    assert [(kernels, outputs) for _, kernels, outputs in runs] == [(["conv2d"], 1), (["pooling2d"], 1)]
    np.testing.assert_allclose(runs[1][0][0], np.tanh(1))
    assert y.shape == (2, 2, 2, 8)


@pytest.mark.parametrize(
    ("shape", "layers", "expected"),
    [
        ((5, 5, 3), [("Flatten", {})], ["flatten"]),
        ((5, 5, 4), [RELU, ("Flatten", {})], ["activation"]),
        ((9, 9, 3), [("ZeroPadding2D", {"padding": 1}), ("Flatten", {})], ["zero_padding2d", "flatten"]),
        ((9, 9, 4), [RELU, NORM], ["activation", "scale"]),
        ((9, 9, 4), [("DepthwiseConv2D", {"kernel_size": 3}), ("GlobalMaxPooling2D", {})], None),
    ],
)
def test_each_operation_has_its_shader(shape, layers, expected):
    _, runs = on(Recorder(), shape, *layers)
    assert runs[0][1] == (expected or ["depthwise_conv2d", "global_pooling2d"])


def test_blocks_hold_four_channels_padded_with_zeros():
    array = np.arange(1.0, 2 * 3 * 5 + 1, dtype=np.float32).reshape(2, 3, 5)
    blocks = to_blocks(array)
    assert blocks.reshape(2, 3, 2, 4)[0, 0].tolist() == [[1, 2, 3, 4], [5, 0, 0, 0]]
    np.testing.assert_array_equal(from_blocks(blocks, (3, 5)), array)
    kernel = kernel_blocks(np.ones((3, 5), np.float32)).reshape(4, 8)
    assert kernel.sum() == 15 == kernel[:3, :5].sum()


def test_a_place_is_taken_over_when_nobody_reads_it_any_more():
    chain = [Add([before], after, (8,)) for before, after in ("xa", "ab", "bc", "cd")]
    layouts = dict.fromkeys("xabcdf", Layout(1, 1, 8))
    numbers, sizes = places(chain, layouts, {"d"})
    assert len(sizes) == 4, "x from Python and d for Python have their own, the others two in turn"
    assert numbers["a"] == numbers["c"] != numbers["b"]


def test_a_view_keeps_the_place_that_it_looks_at():
    steps = [
        Add(["x"], "a", (2, 2, 4)),
        Flatten(["a"], "f", (16,)),
        Add(["x"], "b", (16,)),
        Add(["f", "b"], "c", (16,)),
    ]
    layouts = {"x": Layout(1, 1, 16), "a": Layout(2, 2, 4), **dict.fromkeys("fbc", Layout(1, 1, 16))}
    numbers, _ = places(steps, layouts, {"c"})
    assert numbers["f"] == numbers["a"]
    assert len({numbers[name] for name in "xfbc"}) == 4


@pytest.mark.parametrize(
    ("largest", "shape", "layer", "numbers"),
    [(300, (18, 18, 3), CONV, "1,296"), (2, (4,), ("Dense", {"units": 3}), "16")],
)
def test_what_a_device_cannot_hold_is_refused_in_one_sentence(offered, available, largest, shape, layer, numbers):
    offered(Recorder(largest))
    with pytest.raises(
        UnsupportedError,
        match=rf"^Backend 'webgl': expected arrays of at most {4 * largest:,} numbers, received one of {numbers}\.$",
    ):
        model(shape, layer, backend="webgl", backends=available)


def test_without_a_device_the_backend_says_why(offered, available):
    with pytest.raises(
        UnsupportedError, match=r"Backend 'webgl': expected a device from `kerata.backends.register_device`"
    ):
        model((4,), ("Dense", {"units": 3}), backend="webgl", backends=available)
    available.mark_unavailable("webgl", "Backend 'webgl': broken.")
    with pytest.raises(UnsupportedError, match=r"^Backend 'webgl': broken\.$"):
        model((4,), ("Dense", {"units": 3}), backend="webgl", backends=available)


def test_a_device_that_fails_in_a_prediction_is_given_up_and_nothing_lost(offered, available):
    offered(Broken())
    layers = (4,), ("Dense", {"units": 3})
    failing, x = model(*layers, backend="webgl", backends=available), np.ones((2, 4))
    np.testing.assert_array_equal(failing.predict(x), model(*layers).predict(x))
    assert failing.backend == "numpy"
    reasons = {trial.name: trial.reason for trial in failing.backends()}
    assert reasons == {"numpy": selection.IN_USE, "webgl": "Backend 'webgl': the device was lost."}
    with pytest.raises(UnsupportedError, match=r"^Backend 'webgl': the device was lost\.$"):
        available.get("webgl")


def test_a_failure_at_load_is_a_device_error(offered, available, shipped):
    offered(Broken())
    tested = Model(shipped._graph, test=shipped._selector.test, backends=available)
    with pytest.raises(DeviceError, match=r"^Backend 'webgl': the device was lost\.$"):
        run(tested.switch("webgl"))
    assert tested.backend == "numpy", "the one before stays"


def test_what_has_to_be_waited_for_is_awaited(offered, available):
    offered(Later())
    network = model((4,), ("Dense", {"units": 3}), backends=available)
    run(network.switch("webgl"))
    assert run(network.apredict(np.ones((2, 4)))).tolist() == [[1, 1, 1]] * 2
    with pytest.raises(UnsupportedError, match=r"expected `await Model.apredict"):
        network.predict(np.ones((2, 4)))
    with pytest.raises(UnsupportedError, match=r"expected `await Model.switch"):
        model((4,), ("Dense", {"units": 3}), backend="webgl", backends=available)


def test_predictions_that_overlap_do_not_mix(offered, available):
    device = offered(Later())
    network = model((4,), ("Dense", {"units": 3}), ("Activation", {"activation": "tanh"}), NORM, backends=available)
    run(network.switch("webgl"))

    async def both():
        return await asyncio.gather(*(network.apredict(np.ones((rows, 4))) for rows in (1, 2)))

    assert [len(y) for y in run(both())] == [1, 2]
    assert [kernels for _, kernels, _ in device.runs] == [["dense"], ["scale"]] * 2
