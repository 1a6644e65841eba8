"""One step of a model: a layer at one place in the graph, with its settings, weights and output shape."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .errors import UnsupportedError

if TYPE_CHECKING:
    from .layers.common.accelerator import Accelerator

FUNCTIONAL_CLASSES = ("Functional", "Model")  # which was its name before Keras 2.4
MODEL_CLASSES = ("Sequential", *FUNCTIONAL_CLASSES)

MAX_AXES = 32  # of an array; NumPy before 2 had no more

Shape = tuple[int | None, ...]  # batch first; None where the size is known only at run time
Config = Mapping[str, Any]  # a layer's settings, named as in Keras
Weights = Mapping[str, np.ndarray]  # "layer/weight": Keras's name of the weight, or its place in the layer ("layer/0")
Row = list[tuple[str, np.ndarray]]  # a layer's weights with their names, in the file's order


NO_KWARGS: Mapping[str, Any] = MappingProxyType({})


class Ref(NamedTuple):
    """Stands in the arguments of a call for one of its inputs."""

    place: int


def no_accelerator() -> None:
    """Layers run on NumPy alone."""


class States(dict[str, list[np.ndarray]]):
    """What the stateful layers of one model object keep from call to call, by the layers' names.

    Its arrays are replaced and never written to, so that a copy of it may share them.
    """

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Afterwards it is what it was before."""
        before = dict(self)
        try:
            yield
        finally:
            self.restore(before)

    def restore(self, before: Mapping[str, list[np.ndarray]]) -> None:
        """Makes it again what it was when `before` was copied from it."""
        self.clear()
        self.update(before)


def keeps_state(config: Any) -> bool:
    """Whether a layer of this config is stateful, or holds one that is."""
    return anywhere(config, lambda each: each.get("stateful") is True)


def anywhere(config: Any, holds: Callable[[Config], bool]) -> bool:
    """Whether that holds for this config, or for one within it."""
    if isinstance(config, Mapping):
        return holds(config) or any(anywhere(part, holds) for part in config.values())
    return isinstance(config, list) and any(anywhere(part, holds) for part in config)


@dataclass(frozen=True)
class Node:
    """`kind` is Keras's class name, `inputs` are names of values, `shape` is that of the output.

    A node's value goes by its own name; where it has further outputs, of the shapes `more`, by `value_name`.
    `call_kwargs` are the arguments of the call that Keras gives by name: constants, and a Ref for each input that is
    one. The other inputs come first. `layer` is the name that the weights go by, which all uses of a
    shared layer have; a stateful layer's entry in `states` goes by it, too. `accelerator` gives what its products and
    recurrent cells run on where they run on NumPy: a backend sets it, and the first layer that wants it makes it.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    config: Config
    weights: Mapping[str, np.ndarray]
    shape: Shape
    more: tuple[Shape, ...] = ()
    layer: str = ""
    states: States = field(default_factory=States)
    accelerator: "Callable[[], Accelerator | None]" = no_accelerator
    call_kwargs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Of all outputs."""
        return self.shape, *self.more

    @property
    def outputs(self) -> list[str]:
        """The names of its values."""
        return [value_name(self.name, place) for place in range(1 + len(self.more))]


def accelerated(nodes: Sequence[Node], accelerator: "Callable[[], Accelerator | None]") -> list[Node]:
    """The nodes with this accelerator."""
    return [replace(node, accelerator=accelerator) for node in nodes]


def value_name(node: str, place: int) -> str:
    return node if place == 0 else f"{node}#{place}"


def mapped(structure: Any, replace: Callable[[Any], Any]) -> Any:
    """The structure of lists, tuples and dicts with each leaf replaced."""
    if isinstance(structure, Mapping):
        return {key: mapped(value, replace) for key, value in structure.items()}
    if isinstance(structure, list | tuple) and not isinstance(structure, Ref):
        return [mapped(value, replace) for value in structure]
    return replace(structure)


def of_keras2(config: Config) -> bool:
    """Whether Keras before 3 wrote the layer: formats/legacy_config.py marks those that compute something else than
    Keras 3's; recurrent ones have an option that Keras 3 no longer has.
    """
    return bool(config.get("keras2")) or "implementation" in config or "time_major" in config


class DtypePolicy(NamedTuple):
    """A layer's dtype. mode: how it is quantized, such as "int8" or "int4/128"; "" where it is not."""

    name: str
    mode: str


def dtype_policy(config: Config, default: str = "float32") -> DtypePolicy:
    """Of a layer's config, in which it is a name such as "int8_from_float32", or a dict, which newer Keras writes."""
    given = config.get("dtype") or default
    if isinstance(given, Mapping):
        policy = given.get("config")
        policy = policy if isinstance(policy, Mapping) else {}
        return DtypePolicy(str(policy.get("name")), str(policy.get("mode") or ""))
    mode, made_from, _ = str(given).partition("_from_")
    return DtypePolicy(str(given), mode if made_from else "")


def option(config: Config, key: str, *supported: Any, default: Any) -> Any:
    """The option's value; raises UnsupportedError, naming the layer and what is supported, when it is none of those."""
    value = config.get(key, default)
    if value not in supported:
        choices = " or ".join(repr(choice) for choice in supported)
        raise UnsupportedError(f"Layer {config.get('name')!r}: expected {key} {choices}, received {value!r}.")
    return value
