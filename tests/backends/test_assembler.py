"""Each instruction of the assembler against NumPy, run by wasmtime."""

import numpy as np
import pytest

from kerata.backends.wasm import assembler
from kerata.backends.wasm.assembler import ADD, MAX, ZEROS, Function, lanes, module
from tests.support.wasmtime_engine import WasmtimeEngine

A = np.array([1.5, -2.25, 0.0, 3e8], np.float32)
B = np.array([-4.0, -2.25, 7.5, 2.0], np.float32)
C = np.array([0.5, 1.0, -1.0, 3.0], np.float32)


@pytest.fixture(scope="module")
def engine():
    return WasmtimeEngine(1)


def run(engine, function, *arguments):
    engine.load(module({"f": function}))("f")(*arguments)


def computed(engine, expression, relaxed=False):
    """Four lanes of an expression of vectors a, b and c, built by a function of those and the Function."""
    given, result = engine.put(np.concatenate([A, B, C])), engine.zeros(4)
    f = Function(2, relaxed)
    source, target = f.parameters
    a, b, c = (f.vector(f.load(source, offset)) for offset in (0, 16, 32))
    f.store(target, expression(f, a, b, c))
    run(engine, f, engine.address(given), engine.address(result))
    return result


def test_what_is_not_a_number_is_kept(engine):
    nan = lanes(float("nan"))
    for expression in (
        lambda f, a, b, c: f.largest(a, nan),
        lambda f, a, b, c: f.largest(nan, a),
        lambda f, a, b, c: nan.max(a),
        lambda f, a, b, c: nan.min(a),
    ):
        assert np.isnan(computed(engine, expression)).all()
    np.testing.assert_array_equal(computed(engine, lambda f, a, b, c: f.largest(a, b)), np.maximum(A, B))


@pytest.mark.parametrize("number", [0, 1, 63, 64, 127, 128, 300, 16384, 2**31 - 1, -1, -64, -65, -(2**31)])
def test_numbers_are_encoded_whole(engine, number):
    result = engine.zeros(1).view(np.int32)
    f = Function(1)
    f.store_int(f.parameters[0], number)
    run(engine, f, engine.address(result))
    assert result[0] == number


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (lambda n: n & 12, 0b01000),
        (lambda n: n | 3, 0b01011011),
        (lambda n: n << 2, 0b101100000),
        (lambda n: n.trailing_zeros(), 3),
        (lambda n: n.nonzero(), 1),
    ],
)
def test_bits(engine, expression, expected):
    result = engine.zeros(1).view(np.int32)
    f = Function(2)
    target, number = f.parameters
    f.store_int(target, expression(number))
    run(engine, f, engine.address(result), 0b01011000)
    assert result[0] == expected


def test_lanes_that_are_not_zero(engine):
    given, result = engine.put(np.array([0.0, -1.5, -0.0, np.nan], np.float32)), engine.zeros(1).view(np.int32)
    f = Function(2)
    source, target = f.parameters
    f.store_int(target, f.load(source).nonzero_lanes())
    run(engine, f, engine.address(given), engine.address(result))
    assert result[0] == 0b1010


@pytest.mark.parametrize("start", [0, 1, 5])
def test_until_zero(engine, start):
    result = engine.zeros(1).view(np.int32)
    f = Function(2)
    target, number = f.parameters
    turns = f.integer(0)
    with f.until_zero(number):
        turns.set(turns + 1)
        number.set(number - 1)
    f.store_int(target, turns)
    run(engine, f, engine.address(result), start)
    assert result[0] == start


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (lambda f, a, b, c: a + b, A + B),
        (lambda f, a, b, c: a - b, A - B),
        (lambda f, a, b, c: a * b, A * B),
        (lambda f, a, b, c: a / b, A / B),
        (lambda f, a, b, c: a.min(b), np.minimum(A, B)),
        (lambda f, a, b, c: a.max(b), np.maximum(A, B)),
        (lambda f, a, b, c: c.nearest(), np.rint(C)),
        (lambda f, a, b, c: a.folded(ADD), np.full(4, (A[0] + A[1]) + (A[2] + A[3]))),
        (lambda f, a, b, c: b.folded(MAX), np.full(4, B.max())),
        (lambda f, a, b, c: lanes(0.1), np.full(4, 0.1, np.float32)),
        (lambda f, a, b, c: ZEROS, np.zeros(4)),
        (lambda f, a, b, c: f.fused(a, b, c), A * B + C),
        (lambda f, a, b, c: f.load_lane(f.parameters[0], 4), np.full(4, A[1])),
    ],
)
def test_vectors(engine, expression, expected):
    np.testing.assert_array_equal(computed(engine, expression), expected)


def test_a_fused_product_is_within_one_rounding_of_the_exact_one(engine):
    exact = A.astype(np.float64) * B + C
    np.testing.assert_allclose(computed(engine, lambda f, a, b, c: f.fused(a, b, c), relaxed=True), exact, rtol=1e-6)


def test_a_power_of_two_by_its_bits(engine):
    bits = computed(engine, lambda f, a, b, c: b.to_int().plus_int(127).shifted(23))
    np.testing.assert_array_equal(bits, 2.0 ** np.trunc(B))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (lambda a, b: a + b, 10),
        (lambda a, b: a - b, 4),
        (lambda a, b: a * b, 21),
        (lambda a, b: a + 5, 12),
        (lambda a, b: a < b, 0),
        (lambda a, b: b < a, 1),
        (lambda a, b: a > b, 1),
        (lambda a, b: b > b, 0),
        (lambda a, b: a < -1, 1),  # unsigned: −1 is the largest
        (lambda a, b: (a - 7).nonzero(), 0),
        (lambda a, b: a.nonzero(), 1),
    ],
)
def test_ints(engine, expression, expected):
    result = engine.zeros(1).view(np.int32)
    f = Function(3)
    a, b, target = f.parameters
    f.store_int(target, expression(a, b))
    run(engine, f, 7, 3, engine.address(result))
    assert result[0] == expected


def test_memory(engine):
    source, result = engine.put(np.arange(8)), engine.zeros(8)
    f = Function(2)
    x, y = f.parameters
    f.store(y, f.load(x, 4), 8)
    f.store_first(y, f.load(x, 16), 28)
    f.store_int(y, f.load_int(x, 4))
    run(engine, f, engine.address(source), engine.address(result))
    np.testing.assert_array_equal(result, [1, 0, 1, 2, 3, 4, 0, 4])


def test_a_loop_runs_until_its_stop_and_at_least_once(engine):
    result = engine.zeros(2).view(np.int32)
    f = Function(2)
    target, stop = f.parameters
    i, count = f.integer(0), f.integer(0)
    with f.loop(i, stop):
        i.set(i + 2)
        count.set(count + 1)
    f.store_int(target, count)
    for limit, expected in ((7, 4), (8, 4), (0, 1)):
        run(engine, f, engine.address(result), limit)
        assert result[0] == expected


def test_when_runs_its_body_on_a_condition(engine):
    result = engine.zeros(1).view(np.int32)
    f = Function(2)
    target, number = f.parameters
    with f.when(number < 3):
        f.store_int(target, 5)
    run(engine, f, engine.address(result), 3)
    assert result[0] == 0
    run(engine, f, engine.address(result), 2)
    assert result[0] == 5


def test_a_function_calls_another(engine):
    result = engine.zeros(1).view(np.int32)
    put = Function(2)
    put.store_int(put.parameters[0], put.parameters[1] * 3)
    main = Function(1)
    main.call(0, main.parameters[0], 14)
    engine.load(module({"put": put, "main": main}))("main")(engine.address(result))
    assert result[0] == 42


def test_the_module_is_a_shared_library_to_emscripten():
    binary = module({"f": Function(0)})
    assert binary[:8] == b"\0asm\1\0\0\0"
    assert binary[8:19] == b"\0\x0f\x08dylink.0"
    assert assembler.unsigned(300) == b"\xac\x02"
