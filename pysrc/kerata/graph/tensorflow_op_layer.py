"""TensorFlowOpLayer: what TensorFlow 2.0 to 2.3 saved for a function in a Functional model. It holds one operation of
TensorFlow's graph, which is read as the function of `tf` that makes it.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import UnsupportedError
from ..node import Config


class FunctionCall(NamedTuple):
    """Its arguments by place and by name."""

    args: list[Any]
    keywords: dict[str, Any]


def function_of(config: Config) -> str:
    """The name in `tf` of the function that makes this layer's operation."""
    operation = _node(config)["op"]
    return _FUNCTIONS[operation].name if operation in _FUNCTIONS else f"raw_ops.{operation}"


def function_call(config: Config, inputs: Sequence[Any], constants: Mapping[int, Any]) -> FunctionCall:
    """Of a layer with this config on these inputs, among which the constants stand at their places."""
    node, args = _node(config), list(inputs)
    for index in sorted(constants):
        args.insert(index, constants[index])
    function = _FUNCTIONS.get(node["op"], _Function(node["op"]))
    attributes = {
        function.names.get(key, key): _value(each)
        for key, each in node.get("attr", {}).items()
        if _is_argument(key, each, function.names)
    }
    return function.arranged(FunctionCall(args, attributes))


def _node(config: Config) -> Mapping[str, Any]:
    node = config["node_def"]
    if not isinstance(node, Mapping):  # the first versions wrote bytes
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected node_def to be a table, received {type(node).__name__}; "
            "load the model in a later TensorFlow 2 and save it again."
        )
    return node


# Attributes that say how many inputs there are, or how to compute.
_IGNORED = frozenset(
    {
        *("N", "num", "use_cudnn_on_gpu", "explicit_paddings", "validate_indices", "incompatible_shape_error"),
        *("grad_x", "grad_y", "grad_a", "grad_b"),
    }
)


def _is_argument(key: str, attribute: Mapping[str, Any], names: Mapping[str, str]) -> bool:
    """Whether it is an argument of the function: types of inputs are none."""
    return key in names or not ("type" in attribute or key in _IGNORED or key.startswith("_"))


_DTYPES = {"DT_HALF": "float16", "DT_FLOAT": "float32", "DT_DOUBLE": "float64"}


def _value(attribute: Mapping[str, Any]) -> Any:
    """Of an attribute in the JSON of a protocol buffer: {"i": "3"} is a number, {"s": "…"} text in base64."""
    ((kind, value),) = attribute.items()
    if kind == "list":
        return [part for kind, parts in value.items() for part in (_value({kind: each}) for each in parts)]
    if kind == "i":
        return int(value)
    if kind == "s":
        return base64.b64decode(value).decode()
    if kind == "type":
        return _DTYPES.get(value, value.removeprefix("DT_").lower())
    return value


# Which function it is, what that calls the operation's attributes, and how it takes the operation's inputs


class _Function(NamedTuple):
    name: str
    names: Mapping[str, str] = {}
    arranged: Callable[[FunctionCall], FunctionCall] = lambda call: call


def _listed(call: FunctionCall) -> FunctionCall:
    """All inputs in a list."""
    return call._replace(args=[call.args])


def _listed_before_axis(call: FunctionCall) -> FunctionCall:
    *values, axis = call.args
    return call._replace(args=[values, axis])


def _axis_first(call: FunctionCall) -> FunctionCall:
    axis, value = call.args
    parts = call.keywords.pop("num_split")
    return call._replace(args=[value, parts, axis])


def _without_count(call: FunctionCall) -> FunctionCall:
    return call._replace(keywords={})


def _axis_last(call: FunctionCall) -> FunctionCall:
    *args, axis = call.args
    return call._replace(args=args, keywords={**call.keywords, "axis": axis})


def _with_value(call: FunctionCall) -> FunctionCall:
    *args, value = call.args
    return call._replace(args=args, keywords={**call.keywords, "constant_values": value})


def _values_given(call: FunctionCall) -> FunctionCall:
    indices, depth, on, off = call.args
    return call._replace(args=[indices, depth], keywords={**call.keywords, "on_value": on, "off_value": off})


def _resized(method: str) -> Callable[[FunctionCall], FunctionCall]:
    def arranged(call: FunctionCall) -> FunctionCall:
        if call.keywords.get("align_corners") or not call.keywords.get("half_pixel_centers"):
            raise UnsupportedError(
                f"Operator 'tf.image.resize' by {method!r}: expected half_pixel_centers, received {call.keywords}."
            )
        return call._replace(keywords={"method": method})

    return arranged


def _same(prefix: str, names: str) -> dict[str, _Function]:
    """Functions that take what the operation takes, by its name in lower case or after a colon."""
    pairs = (each.partition(":") for each in names.split())
    return {operation: _Function(f"{prefix}{name or operation.lower()}") for operation, _, name in pairs}


_REDUCTION = {"keep_dims": "keepdims"}
_FUNCTIONS: dict[str, _Function] = {
    **_same(
        "math.", "Abs Acos Acosh Asin Asinh Atan Atan2 Atanh Ceil Cos Cosh Cumprod Cumsum Erf Erfc Exp Expm1 Floor"
    ),
    **_same("math.", "Log Log1p Maximum Minimum Pow Reciprocal Rint Round Rsqrt Sigmoid Sign Sin Sinh Softplus Sqrt"),
    **_same("math.", "Square Tan Tanh Xdivy Xlogy Add AddV2:add Sub:subtract Mul:multiply Neg:negative Inv:reciprocal"),
    **_same("math.", "Div:truediv RealDiv:truediv DivNoNan:divide_no_nan FloorDiv:floordiv FloorMod:floormod"),
    **_same("math.", "Equal NotEqual:not_equal Greater GreaterEqual:greater_equal Less LessEqual:less_equal"),
    **_same("math.", "LogicalAnd:logical_and LogicalNot:logical_not LogicalOr:logical_or IsNan:is_nan IsInf:is_inf"),
    **_same("math.", "IsFinite:is_finite SquaredDifference:squared_difference MulNoNan:multiply_no_nan"),
    **_same("nn.", "Elu Relu Relu6 Selu Softsign Softmax LogSoftmax:log_softmax LeakyRelu:leaky_relu BiasAdd:bias_add"),
    **_same(
        "nn.",
        "Conv2D Conv3D DepthwiseConv2dNative:depthwise_conv2d MaxPool:max_pool AvgPool:avg_pool MaxPool3D:max_pool3d",
    ),
    **_same("nn.", "AvgPool3D:avg_pool3d L2Loss:l2_loss LRN:local_response_normalization"),
    **_same("nn.", "DepthToSpace:depth_to_space SpaceToDepth:space_to_depth"),
    **_same(
        "", "Identity StopGradient:stop_gradient Reshape Transpose Tile Slice Fill Range Rank ZerosLike:zeros_like"
    ),
    **_same("", "OnesLike:ones_like ExpandDims:expand_dims StridedSlice:strided_slice BroadcastTo:broadcast_to"),
    **_same("", "ReverseV2:reverse GatherNd:gather_nd ScatterNd:scatter_nd Pad Select:where SelectV2:where"),
    **_same("", "Roll ClipByValue:clip_by_value SpaceToBatchND:space_to_batch_nd BatchToSpaceND:batch_to_space_nd"),
    **_same("linalg.", "MatrixBandPart:band_part"),
    **{
        name: _Function(f"math.reduce_{name.lower()}", _REDUCTION)
        for name in ("All", "Any", "Max", "Mean", "Min", "Prod", "Sum")
    },
    "AddN": _Function("math.add_n", {}, _listed),
    "ArgMax": _Function("math.argmax", {"output_type": "output_type"}),
    "ArgMin": _Function("math.argmin", {"output_type": "output_type"}),
    "BatchMatMul": _Function("linalg.matmul", {"adj_x": "adjoint_a", "adj_y": "adjoint_b"}),
    "BatchMatMulV2": _Function("linalg.matmul", {"adj_x": "adjoint_a", "adj_y": "adjoint_b"}),
    "Cast": _Function(
        "cast", {"DstT": "dtype"}, lambda call: call._replace(keywords={"dtype": call.keywords["dtype"]})
    ),
    "ConcatV2": _Function("concat", {}, _listed_before_axis),
    "GatherV2": _Function("gather", {}, _axis_last),
    "MatMul": _Function("linalg.matmul"),
    "MirrorPad": _Function("pad"),
    "OneHot": _Function("one_hot", {}, _values_given),
    "Pack": _Function("stack", {}, _listed),
    "PadV2": _Function("pad", {}, _with_value),
    "ResizeBilinear": _Function("image.resize", {}, _resized("bilinear")),
    "ResizeNearestNeighbor": _Function("image.resize", {}, _resized("nearest")),
    "Shape": _Function("shape", {"out_type": "out_type"}),
    "Size": _Function("size", {"out_type": "out_type"}),
    "Split": _Function("split", {}, _axis_first),
    "SplitV": _Function("split", {}, _without_count),
    "Squeeze": _Function("squeeze"),
    "TopKV2": _Function("math.top_k"),
    "Unpack": _Function("unstack"),
}
