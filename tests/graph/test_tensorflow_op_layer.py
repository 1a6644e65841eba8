"""Operations of TensorFlow 2.0 to 2.3 in Functional models, as tf_keras saves and computes them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kerata
from kerata import UnsupportedError, graph

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:tf_keras")


def functions(tf: Any) -> dict[str, Callable[..., list[Any]]]:
    """Of x (batch, 4, 6), y as well, and integers i (batch, 4)."""
    return {
        "numbers": lambda x, y, i: [
            *(x + y, x + 1.0, 2.0 - x, x * y, x / y, -x, abs(x), x**2, x % 2.0, x // 2.0, i % 3, i + 1),
            *(tf.maximum(x, 0.5), tf.minimum(x, y), tf.math.squared_difference(x, y), tf.math.divide_no_nan(x, y)),
            *(tf.exp(x), tf.sqrt(abs(x)), tf.square(x), tf.sigmoid(x), tf.tanh(x), tf.nn.relu(x), tf.nn.relu6(x)),
            *(tf.nn.elu(x), tf.nn.softmax(x), tf.nn.log_softmax(x), tf.nn.leaky_relu(x, 0.3), tf.math.softplus(x)),
            *(tf.cast(x > y, tf.float32), x <= 0.0, tf.where(x > 0, x, y), tf.cast(i, tf.float32), tf.math.erf(x)),
            *(tf.logical_and(x > 0, y > 0), tf.equal(i, 3), tf.clip_by_value(x, -1.0, 1.0), tf.add_n([x, y])),
            tf.nn.bias_add(x, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ],
        "arrays": lambda x, y, i: [
            tf.reduce_mean(x, 1),
            tf.reduce_sum(x, [1, 2], keepdims=True),
            tf.reduce_max(x, -1),
            tf.argmax(x, 1),
            tf.argmin(x, 1, output_type=tf.int32),
            tf.reshape(x, [-1, 24]),
            tf.reshape(x, [tf.shape(x)[0], 3, 8]),
            tf.transpose(x, [0, 2, 1]),
            tf.expand_dims(x, 1),
            tf.squeeze(tf.expand_dims(x, 1), [1]),
            tf.concat([x, y, x], -1),
            tf.stack([x, y], 1),
            *tf.unstack(x, axis=1),
            *tf.split(x, 2, 1),
            *tf.split(x, [1, 5], -1),
            x[:, 1:3, ..., tf.newaxis, 2],
            x[..., ::-1],
            tf.tile(x, [1, 2, 1]),
            tf.pad(x, [[0, 0], [1, 1], [0, 2]]),
            tf.pad(x, [[0, 0], [1, 1], [0, 2]], constant_values=2.0),
            tf.pad(x, [[0, 0], [1, 1], [0, 2]], mode="REFLECT"),
            tf.reverse(x, [1]),
            tf.cumsum(x, 1, exclusive=True),
            tf.gather(x, [1, 0], axis=1),
            tf.one_hot(i, 5),
            *tf.math.top_k(x, 2),
            tf.matmul(x, y, transpose_b=True),
            tf.zeros_like(x),
        ],
        "images": lambda x, y, i: [
            tf.image.resize(x[..., None], [2, 9]),
            tf.image.resize(x[..., None], [2, 9], method="nearest"),
            tf.nn.conv2d(x[..., None], np.ones((2, 2, 1, 3), np.float32), 1, "SAME"),
            tf.nn.max_pool2d(x[..., None], 2, 2, "VALID"),
            tf.nn.avg_pool2d(x[..., None], 2, 1, "SAME"),
            tf.nn.space_to_depth(x[..., None], 2),
        ],
    }


def inputs() -> list[np.ndarray]:
    random = np.random.default_rng(3)
    x, y = random.normal(0, 2, (2, 2, 4, 6)).astype(np.float32)
    return [x, y, random.integers(0, 10, (2, 4)).astype(np.int32)]


def model(function: Callable[..., list[Any]]) -> Any:
    """Each operation of the function as a layer of its own."""
    import tensorflow as tf
    import tf_keras as k
    from tf_keras.src.engine.base_layer import TensorFlowOpLayer

    tensors = [k.Input(x.shape[1:], dtype=str(x.dtype)) for x in inputs()]
    with tf.Graph().as_default() as traced:
        places = [tf.compat.v1.placeholder(x.dtype, x.shape) for x in tensors]
        results = function(*places)
        operations = [(each.node_def, each) for each in traced.get_operations()]
        constants = {
            each.outputs[0].name: tf.get_static_value(each.outputs[0]) for _, each in operations if each.type == "Const"
        }
    made = {place.name: tensor for place, tensor in zip(places, tensors, strict=True)}
    for node, each in operations:
        if each.type in ("Placeholder", "Const"):
            continue
        names = [value.name for value in each.inputs]
        held = {index: constants[name] for index, name in enumerate(names) if name in constants}
        values = [made[name] for name in names if name not in constants]
        if not values:
            constants[each.outputs[0].name] = tf.get_static_value(each.outputs[0])
            continue
        outputs = TensorFlowOpLayer(node.SerializeToString(), each.name, held)(values if len(values) > 1 else values[0])
        made |= zip([value.name for value in each.outputs], tf.nest.flatten(outputs), strict=True)
    return k.Model(tensors, [made[result.name] for result in results])


@pytest.mark.parametrize("name", functions(None))
def test_an_operation_computes_what_it_computes_in_keras(name: str, tmp_path: Path) -> None:
    import tensorflow as tf

    theirs = model(functions(tf)[name])
    theirs.save(tmp_path / "model.h5")
    ours = kerata.load_model(tmp_path / "model.h5", "numpy").predict(inputs())
    for index, (mine, expected) in enumerate(zip(ours, theirs(inputs()), strict=True)):
        assert (mine.dtype, mine.shape) == (expected.dtype, expected.shape), index
        np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=1e-5, err_msg=f"output {index}")


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"op": "Qr", "attr": {}}, r"Layer 'o': Kerata has no operator 'tf\.raw_ops\.Qr'"),
        ({"op": "ResizeBilinear", "attr": {}}, "by 'bilinear': expected half_pixel_centers"),
        ({"op": "LRN", "attr": {"beta": {"f": 1.0}, "gamma": {"i": "3"}}}, "'o': expected .* received others .*gamma"),
        ("bytes", "'o': expected node_def to be a table, received str; load the model in a later TensorFlow 2"),
    ],
)
def test_what_kerata_lacks_is_named(node: Any, message: str) -> None:
    given = {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [None, 4, 4, 4]}, "name": "x"}
    layer = {"class_name": "TensorFlowOpLayer", "config": {"name": "o", "node_def": node}, "name": "o"}
    nodes = [{**given, "inbound_nodes": []}, {**layer, "inbound_nodes": [[["x", 0, 0, {}]]]}]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["o", 0, 0]]}
    with pytest.raises(UnsupportedError, match=message):
        graph.read({"class_name": "Functional", "config": {"name": "m", "layers": nodes, **ends}}, {})
