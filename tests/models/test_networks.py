"""The networks of keras.applications with random weights, as Keras 3 and Keras 2 save them."""

import keras
import numpy as np
import pytest
import tf_keras

import kerata
from tests.support.uneven import make_uneven
from tests.support.wasmtime_engine import wasm_backend

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:keras", "ignore::UserWarning:tf_keras")

# With the least side that each takes, or little more.
SIDES = dict.fromkeys(
    [
        *("MobileNet", "MobileNetV3Small", "MobileNetV3Large", "ResNet50V2", "VGG16", "DenseNet121"),
        *("EfficientNetB0", "EfficientNetV2B0", "NASNetMobile", "ConvNeXtTiny"),
    ],
    32,
) | {"MobileNetV2": 64, "ResNet50": 64, "InceptionV3": 75, "Xception": 71}
ON_KERNELS = ("MobileNetV2", "ResNet50")


@pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras3", "keras2"])
@pytest.mark.parametrize("name", SIDES)
def test_a_network_answers_as_in_keras(library, name: str, tmp_path) -> None:
    library.utils.set_random_seed(3)
    shape = (SIDES[name], SIDES[name], 3)
    model = getattr(library.applications, name)(weights=None, input_shape=shape)
    x = make_uneven(model, 3).normal(0, 1, (2, *shape)).astype(np.float32)
    expected = model(x, training=False).numpy()  # `predict` would compile it first
    for suffix in (".keras", ".h5"):
        model.save(tmp_path / f"model{suffix}")
        backend = wasm_backend(512) if (name, suffix) in [(each, ".keras") for each in ON_KERNELS] else "numpy"
        y = kerata.load_model(tmp_path / f"model{suffix}", backend).predict(x)
        assert y.shape == expected.shape
        np.testing.assert_allclose(y, expected, rtol=0, atol=1e-4 * np.abs(expected).max())
