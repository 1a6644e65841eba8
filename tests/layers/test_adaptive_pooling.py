import numpy as np
import pytest
from hypothesis import strategies as st

from kerata import Model, graph
from tests.support import spatial
from tests.support.cases import Case, sequential_config
from tests.support.draw import config, sizes

CASES = [
    Case(f"{name}_{kind[8:11].lower()}", f"{kind}{len(shape) - 1}D", shape, config)
    for kind in ("AdaptiveMaxPooling", "AdaptiveAveragePooling")
    for name, shape, config in [
        ("even", (6, 8, 2), {"output_size": [3, 2]}),
        ("uneven", (7, 5, 2), {"output_size": 3}),
        ("larger", (3, 4, 2), {"output_size": [5, 4]}),
        ("channels_first", (2, 7, 5), {"output_size": 2, "data_format": "channels_first"}),
        ("uneven", (7, 2), {"output_size": 3}),
        ("uneven", (5, 3, 4, 2), {"output_size": [2, 2, 3]}),
    ]
]


@st.composite
def _drawn(draw: st.DrawFn, kind: str, rank: int) -> Case:
    # TensorFlow 2.21 ends the process where the largest value is asked of one window, or of one step: see below.
    least = 2 if "Max" in kind else 1
    options = {"output_size": draw(spatial.numbers(sizes(least, 5), rank)), **draw(config(data_format=spatial.formats))}
    # Keras has to know the sizes of all axes.
    return draw(spatial.case(kind, rank, draw(sizes(1, 4)), options, opens=False, least=least))


DRAWN = {
    f"{kind}{rank}D": _drawn(f"{kind}{rank}D", rank)
    for kind in ("AdaptiveMaxPooling", "AdaptiveAveragePooling")
    for rank in (1, 2, 3)
}


@pytest.mark.parametrize(("steps", "count"), [(4, 1), (1, 3)])
def test_the_largest_of_one_window_and_of_one_step(steps: int, count: int) -> None:
    x = np.random.default_rng(0).normal(size=(2, steps, 3)).astype(np.float32)
    layer = {"name": "p", "output_size": [count]}
    y = Model(graph.read(sequential_config((steps, 3), ("AdaptiveMaxPooling1D", layer)), {}), "numpy").predict(x)
    assert np.array_equal(y, np.repeat(x.max(1, keepdims=True), count, 1))
