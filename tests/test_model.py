import numpy as np
import pytest

from kerata import InputError, Model, ModelFileError, UnsupportedError, graph, load_model
from kerata.self_test import SelfTest
from tests.support.cases import GOLDEN, model_input, sequential_config

X = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
Y = [[6, 7], [15, 16]]


def test_predict(dense_model):
    y = dense_model.predict(X)
    assert (y.tolist(), y.dtype) == (Y, np.float32)


@pytest.mark.parametrize("given", [X.tolist(), X.astype(np.float64), X.astype(np.uint8), {"x": X}, [X], (X,)])
def test_predict_takes_lists_other_dtypes_and_a_dict(dense_model, given):
    assert dense_model.predict(given).tolist() == Y


def test_predict_is_the_same_in_batches_and_shows_progress(dense_model, capsys):
    x = np.tile(X, (5, 1))
    assert np.array_equal(dense_model.predict(x, batch_size=3, verbose=1), dense_model.predict(x, batch_size=100))
    assert capsys.readouterr().out.split("\r")[1:] == ["3/10", "6/10", "9/10", "10/10\n"]


def test_a_list_comes_back_where_the_model_has_two_outputs():
    twins = load_model(GOLDEN / "models" / "keras3_twins.keras")
    as_dict = model_input("keras3_twins")
    answers = twins.predict(as_dict)
    assert [answer.shape for answer in answers] == [(3, 2), (3, 5)]
    with pytest.raises(InputError, match=r"expected \['left', 'right'\], received no 'right'"):
        twins.predict({"left": as_dict["left"]})
    with pytest.raises(InputError, match="expected the same batch size, received"):
        twins.predict(as_dict | {"right": as_dict["right"][:1]})
    with pytest.raises(InputError, match=r"expected 2 \(.*\), received 1"):
        twins.predict(as_dict["left"])


@pytest.mark.parametrize("given", [X[0], X[:, :2], X[:0], X[None]])
def test_a_wrong_shape_is_one_sentence(dense_model, given):
    with pytest.raises(InputError) as caught:
        dense_model.predict(given)
    assert str(caught.value).startswith(f"Input 'x': expected shape (None, 3), received {given.shape}")


@pytest.mark.parametrize("given", ["abc", [["a", "b", "c"]], [[1, 2], [3]]])
def test_what_is_no_array_is_refused(dense_model, given):
    with pytest.raises(InputError, match="Input 'x': expected an array of numbers"):
        dense_model.predict(given)


def test_trace_has_every_layer(dense_model):
    trace = dense_model.trace(X)
    assert set(trace) == {"x", "d"}
    assert trace["d"].tolist() == Y


def test_summary(shipped, capsys):
    shipped.summary()
    printed = capsys.readouterr().out
    assert "conv2d_1 (Conv2D)" in printed
    assert "(None, 24, 24, 64)" in printed
    assert "Total params: 1,199,882" in printed


def test_an_unknown_backend_is_refused(dense_model):
    with pytest.raises(
        UnsupportedError, match="Backend: expected one of auto, wasm, webgpu, webgl, numpy; received 'cuda'"
    ):
        Model(graph.Graph("m", "Functional", dense_model.nodes, "x", "d"), "cuda")


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        (SelfTest([X], [np.array(Y) + 0.1]), "Self-test on backend 'numpy': expected outputs within .*, received"),
        (SelfTest([X], [np.full((2, 2), np.nan)]), "Self-test: expected finite numbers, received others"),
        (SelfTest([X], [np.array(Y)[:1]]), "Self-test on backend 'numpy': expected shapes"),
        (SelfTest([X, X], [np.array(Y)]), "Self-test: expected 1 inputs, received 2"),
    ],
)
def test_a_model_that_fails_its_self_test_does_not_load(dense_model, test, sentence):
    with pytest.raises(ModelFileError, match=sentence):
        Model(graph.Graph("m", "Functional", dense_model.nodes, "x", "d"), test=test)


def test_the_article_s_three_is_a_three(shipped, article_three):
    probabilities = shipped.predict(article_three[None, :, :, None])[0]
    assert probabilities.argmax() == 3
    assert probabilities[3] > 0.99


def test_the_answer_is_the_caller_s_to_change():
    model = Model(graph.read(sequential_config((3,), ("Dropout", {"name": "d"}), ("Flatten", {"name": "f"})), {}))
    x = np.ones((2, 3), np.float32)
    model.predict(x)[...] = 5
    assert (x == 1).all()


def test_an_answer_that_is_a_view_is_the_caller_s_to_change_too():
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["r", 0, 0]}}
    layers = [
        {"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_shape": [2, 3]},
         "inbound_nodes": []},
        {"class_name": "ReLU", "name": "r", "config": {"name": "r", "trainable": True},
         "inbound_nodes": [[["x", 0, 0, {}]]]},
        {"module": "keras.src.ops.numpy", "class_name": "BroadcastTo", "name": "b",
         "config": {"name": "b", "shape": [4, 2, 3]}, "inbound_nodes": [{"args": [tensor], "kwargs": {}}]},
    ]  # fmt: skip
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["b", 0, 0]]}
    model = Model(graph.read({"class_name": "Functional", "config": {"name": "m", "layers": layers, **ends}}, {}))
    y = model.predict(np.ones((2, 3), np.float32))
    y[0] = 5
    assert y[0].min() == 5 and y[1:].max() == 1


def test_integers_give_float32():
    config = sequential_config((3,), ("Activation", {"name": "a", "activation": "tanh"}))
    config["config"]["layers"][0]["config"]["dtype"] = "int32"
    assert Model(graph.read(config, {})).predict(np.array([[1, 2, 3]])).dtype == np.float32


@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_has_rows(dense_model, size):
    with pytest.raises(InputError, match="batch_size: expected a number of rows"):
        dense_model.predict(np.ones((2, 3)), batch_size=size)


def test_any_batch_is_taken_whatever_the_file_declares() -> None:
    """A Sequential that was built by calling it has the batch of that call, and what is open stays so."""
    layers = [{"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [2, None, 3]}}]
    layers += [{"class_name": "GlobalMaxPooling1D", "config": {"name": "pool"}}]
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    model = Model(graph.read(config, {}), "numpy")
    assert [model.predict(np.ones((rows, steps, 3))).shape for rows, steps in ((2, 4), (3, 4), (5, 7))] == [
        (rows, 3) for rows in (2, 3, 5)
    ]
