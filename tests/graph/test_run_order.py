"""Keras 3's MultiHeadAttention takes the mask off its tensors: what runs after it sees none. The order decides."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tf_keras

import kerata
from tests.support.wasmtime_engine import wasm_backend
from training.golden import with_random_weights

# Keras warns of masks that a layer destroys, and that `.h5` is an old format.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

STEPS, UNITS = 5, 4
TOKENS = np.array([[3, 1, 0, 2, 0], [0, 0, 2, 5, 1], [4, 0, 0, 0, 0]], np.int32)


def words(k: Any) -> tuple[Any, Any]:
    """The input, and its embedding, which carries a mask."""
    tokens = k.Input((STEPS,), dtype="int32")
    return tokens, k.layers.Embedding(9, UNITS, mask_zero=True)(tokens)


def attention(k: Any) -> Any:
    return k.layers.MultiHeadAttention(2, 3)


def read(k: Any, x: Any, sequences: bool = False) -> Any:
    """By a layer that sees the mask of x. Called on x alone, Keras 3 would save that mask as a further argument."""
    return k.layers.SimpleRNN(UNITS, return_sequences=sequences)(x, training=False)


def block(k: Any, x: Any) -> Any:
    x = k.layers.LayerNormalization()(k.layers.Add()([x, attention(k)(x, x)]))
    return k.layers.LayerNormalization()(k.layers.Add()([x, k.layers.Dense(UNITS, "relu")(x)]))


def blocks(k: Any) -> Any:
    tokens, x = words(k)
    return k.Model(tokens, block(k, block(k, x)))


def two_attentions_on_one_tensor(k: Any) -> Any:
    tokens, x = words(k)
    return k.Model(tokens, k.layers.Add()([attention(k)(x, x), attention(k)(x, x)]))


def attentions_at_different_depths(k: Any) -> Any:
    """The second one that is made runs first, for more follows it."""
    tokens, x = words(k)
    shallow, deep = attention(k)(x, x), attention(k)(x, x)
    return k.Model(tokens, [k.layers.Add()([shallow, k.layers.Dense(UNITS)(read(k, deep))]), shallow])


def an_attention_used_twice(k: Any) -> Any:
    """Keras runs both uses of a layer as early as the earlier one has to."""
    tokens, x = words(k)
    shared = attention(k)
    y = shared(k.layers.Dense(UNITS)(x), x)
    return k.Model(tokens, [read(k, x), shared(k.layers.Dense(UNITS)(k.layers.Dense(UNITS)(y)), x)])


def a_dropout_is_its_input(k: Any) -> Any:
    tokens, x = words(k)
    y = k.layers.Activation("linear")(k.layers.Dropout(0.5)(x))
    return k.Model(tokens, [read(k, x), read(k, k.layers.Dense(UNITS)(attention(k)(y, y)))])


def keys_by_name(k: Any) -> Any:
    tokens, x = words(k)
    y = k.layers.Dense(UNITS)(x)
    z = attention(k)(query=k.layers.Dense(UNITS)(x), value=y, key=x)
    return k.Model(tokens, [k.layers.Add()([z, x]), k.layers.GlobalAveragePooling1D()(y, training=False), read(k, z)])


def in_a_model(k: Any) -> Any:
    """The outer model's tensor is the inner one's; the second call of that sees no mask."""
    tokens, x = words(k)
    y = k.Input((STEPS, UNITS))
    inner = k.Model(y, k.layers.Dense(UNITS)(block(k, k.layers.Dropout(0.1)(y))))
    return k.Model(tokens, [k.layers.Add()([inner(x), inner(x)]), read(k, k.layers.Identity()(x))])


def behind_a_model(k: Any) -> Any:
    """What a model passes on is one tensor with what it was given."""
    tokens, x = words(k)
    inner = k.Sequential([k.Input((STEPS, UNITS)), k.layers.Dropout(0.1)])
    y = inner(x)
    return k.Model(tokens, k.layers.Add()([k.layers.Dense(UNITS)(attention(k)(y, y)), read(k, x)]))


def in_a_model_with_a_mask(k: Any) -> Any:
    """A mask given to the model stays on its tensor."""
    tokens = k.Input((STEPS,), dtype="int32")
    x = k.layers.Embedding(9, UNITS)(tokens)
    inner = k.Sequential([k.Input((STEPS, UNITS)), k.layers.SimpleRNN(UNITS, return_sequences=True)])
    y = inner(x, mask=tokens > 0)
    z = k.layers.Dense(UNITS)(k.layers.Dense(UNITS)(y))
    return k.Model(tokens, k.layers.Add()([z, attention(k)(z, x), read(k, x)]))


def groups(k: Any) -> Any:
    """GroupQueryAttention leaves the masks."""
    tokens, x = words(k)
    y = k.layers.GroupQueryAttention(3, 2, 1)(x, x)
    return k.Model(tokens, read(k, k.layers.Add()([x, y])))


MAKERS = [
    *(blocks, two_attentions_on_one_tensor, attentions_at_different_depths, an_attention_used_twice),
    *(a_dropout_is_its_input, keys_by_name, in_a_model, behind_a_model, in_a_model_with_a_mask, groups),
]


def assert_answers_as(model: Any, path: Path) -> None:
    model = with_random_weights(model, "masks")
    model.save(path)
    expected = model(TOKENS)
    for backend in ("numpy", wasm_backend()):
        given = kerata.load_model(path, backend).predict(TOKENS)
        pairs = zip(*(each if isinstance(each, list) else [each] for each in (given, expected)), strict=True)
        for ours, theirs in pairs:
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_keras_3(make: Callable[[Any], Any], tmp_path: Path) -> None:
    assert_answers_as(make(keras), tmp_path / "model.keras")


@pytest.mark.parametrize("make", [blocks, an_attention_used_twice, in_a_model], ids=lambda make: make.__name__)
def test_keras_2_takes_no_mask_off(make: Callable[[Any], Any], tmp_path: Path) -> None:
    assert_answers_as(make(tf_keras), tmp_path / "model.h5")


@pytest.mark.parametrize("seed", range(4))
def test_any_graph(seed: int, tmp_path: Path) -> None:
    assert_answers_as(_drawn(keras, np.random.default_rng(seed)), tmp_path / "model.keras")


def _drawn(k: Any, random: np.random.Generator) -> Any:
    """Of layers that pass masks on, read them or take them off, some of them used twice."""
    tokens, first = words(k)
    values, shared = [first], attention(k)
    makers: list[Callable[[Any, Any], Any]] = [
        shared,
        shared,
        lambda x, y: attention(k)(x, y),
        lambda x, y: k.layers.Multiply()([x, y]),
        lambda x, y: k.layers.Attention()([x, y]),
        lambda x, y: read(k, x, sequences=True),
        lambda x, y: k.layers.Identity()(x),
        lambda x, y: k.layers.Dropout(0.5)(x),
        lambda x, y: k.layers.Dense(UNITS)(x),
    ]
    for _ in range(14):
        x, y = (values[random.integers(len(values))] for _ in range(2))
        values.append(makers[random.integers(len(makers))](x, y))
    return k.Model(tokens, [values[place] for place in random.permutation(len(values))[:6]])
