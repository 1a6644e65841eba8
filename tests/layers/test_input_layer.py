import pytest

from kerata import ModelFileError
from kerata.layers.input_layer import declared_shape
from tests.support.cases import Case

CASES: list[Case] = []  # every other case begins with an InputLayer


@pytest.mark.parametrize("key", ["batch_shape", "batch_input_shape"])
def test_the_shape_is_read_from_either_generation_of_config(key):
    assert declared_shape({"name": "x", key: [None, 2, 3]}) == (None, 2, 3)


def test_a_missing_shape_is_a_damaged_file():
    with pytest.raises(
        ModelFileError, match=r"InputLayer 'x': expected batch_shape to be a list of .*, received None\."
    ):
        declared_shape({"name": "x"})
