from typing import Any

import numpy as np
import pytest

from kerata import Model, UnsupportedError, graph
from kerata.layers.lstm import weight_shapes
from tests.support.cases import Case, inner, sequential_config
from tests.support.recurrent import STEPS, drawn, drawn_cell, hand_picked

CASES = [
    *hand_picked("LSTM", 2),
    Case("hard_sigmoid", "LSTM", STEPS, {"units": 4, "recurrent_activation": "hard_sigmoid"}),
    Case("softmax", "LSTM", STEPS, {"units": 4, "activation": "softmax", "recurrent_activation": "softmax"}),
    Case("step", "LSTMCell", [(3,), (4,), (4,)], {"units": 4}, {"states": [1, 2]}),
]
DRAWN = {"LSTM": drawn("LSTM"), "LSTMCell": drawn_cell("LSTMCell")}


def _model(*, shape: tuple[int | None, ...] = STEPS, **options: Any) -> Model:
    config = {"name": "lstm", "units": 4, **options}
    random = np.random.default_rng(0)
    shapes = weight_shapes(config, [(None, 3)])
    weights = {f"lstm/cell/{name}": random.normal(size=size).astype(np.float32) for name, size in shapes.items()}
    return Model(graph.read(sequential_config(shape, ("LSTM", config)), weights), "numpy")


def test_steps_in_the_first_axis_are_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"'lstm'.*time_major.*True"):
        _model(time_major=True)


@pytest.mark.parametrize("option", ["activation", "recurrent_activation"])
def test_an_activation_that_halves_a_state_is_refused(option: str) -> None:
    with pytest.raises(UnsupportedError, match=r"'lstm': expected activations that keep the size of a state"):
        _model(**{option: "glu"})


def test_an_activation_with_weights_is_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"'lstm': expected an activation without weights, received 'PReLU'"):
        _model(activation=inner("PReLU"))
