import numpy as np
import pytest
from hypothesis import strategies as st

import kerata
from kerata import graph
from tests.support.cases import Case, sequential_config
from tests.support.draw import booleans, sizes

CASES = [
    Case("words", "Hashing", (6,), {"num_bins": 1000}, dtype="string"),
    Case("salted", "Hashing", (6,), {"num_bins": 1000, "salt": [133, 137]}, dtype="string"),
    Case("one_salt", "Hashing", (6,), {"num_bins": 1000, "salt": 7}, dtype="int32"),
    Case("masked", "Hashing", (6,), {"num_bins": 5, "mask_value": "bee"}, dtype="string"),
    Case("masked_integers", "Hashing", (6,), {"num_bins": 5, "mask_value": 3}, dtype="int64", below=5),
    Case("one_hot", "Hashing", (1,), {"num_bins": 5, "output_mode": "one_hot"}, dtype="int32"),
    Case("multi_hot", "Hashing", (4,), {"num_bins": 5, "output_mode": "multi_hot"}, dtype="string"),
    Case("count", "Hashing", (4,), {"num_bins": 5, "output_mode": "count", "dtype": "int32"}, dtype="string"),
    Case("floats", "Hashing", (4,), {"num_bins": 50, "dtype": "int32"}),
    Case("crossed", "HashedCrossing", [(1,), (1,)], {"num_bins": 1000}, dtype=["string", "int32"]),
    Case("crossed_one_hot", "HashedCrossing", [(), ()], {"num_bins": 9, "output_mode": "one_hot"}, dtype="string"),
]

_DTYPES = ["string", "int32", "int64"]


@st.composite
def _hashing(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), max_size=3).map(tuple))
    mode = draw(st.sampled_from(["int", "one_hot", "multi_hot", "count"]))
    dtype = draw(st.sampled_from([*_DTYPES, "float32"]))
    masks = {"string": ["bee", ""], "float32": [1.0]}.get(dtype, [0, 3])
    salt = draw(st.one_of(st.none(), sizes(0, 2**62), st.tuples(sizes(0, 2**62), sizes(0, 99)).map(list)))
    config = {
        "num_bins": draw(sizes(1, 10)),
        "mask_value": draw(st.sampled_from([None, *masks])),
        "salt": salt,
        "output_mode": mode,
        "dtype": draw(st.sampled_from([None, "int32"])),
    }
    return Case("drawn", "Hashing", shape, config, dtype=dtype, below=draw(sizes(1, 2**31 - 1)))


@st.composite
def _crossing(draw: st.DrawFn) -> Case:
    shape = draw(st.sampled_from([(), (1,)]))
    # Keras's own shapes are for two inputs alone.
    dtypes = draw(st.lists(st.sampled_from(_DTYPES), min_size=2, max_size=2))
    config = {"num_bins": draw(sizes(1, 2**40)), "output_mode": "int"}
    if draw(booleans):
        config = {"num_bins": draw(sizes(1, 10)), "output_mode": "one_hot"}
    return Case("drawn", "HashedCrossing", [shape, shape], config, dtype=dtypes, below=draw(sizes(1, 2**31 - 1)))


DRAWN = {"Hashing": _hashing(), "HashedCrossing": _crossing()}


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("num_bins", 0, "expected num_bins from 1 to 4194304, received 0"),
        ("num_bins", 1 << 23, "expected num_bins from 1 to 4194304, received 8388608"),
        ("salt", [1, 2, 3], "expected salt to be an integer or two"),
    ],
)
def test_what_cannot_run_is_refused(option: str, value: object, message: str) -> None:
    config = {"name": "h", "num_bins": 4, "output_mode": "count", option: value}
    with pytest.raises(kerata.UnsupportedError, match=f"Layer 'h': {message}"):
        graph.read(sequential_config((3,), ("Hashing", config)), {})


def test_bytes_and_text_of_any_kind_are_the_same() -> None:
    config = sequential_config((2,), ("Hashing", {"name": "h", "num_bins": 1 << 40}))
    config["config"]["layers"][0]["config"]["dtype"] = "string"
    model = kerata.Model(graph.read(config, {}))
    words = ["naïve", "bee"]
    forms = [words, [word.encode() for word in words], [np.str_(word) for word in words]]
    given = (
        [[each] for each in forms] + [np.array([each]) for each in forms] + [np.array([each], object) for each in forms]
    )
    assert len({str(model.predict(x).tolist()) for x in given}) == 1


def test_what_is_no_text_is_refused() -> None:
    config = sequential_config((1,), ("Hashing", {"name": "h", "num_bins": 9}))
    config["config"]["layers"][0]["config"]["dtype"] = "string"
    with pytest.raises(kerata.InputError, match="Input 'x': expected text, str or bytes, received float"):
        kerata.Model(graph.read(config, {})).predict([[1.5]])
