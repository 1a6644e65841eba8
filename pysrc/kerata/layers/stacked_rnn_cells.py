"""StackedRNNCells: cells in a row, each fed by the output of the one before."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from ..node import Config, Node, Shape
from .common.rnn import Cell, States, built_cell
from .registry import Inner, register_layer


def _cells(config: Config) -> Iterator[Inner]:
    """In a list Keras gives names by class."""
    used: dict[str, int] = {}
    for serialized in config["cells"]:
        name = _snake_case(serialized["class_name"].rpartition(">")[2])
        count = used[name] = used.get(name, -1) + 1
        yield Inner.of(f"cells/{name}_{count}" if count else f"cells/{name}", serialized)


def _snake_case(name: str) -> str:
    return re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


def shape(config: Config, inputs: Sequence[Shape]) -> list[Shape]:
    output, states = inputs[0], list[Shape]()
    for cell in _cells(config):
        output, *those = cell.shapes(output)
        states += those
    return [output, *states]


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    output, shapes = inputs[0], dict[str, Shape]()
    for cell in _cells(config):
        shapes |= cell.weights(output)
        output = cell.shapes(output)[0]
    return shapes


@register_layer("StackedRNNCells", shape=shape, weights=weight_shapes, keywords={"states"})
def build(node: Node) -> Cell:
    cells = [built_cell(cell, node) for cell in _cells(node.config)]

    def start(projected: np.ndarray) -> list[np.ndarray]:
        return [state for cell in cells for state in cell.start(projected)]

    def step(projected: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        output, new = projected, list[np.ndarray]()
        for cell in cells:
            before = states[len(new) : len(new) + cell.count]
            output, after = cell.step(cell.project(output) if new else output, before)
            new += after
        return output, new

    return Cell(sum(cell.count for cell in cells), cells[0].project, start, step)
