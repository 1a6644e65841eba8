"""Functions of TensorFlow in Functional models of Keras 2, as tf_keras saves them, against what it computes."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

import kerata
from kerata import KerataError, UnsupportedError, graph, layers
from kerata.graph import deserialize

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:tf_keras")

ROWS = 2

# What other versions call functions that are met by another name, and what Keras 2 saves without its arguments.
NOT_MET = {
    *("tf.abs", "tf.argmax", "tf.matmul", "tf.linalg.norm", "tf.linalg.tensordot", "tf.nn.l2_normalize"),
    *("tf.nn.softplus", "tf.einsum", "tf.meshgrid", "tf.__operators__.eq", "tf.__operators__.ne"),
}


def values() -> dict[str, np.ndarray]:
    """The inputs of the models below, by the names that the functions have for them."""
    random = np.random.default_rng(3)
    return {
        "x": random.normal(0, 2, (ROWS, 4, 6)).astype(np.float32),
        "y": random.normal(0, 2, (ROWS, 4, 6)).astype(np.float32),
        "p": random.uniform(0.01, 5, (ROWS, 4, 6)).astype(np.float32),
        "u": random.uniform(-0.99, 0.99, (ROWS, 4, 6)).astype(np.float32),
        "i": random.integers(0, 10, (ROWS, 4)).astype(np.int32),
        "j": random.integers(1, 5, (ROWS, 4, 6)).astype(np.int32),
        "image": random.uniform(0, 1, (ROWS, 6, 8, 3)).astype(np.float32),
        "bytes": random.integers(0, 256, (ROWS, 6, 8, 3)).astype(np.uint8),
        "volume": random.normal(0, 1, (ROWS, 4, 5, 6, 2)).astype(np.float32),
        "square": (random.normal(0, 1, (ROWS, 3, 3)) + 3 * np.eye(3)).astype(np.float32),
        "signal": random.normal(0, 1, (ROWS, 64)).astype(np.float32),
    }


def ones(*shape: int) -> np.ndarray:
    return np.linspace(-1, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape)


def whole(function: Any) -> Any:
    """The layer of a function, however TensorFlow computes it."""
    from tf_keras.src.layers.core.tf_op_layer import TFOpLambda

    return TFOpLambda(function)


def functions(tf: Any, k: Any) -> dict[str, Callable[[Any], list[Any]]]:
    return {
        "add": lambda g: [g.x + g.y, g.x + 1.0, 2.0 + g.x, tf.add(g.x, g.y), tf.add_n([g.x, g.y])],
        "subtract": lambda g: [g.x - g.y, 2.0 - g.x, tf.subtract(g.x, g.y), -g.x],
        "multiply": lambda g: [
            g.x * g.y,
            g.x * 0.5,
            tf.multiply(g.x, g.y),
            g.x * np.arange(6, dtype="float32"),
            tf.math.multiply_no_nan(g.x, g.y),
            tf.math.scalar_mul(0.3, g.x),
        ],
        "divide": lambda g: [
            g.x / g.y,
            1.0 / g.y,
            tf.divide(g.x, g.y),
            tf.math.divide_no_nan(g.x, g.y),
            tf.realdiv(g.x, g.p),
            tf.math.reciprocal_no_nan(g.x),
            tf.cast(g.j / 3, tf.float32),
            tf.truncatediv(g.j - 3, 2),
            tf.truncatemod(g.j - 3, 2),
            tf.truncatemod(g.x, g.p),
        ],
        "power": lambda g: [
            g.x**2,
            2.0**g.x,
            abs(g.x) ** g.y,
            tf.square(g.x),
            tf.math.squared_difference(g.x, g.y),
            tf.math.polyval([1.0, -2.0, 0.5], g.x),
        ],
        "modulo": lambda g: [g.x % 2.0, g.x // 2.0, g.i % 3, 7 % g.j, 7 // g.j],
        "compare": lambda g: [
            tf.cast(g.x > g.y, "float32"),
            g.x <= 0.0,
            tf.where(g.x > 0, g.x, g.y),
            tf.where(g.x > 0, g.x, 0.0),
            tf.maximum(g.x, g.y),
            tf.minimum(g.x, 0.0),
            tf.math.is_finite(g.x / 0.0),
            tf.equal(g.i, 3),
            tf.not_equal(g.i, 3),
        ],
        "logical": lambda g: [
            tf.logical_and(g.x > 0, tf.logical_not(g.y > 0)),
            tf.math.logical_xor(g.x > 0, g.y > 0),
            (g.x > 0) & (g.y > 0),
            (g.x > 0) | (g.y > 0),
            (g.x > 0) ^ (g.y > 0),
            ~(g.x > 0),
        ],
        "bitwise": lambda g: [
            tf.bitwise.bitwise_and(g.i, 3),
            tf.bitwise.bitwise_or(g.j, 8),
            tf.bitwise.bitwise_xor(g.j, g.j + 1),
            tf.bitwise.invert(g.i),
            tf.bitwise.left_shift(g.i, 2),
            tf.bitwise.right_shift(g.i, 1),
        ],
        "item": lambda g: [
            g.x[:, 0],
            g.x[:, 1:3, ..., tf.newaxis, 2],
            g.x[..., ::2],
            g.x[:, -1:],
            tf.slice(g.x, [0, 1, 2], [-1, 2, 3]),
            tf.strided_slice(g.x, [0, 1, 0], [2, 4, 6], [1, 2, 1]),
            g.x[:, :, ::-1],
            g.x[:, : tf.shape(g.i)[1] - 1],
            tf.slice(g.x, [0, 0, 1], [tf.shape(g.x)[0], 2, 2]),
        ],
        "reshape": lambda g: [
            tf.reshape(g.x, (-1, 24)),
            tf.reshape(g.x, [tf.shape(g.x)[0], 3, 8]),
            tf.reshape(g.x, tf.shape(g.y)),
            tf.reshape(g.x, tf.stack([tf.shape(g.x)[0], 24])),
            tf.reshape(g.x, tf.concat([tf.shape(g.x)[:1], [2, 12]], 0)),
        ],
        "concat": lambda g: [
            tf.concat([g.x, g.y], axis=-1),
            tf.concat([g.x, g.y, g.x], 1),
            tf.stack([g.x, g.y], axis=1),
            tf.concat([g.x, np.ones((ROWS, 4, 1), "float32")], -1),
        ],
        "parts": lambda g: [*tf.split(g.x, 2, axis=1), *tf.split(g.x, [1, 5], axis=-1), *tf.unstack(g.x, axis=1)],
        "reduce": lambda g: [
            tf.reduce_mean(g.x, axis=[1, 2], keepdims=True),
            tf.reduce_mean(g.j, axis=1),
            tf.reduce_sum(g.x, 1),
            tf.reduce_max(g.x, axis=-1),
            tf.reduce_min(g.x, axis=-1),
            tf.reduce_prod(g.x, axis=1),
            tf.math.reduce_std(g.x, axis=1),
            tf.math.reduce_variance(g.x, axis=1),
            tf.reduce_logsumexp(g.x, axis=1),
            tf.math.reduce_euclidean_norm(g.x, axis=1),
            tf.reduce_any(g.x > 1, axis=1),
            tf.reduce_all(g.x > -1, axis=1),
            tf.argmax(g.x, axis=1),
            tf.argmin(g.x, axis=1, output_type=tf.int32),
            tf.math.count_nonzero(g.x > 0, axis=1),
            tf.math.count_nonzero(g.j - 1, axis=[1, 2], keepdims=True, dtype=tf.int32),
            tf.math.zero_fraction(g.j - 1),
            *tf.nn.moments(g.x, axes=[1]),
            *tf.nn.moments(g.image, [1, 2], keepdims=True),
            tf.math.cumulative_logsumexp(g.x, axis=1),
        ],
        "keras": lambda g: [
            k.backend.mean(g.x, axis=1),
            k.backend.sum(g.x, axis=-1, keepdims=True),
            k.backend.max(g.x, axis=1),
            k.backend.std(g.x, axis=1),
            k.backend.var(g.x, axis=1),
            k.backend.abs(g.x),
            k.backend.clip(g.x, -1, 1),
            k.backend.sqrt(g.p),
            k.backend.square(g.x),
            k.backend.pow(g.p, 2.0),
            k.backend.exp(g.x),
            k.backend.log(g.p),
            k.backend.round(g.x),
            k.backend.sign(g.x),
            k.backend.concatenate([g.x, g.y]),
            k.backend.stack([g.x, g.y], axis=1),
            k.backend.expand_dims(g.x),
            k.backend.squeeze(k.backend.expand_dims(g.x, 1), 1),
            k.backend.permute_dimensions(g.x, (0, 2, 1)),
            k.backend.reshape(g.x, (-1, 24)),
            k.backend.flatten(g.x),
            k.backend.batch_flatten(g.x),
            k.backend.repeat_elements(g.x, 2, axis=1),
            k.backend.tile(g.x, (1, 2, 1)),
            k.backend.reverse(g.x, 1),
            k.backend.cast(g.i, "float32"),
            k.backend.one_hot(g.i, 10),
            k.backend.dot(g.x, tf.constant(ones(6, 3))),
            k.backend.batch_dot(g.x, g.y, axes=2),
            k.backend.l2_normalize(g.x, -1),
            k.backend.softmax(g.x),
            k.backend.relu(g.x),
            k.backend.relu(g.x, alpha=0.1, max_value=2.0, threshold=0.5),
            k.backend.sigmoid(g.x),
            k.backend.hard_sigmoid(g.x),
            k.backend.tanh(g.x),
            k.backend.softplus(g.x),
            k.backend.softsign(g.x),
            k.backend.elu(g.x),
            k.backend.elu(g.x, 0.5),
            k.backend.argmax(g.x),
            k.backend.any(g.x > 1, axis=1),
            k.backend.cumsum(g.x, 1),
            k.backend.gather(ones(10, 3), g.i),
            k.backend.equal(g.i, 3),
            k.backend.maximum(g.x, g.y),
            k.backend.switch(g.x > 0, g.x, g.y),
            k.backend.zeros_like(g.x) + k.backend.ones_like(g.x),
            k.backend.stop_gradient(g.x),
            k.backend.resize_images(g.image, 2, 2, "channels_last"),
            k.backend.resize_images(g.image, 2, 2, "channels_last", interpolation="bilinear"),
            k.backend.spatial_2d_padding(g.image),
            k.backend.temporal_padding(g.x),
            k.backend.pool2d(g.image, (2, 2), strides=(2, 2)),
            k.backend.pool2d(g.image, (2, 2), padding="same", pool_mode="avg"),
            k.backend.conv2d(g.image, ones(3, 3, 3, 2), padding="same"),
            k.backend.depthwise_conv2d(g.image, ones(3, 3, 3, 1)),
            k.backend.bias_add(g.x, ones(6)),
            k.backend.bias_add(g.image, ones(3)),
            k.backend.categorical_crossentropy(k.backend.softmax(g.x), k.backend.softmax(g.y)),
            k.backend.binary_crossentropy(k.backend.sigmoid(g.x), k.backend.sigmoid(g.y)),
        ],
        "keras activations": lambda g: [
            *[
                getattr(k.activations, name)(g.x)
                for name in ("elu", "exponential", "gelu", "hard_sigmoid", "linear", "mish", "relu", "selu", "sigmoid")
            ],
            *[getattr(k.activations, name)(g.x) for name in ("softmax", "softplus", "softsign", "swish", "tanh")],
            k.activations.relu(g.x, alpha=0.2, max_value=3.0),
            k.activations.gelu(g.x, approximate=True),
            k.activations.softmax(g.x, axis=1),
            k.activations.elu(g.x, alpha=0.4),
        ],
        "keras losses": lambda g: [
            k.losses.mean_squared_error(g.x, g.y),
            k.losses.mean_absolute_error(g.x, g.y),
            k.losses.cosine_similarity(g.x, g.y),
            k.losses.huber(g.x, g.y),
        ],
        "preprocessing": lambda g: [
            k.applications.resnet50.preprocess_input(g.image),
            k.applications.vgg16.preprocess_input(g.image, data_format="channels_last"),
            k.applications.mobilenet_v2.preprocess_input(g.image),
            k.applications.efficientnet.preprocess_input(g.image),
            k.applications.densenet.preprocess_input(g.image),
            k.applications.xception.preprocess_input(g.image),
        ],
        "activations": lambda g: [
            tf.nn.relu(g.x),
            tf.nn.relu6(g.x),
            tf.nn.crelu(g.x),
            tf.nn.softmax(g.x, axis=-1),
            tf.nn.softmax(g.x),
            tf.nn.log_softmax(g.x),
            tf.nn.gelu(g.x),
            tf.nn.gelu(g.x, approximate=True),
            tf.nn.silu(g.x),
            tf.nn.swish(g.x),
            tf.nn.leaky_relu(g.x, alpha=0.1),
            tf.nn.elu(g.x),
            tf.nn.selu(g.x),
            tf.nn.softplus(g.x),
            tf.nn.softsign(g.x),
            tf.sigmoid(g.x),
            tf.nn.sigmoid(g.x),
            tf.math.log_sigmoid(g.x),
            tf.nn.tanh(g.x),
        ],
        "math": lambda g: [
            *[f(g.x) for f in (tf.exp, tf.sin, tf.cos, tf.tanh, tf.abs, tf.floor, tf.math.ceil, tf.round, tf.sign)],
            *[f(g.x) for f in (tf.math.erf, tf.math.rint, tf.math.bessel_i0, tf.math.bessel_i0e)],
            *[f(g.p) for f in (tf.math.log, tf.sqrt, tf.math.rsqrt, tf.math.log1p, tf.math.reciprocal)],
            *[f(g.u) for f in (tf.math.erfinv, tf.asin, tf.acos, tf.atanh)],
            tf.math.ndtri(abs(g.u)),
            tf.math.erfcinv(abs(g.u)),
            tf.math.xlogy(g.x, g.p),
            tf.math.xlog1py(g.x, g.p),
            tf.math.xdivy(g.x, g.p),
            tf.clip_by_value(g.x, -1.0, 1.0),
            tf.clip_by_norm(g.x, 1.5, axes=[1]),
            tf.clip_by_norm(g.x, 1.5),
            tf.math.cumsum(g.x, axis=1),
            tf.math.cumsum(g.x, axis=1, exclusive=True),
            tf.math.cumsum(g.x, axis=-1, reverse=True),
            tf.math.cumprod(g.x, axis=1, exclusive=True, reverse=True),
            tf.math.l2_normalize(g.x, axis=-1),
            tf.norm(g.x, axis=1),
            tf.norm(g.x, ord=1, axis=1, keepdims=True),
            tf.atan2(g.x, g.y),
            tf.math.nextafter(g.x, g.y),
            tf.math.accumulate_n([g.x, g.y]),
        ],
        "shapes": lambda g: [
            tf.expand_dims(g.x, -1),
            tf.squeeze(tf.expand_dims(g.x, 1), 1),
            tf.squeeze(tf.expand_dims(g.x, 1), [1]),
            tf.transpose(g.x, [0, 2, 1]),
            tf.tile(g.x, [1, 2, 1]),
            tf.repeat(g.x, 2, axis=1),
            tf.repeat(g.x, [1, 0, 2, 1], axis=1),
            tf.pad(g.x, [[0, 0], [1, 1], [0, 2]]),
            tf.pad(g.x, [[0, 0], [1, 1], [0, 2]], mode="REFLECT"),
            tf.pad(g.x, [[0, 0], [1, 1], [0, 2]], mode="SYMMETRIC"),
            tf.pad(g.x, [[0, 0], [1, 1], [0, 2]], constant_values=-1.5),
            tf.reverse(g.x, [1]),
            tf.roll(g.x, 1, axis=1),
            tf.roll(g.x, [1, -2], axis=[1, 2]),
            tf.zeros_like(g.x) + tf.ones_like(g.y),
            tf.broadcast_to(g.x[:, :1], tf.shape(g.x)),
            tf.ensure_shape(g.x, [None, 4, 6]),
            *tf.identity_n([g.x, g.y]),
            tf.convert_to_tensor(g.x),
            tf.reverse_sequence(g.x, g.i[:, 0] % 5, seq_axis=1, batch_axis=0),
            tf.batch_to_space(tf.space_to_batch(g.image, [2, 2], [[0, 0], [1, 1]]), [2, 2], [[0, 0], [1, 1]]),
            tf.space_to_batch_nd(g.image, [3], [[0, 0]]),
        ],
        "made": lambda g: [
            tf.zeros(tf.shape(g.x)),
            tf.ones([tf.shape(g.x)[0], 3]),
            tf.ones(tf.shape(g.x), dtype=tf.int32),
            tf.fill([tf.shape(g.x)[0], 2], 3.5),
            tf.fill(tf.shape(g.x), 7),
            tf.range(tf.shape(g.x)[1]),
            tf.range(1, tf.shape(g.x)[1], 2),
            tf.range(tf.cast(tf.shape(g.x)[1], "float32"), delta=0.5),
            tf.eye(tf.shape(g.x)[1]),
            tf.eye(4, batch_shape=[tf.shape(g.x)[0]]),
            tf.linspace(g.x[:, 0], g.y[:, 0], 5, axis=1),
            tf.rank(g.x),
            tf.size(g.x),
            tf.shape(g.x),
            tf.shape(g.x, out_type=tf.int64),
            *tf.shape_n([g.x, g.y[:, 0]]),
            tf.sequence_mask(g.i),
            tf.sequence_mask(g.i, 12, dtype=tf.float32),
            tf.sequence_mask(g.i, tf.shape(g.x)[1]),
        ],
        "casts": lambda g: [
            tf.cast(g.x, tf.int32),
            tf.cast(g.i, "float32") * 2.0,
            tf.identity(g.x),
            tf.dtypes.saturate_cast(g.x * 100, tf.uint8),
        ],
        "linear": lambda g: [
            tf.matmul(g.x, g.y, transpose_b=True),
            tf.matmul(g.x, g.y, adjoint_a=True),
            g.x @ tf.transpose(g.y, [0, 2, 1]),
            tf.tensordot(g.x, tf.ones((6, 2)), 1),
            tf.tensordot(g.x, g.y, [[1, 2], [1, 2]]),
            tf.linalg.matvec(g.x, g.y[:, 0]),
            tf.linalg.matvec(g.square, g.square[:, 0], transpose_a=True),
            tf.linalg.adjoint(g.x),
            tf.linalg.matrix_transpose(g.x),
            tf.linalg.band_part(g.x, 1, -1),
            tf.linalg.band_part(g.square, 0, 0),
            tf.linalg.diag(g.x[:, 0]),
            tf.linalg.diag(g.x[:, 0], k=1),
            tf.linalg.diag_part(g.square),
            tf.linalg.set_diag(g.square, g.square[:, 0]),
            tf.linalg.tensor_diag(g.x[0, 0]),
            tf.linalg.tensor_diag_part(g.square[0]),
            tf.linalg.trace(g.square),
            tf.linalg.det(g.square),
            tf.linalg.inv(g.square),
            tf.linalg.pinv(g.square),
            tf.linalg.solve(g.square, g.square[:, :, :2]),
            tf.linalg.triangular_solve(g.square, g.square[:, :, :2]),
            tf.linalg.triangular_solve(g.square, g.square[:, :, :2], lower=False),
            tf.linalg.cholesky(tf.matmul(g.square, g.square, transpose_b=True)),
            tf.linalg.logdet(tf.matmul(g.square, g.square, transpose_b=True)),
            tf.linalg.cross(g.square, g.square[:, ::-1]),
            *tf.linalg.normalize(g.x, axis=1),
            tf.linalg.norm(g.x, axis=-1),
        ],
        "lookup": lambda g: [
            tf.one_hot(g.i, 5),
            tf.one_hot(g.i, 12, on_value=2.0, off_value=-1.0, axis=1),
            tf.gather(g.x, [1, 0], axis=1),
            tf.gather(g.x, g.i % 4, axis=1, batch_dims=1),
            tf.gather(ones(10, 3), g.i),
            tf.gather_nd(g.x, [[0, 1], [1, 3]]),
            tf.gather_nd(g.x, tf.expand_dims(g.i % 4, -1), batch_dims=1),
            tf.nn.embedding_lookup(ones(10, 3), g.i),
            *tf.math.top_k(g.x, 2),
            tf.math.in_top_k(g.i[:, 0] % 6, g.x[:, 0], 2),
            tf.sort(g.x, axis=1),
            tf.sort(g.x, direction="DESCENDING"),
            tf.argsort(g.x),
            tf.argsort(g.j, axis=1, direction="DESCENDING", stable=True),
            tf.searchsorted(tf.sort(g.x), g.y),
            tf.searchsorted(tf.sort(g.x), g.y, side="right"),
            tf.boolean_mask(g.x, g.x[:, 0, 0] > -99.0),
            tf.boolean_mask(g.x, [True, False, True, True], axis=1),
            tf.math.invert_permutation(tf.argsort(g.x[0, 0])),
        ],
        "scattered": lambda g: [
            tf.scatter_nd(g.i[:, :, None] % 5, g.x[:, :, 0], [5]),
            tf.scatter_nd(tf.constant([[1], [3]]), g.x, [5, 4, 6]),
            tf.tensor_scatter_nd_update(g.x, [[0, 1], [1, 2]], g.y[0, :2]),
            tf.tensor_scatter_nd_add(g.x, [[0, 1], [0, 1]], g.y[0, :2]),
            tf.tensor_scatter_nd_sub(g.x, [[0, 1], [1, 2]], g.y[0, :2]),
            tf.tensor_scatter_nd_max(g.x, [[0, 1], [1, 2]], g.y[0, :2]),
            tf.tensor_scatter_nd_min(g.x, [[0, 1], [1, 2]], g.y[0, :2]),
            tf.math.unsorted_segment_sum(g.x[0], [0, 2, 0, 1], 4),
            tf.math.unsorted_segment_mean(g.x[0], [0, 2, 0, 1], 4),
            tf.math.unsorted_segment_sqrt_n(g.x[0], [0, 2, 0, 1], 4),
            tf.math.unsorted_segment_max(g.x[0], [0, 2, 0, 1], 4),
            tf.math.unsorted_segment_min(g.x[0], [0, 2, 0, 1], 4),
            tf.math.unsorted_segment_prod(g.x[0], [0, 2, -1, 1], 4),
            tf.math.segment_sum(g.x[0], [0, 0, 1, 3]),
            tf.math.segment_mean(g.x[0], [0, 0, 1, 3]),
            tf.math.segment_max(g.x[0], [0, 0, 1, 3]),
            tf.math.segment_min(g.x[0], [0, 0, 1, 3]),
            tf.math.segment_prod(g.x[0], [0, 0, 1, 3]),
        ],
        "networks": lambda g: [
            tf.nn.bias_add(g.x, ones(6)),
            tf.nn.bias_add(g.image, ones(6), data_format="NCHW"),
            tf.nn.max_pool2d(g.image, 2, 2, "VALID"),
            tf.nn.max_pool2d(g.image, [1, 3, 3, 1], [1, 2, 2, 1], "SAME"),
            tf.nn.max_pool2d(g.image, (2, 3), (1, 2), "SAME"),
            tf.nn.avg_pool2d(g.image, 3, 2, "SAME"),
            tf.nn.max_pool(g.image, 2, 2, "VALID"),
            tf.nn.avg_pool(g.image, 2, 1, "SAME"),
            tf.nn.max_pool1d(g.x, 2, 2, "VALID"),
            tf.nn.avg_pool1d(g.x, 3, 1, "SAME"),
            tf.nn.max_pool3d(g.volume, 2, 2, "VALID"),
            tf.nn.avg_pool3d(g.volume, 2, 2, "SAME"),
            tf.nn.pool(g.image, [2, 2], "MAX", strides=[2, 2], padding="SAME"),
            tf.nn.pool(g.image, [2, 2], "AVG"),
            tf.nn.conv2d(g.image, ones(3, 3, 3, 2), 2, "SAME"),
            tf.nn.conv2d(g.image, ones(3, 3, 3, 2), [1, 1, 2, 1], "VALID"),
            tf.nn.conv2d(g.image, ones(3, 3, 3, 2), 1, [[0, 0], [1, 2], [0, 1], [0, 0]]),
            tf.nn.conv2d(g.image, ones(2, 2, 3, 2), 1, "SAME", dilations=2),
            tf.nn.conv1d(g.x, ones(3, 6, 2), 1, "SAME"),
            tf.nn.conv3d(g.volume, ones(2, 2, 2, 2, 3), [1, 1, 1, 1, 1], "SAME"),
            tf.nn.convolution(g.image, ones(3, 3, 3, 2), padding="SAME", dilations=[2, 1]),
            tf.nn.atrous_conv2d(g.image, ones(3, 3, 3, 2), 2, "SAME"),
            tf.nn.depthwise_conv2d(g.image, ones(3, 3, 3, 2), [1, 2, 2, 1], "SAME"),
            tf.nn.separable_conv2d(g.image, ones(3, 3, 3, 1), ones(1, 1, 3, 4), [1, 1, 1, 1], "SAME"),
            tf.nn.conv2d_transpose(g.image, ones(3, 3, 2, 3), [ROWS, 12, 16, 2], 2),
            tf.nn.conv2d_transpose(g.image, ones(2, 2, 2, 3), [tf.shape(g.image)[0], 12, 16, 2], [1, 2, 2, 1], "VALID"),
            tf.nn.conv1d_transpose(g.x, ones(3, 2, 6), [ROWS, 8, 2], 2),
            tf.nn.conv_transpose(g.image, ones(3, 3, 2, 3), [ROWS, 6, 8, 2], 1),
            tf.nn.batch_normalization(g.image, ones(3), abs(ones(3)), ones(3), ones(3), 1e-3),
            tf.nn.batch_normalization(g.image, *tf.nn.moments(g.image, [1, 2], keepdims=True), None, None, 1e-3),
            tf.nn.local_response_normalization(g.image),
            tf.nn.local_response_normalization(g.volume[:, 0], depth_radius=1, bias=2.0, alpha=1e-2, beta=0.75),
            tf.nn.lrn(g.image, 1, 1.0, 0.1, 0.5),
            tf.nn.dilation2d(g.image, ones(2, 2, 3), [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1]),
            tf.nn.erosion2d(g.image, ones(2, 2, 3), [1, 1, 1, 1], "VALID", "NHWC", [1, 1, 1, 1]),
            *tf.nn.max_pool_with_argmax(g.image, 2, 2, "VALID"),
            *tf.nn.max_pool_with_argmax(g.image, [3, 3], [2, 2], "SAME", include_batch_in_index=True),
            tf.nn.l2_loss(g.x),
            tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.sigmoid(g.x), logits=g.y),
            tf.nn.softmax_cross_entropy_with_logits(labels=tf.nn.softmax(g.x), logits=g.y),
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=g.i % 6, logits=g.x),
            tf.nn.depth_to_space(g.image[..., :1] * ones(4), 2),
            tf.nn.space_to_depth(g.image, 2),
            tf.quantization.fake_quant_with_min_max_args(g.x, -3, 2),
            tf.quantization.fake_quant_with_min_max_vars(g.x, -3.0, 2.5),
            tf.quantization.fake_quant_with_min_max_vars(g.x, -3.0, 2.5, num_bits=4, narrow_range=True),
        ],
        "images": lambda g: [
            tf.image.resize(g.x[..., None], (2, 9)),
            tf.image.resize(g.image, tf.shape(g.volume)[1:3]),
            tf.image.resize(g.image, [12, 12], method="nearest"),
            tf.image.resize(g.image, [3, 12], method="bicubic", antialias=True),
            tf.image.resize(g.image, [12, 12], preserve_aspect_ratio=True),
            tf.image.resize(g.bytes, [4, 4]),
            tf.image.resize(g.bytes, [4, 4], method="nearest"),
            tf.image.resize_with_pad(g.image, 12, 12),
            tf.image.resize_with_pad(g.image, 4, 9, method="nearest"),
            tf.image.resize_with_crop_or_pad(g.image, 4, 10),
            tf.image.crop_to_bounding_box(g.image, 1, 2, 3, 4),
            tf.image.pad_to_bounding_box(g.image, 1, 2, 9, 12),
            tf.image.central_crop(g.image, 0.5),
            tf.image.central_crop(g.image, 0.7),
            tf.image.flip_left_right(g.image),
            tf.image.flip_up_down(g.image),
            tf.image.rot90(g.image),
            tf.image.rot90(g.image, k=3),
            tf.image.transpose(g.image),
            tf.image.rgb_to_grayscale(g.image),
            tf.image.rgb_to_grayscale(g.bytes),
            tf.image.grayscale_to_rgb(g.image[..., :1]),
            tf.image.rgb_to_hsv(g.image),
            tf.image.hsv_to_rgb(g.image),
            tf.image.rgb_to_yiq(g.image),
            tf.image.yiq_to_rgb(g.image),
            tf.image.rgb_to_yuv(g.image),
            tf.image.yuv_to_rgb(g.image),
            tf.image.per_image_standardization(g.image),
            tf.image.per_image_standardization(g.bytes),
            tf.image.adjust_brightness(g.image, 0.1),
            tf.image.adjust_brightness(g.bytes, 0.1),
            tf.image.adjust_contrast(g.image, 1.5),
            tf.image.adjust_contrast(g.bytes, 1.5),
            tf.image.adjust_gamma(g.image, 2.2, 0.5),
            tf.image.adjust_saturation(g.image, 0.4),
            tf.image.adjust_hue(g.image, 0.3),
            tf.image.convert_image_dtype(g.bytes, tf.float32),
            tf.image.convert_image_dtype(g.image, tf.uint8),
            tf.image.convert_image_dtype(g.image, tf.uint8, saturate=True),
            *tf.image.image_gradients(g.image),
            tf.image.sobel_edges(g.image),
            tf.image.total_variation(g.image),
            tf.image.psnr(g.image, g.image * 0.9, 1.0),
            tf.image.ssim(g.image, g.image * 0.9, 1.0, filter_size=5),
            tf.image.extract_patches(g.image, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID"),
            tf.image.extract_patches(g.image, [1, 3, 3, 1], [1, 2, 2, 1], [1, 2, 1, 1], "SAME"),
            tf.image.crop_and_resize(g.image, [[0.1, 0.2, 0.9, 0.7], [0.0, 0.0, 1.2, 1.0]], [0, 1], [4, 5]),
            tf.image.crop_and_resize(g.image, [[0.9, 0.2, 0.1, 0.7]], [1], [4, 1], method="nearest"),
        ],
        "signals": lambda g: [
            abs(tf.signal.stft(g.signal, 16, 8)),
            tf.abs(tf.signal.stft(g.signal, frame_length=20, frame_step=8, fft_length=32, pad_end=True)),
            tf.math.angle(tf.signal.stft(g.signal, 16, 8)) * 0.0,
            tf.math.real(tf.signal.fft(tf.cast(g.signal, tf.complex64))),
            tf.math.real(tf.signal.ifft(tf.complex(g.signal, g.signal * 2.0))),
            tf.abs(tf.signal.fft2d(tf.cast(g.x, "complex64"))),
            tf.signal.inverse_stft(tf.signal.stft(g.signal, 16, 8), 16, 8),
            tf.signal.frame(g.signal, 10, 4),
            tf.signal.frame(g.signal, 10, 4, pad_end=True, pad_value=0.5),
            tf.signal.overlap_and_add(g.x, 3),
            tf.signal.dct(g.signal),
            tf.signal.dct(g.signal, type=2, norm="ortho"),
            tf.signal.idct(g.signal, norm="ortho"),
            tf.signal.fftshift(g.signal, axes=1),
            tf.signal.mfccs_from_log_mel_spectrograms(g.x),
        ],
        "more": lambda g: [
            *[f(g.x) for f in (tf.asinh, tf.atan, tf.cosh, tf.sinh, tf.tan, tf.math.erfc, tf.math.expm1)],
            tf.acosh(g.p + 1.0),
            tf.math.is_nan(g.x / 0.0),
            tf.math.is_inf(g.x / 0.0),
            g.x < g.y,
            g.x >= g.y,
            tf.math.imag(tf.math.conj(tf.complex(g.x, g.y))),
            tf.math.imag(tf.complex(g.x, g.y) * tf.complex(g.y, g.x)),
            tf.abs(tf.signal.ifft2d(tf.complex(g.x, g.y))),
            tf.abs(tf.signal.fft3d(tf.cast(g.square, "complex64"))),
            tf.abs(tf.signal.ifft3d(tf.cast(g.square, "complex64"))),
            tf.signal.ifftshift(g.signal, axes=[1]),
            tf.signal.dct(g.signal, type=1),
            tf.signal.dct(g.signal, type=3, n=20),
            tf.signal.dct(g.signal, type=4, n=80, norm="ortho"),
            tf.quantization.fake_quant_with_min_max_vars_per_channel(g.x, [-1.0] * 6, [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]),
            tf.nn.conv3d_transpose(g.volume, ones(2, 2, 2, 3, 2), [ROWS, 8, 10, 12, 3], 2),
            tf.image.resize(g.image, [3, 12], method="gaussian"),
            tf.image.resize(g.image, [12, 5], method="mitchellcubic", antialias=True),
            tf.strided_slice(g.x, [0, 0, 1], [0, 0, 2], [1, 1, 1], 2, 2, 1, 0, 4),
        ],
        "boxes": lambda g: [
            *tf.image.combined_non_max_suppression(g.p[:, :, None, :4] / 5.0, tf.sigmoid(g.y[..., :3]), 2, 5),
            *tf.image.combined_non_max_suppression(
                g.p[..., :4, None] * [0.1, 0.2, 0.3, 0.4], g.y[..., :4], 3, 9, 0.2, -0.5, clip_boxes=False
            ),
            *tf.image.combined_non_max_suppression(
                g.p[:, :, None, :4], g.y[..., :2], 2, 9, score_threshold=0.0, pad_per_class=True
            ),
            tf.image.non_max_suppression(g.p[0, :, :4], g.y[0, :, 0], 3, iou_threshold=0.1),
        ],
        # Functions that TensorFlow 2.21 takes apart into others, and other versions do not.
        "whole": lambda g: [
            whole(tf.boolean_mask)(g.x, [True, False, True, True], axis=1),
            whole(tf.space_to_batch)(g.image, [2, 2], [[0, 0], [1, 1]]),
            whole(tf.batch_to_space)(
                whole(tf.space_to_batch)(g.image, [2, 2], [[0, 0], [0, 0]]), [2, 2], [[0, 1], [1, 0]]
            ),
            whole(tf.math.divide)(g.x, g.y),
            whole(tf.math.floordiv)(g.x, g.p),
            whole(tf.math.logical_xor)(g.x > 0, g.y > 0),
            whole(tf.linalg.logdet)(tf.matmul(g.square, g.square, transpose_b=True)),
            whole(tf.linalg.matvec)(g.x, g.y[:, 0]),
            whole(tf.nn.atrous_conv2d)(g.image, ones(3, 3, 3, 2).tolist(), 2, "SAME"),
            whole(tf.nn.batch_normalization)(g.image, ones(3), ones(3) + 2, None, ones(3), 1e-3),
            whole(tf.nn.conv_transpose)(g.image, ones(3, 3, 2, 3).tolist(), [ROWS, 6, 8, 2], 1),
            *whole(tf.nn.moments)(g.x, axes=[1]),
            whole(tf.nn.softmax_cross_entropy_with_logits)(tf.nn.softmax(g.x), g.y),
            whole(tf.nn.weighted_cross_entropy_with_logits)(tf.sigmoid(g.x), g.y, 2.0),
            whole(k.backend.sparse_categorical_crossentropy)(g.i % 6, tf.nn.softmax(g.x)),
            whole(tf.compat.v1.div)(g.x, g.p),
        ],
        "layers": lambda g: [k.layers.Dense(3)(g.x * 2.0) + 1.0, k.layers.Add()([g.x, g.y])],
    }


class Saved(NamedTuple):
    """A model file, the functions in it by Kerata's names for them, and what tf_keras answers to `values()`."""

    path: Path
    kinds: set[str]
    answers: list[np.ndarray]
    shapes: list[tuple[int | None, ...]]  # that Keras declares


def built(tf: Any, k: Any) -> dict[str, Any]:
    """A model of each of the functions."""

    def model(outputs: Callable[[Any], list[Any]]) -> Any:
        tensors = {key: k.Input(x.shape[1:], dtype=str(x.dtype), name=key) for key, x in values().items()}
        return k.Model([*tensors.values()], outputs(SimpleNamespace(**tensors)))

    return {name: model(outputs) for name, outputs in functions(tf, k).items()}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Saved]:
    import tensorflow as tf
    import tf_keras as k

    given = [*values().values()]

    def saved(model: Any) -> Saved:
        path = tmp_path_factory.mktemp("models") / "model.h5"
        model.save(path)
        kinds = {f"tf.{layer.get_config().get('function')}" for layer in model.layers}
        shapes = [tuple(output.shape) for output in model.outputs]
        return Saved(path, kinds, [np.asarray(y) for y in model(given)], shapes)

    return {name: saved(model) for name, model in built(tf, k).items()}


@pytest.mark.parametrize("name", functions(None, None))
def test_a_function_of_keras_2_computes_what_it_computes_there(name: str, models: dict[str, Saved]) -> None:
    ours = kerata.load_model(models[name].path, "numpy")
    shapes = {output: shape for node in ours.nodes for output, shape in zip(node.outputs, node.shapes, strict=True)}
    answers, outputs = ours.predict([*values().values()]), deserialize.flatten(ours._graph.outputs)
    for index, (mine, theirs, output) in enumerate(zip(answers, models[name].answers, outputs, strict=True)):
        assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape), index
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5, err_msg=f"output {index}")
        for size, actual in zip(shapes[output], theirs.shape, strict=True):
            assert size in (None, actual), index


@pytest.mark.parametrize("name", ["item", "reshape", "shapes"])
def test_a_size_that_is_computed_from_known_ones_is_known(name: str, models: dict[str, Saved]) -> None:
    """For kernels run only where sizes are known."""
    ours = kerata.load_model(models[name].path, "numpy")
    shapes = {output: shape for node in ours.nodes for output, shape in zip(node.outputs, node.shapes, strict=True)}
    assert [shapes[output] for output in deserialize.flatten(ours._graph.outputs)] == models[name].shapes


@pytest.mark.parametrize(
    ("function", "keywords"),
    [
        ("nn.conv2d_transpose", {"filters": [[[[1.0]]]], "output_shape": [1, 10**6, 10**6, 1], "strides": 1}),
        ("image.extract_patches", {"sizes": [10**6] * 2, "strides": [1], "rates": [1], "padding": "SAME"}),
        ("nn.max_pool_with_argmax", {"ksize": [10**6] * 2, "strides": 1, "padding": "SAME"}),
        ("image.resize", {"size": [10**6, 10**6]}),
        (
            "image.pad_to_bounding_box",
            {"offset_height": 0, "offset_width": 0, "target_height": 10**6, "target_width": 10**6},
        ),
        ("signal.frame", {"frame_length": 10**10, "frame_step": 1, "pad_end": True}),
        ("tile", {"multiples": [1, 10**6, 10**6, 1]}),
        ("fill", {"value": [0.0]}),
    ],
)
def test_a_few_bytes_cannot_ask_for_gigabytes(function: str, keywords: dict[str, Any]) -> None:
    given = {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [None, 4, 4, 1]}, "name": "x"}
    use = ["_CONSTANT_VALUE", -1, [10**6] * 3, keywords] if function == "fill" else ["x", 0, 0, keywords]
    layer = {"class_name": "TFOpLambda", "config": {"name": "o", "function": function}, "name": "o"}
    nodes = [{**given, "inbound_nodes": []}, {**layer, "inbound_nodes": [use]}]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["o", 0, 0]]}
    with pytest.raises(KerataError):
        model = {"class_name": "Functional", "config": {"name": "m", "layers": nodes, **ends}}
        kerata.Model(graph.read(model, {}), "numpy").predict(np.zeros((1, 4, 4, 1)))


@pytest.mark.parametrize(
    ("function", "keywords", "size"),
    [
        ("identity", {}, (3, 3)),
        ("cast", {"dtype": "int32"}, (3, 3)),
        ("math.square", {}, (None, 9)),
        ("zeros_like", {}, (None, 0)),
        ("roll", {"shift": 1, "axis": 0}, (None, 4)),
    ],
)
def test_what_changes_a_computed_size_makes_it_unknown(
    function: str, keywords: dict[str, Any], size: tuple[int | None, int]
) -> None:
    """Of the sizes of an input (1, 3, 4), the one that is declared and the one that is computed."""

    def entry(name: str, function: str, *use: Any) -> dict[str, Any]:
        return {"class_name": "TFOpLambda", "config": {"name": name, "function": function}, "name": name,
                "inbound_nodes": [[*use]]}  # fmt: skip

    given = {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [1, 3, 4]}, "name": "x"}
    sliced = {"class_name": "SlicingOpLambda", "config": {"name": "n", "function": "__operators__.getitem"},
              "name": "n", "inbound_nodes": [["c", 0, 0, {"slice_spec": 0}]]}  # fmt: skip
    tail = {"start": 1, "stop": None, "step": None}
    part = sliced | {"name": "p", "config": {"name": "p", "function": "__operators__.getitem"},
                     "inbound_nodes": [["s", 0, 0, {"slice_spec": tail}]]}  # fmt: skip
    layers = [
        given | {"inbound_nodes": []},
        entry("s", "shape", "x", 0, 0, {}),
        part,
        entry("c", function, "p", 0, 0, keywords),
        sliced,
        entry("o", "one_hot", "x", 0, 0, {"depth": ["n", 0, 0]}),
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["o", 0, 0]]}
    model = kerata.Model(graph.read({"class_name": "Functional", "config": {"layers": layers, **ends}}, {}), "numpy")
    declared, computed = size
    assert model.nodes[-1].shape == (1, 3, 4, declared)
    assert model.predict(np.ones((1, 3, 4))).shape == (1, 3, 4, computed)


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({}, (3,)),
        ({"axis": 0}, (1, 3)),
        ({"axis": [0]}, (1, 3)),
        ({"axis": []}, (3,)),
        ({"squeeze_dims": [1]}, (1, 3)),
        ({"squeeze_dims": []}, (3,)),
    ],
)
def test_squeeze_takes_the_first_axis_and_no_axes_for_all(keywords: dict[str, Any], expected: tuple[int, ...]) -> None:
    layer = {"class_name": "TFOpLambda", "config": {"name": "o", "function": "squeeze"}, "name": "o"}
    source = {"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_shape": [1, 1, 3]}}
    layers = [source | {"inbound_nodes": []}, layer | {"inbound_nodes": [["x", 0, 0, keywords]]}]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["o", 0, 0]]}
    model = kerata.Model(graph.read({"class_name": "Functional", "config": {"layers": layers, **ends}}, {}), "numpy")
    assert model.nodes[-1].shape == model.predict(np.ones((1, 1, 3))).shape == expected


def test_every_function_is_met(models: dict[str, Saved]) -> None:
    """By one of its names."""
    met = {kind.replace("compat.v1.", "") for each in models.values() for kind in each.kinds}
    ours = {kind.replace("compat.v1.", "") for kind in layers.kinds() if kind.startswith("tf.")}
    assert ours - met == NOT_MET


@pytest.mark.parametrize("name", ["einsum", "meshgrid", "__operators__.eq", "__operators__.ne"])
def test_a_function_that_keras_2_saves_without_its_tensors_is_refused(name: str) -> None:
    layer = {"class_name": "TFOpLambda", "config": {"name": "o", "function": name}, "name": "o"}
    given = {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [None, 4]}, "name": "x"}
    nodes = [{**given, "inbound_nodes": []}, {**layer, "inbound_nodes": [["x", 0, 0, {}]]}]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["o", 0, 0]]}
    with pytest.raises(UnsupportedError, match=f"'tf.{name}': Keras 2 does not write its tensors into the file; use "):
        graph.read({"class_name": "Functional", "config": {"name": "m", "layers": nodes, **ends}}, {})


def test_losses_and_metrics_within_a_model_change_nothing(tmp_path: Path) -> None:
    import tf_keras as k

    x = k.Input((4,))
    y = k.layers.Dense(3)(x)
    model = k.Model(x, y)
    model.add_loss(k.backend.mean(k.losses.mean_squared_error(x[:, :3], y)))
    model.add_metric(k.backend.mean(y), name="mean")
    model.save(tmp_path / "model.h5")
    given = np.ones((2, 4), np.float32)
    np.testing.assert_allclose(kerata.load_model(tmp_path / "model.h5").predict(given), model(given), rtol=1e-6)
