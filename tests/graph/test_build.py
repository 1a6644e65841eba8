import numpy as np
import pytest

from kerata import Model, ModelFileError, UnsupportedError, graph
from tests.support.cases import sequential_config


def dense(name, *sources, units=2):
    return {
        "class_name": "Dense",
        "name": name,
        "config": {"name": name, "units": units, "use_bias": False},
        "inbound_nodes": [[[source, 0, 0, {}]] for source in sources],
    }


def functional(*layers, inputs=("x",), outputs=("y",)):
    entries = [
        {
            "class_name": "InputLayer",
            "name": name,
            "config": {"name": name, "batch_shape": [None, 2]},
            "inbound_nodes": [],
        }
        for name in inputs
    ]
    ends = {"input_layers": [[name, 0, 0] for name in inputs], "output_layers": [[name, 0, 0] for name in outputs]}
    return {"class_name": "Functional", "config": {"name": "f", "layers": [*entries, *layers], **ends}}


def eye(*names):
    return {f"{name}/kernel": np.eye(2, dtype="f4") for name in names}


def test_layers_run_after_their_inputs_whatever_their_order_in_the_file():
    read = graph.read(functional(dense("y", "b"), dense("b", "a"), dense("a", "x")), eye("y", "b", "a"))
    assert [node.name for node in read.nodes] == ["x", "a", "b", "y"]


def test_a_shared_layer_runs_once_for_each_use():
    config = functional(dense("s", "x", "z"), inputs=("x", "z"), outputs=("s",))
    config["config"]["output_layers"] = [["s", 0, 0], ["s", 1, 0]]
    model = Model(graph.read(config, {"s/kernel": np.array([[1, 0], [0, 2]], "f4")}))
    first, second = model.predict([np.array([[1, 1]]), np.array([[3, 3]])])
    assert (first.tolist(), second.tolist()) == ([[1, 2]], [[3, 6]])


def test_a_weight_is_found_by_name_or_by_place(dense_config):
    kernel, bias = np.ones((3, 2), "f4"), np.zeros(2, "f4")
    for weights in ({"d/kernel": kernel, "d/bias": bias}, {"d/0": kernel, "d/1": bias}):
        assert graph.read(dense_config, weights).nodes[-1].weights["kernel"] is kernel


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ({}, r"Weight 'kernel' of layer 'd': expected shape \(3, 2\), but the file has no such weight\."),
        ({"d/kernel": np.ones((2, 3))}, r"Weight 'kernel' of layer 'd': expected shape \(3, 2\), received \(2, 3\)\."),
        ({"d/kernel": np.ones((3, 2))}, "Weight 'bias' of layer 'd'"),
    ],
)
def test_a_missing_or_misshapen_weight_is_named(dense_config, weights, sentence):
    with pytest.raises(ModelFileError, match=sentence):
        graph.read(dense_config, weights)


def test_an_unknown_layer_is_named_with_what_to_do():
    with pytest.raises(UnsupportedError, match=r"Layer 'odd': Kerata has no 'Quaternion' layer; if it is your"):
        graph.read(sequential_config((3,), ("Quaternion", {"name": "odd"})), {})


def test_what_is_left_out_says_why():
    with pytest.raises(
        UnsupportedError, match="Layer 'odd': Kerata does not run a Lambda: its computation is Python code"
    ):
        graph.read(sequential_config((3,), ("Lambda", {"name": "odd"})), {})


def test_a_subclassed_model_says_why_not():
    with pytest.raises(
        UnsupportedError, match="received 'MyModel'; a subclassed model keeps its computation in Python"
    ):
        graph.read({"class_name": "MyModel", "config": {}}, {})


def test_a_cycle_and_a_lost_input_are_named():
    with pytest.raises(ModelFileError, match="Layer 'a' is part of a cycle"):
        graph.read(functional(dense("a", "y"), dense("y", "a")), eye("a", "y"))
    with pytest.raises(ModelFileError, match="Layer 'y' takes input from 'gone', which is not in the model"):
        graph.read(functional(dense("y", "gone")), eye("y"))


def test_an_argument_that_is_not_a_tensor_is_refused():
    config = functional(dense("y", "x"))
    config["config"]["layers"][-1]["inbound_nodes"][0][0][3] = {"other": [["x", 0, 0]]}
    with pytest.raises(
        UnsupportedError, match="Layer 'y': expected to be called with its inputs alone, received the argument 'other'"
    ):
        graph.read(config, eye("y"))


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"class_name": "Sequential", "config": {"layers": []}},
        {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense"}]}},
        {"class_name": "Sequential", "config": {"layers": [{"class_name": "InputLayer", "config": {"name": "x"}}]}},
        {"class_name": "Functional", "config": {"layers": 5}},
        {"class_name": "Functional", "config": {"layers": [{"name": "a"}], "input_layers": [], "output_layers": []}},
        sequential_config((3,), ("Dense", {"name": "d", "units": "two"})),
        sequential_config((3,), ("Conv2D", {"name": "c", "filters": 1, "kernel_size": 3})),
    ],
)
def test_a_config_that_does_not_hold_together_is_one_sentence(config):
    with pytest.raises(ModelFileError) as caught:
        graph.read(config, {})
    assert "\n" not in str(caught.value)


def test_keras_1_saved_the_bare_list_and_the_shape_in_the_first_layer():
    layer = {
        "class_name": "Dense",
        "config": {"name": "d", "units": 2, "batch_input_shape": [None, 2], "use_bias": False},
    }
    model = Model(graph.read({"class_name": "Sequential", "config": [layer]}, eye("d")))
    assert model.predict(np.array([[3, 4]])).tolist() == [[3, 4]]


def test_a_model_saved_before_its_shape_was_known_says_what_to_do():
    layer = {"class_name": "Dense", "config": {"name": "d", "units": 2}}
    with pytest.raises(ModelFileError, match="call it once in Keras and save again"):
        graph.read({"class_name": "Sequential", "config": {"layers": [layer]}}, {})


def test_a_config_cannot_pass_arguments_to_the_call(dense_config):
    """Arguments come from where the layer is called; what the layer's own config says of them means nothing."""
    dense_config["config"]["layers"][1]["config"]["keywords"] = {"mask": True, "anything": 1}
    *_, layer = graph.read(dense_config, None).nodes
    assert layer.call_kwargs == {}
