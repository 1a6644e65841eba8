"""Which layers there are. A layer's file registers itself here; so can a user's own code."""

import importlib
import pkgutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from .. import activations
from ..errors import InputError, ModelFileError, UnsupportedError
from ..limits import check_size
from ..node import NO_KWARGS, Config, Node, Shape, of_keras2
from .common.unsupported import LEFT_OUT

Mask = np.ndarray | None  # bool (batch, steps): False where a step is none and has no say
Call = Callable[..., Any]  # arrays in, one array out, or a list of them; batch axis first, numbers as float32
Build = Callable[[Node], Call]  # prepares weights and options once; what it returns runs many times
OutputShape = Callable[..., Shape | list[Shape]]  # a list where the layer has several outputs
WeightShapes = Callable[..., dict[str, Shape]]  # by Keras's names, in Keras's order
OutputMask = Callable[..., Mask | list[Mask]]  # from inputs and their masks

# Weights that Keras does not train, which an `.h5` therefore holds after all those that it does.
NOT_TRAINED = frozenset(
    {
        *("moving_mean", "moving_variance", "moving_stddev", "renorm_mean", "renorm_stddev"),
        *("mean", "variance", "count", "vector_u"),
        *("kernel_scale", "kernel_zero", "embeddings_scale", "embeddings_zero", "g_idx"),
        *("reverse_embeddings_scale", "reverse_embeddings_zero"),
    }
)


def same_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return inputs[0]


def no_weights(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    return {}


def no_mask(config: Config, inputs: Sequence[np.ndarray], masks: Sequence[Mask]) -> Mask:
    return None


def never(config: Config) -> bool:
    return False


def always(config: Config) -> bool:
    return True


def same_mask(config: Config, inputs: Sequence[np.ndarray], masks: Sequence[Mask]) -> Mask:
    return masks[0]


def same_mask_in_keras3(config: Config, inputs: Sequence[np.ndarray], masks: Sequence[Mask]) -> Mask:
    return None if of_keras2(config) else masks[0]


@dataclass(frozen=True)
class Layer:
    build: Build
    shape: OutputShape
    weights: WeightShapes
    mask: OutputMask
    takes_mask: bool
    keywords: Collection[str] | None
    floats: bool
    arguments: Sequence[str] = ("inputs",)
    probes: bool = False
    returns_input: Callable[[Config], bool] = never
    clears_masks: Callable[[Config], bool] = never
    sees_call: Collection[str] = ()  # which of `shape`, `weights` and `mask` take `call_kwargs`

    def shapes(
        self, config: Config, inputs: Sequence[Shape], call_kwargs: Mapping[str, Any] = NO_KWARGS
    ) -> list[Shape]:
        """Of all outputs; raises UnsupportedError where the call has an argument that the layer does not know,
        TooLargeError where an output is above the memory limit.
        """
        for name in call_kwargs:
            if self.keywords is not None and name not in self.keywords and not (name == "mask" and self.takes_mask):
                raise UnsupportedError(
                    f"Layer {config.get('name')!r}: expected to be called with {_listed(self.keywords)}, "
                    f"received the argument {name!r}."
                )
        shape = self.shape(config, inputs, **self._seen("shape", call_kwargs))
        shapes = shape if isinstance(shape, list) else [shape]
        for each in shapes:
            _check_shape(f"Layer {config.get('name')!r}", each)
        return shapes

    def weight_shapes(
        self, config: Config, inputs: Sequence[Shape], call_kwargs: Mapping[str, Any] = NO_KWARGS
    ) -> dict[str, Shape]:
        return self.weights(config, inputs, **self._seen("weights", call_kwargs))

    def mask_of(self, call_kwargs: Mapping[str, Any]) -> OutputMask:
        """What gives the mask of the output of a call with these arguments."""
        seen = self._seen("mask", call_kwargs)
        return partial(self.mask, **seen) if seen else self.mask

    def _seen(self, function: str, call_kwargs: Mapping[str, Any]) -> dict[str, Any]:
        return {"call_kwargs": call_kwargs} if function in self.sees_call else {}


def _check_shape(of: str, shape: Shape) -> None:
    if not all(size is None or (isinstance(size, int | np.integer) and size >= 0) for size in shape):
        raise ModelFileError(f"{of}: expected outputs of whole sizes, none below 0, received the shape {shape}.")
    check_size(of, *shape)


def _listed(keywords: Collection[str]) -> str:
    return f"its inputs and {', '.join(sorted(keywords))}" if keywords else "its inputs alone"


_LAYERS = __package__
_OPS, _TF_OPS = (f"{__package__.rpartition('.')[0]}.{name}" for name in ("ops", "ops.tf"))
_PACKAGES = (_LAYERS, _OPS, _TF_OPS)

_layers: dict[str, Layer] = {}


def register_layer(
    kind: str,
    *,
    shape: OutputShape = same_shape,
    weights: WeightShapes = no_weights,
    mask: OutputMask = no_mask,
    takes_mask: bool = False,
    keywords: Collection[str] | None = (),
    floats: bool = True,
    arguments: Sequence[str] = ("inputs",),
    probes: bool = False,
    returns_input: Callable[[Config], bool] = never,
    clears_masks: Callable[[Config], bool] = never,
) -> Callable[[Build], Build]:
    """Decorates `build(node) -> call` as the layer of Keras class name `kind`.

    `shape(config, input shapes)` gives the output shape, or a list of them; `weights(config, input shapes)` the
    expected weight shapes by name, in Keras's order, None standing for any size. The call receives what Keras's gets:
    its tensors, those of lists one by one, and by name what Keras gives by name.
    `mask(config, inputs, masks)` gives the mask that the output carries, by default none; `same_mask` passes it on.
    Where `takes_mask`, the call gets `mask=`, the mask of its input, or a list of them when it has several inputs.
    `keywords` are the other arguments that the call takes by name, None standing for any. Where `shape`, `weights`
    or `mask` has a parameter `call_kwargs`, it gets what the call gives by name.
    `floats`: whether numbers of float32 go in and out, and not text or integers.
    `arguments` are Keras's names of the tensors: they come in this order even where the call gives them by name.
    `probes`: whether `shape` runs the layer to find out, which is then not done for each input.
    `returns_input(config)`: whether Keras returns the input's tensor itself, which has one mask under all its names.
    `clears_masks(config)`: whether Keras takes the masks off the inputs, so that layers that run later see none.
    Raises InputError when the kind has a layer already.
    """

    def register(build: Build) -> Build:
        if build.__module__.partition(".")[0] != __name__.partition(".")[0]:
            _load()  # somebody else's layer: whether its name is free is known when all of ours are there
        if kind in _layers:
            raise InputError(f"Layer {kind!r} is registered already.")
        functions = {"shape": shape, "weights": weights, "mask": mask} if keywords != () else {}
        sees_call = [name for name, function in functions.items() if _sees_call(function)]
        _layers[kind] = Layer(
            build,
            shape,
            weights,
            mask,
            takes_mask,
            keywords,
            floats,
            arguments,
            probes,
            returns_input,
            clears_masks,
            sees_call,
        )
        return build

    return register


def _sees_call(function: Callable[..., Any]) -> bool:
    """Whether it has the parameter `call_kwargs`. `inspect` takes longer, which counts for a thousand operators."""
    code = getattr(function, "__code__", None)
    return code is not None and "call_kwargs" in code.co_varnames[: code.co_argcount]


def find(kind: str, name: str) -> Layer:
    """The layer of this kind; raises UnsupportedError, naming the layer `name` that asked for it."""
    if not has(kind):
        raise UnsupportedError(f"Layer {name!r}: {_reason(kind)}.")
    return _layers[kind]


def _reason(kind: str) -> str:
    if "." in kind:
        return f"Kerata has no operator {kind!r}; your own is added with kerata.register_layer({kind!r}, keywords=None)"
    if kind in LEFT_OUT:
        return f"Kerata does not run a {kind}: {LEFT_OUT[kind]}"
    return f"Kerata has no {kind!r} layer; if it is your own, add it with kerata.register_layer"


def has(kind: str) -> bool:
    """Whether there is a layer of this kind."""
    if kind not in _layers:
        _load(kind)
    if kind not in _layers:
        _load()
    return kind in _layers


def is_imported(kind: str) -> bool:
    """Whether there is a layer of this kind among those imported so far, as all of a user's own are."""
    return kind in _layers


def kinds() -> list[str]:
    """The class names of all layers."""
    _load()
    return sorted(_layers)


@cache
def _load(kind: str | None = None) -> None:
    """Imports the modules that may hold this kind, or all of them: a page that runs one model starts sooner without
    the others.
    """
    if kind is None:
        wanted = [file for package in _PACKAGES for file in _modules(package)]
    elif "." in kind:  # an operator
        wanted = _modules(_TF_OPS if kind.startswith("tf.") else _OPS)
    else:  # a layer's file has the words of its name
        wanted = [file for file in _modules(_LAYERS) if all(word in kind.lower() for word in _words(file))]
    for file in wanted:
        importlib.import_module(file)


def _modules(package: str) -> list[str]:
    """Of this package, without those within packages in it."""
    paths = importlib.import_module(package).__path__
    return [f"{package}.{file}" for _, file, is_package in pkgutil.iter_modules(paths) if not is_package]


def _words(module: str) -> list[str]:
    return module.rpartition(".")[2].split("_")


def activation_of(
    config: Config, key: str = "activation", default: str | None = None, outer: Node | None = None
) -> activations.Activation:
    """The layer's activation: a function of Keras, or a layer, as in Dense(activation=LeakyReLU()).

    A function of the user's own may be registered as a layer of its name. `outer` is the node of a layer that was
    registered `with_activation`; of others, the activation has no weights.
    """
    found = _activation(config, key, default)
    if not isinstance(found, Inner):
        return found
    if outer:
        return found.build_for(outer, outer.shape)
    if found.weights((None, None)):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected an activation without weights, received {found.kind!r}."
        )
    return found.layer.build(Node("activation", found.kind, (), found.config, {}, (None, None)))


def _activation(config: Config, key: str, default: str | None) -> "activations.Activation | Inner":
    given = config.get(key, default)
    kind = activations.name_of(given)
    try:
        return activations.get(given)
    except UnsupportedError as error:
        if not has(kind):
            raise UnsupportedError(f"Layer {str(config.get('name'))[:40]!r}: {error}") from error
    is_layer = isinstance(given, Mapping) and isinstance(given.get("config"), Mapping)
    return Inner("activation", kind, given["config"] if is_layer else {"name": kind})


def with_activation(weights: WeightShapes, shape: OutputShape) -> WeightShapes:
    """The weights of a layer of this output shape, and those of its activation, where that is a layer that has some."""

    def of(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
        found = _activation(config, "activation", None)
        own = weights(config, inputs)
        if not isinstance(found, Inner):
            return own
        outputs = shape(config, inputs)
        return own | found.weights(*(outputs if isinstance(outputs, list) else [outputs]))

    return of


def activated(config: Config, shape: Shape) -> Shape:
    """The shape after the layer's activation: of "glu", one half of the last axis gates the other.

    Keras declares the shape before it, and so cannot run most layers that follow.
    """
    given = config.get("activation")
    name = given.get("config") if isinstance(given, Mapping) else given
    if name != "glu" or shape[-1] is None:
        return shape
    if shape[-1] % 2:
        raise ModelFileError(
            f"Layer {config.get('name')!r}: expected an even last axis, which its activation 'glu' halves, "
            f"received {shape}."
        )
    return *shape[:-1], shape[-1] // 2


@dataclass(frozen=True)
class Inner:
    """A layer that another one holds, as `Bidirectional` does: made from its serialised form.

    `path` is the attribute of the outer layer that Keras keeps it in; there stand its weights.
    """

    path: str
    kind: str
    config: Config

    @classmethod
    def of(cls, path: str, serialized: Mapping[str, Any]) -> "Inner":
        return cls(path, serialized["class_name"], serialized["config"])

    @property
    def layer(self) -> Layer:
        return find(self.kind, str(self.config.get("name", self.path)))

    def shapes(self, *inputs: Shape) -> list[Shape]:
        return self.layer.shapes(self.config, inputs)

    def mask(self, inputs: Sequence[np.ndarray], masks: Sequence[Mask]) -> Mask | list[Mask]:
        return self.layer.mask_of(NO_KWARGS)(self.config, inputs, masks)

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """By the names that they have in the outer layer."""
        return {f"{self.path}/{name}": shape for name, shape in self.layer.weight_shapes(self.config, inputs).items()}

    def build(self, outer: Node, *inputs: Shape) -> Call:
        """Its call, with its share of the outer node's weights."""
        return self.build_for(outer, *self.shapes(*inputs))

    def build_for(self, outer: Node, *outputs: Shape) -> Call:
        """The same, from the shapes of its outputs."""
        start = self.path + "/"
        weights = {name.removeprefix(start): value for name, value in outer.weights.items() if name.startswith(start)}
        first, *more = outputs
        name, layer = f"{outer.name}/{self.path}", f"{outer.layer}/{self.path}"
        return self.layer.build(
            Node(name, self.kind, (), self.config, weights, first, tuple(more), layer, outer.states, outer.accelerator)
        )
