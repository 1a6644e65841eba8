"""LSTM, GRU and SimpleRNN over all steps in one call: what takes time in CPython is the products, but here Python's
calls for each step would.

Units come in blocks (`gates`), and a block's sums for all gates stay in registers.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ..rnn_packing import BLOCK, packed, packed_recurrent
from .activation import sigmoid, tanh
from .assembler import ZEROS, Function, Int, IntVariable, Vector, VectorVariable, constant, lanes, module
from .engine import Engine
from .layout import BYTES, LANES

_VECTORS = BLOCK // LANES


class Kind(NamedTuple):
    """A layer's kind: how many gates it has, and what it does with a vector of each."""

    gates: int
    advance: Callable[[Function, "_Sums"], Vector]


class _Sums(NamedTuple):
    """Of one vector of units: what comes from the inputs and from the state before, by the gate; and the state."""

    projected: Sequence[Vector]
    recurrent: Sequence[VectorVariable]
    h: VectorVariable
    c: VectorVariable  # which an LSTM sets


def _lstm(f: Function, sums: _Sums) -> Vector:
    i, forget, g, o = (f.vector(x + h) for x, h in zip(sums.projected, sums.recurrent, strict=True))
    i.set(sigmoid(f, i) * tanh(f, g))
    sums.c.set(f.fused(sigmoid(f, forget), sums.c, i))
    return sigmoid(f, o) * tanh(f, sums.c)


def _gru(f: Function, sums: _Sums) -> Vector:
    (xz, xr, xh), (hz, hr, hh) = sums.projected, sums.recurrent
    z = f.vector(sigmoid(f, f.vector(xz + hz)))
    candidate = f.vector(f.fused(sigmoid(f, f.vector(xr + hr)), hh, xh))
    candidate.set(tanh(f, candidate))
    return f.fused(z, sums.h - candidate, candidate)


def _simple(f: Function, sums: _Sums) -> Vector:
    return tanh(f, f.vector(sums.projected[0] + sums.recurrent[0]))


KINDS = {"LSTM": Kind(4, _lstm), "GRU": Kind(3, _gru), "SimpleRNN": Kind(1, _simple)}


class Recurrence:
    """One layer's recurrent kernel (units, gates · units) and recurrent bias (gates · units), ready to run: what is
    for the layers on NumPy.
    """

    def __init__(
        self, engine: Engine, gates: int, run: Callable[..., object], recurrent: np.ndarray, bias: np.ndarray
    ) -> None:
        self._engine, self._gates, self._run = engine, gates, run
        self.units = len(recurrent)
        self._blocks = -(-self.units // BLOCK)
        self._recurrent = _placed(engine, packed_recurrent(recurrent, gates))
        self._bias = _placed(engine, self.packed(bias))

    def packed(self, columns: np.ndarray) -> np.ndarray:
        return packed(columns, self._gates)

    def __call__(
        self, projected: np.ndarray, mask: np.ndarray | None, h: np.ndarray, c: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """projected: x · kernel + bias, `packed`, (steps, batch, …). mask: bool (steps, batch), False where a step
        changes nothing. h and c: the states before, (batch, units). Returns h after each step, (steps, batch, units),
        and c after the last.
        """
        steps, batch, _ = projected.shape
        width = self._blocks * BLOCK
        outputs = self._engine.array((steps + 1) * batch * width).reshape(steps + 1, batch, width)
        outputs[0, :, : self.units] = h
        carried = self._engine.array(batch * width).reshape(batch, width)
        if c is not None:
            carried[:, : self.units] = c
        if mask is not None:  # what does not count may be anything, also no number
            projected = np.where(mask[..., None], projected, np.float32(0))
        arrays = [
            _placed(self._engine, projected),
            self._recurrent,
            self._bias,
            _placed(self._engine, np.ones((steps, batch)) if mask is None else mask),
            carried,
            outputs,
        ]
        self._run(*map(self._engine.address, arrays), steps, batch, self._blocks)
        return outputs[1:, :, : self.units], carried[:, : self.units]


def _placed(engine: Engine, values: np.ndarray) -> np.ndarray:
    array = engine.array(values.size)
    array[:] = values.ravel()
    return array


class Recurrences:
    """The kernels of an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._function = engine.load(module({kind: _function(each, engine.relaxed) for kind, each in KINDS.items()}))

    def prepared(self, kind: str, recurrent: np.ndarray, bias: np.ndarray) -> Recurrence:
        """kind: "LSTM", "GRU" or "SimpleRNN", with Keras's default activations; a GRU's with reset_after."""
        return Recurrence(self._engine, KINDS[kind].gates, self._function(kind), recurrent, bias)


def _function(kind: Kind, relaxed: bool) -> Function:
    """f(projected, recurrent, bias, mask, c, outputs, steps, batch, blocks): all are read from first to last, the
    recurrent kernel and the bias once for each step of each sequence.
    """
    f = Function(9, relaxed)
    projected, recurrent, bias, mask, c, outputs, steps, batch, blocks = f.parameters
    places = Places(projected, f.integer(outputs), f.integer(outputs + batch * blocks * (BYTES * BLOCK)), f.integer(0))
    row, step = f.integer(0), f.integer(0)
    with f.loop(step, steps):
        places.c.set(c)
        row.set(0)
        with f.loop(row, batch):
            advance(f, kind, places, recurrent, bias, blocks, mask)
            mask.set(mask + BYTES)
            row.set(row + 1)
        step.set(step + 1)
    return f


class Places(NamedTuple):
    """Of a sequence: what comes from its inputs at a step, the states h before the step and after it, and c. A step
    moves them on to what follows in memory.
    """

    projected: IntVariable
    before: IntVariable
    after: IntVariable
    c: IntVariable


def advance(
    f: Function, kind: Kind, places: Places, recurrent: Int, bias: Int, blocks: int | Int, mask: Int | None = None
) -> None:
    """One step of one sequence; where the mask is 0, the states stay."""
    state, units = f.integer(places.before), f.integer(constant(blocks) * (BYTES * BLOCK))
    weights, biases, block = f.integer(recurrent), f.integer(bias), f.integer(0)
    with f.loop(block, blocks):
        sums = _products(f, kind.gates, state, units, weights, biases)
        for vector in range(_VECTORS):
            _advance_vector(f, kind, sums[vector::_VECTORS], BYTES * LANES * vector, places, mask)
        for place in (places.projected, biases):
            place.set(place + BYTES * BLOCK * kind.gates)
        for place in (places.before, places.c, places.after):
            place.set(place + BYTES * BLOCK)
        block.set(block + 1)


def _products(
    f: Function, gates: int, state: Int, units: Int, weights: IntVariable, biases: Int
) -> list[VectorVariable]:
    """bias + h · recurrent kernel for a block, (gates, vectors); moves `weights` to the next block's."""
    sums = [f.vector(f.load(biases, BYTES * LANES * place)) for place in range(gates * _VECTORS)]
    place, value = f.integer(state), f.vector(ZEROS)
    row = BYTES * LANES * len(sums)
    with f.loop(place, f.integer(state + units)):
        for unit in range(BLOCK):
            value.set(f.load_lane(place, BYTES * unit))
            for index, total in enumerate(sums):
                total.set(f.fused(value, f.load(weights, row * unit + BYTES * LANES * index), total))
        weights.set(weights + row * BLOCK)
        place.set(place + BYTES * BLOCK)
    return sums


def _advance_vector(
    f: Function, kind: Kind, sums: Sequence[VectorVariable], offset: int, places: Places, mask: Int | None
) -> None:
    """Of a block, the units `offset` bytes from its first."""
    inputs = [f.load(places.projected, BYTES * BLOCK * gate + offset) for gate in range(kind.gates)]
    h, c = f.vector(f.load(places.before, offset)), f.vector(f.load(places.c, offset))
    new = f.vector(kind.advance(f, _Sums(inputs, sums, h, c)))
    if mask is not None:
        counts = f.vector(f.load_lane(mask))
        rest = f.vector(lanes(1) - counts)
        new.set(new * counts + h * rest)
        c.set(c * counts + f.load(places.c, offset) * rest)
    f.store(places.after, new, offset)
    f.store(places.c, c, offset)
