"""Models that `model.quantize` has made, through files."""

from pathlib import Path

import keras
import numpy as np
import pytest

import kerata

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

WAYS = {
    "int8, weights alone": keras.quantizers.Int8QuantizationConfig(activation_quantizer=None),
    "int4, weights alone": keras.quantizers.Int4QuantizationConfig(block_size=None),
    "int8, activations of a narrow range": keras.quantizers.Int8QuantizationConfig(
        activation_quantizer=keras.quantizers.AbsMaxQuantizer(value_range=(-60, 60), epsilon=0.01)
    ),
}


def model() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            keras.layers.Embedding(10, 130),
            keras.layers.Dense(30, activation="tanh"),
            keras.layers.EinsumDense("abc,cde->abde", (6, 3, 7), bias_axes="de"),  # as of heads, apart
            keras.layers.EinsumDense("abde,def->abf", (6, 9), bias_axes="f", activation="tanh"),  # and joined
            keras.layers.EinsumDense("abc,dc->adb", (4, 6)),
            keras.layers.Dense(5),
        ]
    )


@pytest.mark.parametrize("name", ["int8", "int4", "float8", *WAYS])
def test_a_quantised_model(name: str, tmp_path: Path) -> None:
    how = WAYS.get(name, name)
    keras.utils.set_random_seed(3)
    quantised = model()
    quantised.quantize(how) if isinstance(how, str) else quantised.quantize(config=how)
    x = np.random.default_rng(1).integers(0, 10, (20, 6))
    expected = quantised(x, training=False)
    for suffix in (".keras", ".h5"):
        quantised.save(tmp_path / f"model{suffix}")
        y = kerata.load_model(tmp_path / f"model{suffix}").predict(x)
        # A sum that differs in its last bit can round an activation the other way: one of 127 steps, times a weight.
        np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5, err_msg=suffix)


@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
def test_quantised_layers_within_another_are_refused(mode: str, tmp_path: Path) -> None:
    """Keras cannot load such a file, either: the config of the outer layer says nothing of them."""
    x = keras.Input((5, 8))
    quantised = keras.Model(x, keras.layers.MultiHeadAttention(2, 4)(x, x))
    quantised.quantize(mode)
    quantised.save(tmp_path / "model.keras")
    with pytest.raises(kerata.ModelFileError, match="query_dense': expected 2 weights, received more"):
        kerata.load_model(tmp_path / "model.keras")
