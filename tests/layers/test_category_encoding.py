import numpy as np
import pytest
from hypothesis import strategies as st

import kerata
from kerata import graph
from tests.support.cases import Case, sequential_config
from tests.support.draw import sizes

CASES = [
    Case("multi_hot", "CategoryEncoding", (4,), {"num_tokens": 10}, dtype="int32"),
    Case("count", "CategoryEncoding", (4,), {"num_tokens": 10, "output_mode": "count"}, dtype="int64", below=3),
    Case("one_hot", "CategoryEncoding", (3,), {"num_tokens": 10, "output_mode": "one_hot"}, dtype="int32"),
    Case("one_hot_of_one", "CategoryEncoding", (1,), {"num_tokens": 10, "output_mode": "one_hot"}, dtype="int32"),
    Case("floats", "CategoryEncoding", (4,), {"num_tokens": 5, "dtype": "int32"}, dtype="uint8", below=5),
    Case("cut", "CategoryEncoding", (5,), {"num_tokens": 4, "output_mode": "count"}, dtype="int32"),
    Case("deep", "CategoryEncoding", (3, 2), {"num_tokens": 6, "output_mode": "count"}, dtype="int32", below=6),
    Case(
        "weighted",
        "CategoryEncoding",
        [(4,), (4,)],
        {"num_tokens": 10, "output_mode": "count"},
        {"count_weights": 1},
        dtype=["int32", "float32"],
    ),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), max_size=3).map(tuple))
    mode = draw(st.sampled_from(["one_hot", "multi_hot", "count", "binary"]))
    config = {"num_tokens": draw(sizes(1, 8)), "output_mode": mode, "dtype": draw(st.sampled_from([None, "int32"]))}
    below, kind = draw(sizes(1, 10)), draw(st.sampled_from(["int32", "int64"]))
    # Keras has weights for one or two axes: with more, its own shapes do not fit.
    if mode == "count" and len(shape) == 1 and draw(st.booleans()):
        named = {"count_weights": 1}
        return Case("drawn", "CategoryEncoding", [shape, shape], config, named, dtype=[kind, "float32"], below=below)
    return Case("drawn", "CategoryEncoding", shape, config, dtype=kind, below=below)


DRAWN = {"CategoryEncoding": _drawn()}


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("num_tokens", None, "expected num_tokens from 1 to 4194304, received None"),
        ("num_tokens", 10**12, "expected num_tokens from 1 to 4194304, received 1000000000000"),
        ("output_mode", "int", "expected output_mode 'one_hot' or 'multi_hot' or 'count', received 'int'"),
    ],
)
def test_what_cannot_run_is_refused(option: str, value: object, message: str) -> None:
    config = {"name": "e", "num_tokens": 4, option: value}
    with pytest.raises(kerata.UnsupportedError, match=f"Layer 'e': {message}"):
        graph.read(sequential_config((3,), ("CategoryEncoding", config)), {})


def test_what_is_no_category_is_left_out() -> None:
    config = sequential_config((3,), ("CategoryEncoding", {"name": "e", "num_tokens": 2}))
    y = kerata.Model(graph.read(config, {})).predict(np.array([[-1, 1, 7]]))
    assert y.tolist() == [[0, 1]]
