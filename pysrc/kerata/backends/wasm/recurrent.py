"""LSTM, GRU and SimpleRNN over all steps in one call: what takes time at the desk is the products, but here Python's
calls for each step would.

Units come in blocks of `BLOCK`, the last filled up with zeros, and a block's sums for all gates stay in registers.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from .activation import sigmoid, tanh
from .assembler import ZEROS, Function, Int, IntVariable, Vector, VectorVariable, lanes, module
from .engine import Engine
from .layout import BYTES, LANES

BLOCK = 2 * LANES  # units
_VECTORS = BLOCK // LANES


class _Kind(NamedTuple):
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


_KINDS = {"LSTM": _Kind(4, _lstm), "GRU": _Kind(3, _gru), "SimpleRNN": _Kind(1, _simple)}


class Recurrence:
    """One layer's weights, ready to run: kernel (inputs, gates · units), recurrent kernel (units, gates · units), both
    with the gates in Keras's order, and recurrent bias (gates · units).
    """

    def __init__(
        self, engine: Engine, gates: int, run: Callable[..., object], recurrent: np.ndarray, bias: np.ndarray
    ) -> None:
        self._engine, self._gates, self._run = engine, gates, run
        self.units = len(recurrent)
        self._blocks = -(-self.units // BLOCK)
        packed = self.packed(recurrent).reshape(self.units, self._blocks, -1)  # (units, blocks, gates · BLOCK)
        self._recurrent = _placed(engine, packed.swapaxes(0, 1))
        self._bias = _placed(engine, self.packed(bias))

    def packed(self, columns: np.ndarray) -> np.ndarray:
        """(…, gates · units) → (…, blocks · gates · BLOCK), the units of a block side by side for each gate."""
        *axes, _ = columns.shape
        wide = np.zeros((*axes, self._gates, self._blocks * BLOCK), np.float32)
        wide[..., : self.units] = columns.reshape(*axes, self._gates, self.units)
        return wide.reshape(*axes, self._gates, self._blocks, BLOCK).swapaxes(-2, -3).reshape(*axes, -1)

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
        self._run(*map(self._engine.address, arrays), steps, batch, BYTES * self.units, self._blocks)
        return outputs[1:, :, : self.units], carried[:, : self.units]


def _placed(engine: Engine, values: np.ndarray) -> np.ndarray:
    array = engine.array(values.size)
    array[:] = values.ravel()
    return array


class Recurrences:
    """The kernels of an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._function = engine.load(module({kind: _function(each, engine.relaxed) for kind, each in _KINDS.items()}))

    def prepared(self, kind: str, recurrent: np.ndarray, bias: np.ndarray) -> Recurrence:
        """kind: "LSTM", "GRU" or "SimpleRNN", with Keras's default activations; a GRU's with reset_after."""
        return Recurrence(self._engine, _KINDS[kind].gates, self._function(kind), recurrent, bias)


def _function(kind: _Kind, relaxed: bool) -> Function:
    """f(projected, recurrent, bias, mask, c, outputs, steps, batch, bytes of the units, blocks): all are read from
    first to last, the recurrent kernel and the bias once for each step of each sequence.
    """
    f = Function(10, relaxed)
    projected, recurrent, bias, mask, c, outputs, steps, batch, units, blocks = f.parameters
    state = f.integer(outputs)  # of the sequence before the step
    after = f.integer(outputs + batch * blocks * (BYTES * BLOCK))
    carried, block, row = f.integer(0), f.integer(0), f.integer(0)
    step = f.integer(0)
    with f.loop(step, steps):
        carried.set(c)
        row.set(0)
        with f.loop(row, batch):
            block.set(0)
            weights, biases, before = f.integer(recurrent), f.integer(bias), f.integer(state)
            with f.loop(block, blocks):
                sums = _products(f, kind.gates, state, units, weights, biases)
                for vector in range(_VECTORS):
                    _advance(f, kind, sums, vector, projected, before, carried, after, mask)
                for place in (projected, biases):
                    place.set(place + BYTES * BLOCK * kind.gates)
                for place in (before, carried, after):
                    place.set(place + BYTES * BLOCK)
                block.set(block + 1)
            state.set(before)
            mask.set(mask + BYTES)
            row.set(row + 1)
        step.set(step + 1)
    return f


def _products(
    f: Function, gates: int, state: Int, units: Int, weights: IntVariable, biases: Int
) -> list[VectorVariable]:
    """bias + h · recurrent kernel for a block, (gates, vectors); moves `weights` to the next block's."""
    sums = [f.vector(f.load(biases, BYTES * LANES * place)) for place in range(gates * _VECTORS)]
    place, value = f.integer(state), f.vector(ZEROS)
    with f.loop(place, f.integer(state + units)):
        value.set(f.load_lane(place))
        for index, total in enumerate(sums):
            total.set(f.fused(value, f.load(weights, BYTES * LANES * index), total))
        weights.set(weights + BYTES * LANES * len(sums))
        place.set(place + BYTES)
    return sums


def _advance(
    f: Function,
    kind: _Kind,
    sums: Sequence[VectorVariable],
    vector: int,
    projected: Int,
    before: Int,
    carried: Int,
    after: Int,
    mask: Int,
) -> None:
    """Stores a vector's states after the step; where the mask is 0, they are those before."""
    offset = BYTES * LANES * vector
    inputs = [f.load(projected, BYTES * BLOCK * gate + offset) for gate in range(kind.gates)]
    h, c = f.vector(f.load(before, offset)), f.vector(f.load(carried, offset))
    counts = f.vector(f.load_lane(mask))
    new = f.vector(kind.advance(f, _Sums(inputs, sums[vector::_VECTORS], h, c)))
    rest = f.vector(lanes(1) - counts)
    f.store(after, new * counts + h * rest, offset)
    f.store(carried, c * counts + f.load(carried, offset) * rest, offset)
