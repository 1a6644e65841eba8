from tests.support.cases import Case
from tests.support.recurrent import drawn, drawn_cell, hand_picked

CASES = [
    *hand_picked("SimpleRNN", 1),
    Case("step", "SimpleRNNCell", [(3,), (4,)], {"units": 4}, {"states": [1]}),
]
DRAWN = {"SimpleRNN": drawn("SimpleRNN"), "SimpleRNNCell": drawn_cell("SimpleRNNCell")}
