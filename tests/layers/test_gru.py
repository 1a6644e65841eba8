from tests.support.cases import Case
from tests.support.recurrent import STEPS, drawn, drawn_cell, hand_picked

CASES = [
    *hand_picked("GRU", 1),
    Case("reset_before", "GRU", STEPS, {"units": 4, "reset_after": False}),
    Case("reset_before_no_bias", "GRU", STEPS, {"units": 4, "reset_after": False, "use_bias": False}),
    Case("hard_sigmoid", "GRU", STEPS, {"units": 4, "recurrent_activation": "hard_sigmoid"}),
    Case("step", "GRUCell", [(3,), (4,)], {"units": 4}, {"states": [1]}),
]
DRAWN = {"GRU": drawn("GRU"), "GRUCell": drawn_cell("GRUCell")}
