import numpy as np
import pytest
from hypothesis import strategies as st

import kerata
from kerata import graph
from tests.support.cases import Case, sequential_config
from tests.support.draw import booleans, sizes

_SOME = ["bee", "a", "the", "☃", "naïve"]


def _case(name: str, shape: tuple[int, ...] = (1,), **config: object) -> Case:
    options = {"vocabulary": _SOME, "standardize": "lower_and_strip_punctuation", "split": "whitespace", "ngrams": None}
    return Case(name, "TextVectorization", shape, options | config, dtype="string")


CASES = [
    _case("int"),
    _case("flat", ()),
    _case("of_length", output_sequence_length=4),
    _case("lower", standardize="lower"),
    _case("strip", standardize="strip_punctuation", split="character"),
    _case("as_is", standardize=None),
    _case("unsplit", (6,), split=None, output_sequence_length=8),
    _case("ngrams", ngrams=2, vocabulary=["a bee", "the", "bee"]),
    _case("just_ngrams", ngrams=[3, 2], vocabulary=["a bee", "a b c", "bee"]),
    _case("multi_hot", output_mode="multi_hot", max_tokens=9, pad_to_max_tokens=True),
    _case("count", output_mode="count"),
    _case("one_hot", (3,), output_mode="one_hot", split=None),
    _case("tf_idf", output_mode="tf_idf", idf_weights=[0.5, 2.0, 1.25, 0.75, 1.0]),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    split = draw(st.sampled_from(["whitespace", "character", None]))
    mode = draw(st.sampled_from(["int", "multi_hot", "count", "tf_idf", *([] if split else ["one_hot"])]))
    shape = draw(st.sampled_from([(), (1,), *([(2, 1)] if mode == "int" else [])] if split else [(1,), (4,), (2, 3)]))
    words = ["bee", "a", "the", "b", "the bee", "e", "a bee a", "naïve ünïcödé", "[UNK]", "a b c", "long" * 9]
    lists = st.lists(st.sampled_from(words), min_size=1, unique=True)
    vocabulary = draw(lists.filter(lambda some: some != ["[UNK]"]))  # of that alone, Keras cannot make a table
    config = {
        "vocabulary": vocabulary,
        "standardize": draw(st.sampled_from(["lower_and_strip_punctuation", "lower", "strip_punctuation", None])),
        "split": split,
        # TensorFlow puts words together in at most two axes where they are not split.
        "ngrams": draw(st.sampled_from([None, 1, 2, 3, [2], [3, 1]])) if split or len(shape) == 1 else None,
        "output_mode": mode,
    }
    if mode == "int":
        config["output_sequence_length"] = draw(st.sampled_from([None, 1, 3, 8]))
    elif draw(booleans):
        config |= {"max_tokens": len(vocabulary) + 1 + draw(sizes(0, 3)), "pad_to_max_tokens": draw(booleans)}
    if mode == "tf_idf":
        numbers = st.floats(0, 4, width=32)
        config["idf_weights"] = draw(st.lists(numbers, min_size=len(vocabulary), max_size=len(vocabulary)))
    return Case("drawn", "TextVectorization", shape, config, dtype="string")


DRAWN = {"TextVectorization": _drawn()}


def _read(shape: tuple[int, ...], **config: object) -> kerata.Model:
    described = sequential_config(shape, ("TextVectorization", {"name": "t", "vocabulary": ["a"], **config}))
    described["config"]["layers"][0]["config"]["dtype"] = "string"
    return kerata.Model(graph.read(described, {}))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"standardize": {"class_name": "function", "config": "mine"}}, "expected standardize 'lower_and_strip_"),
        ({"split": {"class_name": "function", "config": "mine"}}, "expected split 'whitespace' or 'character' or None"),
        ({"ragged": True}, "expected ragged False, received True"),
        ({"ngrams": 10**9}, "expected ngrams from 1 to 256, received 1000000000"),
        ({"ngrams": [0]}, "expected ngrams from 1 to 256"),
        ({"output_sequence_length": 10**9}, "expected output_sequence_length from 1 to 1048576"),
        ({"output_mode": "one_hot"}, "expected output_mode 'int', or 'multi_hot'"),
    ],
)
def test_what_cannot_run_is_refused(options: dict, message: str) -> None:
    with pytest.raises(kerata.UnsupportedError, match=f"Layer 't': {message}"):
        _read((1,), **options)


def test_texts_in_several_columns_are_refused() -> None:
    with pytest.raises(kerata.UnsupportedError, match="Layer 't': expected texts of shape"):
        _read((2,))


def test_bytes_that_are_no_text_are_what_they_are_to_tensorflow() -> None:
    import tensorflow as tf

    from training import golden

    case = _case("bytes", standardize=None, split="character", vocabulary=["�", "a"])
    x = np.array([[b"a\xffb"], [b"\xe2\x98"], [b"\xf0\x9f\x98a"]], object)
    ours = _read((1,), standardize=None, split="character", vocabulary=["�", "a"]).predict(x)
    assert ours.tolist() == golden.build(case).predict(tf.constant(x), verbose=0).tolist()
