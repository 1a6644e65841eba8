"""The order in which Keras runs the layers of a Functional model. A layer that changes a mask in place sees to it that
the order matters: see layers/multi_head_attention.py.
"""

from collections.abc import Mapping, Sequence

Parents = Mapping[str, Sequence[str]]  # of each call, the calls that it takes its inputs from, in Keras's order


def run_order(parents: Parents, layers: Mapping[str, str], outputs: Sequence[str]) -> list[str]:
    """The calls that the outputs need, in the order of Keras 3 (`map_graph` in keras/src/ops/function.py).

    layers: of each call, the layer's name. A call's depth is the largest number of steps from it to an output; a layer
    that is called several times has the depth of its deepest call in all calls that are visited after that one. Deeper
    calls run first, calls of one depth in the order in which they get it.
    """
    depths: dict[str, int] = {}
    of_layers: dict[str, int] = {}
    for call in reversed(_inputs_first(parents, outputs)):
        layer = layers[call]
        depths[call] = of_layers[layer] = max(depths.get(call, 0), of_layers.get(layer, 0))
        for parent in parents[call]:
            depths[parent] = max(depths[call] + 1, depths.get(parent, 0))
    return sorted(depths, key=lambda call: -depths[call])


def _inputs_first(parents: Parents, outputs: Sequence[str]) -> list[str]:
    """Each call after those it takes its inputs from, which are visited depth first. A cycle is cut where it closes."""
    ordered: list[str] = []
    seen: set[str] = set()
    for output in outputs:
        waiting = [(output, iter([output]))]
        while waiting:
            call, others = waiting[-1]
            following = next((other for other in others if other not in seen), None)
            if following is not None:
                seen.add(following)
                waiting.append((following, iter(parents[following])))
            else:
                waiting.pop()
                if waiting:
                    ordered.append(call)
    return ordered
