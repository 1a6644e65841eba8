import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import kerata
from kerata import layers
from kerata.errors import UnsupportedError
from tests.support.cases import Case
from tests.support.draw import booleans, config, sizes

SCORES, CAUSAL = {"return_attention_scores": True}, {"use_causal_mask": True}
PAIR = [(3, 5), (4, 6)]  # query and value
SAME = [(3, 5), (4, 5)]
HEADS = {"num_heads": 2, "key_dim": 3}
GROUPS = {"num_query_heads": 4, "num_key_value_heads": 2, "head_dim": 3}


def _with_mask(name: str, kind: str, inputs: list[tuple[int, ...]], mask: tuple[int, ...], *rest, **more) -> Case:
    dtypes = ["float32"] * len(inputs) + ["int32"]
    return Case(
        name, kind, [*inputs, mask], *rest, named={"attention_mask": len(inputs)}, dtype=dtypes, below=2, **more
    )


CASES = [
    Case("two", "MultiHeadAttention", PAIR, HEADS),
    Case("three", "MultiHeadAttention", [*PAIR, (4, 2)], HEADS | {"value_dim": 2, "output_shape": 7}, call=SCORES),
    Case("by_name", "MultiHeadAttention", [*PAIR, (4, 2)], HEADS, named={"key": 2}),
    Case("no_bias", "MultiHeadAttention", PAIR, HEADS | {"use_bias": False, "output_shape": [2, 3]}),
    Case("gated", "MultiHeadAttention", PAIR, HEADS | {"use_gate": True, "dropout": 0.2}),
    Case("window", "MultiHeadAttention", PAIR, HEADS | {"sliding_window": 2}, call=CAUSAL),
    Case("causal", "MultiHeadAttention", PAIR, HEADS, call=CAUSAL | SCORES),
    Case("masked", "MultiHeadAttention", [*PAIR, (4, 2)], HEADS, masked=True),
    Case("masked_to_zero", "MultiHeadAttention", PAIR, HEADS, masked=True, call=SCORES),
    _with_mask("masked_by_heads", "MultiHeadAttention", PAIR, (2, 3, 4), HEADS),
    Case("two_axes", "MultiHeadAttention", [(2, 3, 5), (3, 2, 5)], HEADS, call=SCORES),
    Case("one_of_two_axes", "MultiHeadAttention", [(2, 3, 5), (2, 4, 5)], HEADS | {"attention_axes": -2}, call=SCORES),
    Case("whole_vectors", "MultiHeadAttention", [(7, 5), (9, 6)], {"num_heads": 2, "key_dim": 3, "value_dim": 4}),
    Case("groups_of_whole_vectors", "GroupQueryAttention", SAME, GROUPS | {"head_dim": 4}),
    Case("groups", "GroupQueryAttention", SAME, GROUPS),
    Case("groups_gated", "GroupQueryAttention", SAME, GROUPS | {"use_gate": True, "use_bias": False}, call=SCORES),
    Case(
        "groups_masked",
        "GroupQueryAttention",
        [*SAME, (4, 2)],
        GROUPS | {"sliding_window": 2},
        masked=True,
        call=CAUSAL,
    ),
    _with_mask("groups_masked_by_heads", "GroupQueryAttention", SAME, (4, 3, 4), GROUPS, call=SCORES),
    Case("one_key_for_all", "GroupQueryAttention", SAME, GROUPS | {"num_key_value_heads": 1}, masked=(1,)),
]

_OPTIONS = config(use_gate=booleans, dropout=st.sampled_from([0.0, 0.3]), sliding_window=st.none() | sizes(1, 4))
_CALLS = config(return_attention_scores=booleans, use_causal_mask=booleans)


@st.composite
def _over_steps(draw: st.DrawFn, kind: str, options: dict[str, Any], heads: int) -> Case:
    """Of one axis of steps."""
    queries, keys, size = draw(sizes(1, 5)), draw(sizes(1, 5)), draw(sizes(1, 5))
    inputs = [(queries, size), (keys, size if kind == "GroupQueryAttention" else draw(sizes(1, 5)))]
    named: dict[str, int] = {}
    if draw(booleans):
        inputs.append((keys, draw(sizes(1, 5))))
        named = draw(st.sampled_from([{}, {"key": 2}]))
    masked = tuple(draw(st.sets(st.sampled_from(range(len(inputs))))))
    dtypes = ["float32"] * len(inputs)
    # Keras takes a mask of each head for one of each sample where there are others.
    by_heads = [] if masked else [(heads, queries, keys)]
    masks = {"attention_mask": draw(st.sampled_from([None, (queries, keys), (1, keys), (queries, 1), *by_heads]))}
    if masks["attention_mask"] not in by_heads:
        masks["value_mask"] = draw(st.sampled_from([None, None, (keys,)]))
    for name, shape in masks.items():
        if shape:
            named = named | {name: len(inputs)}
            inputs.append(shape)
            dtypes.append(draw(st.sampled_from(["bool", "int32"])))
    call = {name: True for name, given in draw(_CALLS).items() if given}
    return Case("drawn", kind, inputs, options | draw(_OPTIONS), named, call, dtypes, 2, masked)


@st.composite
def _over_axes(draw: st.DrawFn, options: dict[str, Any]) -> Case:
    """Of two axes besides the batch, one or both of which are steps. Keras cannot mask the steps of both."""
    first, second, size = draw(sizes(1, 4)), draw(sizes(1, 4)), draw(sizes(1, 5))
    other_first, other_second, other_size = draw(sizes(1, 4)), draw(sizes(1, 4)), draw(sizes(1, 5))
    axes, value = draw(
        st.sampled_from(
            [
                *((axes, (other_first, other_second)) for axes in (None, [1, 2], [2, 1])),
                *((axes, (other_first, second)) for axes in (1, -3, [1])),
                *((axes, (first, other_second)) for axes in ([2], [-2])),
            ]
        )
    )
    options = options | draw(config(use_gate=booleans, dropout=st.just(0.3))) | {"attention_axes": axes}
    call = draw(config(return_attention_scores=st.just(True)))
    return Case("drawn", "MultiHeadAttention", [(first, second, size), (*value, other_size)], options, call=call)


def _with_bias(draw: st.DrawFn, options: dict[str, Any], *shapes: list[int]) -> dict[str, Any]:
    """TensorFlow may add a bias of these shapes along a wrong axis where it is a vector, and not along the last one."""
    added_elsewhere = any(shape[-1] == 1 and sum(size > 1 for size in shape) == 1 for shape in shapes)
    return options | {"use_bias": not added_elsewhere and draw(booleans)}


@st.composite
def _heads(draw: st.DrawFn) -> Case:
    heads, key_dim, value_dim = draw(sizes(1, 3)), draw(sizes(1, 4)), draw(st.none() | sizes(1, 4))
    outputs = draw(st.none() | sizes(1, 4) | st.lists(sizes(1, 3), min_size=1, max_size=3))
    options = {"num_heads": heads, "key_dim": key_dim, "value_dim": value_dim, "output_shape": outputs}
    shapes = [heads, key_dim], [heads, value_dim or key_dim], outputs if isinstance(outputs, list) else [2]
    options = _with_bias(draw, options, *shapes)
    return draw(_over_axes(options) if draw(booleans) else _over_steps("MultiHeadAttention", options, heads))


@st.composite
def _groups(draw: st.DrawFn) -> Case:
    keys, each, size = draw(sizes(1, 3)), draw(sizes(1, 3)), draw(sizes(1, 4))
    options = {"num_query_heads": keys * each, "num_key_value_heads": keys, "head_dim": size}
    options = _with_bias(draw, options, [keys, size], [keys * each, size])
    return draw(_over_steps("GroupQueryAttention", options, keys * each))


DRAWN = {"MultiHeadAttention": _heads(), "GroupQueryAttention": _groups()}


@pytest.mark.parametrize("library", ["keras", "tf_keras"])
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore::UserWarning")  # that .h5 is old
def test_all_may_be_given_by_name(library: str, suffix: str, tmp_path: Path) -> None:
    from training.golden import with_random_weights

    k = importlib.import_module(library)
    query, value, key = (k.Input((steps, size)) for steps, size in [(3, 4), (5, 6), (5, 2)])
    y = k.layers.MultiHeadAttention(2, 3)(key=key, value=value, query=query)
    model = with_random_weights(k.Model([query, value, key], y), "by_name")
    model.save(tmp_path / f"model{suffix}")
    random = np.random.default_rng(0)
    x = [random.normal(size=(2, *each.shape[1:])).astype("f4") for each in (query, value, key)]
    ours = kerata.load_model(tmp_path / f"model{suffix}").predict(x)
    np.testing.assert_allclose(ours, model(x, training=False), rtol=1e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore::UserWarning:keras")
def test_the_output_carries_the_mask_of_the_query(tmp_path: Path) -> None:
    import keras

    query = keras.Input((4, 3))
    masked = keras.layers.Masking()(query)
    y = keras.layers.MultiHeadAttention(2, 3)(query=masked, value=masked)
    model = keras.Model(query, keras.layers.GlobalAveragePooling1D()(y))
    model.save(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("f4")
    x[0, 2:] = 0
    ours = kerata.load_model(tmp_path / "model.keras").predict(x)
    np.testing.assert_allclose(ours, model(x, training=False), rtol=1e-5, atol=1e-6)


def test_too_many_tensors_are_told() -> None:
    with pytest.raises(UnsupportedError, match="'m': expected to be called on a query, a value, maybe a key"):
        layers.find("MultiHeadAttention", "m").shapes({"name": "m", **HEADS}, [(None, 3, 4)] * 4)
