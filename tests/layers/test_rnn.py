import pytest
from hypothesis import strategies as st

from kerata import Model, UnsupportedError, graph
from tests.support.cases import Case, inner, sequential_config
from tests.support.recurrent import STEPS, called, cells, steps

_LSTM, _GRU = inner("LSTMCell", units=4), inner("GRUCell", units=2)
_STACK = inner("StackedRNNCells", cells=[_LSTM, _GRU, inner("SimpleRNNCell", units=3), _GRU])

CASES = [
    Case("simple", "RNN", STEPS, {"cell": inner("SimpleRNNCell", units=4)}),
    Case("lstm", "RNN", STEPS, {"cell": _LSTM, "return_sequences": True, "return_state": True}),
    Case("stacked", "RNN", STEPS, {"cell": _STACK, "return_sequences": True, "return_state": True}),
    Case("stacked_masked", "RNN", STEPS, {"cell": _STACK, "return_sequences": True, "return_state": True}, masked=True),
    Case("given", "RNN", [STEPS, (2,)], {"cell": _GRU}, {"initial_state": [1]}),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    cell = draw(cells())
    return draw(called("RNN", {"cell": cell} | draw(steps()), 0))


DRAWN = {"RNN": _drawn()}


def test_what_is_no_cell_is_refused() -> None:
    config = sequential_config((5, 3), ("RNN", {"name": "rnn", "cell": inner("Dropout", name="d", rate=0.5)}))
    with pytest.raises(UnsupportedError, match=r"'rnn'.*a cell of Keras.*'Dropout'"):
        Model(graph.read(config, {}))
