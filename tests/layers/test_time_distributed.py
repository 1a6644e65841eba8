from typing import Any

import pytest
from hypothesis import strategies as st

from kerata import UnsupportedError, graph
from tests.support.cases import Case, inner, sequential_config
from tests.support.draw import activation, booleans, sizes


def _sequential(shape: tuple[int, ...], *layers: dict[str, Any]) -> dict[str, Any]:
    """A Sequential model in a layer's config."""
    first = inner("InputLayer", name="x", batch_shape=[None, *shape])
    return inner("Sequential", name="model", layers=[first, *layers]) | {"module": "keras"}


def _residual(size: int, dense: dict[str, Any]) -> dict[str, Any]:
    """A Functional one: x + dense(x), with a layer of so many units as its input has features."""

    def entry(layer: dict[str, Any], *sources: str) -> dict[str, Any]:
        tensors = [
            {
                "class_name": "__keras_tensor__",
                "config": {"shape": [None, size], "dtype": "float32", "keras_history": [source, 0, 0]},
            }
            for source in sources
        ]
        args = [tensors] if len(tensors) > 1 else tensors
        nodes = [{"args": args, "kwargs": {}}] if tensors else []
        return layer | {"name": layer["config"]["name"], "inbound_nodes": nodes}

    layers = [
        entry(inner("InputLayer", name="x", batch_shape=[None, size])),
        entry(dense, "x"),
        entry(inner("Add", name="sum"), "x", "dense"),
    ]
    ends = {"input_layers": ["x", 0, 0], "output_layers": ["sum", 0, 0]}
    return inner("Functional", name="model", layers=layers, **ends) | {"module": "keras.src.models.functional"}


def _case(name: str, shape: tuple[int, ...], layer: dict[str, Any], **options: Any) -> Case:
    return Case(name, "TimeDistributed", shape, {"layer": layer}, **options)


_DENSE = inner("Dense", name="dense", units=3, activation="tanh")
_LSTM = inner("LSTM", units=2)

CASES = [
    _case("dense", (4, 3), inner("Dense", units=2)),
    _case("conv", (3, 5, 5, 2), inner("Conv2D", filters=3, kernel_size=3)),
    _case("flatten", (3, 2, 4), inner("Flatten")),
    _case("normalization", (3, 4), inner("BatchNormalization")),
    _case("embedding", (3, 4), inner("Embedding", input_dim=10, output_dim=2), dtype="int32"),
    _case("open", (3, 4), inner("Dense", units=2), open=(0,)),
    _case("masked", (4, 3), inner("Dense", units=2), masked=True),
    _case("lstm", (3, 4, 2), _LSTM),
    _case("lstm_masked", (3, 4, 2), _LSTM, masked=True),
    _case("twice", (2, 3, 4, 2), inner("TimeDistributed", layer=_LSTM)),
    _case("bidirectional", (3, 4, 2), inner("Bidirectional", layer=_LSTM)),
    _case("sequential", (3, 4, 2), _sequential((4, 2), inner("LSTM", name="lstm", units=3), _DENSE)),
    _case("sequential_masked", (3, 4, 2), _sequential((4, 2), inner("LSTM", name="lstm", units=3)), masked=True),
    _case("functional", (4, 3), _residual(3, _DENSE)),
    _case("nested", (2, 4, 3), _sequential((4, 3), inner("TimeDistributed", name="steps", layer=_residual(3, _DENSE)))),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    units = sizes(1, 4)
    layer = draw(
        st.one_of(
            st.builds(lambda units, f: inner("Dense", units=units, activation=f), units, activation),
            st.builds(lambda units, padding: inner("Conv1D", filters=units, kernel_size=2, padding=padding), units,
                      st.sampled_from(["same", "causal"])),
            st.builds(lambda units, all_steps: inner("GRU", units=units, return_sequences=all_steps), units, booleans),
            st.builds(lambda units: inner("Bidirectional", layer=inner("SimpleRNN", units=units)), units),
            st.builds(lambda axis: inner("BatchNormalization", axis=axis), st.sampled_from([1, -1])),
            st.just(inner("GlobalMaxPooling1D")),
            st.just(inner("Flatten")),
        )
    )  # fmt: skip
    shape = draw(st.tuples(sizes(1, 4), sizes(1, 4), sizes(1, 4)))
    return draw(_called(shape, layer))


@st.composite
def _called(draw: st.DrawFn, shape: tuple[int, ...], layer: dict[str, Any]) -> Case:
    return _case("drawn", shape, layer, masked=draw(booleans), open=(0,) if draw(booleans) else ())


@st.composite
def _drawn_sequential(draw: st.DrawFn) -> Case:
    _, *shape = sizes_ = draw(st.tuples(sizes(1, 4), sizes(1, 4), sizes(1, 4)))
    layers = [inner("GRU", name="gru", units=draw(sizes(1, 4)), return_sequences=draw(booleans))] * draw(booleans)
    layers += [inner("Dense", name="dense", units=draw(sizes(1, 4)), activation=draw(activation))]
    return draw(_called(sizes_, _sequential(tuple(shape), *layers)))


@st.composite
def _drawn_functional(draw: st.DrawFn) -> Case:
    size = draw(sizes(1, 4))
    return draw(_called((draw(sizes(1, 4)), size), _residual(size, inner("Dense", name="dense", units=size))))


DRAWN = {
    "TimeDistributed": _drawn(),
    "Sequential": _drawn_sequential(),
    "Functional": _drawn_functional(),
}


def test_a_layer_with_several_outputs_is_refused() -> None:
    layer = inner("LSTM", name="lstm", units=2, return_state=True)
    config = sequential_config((3, 4, 2), ("TimeDistributed", {"name": "steps", "layer": layer}))
    with pytest.raises(UnsupportedError, match=r"'steps'.*one output.*3"):
        graph.read(config, {})
