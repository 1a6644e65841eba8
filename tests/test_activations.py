import math

import numpy as np
import pytest

from kerata import UnsupportedError, activations


@pytest.mark.parametrize(
    "name", ["sigmoid", "softmax", "softplus", "elu", "selu", "gelu", "mish", "log_softmax", "silu"]
)
def test_large_values_neither_overflow_nor_widen(name):
    y = activations.get(name)(np.array([[-1e4, -100, 0, 100, 1e4]], np.float32))
    assert y.dtype == np.float32
    assert np.isfinite(y).all()


def test_erfc_is_as_exact_as_float32():
    x = np.linspace(-5, 5, 1001, dtype=np.float32)
    exact = np.array([math.erfc(float(value)) for value in x])
    np.testing.assert_allclose(activations.erfc(x), exact, rtol=3e-6)


def test_threshold():
    assert activations.threshold(np.array([1, 2, 3], np.float32), 2, -1).tolist() == [-1, -1, 3]


@pytest.mark.parametrize("identifier", ["relu", {"class_name": "function", "config": "relu"}])
def test_a_name_is_found_bare_and_in_the_dict_of_keras_3(identifier):
    assert activations.get(identifier) is activations.relu


def test_none_is_linear():
    assert activations.get(None) is activations.linear


@pytest.mark.parametrize("identifier", ["no_such", {"class_name": "MyActivation", "config": {}}, 3])
def test_anything_else_is_refused_by_name(identifier):
    with pytest.raises(UnsupportedError, match=r"Kerata has no activation .*kerata\.register_layer"):
        activations.get(identifier)
