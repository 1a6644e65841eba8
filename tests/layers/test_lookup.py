from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import kerata
from kerata import graph
from tests.support.cases import WORDS, Case, sequential_config
from tests.support.draw import booleans, sizes

_SOME = ["bee", "a", "word", "longlonglonglong"]

CASES = [
    Case("int", "StringLookup", (6,), {"vocabulary": _SOME}, dtype="string"),
    Case("masked", "StringLookup", (6,), {"vocabulary": _SOME, "mask_token": ""}, dtype="string"),
    Case("hashed", "StringLookup", (6,), {"vocabulary": _SOME, "num_oov_indices": 3}, dtype="string"),
    Case("salted", "StringLookup", (6,), {"vocabulary": _SOME, "num_oov_indices": 3, "salt": [1, 2]}, dtype="string"),
    Case("special", "StringLookup", (6,), {"vocabulary": ["", "[UNK]", "a"], "mask_token": ""}, dtype="string"),
    Case("one_hot", "StringLookup", (1,), {"vocabulary": _SOME, "output_mode": "one_hot"}, dtype="string"),
    Case(
        "multi_hot",
        "StringLookup",
        (6,),
        {
            "vocabulary": _SOME,
            "output_mode": "multi_hot",
            "max_tokens": 9,
            "pad_to_max_tokens": True,
            "mask_token": "",
        },
        dtype="string",
    ),
    Case(
        "tf_idf",
        "StringLookup",
        (6,),
        {"vocabulary": _SOME, "output_mode": "tf_idf", "idf_weights": [0.5, 2.0, 1.25, 0.75]},
        dtype="string",
    ),
    Case("int", "IntegerLookup", (6,), {"vocabulary": [3, 1, 7]}, dtype="int32"),
    Case("no_oov", "IntegerLookup", (6,), {"vocabulary": [0, 1, 2], "num_oov_indices": 0}, dtype="int32", below=3),
    Case("floor", "IntegerLookup", (6,), {"vocabulary": [3, 1, 7], "num_oov_indices": 2}, dtype="int64"),
    Case(
        "hashed",
        "IntegerLookup",
        (6,),
        {"vocabulary": [3, 1, 7], "num_oov_indices": 4, "oov_method": "farmhash"},
        dtype="int64",
        below=1000,
    ),
    Case(
        "count",
        "IntegerLookup",
        (6,),
        {"vocabulary": [3, 1, 7], "output_mode": "count", "mask_token": 0},
        dtype="int32",
    ),
    Case("inverted", "IntegerLookup", (6,), {"vocabulary": [3, 1, 7], "invert": True, "mask_token": 0}, dtype="int64"),
]


@st.composite
def _drawn(draw: st.DrawFn, kind: str) -> Case:
    text = kind == "StringLookup"
    some, unknown = (WORDS, "[UNK]") if text else (list(range(12)), -1)
    mode = draw(st.sampled_from(["int", "one_hot", "multi_hot", "count", "tf_idf"]))
    shape = draw(st.lists(sizes(1, 4), max_size=3).map(tuple))
    mask = draw(st.sampled_from([None, some[0], some[2]]))
    inverted = mode == "int" and draw(booleans)
    oov_count = draw(sizes(1, 3))
    words = draw(
        st.lists(st.sampled_from([word for word in some if word not in (mask, unknown)]), min_size=1, unique=True)
    )
    dtype = "string" if text else draw(st.sampled_from(["int32", "int64"]))
    if draw(st.integers(0, 3)) == 0 and not inverted:  # all is known
        words, oov_count, dtype = [word for word in some if word != mask], 0, dtype
    config = {"mask_token": mask, "num_oov_indices": oov_count, "output_mode": mode, "invert": inverted}
    size = oov_count + len(words) + (mask is not None and mode == "int")
    if draw(booleans):
        config["max_tokens"] = max(size + draw(sizes(0, 3)), 2)
        config["pad_to_max_tokens"] = draw(booleans)
    begins_with_special = draw(booleans) and oov_count > 0
    if begins_with_special:
        words = [*([mask] if mask is not None and mode == "int" else []), *[unknown] * oov_count, *words]
    config["vocabulary"] = words
    if mode == "tf_idf":
        config["idf_weights"] = draw(st.lists(st.floats(0, 4, width=32), min_size=len(words), max_size=len(words)))
    if oov_count > 1 and draw(booleans):
        config["salt"] = draw(st.one_of(sizes(0, 99), st.just([3, 4])))
    if not text:
        config["oov_method"] = "farmhash" if "salt" in config else draw(st.sampled_from(["farmhash", "floormod"]))
    return Case("drawn", kind, shape, config, dtype="int64" if inverted else dtype, below=12)


DRAWN = {kind: _drawn(kind) for kind in ("StringLookup", "IntegerLookup")}


def _model(kind: str, dtype: str, **config: object) -> kerata.Model:
    described = sequential_config((2,), (kind, {"name": "l", **config}))
    described["config"]["layers"][0]["config"]["dtype"] = dtype
    return kerata.Model(graph.read(described, {}))


def test_indices_become_words_again() -> None:
    y = _model("StringLookup", "int64", vocabulary=["a", "é"], invert=True, mask_token="").predict(
        [[0, 1], [2, 3], [9, -1]]
    )
    assert y.tolist() == [[b"", b"[UNK]"], [b"a", "é".encode()], [b"[UNK]", b"[UNK]"]]


def test_a_word_that_nothing_stands_for_is_refused() -> None:
    model = _model("StringLookup", "string", vocabulary=["a"], num_oov_indices=0)
    with pytest.raises(kerata.InputError, match="Layer 'l': expected words or numbers of its vocabulary, received 'é'"):
        model.predict([["a", "é"]])


@pytest.mark.parametrize(
    ("error", "options", "message"),
    [
        (
            kerata.UnsupportedError,
            {"oov_method": "crc"},
            "expected oov_method 'floormod' or 'farmhash', received 'crc'",
        ),
        (kerata.UnsupportedError, {"output_mode": "words"}, "expected output_mode"),
        (kerata.UnsupportedError, {"num_oov_indices": -1}, "expected num_oov_indices to be 0 or more, received -1"),
        (
            kerata.UnsupportedError,
            {"output_mode": "count", "max_tokens": 10**10, "pad_to_max_tokens": True},
            "expected max_tokens from 1 to 4194304, received 10000000000",
        ),
        (kerata.ModelFileError, {"vocabulary": ["a", 3]}, "expected a vocabulary of words, received 3"),
        (
            kerata.ModelFileError,
            {"output_mode": "tf_idf", "idf_weights": [1.0, 2.0]},
            "expected idf_weights of each word",
        ),
        (kerata.ModelFileError, {"vocabulary": None}, r"Layer .*: .* has none. .* save the model as \.keras\."),
    ],
)
def test_what_cannot_run_is_refused(error: type[Exception], options: dict, message: str) -> None:
    with pytest.raises(error, match=message):
        _model("StringLookup", "string", **{"vocabulary": ["a"], **options})


def _adapted() -> Any:
    """Layers whose vocabularies stand in the archive's assets, one of them in a model within the model."""
    import keras

    k = keras.layers
    words, numbers = keras.Input((1,), dtype="string", name="words"), keras.Input((2,), dtype="int64", name="numbers")
    first, second = k.StringLookup(name="second"), k.StringLookup(name="first", output_mode="tf_idf", mask_token="b")
    third, within = k.IntegerLookup(name="numbers_of"), k.StringLookup(name="within", output_mode="multi_hot")
    text = k.TextVectorization(name="text", output_mode="tf_idf")
    first.adapt(["a", "b", "b", "naïve ☃"])
    second.adapt([["a", "b"], ["b", "c"]])
    third.adapt([[3, 4], [4, 9]])
    within.adapt(["q", "r"])
    text.adapt(["hello you", "you there"])
    entry = keras.Input((1,), dtype="string")
    inner = keras.Model(entry, within(entry), name="inner")
    outputs = [first(words), second(words), third(numbers), inner(words), text(words)]
    outputs.append(k.Dense(3)(outputs[3]))
    return keras.Model([words, numbers], outputs)


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list, list[np.ndarray]]:
    """Its file, an input, and what Keras answers."""
    import tensorflow as tf

    path = tmp_path_factory.mktemp("adapted") / "model.keras"
    model = _adapted()
    model.save(path)
    x = [np.array([["a"], ["naïve ☃"], ["you there you"], [""]]), np.array([[3, 4], [9, 9], [0, 1], [2, 3]])]
    return path, x, model.predict([tf.constant(each) for each in x], verbose=0)


def _assert_same(path: Path, x: list, expected: list[np.ndarray]) -> None:
    for ours, theirs in zip(kerata.load_model(path).predict(x), expected, strict=True):
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_vocabularies_are_read_from_the_assets(adapted: tuple) -> None:
    _assert_same(*adapted)


@pytest.mark.parametrize("scheme", [None, "float16"])
def test_vocabularies_survive_a_conversion(adapted: tuple, scheme: str | None, tmp_path: Path) -> None:
    path, x, expected = adapted
    kerata.convert(path, tmp_path / "m.safetensors", scheme)
    model = kerata.load_model(tmp_path / "m.safetensors")
    for ours, theirs in zip(model.predict(x), expected, strict=True):
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6 if scheme is None else 2e-3)


def test_a_vocabulary_of_another_size_is_refused(adapted: tuple) -> None:
    saved = kerata.formats.read(adapted[0])
    weights = {**saved.weights, "inner/within/vocabulary.txt": np.frombuffer(b"[UNK]\nq", np.uint8)}
    with pytest.raises(kerata.ModelFileError, match="Layer 'within': expected a vocabulary of 3, received one of 2"):
        kerata.Model(graph.read(saved.config, weights))


def test_a_vocabulary_that_is_no_integers_is_refused(adapted: tuple) -> None:
    saved = kerata.formats.read(adapted[0])
    weights = {**saved.weights, "numbers_of/vocabulary.txt": np.frombuffer(b"-1\nq", np.uint8)}
    with pytest.raises(kerata.ModelFileError, match=r"Layer 'numbers_of': expected integers in vocabulary.txt"):
        kerata.Model(graph.read(saved.config, weights))
