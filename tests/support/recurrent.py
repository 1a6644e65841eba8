"""What the strategies that draw recurrent layers share."""

from typing import Any

from hypothesis import strategies as st

from tests.support.cases import Case, inner
from tests.support.draw import activation, booleans, config, sizes

# Over a few steps, exponentials of exponentials leave float32 behind.
tame = activation.filter(lambda name: name != "exponential")
STEPS = (5, 3)  # steps and features of a hand-picked case


def _gates(**options: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return config(use_bias=booleans, activation=tame, **options)


_BOUNDED = {"tanh", "sigmoid", "hard_sigmoid", "hard_tanh", "sparse_sigmoid", "softmax", "softsign"}
gate = activation.filter(lambda name: name in _BOUNDED)  # others make products of states, which leave float32 behind

CELLS = {
    "SimpleRNNCell": _gates(),
    "LSTMCell": _gates(recurrent_activation=gate),
    "GRUCell": _gates(recurrent_activation=gate, reset_after=booleans),
}
STATES = {"SimpleRNNCell": 1, "GRUCell": 1, "LSTMCell": 2}


def limits(config: dict[str, Any]) -> dict[str, float]:
    """A case's tolerances. Where no activation holds them back, states grow with each step and so do the roundings in
    them: of such a layer, float64 shows Keras's numbers to be as far off as ours.
    """

    def bounded(value: Any) -> bool:
        if isinstance(value, list):
            return all(map(bounded, value))
        return not isinstance(value, dict) or all(
            each in _BOUNDED if key.endswith("activation") else bounded(each) for key, each in value.items()
        )

    return {} if bounded(config) else {"rtol": 1e-3, "atol": 1e-4}


@st.composite
def cells(draw: st.DrawFn, deepest: int = 1) -> dict[str, Any]:
    """Any cell in a layer's config; of stacks, at most this many within each other.

    No stack of one cell: over one step, Keras's own call of it fails.
    """
    kind = draw(st.sampled_from([*CELLS, *["StackedRNNCells"] * (deepest > 0)]))
    if kind == "StackedRNNCells":
        return inner(kind, cells=draw(st.lists(cells(0), min_size=2, max_size=3)))
    return inner(kind, units=draw(sizes(1, 4)), **draw(CELLS[kind]))


def steps(**options: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The options of every layer that goes over steps, besides those of its cell."""
    return config(
        return_sequences=booleans,
        return_state=booleans,
        go_backwards=booleans,
        unroll=booleans,
        zero_output_for_mask=booleans,
        **options,
    )


@st.composite
def layers(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """The config of any layer of this kind, the one of a cell."""
    return {"units": draw(sizes(1, 4))} | draw(CELLS[f"{kind}Cell"]) | draw(steps())


@st.composite
def drawn(draw: st.DrawFn, kind: str) -> Case:
    """A layer on any input, with or without a mask and states to begin with."""
    return draw(called(kind, draw(layers(kind)), STATES[f"{kind}Cell"]))


@st.composite
def called(draw: st.DrawFn, kind: str, config: dict[str, Any], states: int, units: int = 0) -> Case:
    """The layer on any input, with or without a mask, and a start from `states` given states or from zeros."""
    x = draw(sizes(1, 5)), draw(sizes(1, 4))
    unrolls = config.get("unroll") or config.get("layer", {}).get("config", {}).get("unroll")
    options = {"masked": draw(booleans), "open": (0,) if draw(booleans) and not unrolls else (), **limits(config)}
    if states and draw(booleans):
        size = (units or config["units"],)
        options |= {"open": (), "masked": (0,) if options["masked"] else False}
        return Case("drawn", kind, [x, *[size] * states], config, {"initial_state": [*range(1, 1 + states)]}, **options)
    return Case("drawn", kind, x, config, **options)


@st.composite
def drawn_cell(draw: st.DrawFn, kind: str) -> Case:
    """A cell on its own."""
    options = {"units": draw(sizes(1, 4))} | draw(CELLS[kind])
    states = [(options["units"],)] * STATES[kind]
    named = {"states": [*range(1, 1 + len(states))]}
    return Case("drawn", kind, [(draw(sizes(1, 4)),), *states], options, named)


def hand_picked(kind: str, states: int, **options: Any) -> list[Case]:
    """Each option of a layer that goes over steps; `options` are its cell's."""
    config = {"units": 4, **options}
    given = [STEPS, *[(4,)] * states]
    named = {"initial_state": [*range(1, 1 + states)]}

    def case(name: str, *, masked: Any = False, **more: Any) -> Case:
        return Case(name, kind, STEPS, config | more, masked=masked)

    everything = {"return_sequences": True, "return_state": True}
    return [
        case("last"),
        case("sequences", return_sequences=True),
        case("states", **everything),
        case("backwards", go_backwards=True, **everything),
        case("no_bias", use_bias=False),
        case("relu", activation="relu", return_sequences=True),
        case("masked", masked=True),
        case("masked_sequences", masked=True, **everything),
        case("masked_backwards", masked=True, go_backwards=True, **everything),
        case("masked_zero", masked=True, zero_output_for_mask=True, **everything),
        case("masked_zero_last", masked=True, zero_output_for_mask=True),
        case(
            "masked_zero_unrolled", masked=True, zero_output_for_mask=True, go_backwards=True, unroll=True, **everything
        ),
        Case("open", kind, STEPS, config | everything, open=(0,)),
        Case("given", kind, given, config | everything, named),
        Case("given_masked", kind, given, config | everything, named, masked=(0,)),
    ]
