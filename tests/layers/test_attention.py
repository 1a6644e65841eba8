import numpy as np
import pytest
from hypothesis import strategies as st

from kerata import layers
from kerata.errors import UnsupportedError
from kerata.node import Node
from tests.support.cases import Case
from tests.support.draw import booleans, config, sizes

PAIR = [(3, 4), (5, 4)]  # query and value
SCORES = {"return_attention_scores": True}

CASES = [
    Case("dot", "Attention", PAIR),
    Case("scaled", "Attention", [(3, 4), (5, 2), (5, 4)], {"use_scale": True}, call=SCORES),
    Case("concat", "Attention", PAIR, {"use_scale": True, "score_mode": "concat"}, call=SCORES),
    Case("concat_unscaled", "Attention", PAIR, {"score_mode": "concat"}),
    Case("causal", "Attention", PAIR, {"dropout": 0.5}, call={"use_causal_mask": True}),
    Case("masked", "Attention", PAIR, masked=True, call=SCORES),
    Case("masked_causal", "Attention", PAIR, masked=True, call={"use_causal_mask": True}),
    Case(
        "given_masks",
        "Attention",
        [*PAIR, (3,), (5,)],
        named={"mask": [2, 3]},
        dtype=["float32"] * 2 + ["bool"] * 2,
        below=2,
    ),
    Case("images", "Attention", [(2, 3, 4), (2, 5, 4)]),
    Case("additive", "AdditiveAttention", PAIR, call=SCORES),
    Case("additive_unscaled", "AdditiveAttention", [(3, 4), (5, 2), (5, 4)], {"use_scale": False}, masked=True),
]


@st.composite
def _inputs(draw: st.DrawFn) -> list[tuple[int, ...]]:
    queries, keys, size = draw(sizes(1, 5)), draw(sizes(1, 5)), draw(sizes(1, 6))
    inputs = [(queries, size), (keys, size)]
    if draw(booleans):
        inputs[1:] = [(keys, draw(sizes(1, 6))), (keys, size)]
    return inputs


@st.composite
def _drawn(draw: st.DrawFn, kind: str, options: st.SearchStrategy) -> Case:
    inputs = draw(_inputs())
    masked = draw(st.sets(st.sampled_from([0, 1])).map(tuple))
    call = draw(config(return_attention_scores=booleans, use_causal_mask=booleans))
    named, dtypes = {}, ["float32"] * len(inputs)
    if not masked and draw(booleans):
        named = {"mask": [len(inputs), len(inputs) + 1]}
        inputs, dtypes = [*inputs, inputs[0][:1], inputs[1][:1]], [*dtypes, "bool", "bool"]
    return Case(
        "drawn",
        kind,
        inputs,
        draw(options),
        named,
        {name: True for name, given in call.items() if given},
        dtypes,
        2,
        masked,
    )


DRAWN = {
    "Attention": _drawn(
        "Attention", config(use_scale=booleans, score_mode=st.sampled_from(["dot", "concat"]), dropout=st.just(0.3))
    ),
    "AdditiveAttention": _drawn("AdditiveAttention", config(use_scale=booleans, dropout=st.just(0.3))),
}


def test_an_unknown_score_is_told() -> None:
    with pytest.raises(UnsupportedError, match="'a': expected score_mode 'dot' or 'concat', received 'other'"):
        layers.find("Attention", "a").weights({"name": "a", "score_mode": "other"}, [(None, 3, 4), (None, 5, 4)])


@pytest.mark.parametrize("causal", [False, True])
def test_keras_2_says_in_the_config_whether_it_is_causal(causal: bool) -> None:
    query, value = np.zeros((1, 2, 3), "f4"), np.array([[[1], [3]]], "f4")
    node = Node("a", "Attention", (), {"causal": causal}, {}, (None, 2, 1))
    y = layers.find("Attention", "a").build(node)(query, value, np.zeros((1, 2, 3), "f4"))
    np.testing.assert_allclose(y, [[[1 if causal else 2], [2]]])
