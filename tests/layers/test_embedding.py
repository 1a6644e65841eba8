import numpy as np
import pytest
from hypothesis import strategies as st

from kerata import InputError
from kerata.layers.registry import find
from kerata.node import Node
from tests.support.cases import Case
from tests.support.draw import booleans, config, sizes

TABLE = {"input_dim": 10, "output_dim": 3}
BACK = {"reverse": True}

CASES = [
    Case("integers", "Embedding", (4,), TABLE, dtype="int32"),
    Case("floats", "Embedding", (4, 2), TABLE, dtype="float16"),
    Case("number", "Embedding", (), TABLE | {"mask_zero": True}, dtype="int32"),
    Case("int8", "Embedding", (4,), TABLE | {"dtype": "int8_from_float32"}, dtype="int32"),
    Case("int4", "Embedding", (4,), TABLE | {"dtype": "int4/-1_from_float32"}, dtype="int32"),
    Case("int4_blocks", "Embedding", (4,), TABLE | {"dtype": "int4/2_from_float32"}, dtype="int32"),
    Case("there", "ReversibleEmbedding", (4,), TABLE, dtype="int32"),
    Case("back", "ReversibleEmbedding", (4, 3), TABLE, call=BACK),
    Case("capped", "ReversibleEmbedding", (4, 3), TABLE | {"tie_weights": False, "logit_soft_cap": 2.0}, call=BACK),
    Case("int8", "ReversibleEmbedding", (3,), TABLE | {"dtype": "int8_from_float32"}, call=BACK),
]

POLICIES = ["float32", "int8_from_float32", "int4/-1_from_float32", "int4/2_from_float32", "int4/3_from_float32"]


def _table(**options: st.SearchStrategy) -> st.SearchStrategy:
    needed = st.fixed_dictionaries({"input_dim": sizes(10, 13), "output_dim": sizes(1, 6)})
    optional = config(mask_zero=booleans, dtype=st.sampled_from(POLICIES), **options)
    return st.builds(lambda first, second: first | second, needed, optional)


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), max_size=3).map(tuple))
    dtype = draw(st.sampled_from(["int32", "int64", "uint8", "float16"]))
    return Case("drawn", "Embedding", shape, draw(_table()), dtype=dtype)


@st.composite
def _drawn_reversible(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), max_size=2).map(tuple))
    options = draw(_table(tie_weights=booleans, logit_soft_cap=st.none() | st.floats(0.5, 5)))
    if draw(booleans):
        return Case("drawn", "ReversibleEmbedding", shape, options, dtype=draw(st.sampled_from(["int32", "float16"])))
    # The sums are of numbers up to 127.
    return Case("drawn", "ReversibleEmbedding", (*shape, options["output_dim"]), options, call=BACK, atol=1e-5)


DRAWN = {"Embedding": _drawn(), "ReversibleEmbedding": _drawn_reversible()}


def test_zero_is_no_step() -> None:
    layer, x = find("Embedding", "e"), np.array([[1, 0, 3]])
    assert layer.mask({}, [x], [None]) is None
    np.testing.assert_array_equal(layer.mask({"mask_zero": True}, [x], [None]), [[True, False, True]])


def test_a_number_beyond_the_table_is_refused() -> None:
    node = Node("e", "Embedding", (), {"input_dim": 2, "output_dim": 1}, {"embeddings": np.eye(2, 1)}, (None, 1, 1))
    with pytest.raises(InputError, match=r"Layer 'e': expected numbers below 2, received 0 to 2\."):
        find("Embedding", "e").build(node)(np.array([[0, 2]]))
