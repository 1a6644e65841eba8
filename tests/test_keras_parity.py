"""Against the installed Keras, live, and through its own files: nothing here is recorded."""

import json

import keras
import numpy as np
import pytest

import kerata
from tests.conftest import SHIPPED
from tests.layers.test_activation import NAMES
from tests.support.cases import Case, all_cases
from training import article, golden
from training.data import Mnist, load_mnist, network_input

# Saving as .h5 is what Keras 3 warns about; reading such files is what we are here for.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:keras")


# Keras fails to save these as .h5: "cannot pickle 'module' object".
NOT_IN_H5 = {"Solarization", *(f"Random{name}" for name in ("Brightness", "ColorDegeneration", "Posterization"))}
NOT_IN_H5 |= {"RandomSaturation", "RandomSharpness"}
SAVED = [
    (case, suffix)
    for _, case in all_cases()
    for suffix in ([".keras"] if case.kind in NOT_IN_H5 else [".keras", ".h5"])
]


@pytest.mark.parametrize(("case", "suffix"), SAVED, ids=str)
def test_a_layer_through_a_file(case: Case, suffix: str, tmp_path) -> None:
    model = golden.build(case)
    model.save(tmp_path / f"model{suffix}")
    x = golden.sample(case)
    assert_same(kerata.load_model(tmp_path / f"model{suffix}").predict(x), golden.outputs_of(model, x), case)


def assert_same(y, expected: list[np.ndarray], case: Case) -> None:
    for ours, theirs in zip(y if isinstance(y, list) else [y], expected, strict=True):
        assert (ours.dtype.kind, ours.shape) == (theirs.dtype.kind, theirs.shape)
        if theirs.dtype == object:
            assert ours.tolist() == theirs.tolist()
            continue
        np.testing.assert_allclose(ours, theirs, rtol=case.rtol, atol=case.atol)


def test_no_activation_of_keras_is_missing() -> None:
    # `threshold` has arguments without defaults, so no config can name it.
    theirs = set(keras.src.activations.ALL_OBJECTS_DICT) - {"threshold"}
    assert theirs - {"swish", "hard_swish"} == set(NAMES)
    for name in theirs:
        assert kerata.activations.get(name)


@pytest.fixture(scope="module")
def mnist() -> Mnist:
    return load_mnist()


@pytest.fixture(scope="module")
def ours(shipped: kerata.Model, mnist: Mnist) -> np.ndarray:
    return shipped.predict(network_input(mnist.x_test))


def test_the_shipped_network_agrees_with_keras_on_all_test_digits(shipped, mnist, ours) -> None:
    """The same weights in Keras: the same class for each of 10,000 digits, and at least 99 % of them right."""
    theirs = keras_with_weights_of(shipped).predict(network_input(mnist.x_test), batch_size=256, verbose=0)
    assert np.array_equal(ours.argmax(1), theirs.argmax(1))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)
    assert np.mean(ours.argmax(1) == mnist.y_test) >= 0.99


def test_the_report_tells_the_truth_about_the_shipped_network(mnist, ours) -> None:
    report = json.loads(SHIPPED.with_name("report.json").read_text())
    right = np.mean(ours.argmax(1) == mnist.y_test)
    assert report["test_accuracy"]["kerata, int8"] == pytest.approx(right, abs=1e-4)
    assert report["formats"]["int8"]["bytes"] == SHIPPED.stat().st_size


def keras_with_weights_of(model: kerata.Model) -> keras.Model:
    twin = article.network()
    twin.set_weights([weight for node in model.nodes for weight in node.weights.values()])
    return twin
