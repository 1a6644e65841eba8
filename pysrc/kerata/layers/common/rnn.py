"""Recurrent layers: a cell run over the steps of (batch, steps, …).

What the inputs alone contribute is computed of all steps at once; one step after the other there is only what needs
the states.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ... import activations
from ...activations import Activation
from ...errors import InputError, UnsupportedError
from ...limits import check_time
from ...node import Config, Node, Shape, mapped, of_keras2, option
from ..registry import Inner, Mask, activation_of, register_layer

States = Sequence[np.ndarray]
Scan = Callable[[np.ndarray, States, Mask], tuple[np.ndarray, States]]


@dataclass(frozen=True)
class Cell:
    """One step of a recurrent layer; called by itself as Keras's cells are.

    project: inputs of any number of steps (rows, …) → what they contribute, a row each. start: of one step, that →
    the states before the first one, which are zeros, `count` of them. step: that, and the states before → the step's
    output and the states after, all of them arrays of their own. scan: of all steps (steps, batch, …), that, the states
    before and a mask (steps, batch) → all outputs and the states after; where the mask is false, nothing changes.
    """

    count: int
    project: Callable[[np.ndarray], np.ndarray]
    start: Callable[[np.ndarray], list[np.ndarray]]
    step: Callable[[np.ndarray, States], tuple[np.ndarray, States]]
    scan: Scan | None = None

    def __call__(self, x: np.ndarray, *given: np.ndarray, states: Any = ()) -> list[np.ndarray]:
        output, new = self.step(self.project(x), [*given, *leaves(states)])
        return [output, *new]


def zeros(units: int, count: int = 1) -> Callable[[np.ndarray], list[np.ndarray]]:
    """The start of a cell with so many states of that size."""
    return lambda projected: [np.zeros((len(projected), units), np.float32)] * count


def transposed(kernel: np.ndarray) -> np.ndarray:
    """A unit a row: without BLAS, a few rows times rows take half the time of rows times columns."""
    return np.ascontiguousarray(kernel.T)


def built_cell(cell: Inner, outer: Node) -> Cell:
    built = cell.build_for(outer, outer.shape)
    if not isinstance(built, Cell):
        raise UnsupportedError(f"Layer {outer.name!r}: expected a cell of Keras, received {cell.kind!r}.")
    return built


def leaves(structure: Any) -> list[np.ndarray]:
    found: list[np.ndarray] = []
    mapped(structure, found.append)
    return found


RECURRENT: set[str] = set()  # the kinds of layers that run a cell, as far as they are imported


def register_recurrent(kind: str, cell: Callable[[Config], Inner]) -> None:
    """`cell(config)` is the cell that a layer of this kind and config runs."""
    RECURRENT.add(kind)

    def shape(config: Config, inputs: Sequence[Shape]) -> list[Shape]:
        batch, steps, *rest = inputs[0]
        if steps == 0:
            raise UnsupportedError(
                f"Layer {config.get('name')!r}: expected steps to run over, received the shape {inputs[0]}."
            )
        output, *states = cell(config).shapes((batch, *rest))
        first = (batch, steps, *output[1:]) if config.get("return_sequences") else output
        return [first, *states] if config.get("return_state") else [first]

    def weights(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
        batch, _, *rest = inputs[0]
        return cell(config).weights((batch, *rest))

    @register_layer(
        kind,
        shape=shape,
        weights=weights,
        mask=output_mask,
        takes_mask=True,
        keywords={"initial_state"},
        arguments=("sequences",),
    )
    def build(node: Node) -> Recurrent:
        return Recurrent(node, cell(node.config))


def output_mask(config: Config, inputs: Sequence[np.ndarray], masks: Sequence[Mask]) -> Mask:
    return masks[0] if config.get("return_sequences") else None


def cell_activations(config: Config) -> tuple[Activation, Activation]:
    """Of the cell and of its gates; raises UnsupportedError for one that does not keep the size of a state."""
    activation = activation_of(config, "activation", "tanh")
    gate = activation_of(config, "recurrent_activation", "sigmoid")
    if activations.glu in (activation, gate):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected activations that keep the size of a state, received 'glu'."
        )
    return activation, gate


class Recurrent:
    """The call of a recurrent layer."""

    def __init__(self, node: Node, cell: Inner) -> None:
        config = node.config
        option(config, "time_major", False, default=False)
        self._cell = built_cell(cell, node)
        self._sequences, self._states = config.get("return_sequences", False), config.get("return_state", False)
        self._backwards, self._unroll = config.get("go_backwards", False), config.get("unroll", False)
        self._zeros_masked = config.get("zero_output_for_mask", False)
        self._masks_given_states = masks_given_states(config, node.call_kwargs)
        self._node, self._stateful = node, bool(config.get("stateful"))

    def __call__(
        self, x: np.ndarray, *given: np.ndarray, initial_state: Any = (), mask: Any = None
    ) -> np.ndarray | list[np.ndarray]:
        states = [*given, *leaves(initial_state)]
        if states and not self._masks_given_states:
            mask = None
        return one_or_several(self.run(x, states, mask[0] if isinstance(mask, list) else mask))

    def run(self, x: np.ndarray, states: States, mask: Mask) -> list[np.ndarray]:
        """Output and, if they are asked for, states. Begins with zeros where no states are given or kept."""
        batch, steps = x.shape[:2]
        if self._stateful:
            states = self._begin(states, batch)
        if self._backwards:
            x = x[:, ::-1]
        rows = np.ascontiguousarray(x.swapaxes(0, 1)).reshape(steps * batch, *x.shape[2:])
        projected = self._cell.project(rows)
        projected = projected.reshape(steps, batch, *projected.shape[1:])
        given, states = bool(states), states or self._cell.start(projected[0])
        if self._cell.scan and (mask is None or not (given or self._zeros_masked)):
            outputs, states = self._cell.scan(projected, states, self._in_order(mask))
        elif mask is None:
            outputs, states = self._all_steps(projected, states)
        else:
            outputs, states = self._masked_steps(projected, states, mask)
        if self._stateful:
            self._node.states[self._node.layer] = [np.array(state) for state in states]
        output = np.ascontiguousarray(outputs.swapaxes(0, 1)) if self._sequences else outputs[-1]
        return [output, *states] if self._states else [output]

    def _begin(self, given: States, batch: int) -> States:
        """What the call before left, if no states are given. Keras 2 takes those only where that is nothing but zeros.

        Raises InputError for another number of rows than the layer has states for.
        """
        kept: States = self._node.states.get(self._node.layer, [])
        rows = self._node.shape[0] or (len(kept[0]) if kept else batch)
        if batch != rows:
            raise InputError(
                f"Layer {self._node.name!r} is stateful: expected {rows} rows in every batch, received {batch}; "
                f"predict(x, batch_size={rows}) runs so many at a time."
            )
        prefers_kept = of_keras2(self._node.config) and any(map(np.any, kept))
        return kept if not given or prefers_kept else given

    def _in_order(self, mask: Mask) -> Mask:
        """(steps, batch), as the steps are run."""
        return mask if mask is None else np.asarray(mask, bool).T[:: -1 if self._backwards else 1]

    def _all_steps(self, projected: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        """The outputs (steps, batch, …), or of the last step alone, and the last states."""
        step = self._cell.step
        outputs = []
        for each in projected:
            check_time()
            output, states = step(each, states)
            outputs.append(output)
        return _joined(outputs if self._sequences else outputs[-1:]), states

    def _masked_steps(self, projected: np.ndarray, states: States, mask: np.ndarray) -> tuple[np.ndarray, States]:
        """A masked step changes no state, and its output is that of the step before, at first zeros."""
        counts = np.asarray(mask, bool).swapaxes(0, 1)  # (steps, batch, …)
        counts = counts.reshape(*counts.shape, *[1] * (projected.ndim - counts.ndim))
        ordered = counts[::-1] if self._backwards else counts
        output: np.ndarray | np.float32 = np.float32(0)
        outputs = []
        for each, count in zip(projected, ordered, strict=True):
            check_time()
            new, after = self._cell.step(each, states)
            output = np.where(count, new, output)
            states = [np.where(count, new, old) for new, old in zip(after, states, strict=True)]
            outputs.append(output)
        if not self._sequences:
            outputs, ordered = outputs[-1:], ordered[-1:]
        elif self._unroll:
            ordered = counts  # unrolled backwards, Keras looks up outputs and their masks in different orders
        joined = _joined(outputs)
        return np.where(ordered, joined, np.float32(0)) if self._zeros_masked else joined, states


def _joined(outputs: Sequence[np.ndarray]) -> np.ndarray:
    """As `np.stack`, in less time where they are many."""
    return np.concatenate(outputs).reshape(len(outputs), *outputs[0].shape)


def one_or_several(outputs: list[np.ndarray]) -> np.ndarray | list[np.ndarray]:
    """As a layer's call gives them."""
    return outputs if len(outputs) > 1 else outputs[0]


def masks_given_states(config: Config, call_kwargs: Mapping[str, Any]) -> bool:
    """Whether the call heeds the mask when it is given states, too.

    Keras 3 passes the mask that an input carries only where that is the call's one tensor, Keras before 3 always.
    """
    return "mask" in call_kwargs or of_keras2(config)
