from typing import Any

import pytest
from hypothesis import strategies as st

from kerata import Model, UnsupportedError, graph
from tests.support.cases import Case, inner, sequential_config
from tests.support.draw import config
from tests.support.recurrent import STATES, STEPS, called, layers

_EVERYTHING = {"return_sequences": True, "return_state": True}
_MERGES = ("sum", "mul", "ave", "concat", None)


def _case(name: str, layer: dict[str, Any], **options: Any) -> Case:
    more = {key: options.pop(key) for key in ("masked", "open") if key in options}
    return Case(name, "Bidirectional", STEPS, {"layer": layer, **options}, **more)


def _around(kind: str = "LSTM", **options: Any) -> dict[str, Any]:
    return inner(kind, units=4, **options)


CASES = [
    *(_case(str(mode), _around(), merge_mode=mode) for mode in _MERGES),
    *(_case(f"{mode}_all", _around("GRU", **_EVERYTHING), merge_mode=mode) for mode in _MERGES),
    *(_case(f"{mode}_masked", _around(**_EVERYTHING), merge_mode=mode, masked=True) for mode in ("concat", None)),
    _case("masked_last", _around(), masked=True),
    _case("masked_unrolled", _around(return_sequences=True, unroll=True), masked=True),
    _case("open", _around(return_sequences=True), open=(0,)),
    _case("own_backward_layer", _around(), backward_layer=inner("GRU", units=3, go_backwards=True)),
    _case("of_cells", inner("RNN", cell=inner("LSTMCell", units=4), return_sequences=True)),
    Case(
        "given",
        "Bidirectional",
        [STEPS, *[(4,)] * 4],
        {"layer": _around(**_EVERYTHING)},
        {"initial_state": [1, 2, 3, 4]},
        masked=(0,),
    ),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    kind = draw(st.sampled_from(["SimpleRNN", "LSTM", "GRU"]))
    forward = draw(layers(kind)) | {"go_backwards": False}
    options = {"layer": inner(kind, **forward)} | draw(config(merge_mode=st.sampled_from(_MERGES)))
    states = 2 * STATES[f"{kind}Cell"]
    if draw(st.booleans()):
        others = [
            each for each in ("SimpleRNN", "LSTM", "GRU") if not forward.get("return_state") or _alike(each, kind)
        ]
        other = draw(st.sampled_from(others))
        shared = {key: forward.get(key, False) for key in ("return_sequences", "return_state")}
        backward = draw(layers(other)) | {"units": forward["units"], "go_backwards": True} | shared
        options["backward_layer"] = inner(other, **backward)
        if other != kind:
            states = 0  # each half of the states is one layer's
        if backward.get("unroll"):
            options["layer"]["config"]["unroll"] = True  # which keeps the steps' number known
    return draw(called("Bidirectional", options, states, forward["units"]))


def _alike(other: str, kind: str) -> bool:
    """Whether the layers have as many states. Keras gives those of both only then."""
    return STATES[f"{other}Cell"] == STATES[f"{kind}Cell"]


DRAWN = {"Bidirectional": _drawn()}


def test_a_layer_that_is_not_recurrent_is_refused() -> None:
    layer = inner("Identity", name="identity")
    config = sequential_config((5, 3), ("Bidirectional", {"name": "both", "layer": layer}))
    with pytest.raises(UnsupportedError, match=r"'both'.*a recurrent layer.*'Identity'"):
        Model(graph.read(config, {}))


def test_an_unknown_merge_mode_is_refused() -> None:
    layer = {"name": "both", "layer": _around(name="lstm"), "merge_mode": "max"}
    with pytest.raises(UnsupportedError, match=r"'both'.*merge_mode.*'max'"):
        graph.read(sequential_config((5, 3), ("Bidirectional", layer)), {})
