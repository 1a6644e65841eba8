"""Bidirectional: one recurrent layer goes forwards through the steps, another one backwards, and they are merged."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape, option
from .common.rnn import RECURRENT, Recurrent, States, leaves, masks_given_states, one_or_several
from .registry import Call, Inner, Mask, has, register_layer

_MERGES: dict[str | None, Callable[[np.ndarray, np.ndarray], np.ndarray | list[np.ndarray]]] = {
    "sum": lambda forward, backward: forward + backward,
    "mul": lambda forward, backward: forward * backward,
    "ave": lambda forward, backward: (forward + backward) / 2,
    "concat": lambda forward, backward: np.concatenate([forward, backward], axis=-1),
    None: lambda forward, backward: [forward, backward],
}


def layers_of(config: Config) -> tuple[Inner, Inner]:
    """Without a backward layer of its own, it is as the forward one. Sequences have zeros at masked steps."""
    forward = config["layer"]
    backward = config.get("backward_layer") or {
        **forward,
        "config": {**forward["config"], "go_backwards": True},
    }
    parts = []
    for path, serialized in (("forward_layer", forward), ("backward_layer", backward)):
        zeros = {"zero_output_for_mask": serialized["config"].get("return_sequences", False)}
        part = Inner.of(path, {**serialized, "config": serialized["config"] | zeros})
        if not has(part.kind) or part.kind not in RECURRENT:  # Bidirectional, say, whose layers would double each time
            raise UnsupportedError(f"Layer {config.get('name')!r}: expected a recurrent layer, received {part.kind!r}.")
        parts.append(part)
    return parts[0], parts[1]


def _merge_mode(config: Config) -> str | None:
    mode: str | None = option(config, "merge_mode", *_MERGES, default="concat")
    return mode


def shape(config: Config, inputs: Sequence[Shape]) -> list[Shape]:
    (forward, *forward_states), (backward, *backward_states) = (layer.shapes(inputs[0]) for layer in layers_of(config))
    mode = _merge_mode(config)
    merged = [forward, backward] if mode is None else [forward]
    if mode == "concat":
        last = None if forward[-1] is None or backward[-1] is None else forward[-1] + backward[-1]
        merged = [(*forward[:-1], last)]
    return [*merged, *forward_states, *backward_states]


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    forward, backward = layers_of(config)
    return forward.weights(inputs[0]) | backward.weights(inputs[0])


def output_mask(config: Config, inputs: Sequence[np.ndarray], masks: Sequence[Mask]) -> Mask | list[Mask]:
    mask = masks[0] if config["layer"]["config"].get("return_sequences") else None
    return mask if mask is None or _merge_mode(config) else [mask, mask]


@register_layer(
    "Bidirectional",
    shape=shape,
    weights=weight_shapes,
    mask=output_mask,
    takes_mask=True,
    keywords={"initial_state"},
    arguments=("sequences",),
)
def build(node: Node) -> Call:
    forward, backward = (_built(layer, node) for layer in layers_of(node.config))
    merge = _MERGES[_merge_mode(node.config)]
    sequences = node.config["layer"]["config"].get("return_sequences", False)
    heeds_mask = masks_given_states(node.config["layer"]["config"], node.call_kwargs)

    def call(
        x: np.ndarray, *given: np.ndarray, initial_state: Sequence[np.ndarray] = (), mask: Any = None
    ) -> np.ndarray | list[np.ndarray]:
        states = [*given, *leaves(initial_state)]
        if states and not heeds_mask:
            mask = None
        mask = mask[0] if isinstance(mask, list) else mask
        half = len(states) // 2
        y, *forward_states = forward(x, states[:half], mask)
        z, *backward_states = backward(x, states[half:], mask)
        merged = merge(y, z[:, ::-1] if sequences else z)
        return one_or_several([*(merged if isinstance(merged, list) else [merged]), *forward_states, *backward_states])

    return call


def _built(layer: Inner, outer: Node) -> Callable[[np.ndarray, States, Mask], list[np.ndarray]]:
    built = layer.build_for(outer, outer.shape)
    assert isinstance(built, Recurrent)
    return built.run
