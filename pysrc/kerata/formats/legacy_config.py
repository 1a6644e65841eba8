"""Configs of Keras 1, Keras 2 and tf.keras → as Keras 3 writes them, by tables of what was renamed.

Only names and forms are translated here; a layer reads what options it has by itself.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import DAMAGED_CONFIG, ModelFileError, UnsupportedError, loading
from ..layers import registry
from ..layers.common.unsupported import LEFT_OUT
from ..node import MODEL_CLASSES, Config

_MADE_OF_LAYERS = (*MODEL_CLASSES, "Pipeline")

_DEEPEST = 64  # entries within entries

# Other names that a class has had.
_CLASSES = {
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3D": "Conv3D",
    "Convolution3DTranspose": "Conv3DTranspose",
    "CuDNNGRU": "GRU",
    "CuDNNLSTM": "LSTM",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconvolution3D": "Conv3DTranspose",
    "GRUCellV2": "GRUCell",
    "GRUV2": "GRU",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "LSTMCellV2": "LSTMCell",
    "LSTMV2": "LSTM",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "SyncBatchNormalization": "BatchNormalization",
    "TimeDistributedDense": "Dense",
}

_EXPORTED = {"GroupedQueryAttention": "GroupQueryAttention"}

_CONVOLUTIONS = {
    "atrous_rate": "dilation_rate",
    "bias": "use_bias",
    "border_mode": "padding",
    "filter_length": "kernel_size",
    "nb_filter": "filters",
    "subsample": "strides",
    "subsample_length": "strides",
}
_POOLINGS = {"border_mode": "padding", "pool_length": "pool_size", "stride": "strides"}
_RECURRENT = {
    "dropout_U": "recurrent_dropout",
    "dropout_W": "dropout",
    "inner_activation": "recurrent_activation",
    "output_dim": "units",
}

# Other names that a layer's options have had.
_OPTIONS = {
    **dict.fromkeys(
        (
            *("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "SeparableConv2D", "ConvLSTM2D"),
            *("LocallyConnected1D", "LocallyConnected2D"),
        ),
        _CONVOLUTIONS | {"inner_activation": "recurrent_activation"},
    ),
    **dict.fromkeys(
        [f"{kind}Pooling{rank}D" for kind in ("Max", "Average") for rank in (1, 2, 3)],
        _POOLINGS,
    ),
    **dict.fromkeys(("SimpleRNN", "GRU", "LSTM"), _RECURRENT),
    "Dense": {"bias": "use_bias", "output_dim": "units"},
    "Dropout": {"p": "rate"},
    "GaussianDropout": {"p": "rate"},
    "GaussianNoise": {"sigma": "stddev"},
    "LeakyReLU": {"alpha": "negative_slope"},
    "SpatialDropout1D": {"p": "rate"},
    "SpatialDropout2D": {"p": "rate"},
    "SpatialDropout3D": {"p": "rate"},
    "UpSampling1D": {"length": "size"},
}

_MERGES = {
    "ave": "Average",
    "concat": "Concatenate",
    "cos": "Dot",
    "dot": "Dot",
    "max": "Maximum",
    "mul": "Multiply",
    "sum": "Add",
}

_DATA_FORMATS = {"tf": "channels_last", "th": "channels_first"}

# Layers that compute something else than those of Keras 3: their configs say that they are of Keras 2.
_OTHER = frozenset(
    {
        *("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"),
        *("Identity", "MultiHeadAttention", "Normalization", "Rescaling", "TimeDistributed", "RandomCrop"),
        *("Discretization", "HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization"),
    }
)

_ACTIVATIONS = ("activation", "recurrent_activation")

# Keras 3's function of that name is another one.
_HARD_SIGMOID = "keras2_hard_sigmoid"


def modern(config: Config) -> Config:
    """The model's config as Keras 3 writes it. What is not understood stays as it is, for others to complain of.

    The version is the config's `keras_version`, which Keras 1 and 2 write in their JSON, too.
    """
    with loading(DAMAGED_CONFIG):
        config = _exported(config)
        is_old = str(config.get("keras_version")).startswith(("1", "2"))
        return _entry(config, _data_format(config), 0) if is_old else config


def _exported(value: Any) -> Any:
    """With the public names of classes: an `.h5` of Keras 3 has their own, and who derives a class has others."""
    if isinstance(value, Mapping):
        name = _EXPORTED.get(str(value.get("class_name"))) or _model_class(value)
        return {**{key: _exported(part) for key, part in value.items()}, **({"class_name": name} if name else {})}
    return [_exported(part) for part in value] if isinstance(value, list) else value


def _model_class(entry: Config) -> str | None:
    """Keras's class that runs the model of somebody's own class, as one with its own `train_step`: the config of such a
    model holds all of its layers, if its class does not change how it is made. None where the entry is something else.
    """
    kind, config = str(entry.get("class_name")).rpartition(">")[2], entry.get("config")
    if kind in _MADE_OF_LAYERS or not isinstance(config, Mapping) or not layers_of(entry):
        return None
    if registry.is_imported(kind) or kind in LEFT_OUT:
        return None
    if {"input_layers", "output_layers"} <= config.keys():
        return "Functional"
    first = layers_of(entry)[0]
    knows_input = first["class_name"] == "InputLayer" or "batch_input_shape" in first["config"]
    return "Sequential" if knows_input or "build_input_shape" in config else None


def today(kind: str) -> str:
    """The present name of a layer's class."""
    return _CLASSES.get(kind, kind)


def name_of(entry: Config) -> str:
    return str(entry.get("name") or entry["config"].get("name"))


def layers_of(model: Any) -> list[Config]:
    """The entries of a model's layers. Sequential models were a bare list once."""
    body = model.get("config")
    listed = body.get("layers") if isinstance(body, Mapping) else body
    return [each for each in listed if _is_entry(each)] if isinstance(listed, list) else []


def uses_cudnn(entry: Config) -> bool:
    return str(entry["class_name"]).startswith("CuDNN") or any(map(uses_cudnn, _within(entry)))


def _within(entry: Config) -> Iterator[Config]:
    yield from layers_of(entry)
    config = entry["config"]
    yield from (each for each in config.values() if _is_entry(each)) if isinstance(config, Mapping) else ()


def _is_entry(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("class_name"), str) and "config" in value


def _data_format(config: Config) -> str | None:
    """Keras 1 did not write it for all layers, but it is one for the whole model."""
    for entry in layers_of(config):
        found = _data_format(entry) if entry["class_name"] in MODEL_CLASSES else entry["config"].get("dim_ordering")
        if found:
            return str(found)
    return None


def _entry(entry: Config, ordering: str | None, depth: int) -> Config:
    """A layer, or whatever else is serialised as one: a model, an initialiser, an activation."""
    if depth > _DEEPEST:
        raise ModelFileError(f"The model's config: expected layers within layers at most {_DEEPEST} deep.")
    was, config = entry["class_name"], entry["config"]
    if was in MODEL_CLASSES:
        return {**entry, "config": _model(config, ordering, depth)}
    if not isinstance(config, Mapping):
        return entry
    if was == "Merge":
        kind, config = _merge(config)
    else:
        kind, config = today(was), _options(was, config, ordering)
    config = {key: _value(value, ordering, depth) for key, value in config.items()}
    return {**entry, "class_name": kind, "config": config}


def _value(value: Any, ordering: str | None, depth: int) -> Any:
    if _is_entry(value):
        return _entry(value, ordering, depth + 1)
    if isinstance(value, Mapping) and value.get("type") == "ndarray":
        return value["value"]
    if isinstance(value, list) and any(map(_is_entry, value)):
        return [_value(each, ordering, depth) for each in value]
    return value


def _model(body: Any, ordering: str | None, depth: int) -> Any:
    if isinstance(body, list):
        return [_value(each, ordering, depth) for each in body]
    listed = [_value(each, ordering, depth) for each in body["layers"]]
    return _with_uses_from_zero({**body, "layers": listed})


def _options(was: str, config: Config, ordering: str | None) -> Config:
    kind = today(was)
    names = _OPTIONS.get(kind, {})
    options = {names.get(key, key): value for key, value in config.items()}
    options |= {key: _HARD_SIGMOID for key in _ACTIVATIONS if options.get(key) == "hard_sigmoid"}
    if ordering in _DATA_FORMATS and "data_format" not in options:
        options["data_format"] = _DATA_FORMATS[options.get("dim_ordering", ordering)]
    for sizes in (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3")):
        if sizes[0] in options:
            options["kernel_size"] = [options[size] for size in sizes]
    if kind in _OTHER:
        options["keras2"] = True
    if kind == "GRU" or kind == "GRUCell":
        options.setdefault("reset_after", was == "CuDNNGRU")
    if kind == "BatchNormalization" and options.get("mode", 0) != 0:
        raise UnsupportedError(f"Layer {options.get('name')!r}: expected mode 0, received {options['mode']!r}.")
    return options


def _merge(config: Config) -> tuple[str, Config]:
    """Keras 1's one layer for all ways to merge."""
    mode = config.get("mode")
    if mode not in _MERGES or config.get("layers"):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected a Merge of the outputs of other layers by "
            f"{', '.join(sorted(_MERGES))}, received mode {str(mode)!r}."
        )
    own = {"name": config["name"], "trainable": config.get("trainable", True)}
    if mode == "concat":
        own["axis"] = config.get("concat_axis", -1)
    if mode in ("dot", "cos"):
        own |= {"axes": config.get("dot_axes", -1), "normalize": mode == "cos"}
    return _MERGES[mode], own


def _with_uses_from_zero(body: Config) -> Config:
    """A model within a model counts its uses from one in tf.keras: its own inputs, and what it makes of them, were the
    first. The list of uses has no such entry, so that the last number is the list's length.
    """
    uses = {
        name_of(entry): len(entry.get("inbound_nodes", ()))
        for entry in body["layers"]
        if entry["class_name"] in MODEL_CLASSES
    }
    shifted = {name for name, place, _ in _references(body) if uses.get(name) == place}
    if not shifted:
        return body
    listed = [
        {**entry, "inbound_nodes": _shifted(entry["inbound_nodes"], shifted)} if "inbound_nodes" in entry else entry
        for entry in body["layers"]
    ]
    return {**body, "layers": listed, "output_layers": _shifted(body["output_layers"], shifted)}


def _references(body: Config) -> Iterator[tuple[str, int, int]]:
    for entry in body["layers"]:
        yield from _tensors(entry.get("inbound_nodes", ()))
    yield from _tensors(body.get("output_layers", ()))


def _tensors(structure: Any) -> Iterator[tuple[str, int, int]]:
    """Keras 2's [layer, use, tensor], wherever they stand."""
    if _is_tensor(structure):
        yield structure[0], structure[1], structure[2]
        structure = structure[3:]
    if isinstance(structure, Mapping):
        structure = list(structure.values())
    if isinstance(structure, list | tuple):
        for part in structure:
            yield from _tensors(part)


def _shifted(structure: Any, names: set[str]) -> Any:
    if _is_tensor(structure):
        name, place, *more = structure
        return [name, place - (name in names), more[0], *_shifted(more[1:], names)]
    if isinstance(structure, Mapping):
        return {key: _shifted(value, names) for key, value in structure.items()}
    if isinstance(structure, list | tuple):
        return [_shifted(part, names) for part in structure]
    return structure


def _is_tensor(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and isinstance(value[2], int)
    )
