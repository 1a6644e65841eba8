"""Each kernel against float64, run by wasmtime, with fused multiplication and without."""

import numpy as np
import pytest

from kerata import activations
from kerata.backends.ir import CURVES
from kerata.backends.wasm import conv2d
from kerata.backends.wasm.assembler import module
from kerata.backends.wasm.attention import Attention
from kerata.backends.wasm.conv2d import Conv2D, panels
from kerata.backends.wasm.dense import Dense
from kerata.backends.wasm.depthwise import DepthwiseConv2D
from kerata.backends.wasm.elementwise import Elementwise
from kerata.backends.wasm.layout import Layout, padded, padded_channels
from kerata.backends.wasm.normalization import Normalization
from kerata.backends.wasm.pooling import GlobalPooling2D, Pooling2D
from kerata.backends.wasm.softmax import Softmax
from kerata.backends.wasm.winograd import Winograd, weights_of
from tests.support.wasmtime_engine import WasmtimeEngine

IMAGES = 2


@pytest.fixture(scope="module")
def engine():
    return WasmtimeEngine()


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


def laid_out(engine, images, layout):
    """(n, h, w, c) as the kernels want them."""
    flat = engine.zeros(len(images), layout.image)
    inside(flat, layout)[...] = images
    return flat


def inside(flat, layout):
    """The (n, h, w, c) view of memory in this layout."""
    top, _, left, _ = layout.margin
    rows = flat.reshape(len(flat), -1, layout.row // layout.pixel, layout.pixel)
    return rows[:, top : top + layout.height, left : left + layout.width, : layout.channels]


def run(engine, kernel, relaxed, *arguments):
    addresses = [engine.address(each) if isinstance(each, np.ndarray) else each for each in arguments]
    engine.load(module({"f": kernel.function(relaxed)}))("f")(*addresses)


def convolution(x, kernel, bias, strides, dilation, border):
    """In float64: (n, h, w, c) * (kh, kw, c, filters)."""
    x = np.pad(x.astype(np.float64), [(0, 0), *border, (0, 0)])
    height, width = kernel.shape[:2]
    extent = [(size - 1) * gap + 1 for size, gap in zip((height, width), dilation, strict=True)]
    rows, columns = ((x.shape[1 + i] - extent[i]) // strides[i] + 1 for i in (0, 1))
    y = np.zeros((len(x), rows, columns, kernel.shape[3])) + bias
    for i in range(height):
        for j in range(width):
            top, left = i * dilation[0], j * dilation[1]
            view = x[:, top : top + rows * strides[0] : strides[0], left : left + columns * strides[1] : strides[1]]
            y += view[:, :rows, :columns] @ kernel[i, j].astype(np.float64)
    return y


NO_BORDER = ((0, 0), (0, 0))


@pytest.mark.parametrize("relaxed", [False, True])
@pytest.mark.parametrize(
    ("shape", "filters", "size", "strides", "dilation", "border", "packed"),
    [
        ((9, 9, 1), 8, (3, 3), (1, 1), (1, 1), NO_BORDER, True),
        ((8, 7, 3), 12, (3, 3), (2, 2), (1, 1), ((0, 1), (0, 1)), True),
        ((8, 13, 8), 16, (3, 3), (1, 1), (1, 1), NO_BORDER, False),
        ((7, 7, 12), 24, (1, 1), (1, 1), (1, 1), NO_BORDER, False),
        ((7, 5, 6), 10, (2, 3), (1, 1), (1, 1), NO_BORDER, False),
        ((12, 12, 4), 4, (3, 2), (1, 2), (2, 3), NO_BORDER, False),
        ((6, 3, 16), 20, (3, 3), (1, 1), (1, 1), ((1, 1), (1, 1)), False),
        ((16, 16, 3), 8, (7, 7), (2, 2), (1, 1), ((3, 3), (3, 3)), True),
    ],
)
@pytest.mark.parametrize("cache", [2**18, 600])  # a small one makes it go block by block
def test_conv2d(engine, relaxed, shape, filters, size, strides, dilation, border, packed, cache, monkeypatch):
    monkeypatch.setattr(conv2d, "_CACHE", cache)
    x, kernel, bias = noise(IMAGES, *shape), noise(*size, shape[2], filters, seed=1), noise(filters, seed=2)
    expected = np.maximum(convolution(x, kernel, bias, strides, dilation, border), 0)
    source = Layout(*shape, margin=(*border[0], *border[1]), packed=packed)
    target = Layout(*expected.shape[1:], margin=(1, 0, 2, 1))
    offset = -(border[0][0] * source.row + border[1][0] * source.pixel)
    y = engine.zeros(IMAGES, target.image)
    conv = Conv2D(source, target, size, strides, dilation, offset, "relu")
    run(
        engine,
        conv,
        relaxed,
        laid_out(engine, x, source),
        engine.put(conv.pixels(relaxed)),
        engine.put(panels(kernel)),
        engine.put(padded_channels(bias)),
        y,
        IMAGES,
    )
    np.testing.assert_allclose(inside(y, target), expected, atol=1e-5 * np.abs(expected).max())
    assert np.count_nonzero(y) == np.count_nonzero(inside(y, target)), "the margin stays zero"


@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize(("size", "strides"), [((2, 2), (2, 2)), ((3, 2), (1, 2)), ((1, 3), (2, 1))])
def test_pooling(engine, average, size, strides):
    x = noise(IMAGES, 8, 9, 7)
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), size, (1, 2))
    windows = windows[:, :: strides[0], :: strides[1]]
    expected = windows.mean((-1, -2)) if average else windows.max((-1, -2))
    source, target = Layout(8, 9, 7), Layout(*expected.shape[1:], margin=(0, 1, 1, 0))
    y = engine.zeros(IMAGES, target.image)
    run(engine, Pooling2D(source, target, size, strides, average), True, laid_out(engine, x, source), y, IMAGES)
    np.testing.assert_allclose(inside(y, target), expected, atol=1e-6)


@pytest.mark.parametrize("average", [False, True])
def test_global_pooling(engine, average):
    x = noise(IMAGES, 5, 3, 10) - 3
    expected = x.mean((1, 2), np.float64) if average else x.max((1, 2))
    source, target = Layout(5, 3, 10, margin=(1, 1, 1, 1)), Layout(1, 1, 10)
    y = engine.zeros(IMAGES, target.image)
    run(engine, GlobalPooling2D(source, target, average), True, laid_out(engine, x, source), y, IMAGES)
    np.testing.assert_allclose(inside(y, target)[:, 0, 0], expected, atol=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_elementwise(engine, count):
    layouts = [Layout(4, 5, 6), Layout(4, 5, 6, margin=(1, 0, 2, 1)), Layout(4, 5, 6, margin=(0, 2, 0, 0))][:count]
    xs = [noise(IMAGES, 4, 5, 6, seed=i) * 5 for i in range(count)]
    target = Layout(4, 5, 6, margin=(2, 0, 0, 1))
    y = engine.zeros(IMAGES, target.image)
    sources = [laid_out(engine, x, layout) for x, layout in zip(xs, layouts, strict=True)]
    run(engine, Elementwise(tuple(layouts), target, "relu6"), False, *sources, y, IMAGES)
    np.testing.assert_allclose(inside(y, target), np.clip(np.sum(xs, axis=0), 0, 6), atol=1e-6)


@pytest.mark.parametrize("relaxed", [False, True])
@pytest.mark.parametrize("name", CURVES)
def test_curves(engine, relaxed, name):
    x = np.concatenate([np.linspace(-12, 12, 399, dtype=np.float32), [-1e30, -90, 0, 90, 1e30]]).astype(np.float32)
    x = x[None, :, None, None]
    layout = Layout(x.shape[1], 1, 1)
    y = engine.zeros(1, layout.image)
    run(engine, Elementwise((layout,), layout, name), relaxed, laid_out(engine, x, layout), y, 1)
    approximate = {"gelu_by_tanh": lambda x: activations.gelu(x, approximate=True)}
    with np.errstate(over="ignore"):
        expected = (approximate.get(name) or activations.get(name))(x.astype(np.float64))
    np.testing.assert_allclose(inside(y, layout), expected, rtol=2e-6, atol=4e-7)


@pytest.mark.parametrize("relaxed", [False, True])
@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("channels", [1, 3, 4, 10, 16, 37, 64])
def test_normalization(engine, relaxed, centred, channels):
    x, scale, offset = noise(IMAGES, 2, 3, channels) * 5 + 3, noise(channels, seed=1), noise(channels, seed=2)
    source, target = Layout(2, 3, channels, margin=(0, 1, 0, 2)), Layout(2, 3, channels)
    memory, y = laid_out(engine, x, source), engine.zeros(IMAGES, target.image)
    pixels = memory.reshape(IMAGES, 3, 5, -1)[:, :2, :3]
    pixels[..., channels:] = np.nan  # what pads the channels may be anything
    kernel = Normalization(source, target, 1e-3, centred)
    weights = [engine.put(padded_channels(array)) for array in (scale, offset)]
    run(engine, kernel, relaxed, memory, *weights, y, IMAGES)
    x = x.astype(np.float64)
    x -= x.mean(-1, keepdims=True) if centred else 0
    expected = x / np.sqrt(np.square(x).mean(-1, keepdims=True) + 1e-3) * scale + offset
    np.testing.assert_allclose(inside(y, target), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("relaxed", [False, True])
@pytest.mark.parametrize(
    ("queries", "keys", "key_dim", "value_dim", "heads", "key_heads"),
    [(1, 1, 1, 4, 1, 1), (3, 5, 3, 4, 2, 2), (6, 8, 4, 12, 1, 1), (13, 12, 8, 8, 4, 2), (7, 21, 17, 20, 3, 1)],
)
def test_attention(engine, relaxed, queries, keys, key_dim, value_dim, heads, key_heads):
    query, key = noise(IMAGES, queries, heads, key_dim), 2 * noise(IMAGES, keys, key_heads, key_dim, seed=1)
    value = noise(IMAGES, keys, key_heads, value_dim, seed=2)
    arrays = [array.reshape(IMAGES, 1, array.shape[1], -1) for array in (query, key, value)]
    layouts = [Layout(*array.shape[1:]) for array in arrays]
    target = Layout(1, queries, heads * value_dim)
    kernel, y = Attention(*layouts, target, heads, key_heads), engine.zeros(IMAGES, target.image)
    scratch = engine.array(kernel.scratch(relaxed))
    scratch[:] = np.nan  # it may hold anything
    placed = [laid_out(engine, array, layout) for array, layout in zip(arrays, layouts, strict=True)]
    run(engine, kernel, relaxed, *placed, y, IMAGES, scratch)
    shared = [np.repeat(array.astype(np.float64), heads // key_heads, axis=2) for array in (key, value)]
    scores = np.einsum("nqhd,nkhd->nhqk", query, shared[0]) / np.sqrt(key_dim)
    power = np.exp(scores - scores.max(-1, keepdims=True))
    expected = np.einsum("nhqk,nkhd->nqhd", power / power.sum(-1, keepdims=True), shared[1])
    np.testing.assert_allclose(inside(y, target)[:, 0], expected.reshape(IMAGES, queries, -1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("relaxed", [False, True])
@pytest.mark.parametrize("size", [1, 4, 10, 37])
def test_softmax(engine, relaxed, size):
    x = noise(5, size) * 20
    x[0] = 3e4
    power = np.exp(x.astype(np.float64) - x.max(1, keepdims=True))
    layout = Layout(1, 1, size)
    y = engine.zeros(5, layout.image)
    run(engine, Softmax(layout, layout), relaxed, laid_out(engine, x[:, None, None], layout), y, 5)
    np.testing.assert_allclose(inside(y, layout)[:, 0, 0], power / power.sum(1, keepdims=True), rtol=1e-5, atol=1e-30)


@pytest.mark.parametrize("relaxed", [False, True])
@pytest.mark.parametrize("zeros", [0, 0.9])  # inputs that are zero decide which way it takes
@pytest.mark.parametrize("rows", [1, 3, 6, 11])
@pytest.mark.parametrize(("inputs", "units"), [(5, 3), (40, 8), (33, 20), (9, 300)])
def test_dense(engine, relaxed, zeros, rows, inputs, units):
    x, kernel, bias = noise(rows, inputs), noise(inputs, units, seed=1), noise(units, seed=2)
    x[np.random.default_rng(3).random(x.shape) < zeros] = 0
    expected = x.astype(np.float64) @ kernel + bias
    source, y = engine.zeros(rows, padded(inputs)), engine.zeros(rows, padded(units))
    source[:, :inputs] = x
    dense = Dense(inputs, units, padded(inputs))
    weights = [engine.put(array) for array in (padded_channels(kernel), panels(kernel), padded_channels(bias))]
    run(engine, dense, relaxed, source, *weights, y, rows, engine.zeros(dense.scratch))
    np.testing.assert_allclose(y[:, :units], expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("relaxed", [False, True])
@pytest.mark.parametrize(
    ("shape", "size", "strides", "dilation", "border"),
    [
        ((6, 7, 8), (3, 3), (1, 1), (1, 1), ((1, 1), (1, 1))),
        ((8, 8, 6), (3, 3), (2, 2), (1, 1), ((0, 1), (0, 1))),
        ((9, 5, 4), (5, 2), (2, 1), (1, 2), ((2, 2), (1, 1))),
        ((2, 2, 12), (3, 3), (1, 1), (1, 1), ((1, 1), (1, 1))),
        ((7, 7, 4), (3, 3), (1, 1), (1, 1), NO_BORDER),
    ],
)
def test_depthwise(engine, relaxed, shape, size, strides, dilation, border):
    x, kernel, bias = noise(IMAGES, *shape), noise(*size, shape[2], seed=1), noise(shape[2], seed=2)
    one_each = np.einsum("ijc,cd->ijcd", kernel, np.eye(shape[2]))
    expected = np.clip(convolution(x, one_each, bias, strides, dilation, border), 0, 6)
    source, target = Layout(*shape, margin=(0, 1, 0, 0)), Layout(*expected.shape[1:], margin=(1, 0, 1, 0))
    y = engine.zeros(IMAGES, target.image)
    run(
        engine,
        DepthwiseConv2D(source, target, size, strides, dilation, (border[0][0], border[1][0]), "relu6"),
        relaxed,
        laid_out(engine, x, source),
        engine.put(padded_channels(kernel.reshape(-1, shape[2]))),
        engine.put(padded_channels(bias)),
        y,
        IMAGES,
    )
    np.testing.assert_allclose(inside(y, target), expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("relaxed", [False, True])
@pytest.mark.parametrize(
    ("shape", "filters", "border", "pooled"),
    [
        ((10, 26, 8), 12, 0, False),
        ((10, 26, 8), 12, 0, True),
        ((8, 4, 32), 16, 1, True),
        ((6, 6, 4), 8, 0, False),
        ((12, 28, 12), 4, 1, True),
        ((14, 14, 8), 8, 1, False),
        ((9, 13, 4), 8, 0, False),
    ],
)
def test_winograd(engine, relaxed, shape, filters, border, pooled):
    x, kernel, bias = noise(IMAGES, *shape), noise(3, 3, shape[2], filters, seed=1), noise(filters, seed=2)
    expected = convolution(x, kernel, bias, (1, 1), (1, 1), ((border, border), (border, border)))
    expected = np.maximum(expected, 0)
    if pooled:
        n, h, w, c = expected.shape
        expected = expected.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))
    source = Layout(*shape, margin=(border,) * 4)
    target = Layout(*expected.shape[1:], margin=(1, 0, 0, 1))
    offset = -border * (source.row + source.pixel)
    kernel_of = Winograd(source, target, offset, "relu", pooled)
    y = engine.zeros(IMAGES, target.image)
    run(
        engine,
        kernel_of,
        relaxed,
        laid_out(engine, x, source),
        engine.put(weights_of(kernel)),
        engine.put(padded_channels(bias)),
        y,
        IMAGES,
        engine.zeros(kernel_of.scratch(relaxed)),
    )
    np.testing.assert_allclose(inside(y, target), expected, atol=1e-5 * np.abs(expected).max())
    assert np.count_nonzero(y) == np.count_nonzero(inside(y, target)), "the margin stays zero"
