"""The weights of Keras 3's own formats: HDF5 that mirrors the model's tree of objects.

The weights of a layer stand under `layers/<class in snake case>_<counter>/vars/<place>`, whatever the layer's name. A
layer within a layer stands under the attribute that keeps it, and a model within the model has `layers` of its own:
`layers/bidirectional/forward_layer/cell/vars/0`. Here they get the layers' names: newer files have them beside the
weights, for older ones the config tells which layer a counter stands for. Weights apart from their model may come from
layers of other names; then the config alone tells, as in Keras. What several models share, Keras saves once.
"""

import re
from collections.abc import Iterator, Mapping, Set
from typing import Any

import numpy as np

from ..errors import ModelFileError
from ..node import MODEL_CLASSES, Config, Weights
from . import hdf5

# The models' own list of layers. Keras 2.12 and 2.13 came upon another list of them first, which has those with weights
# twice: the second time nothing is saved, but counted on.
_LAYERS = "layers"
_LAYERS_TWICE = "_layer_checkpoint_dependencies"

Assets = Mapping[str, Mapping[str, np.ndarray]]  # files by their names, by the path of the group that they belong to

_DEEPEST = 100
_MAX_SHARED = 100_000

# Where a config names a class otherwise than it is called in Keras's code, which the groups go by.
_CLASSES = {"GroupQueryAttention": "GroupedQueryAttention", "Model": "Functional"}


def read(data: bytes, config: Config, assets: Assets | None = None, *, apart: bool = False) -> Weights:
    """The weights of the model with this config, in the file's order, and the assets as weights of bytes.

    apart: whether the file was saved without that config, so that its names of layers mean nothing.
    """
    return hdf5.with_file(data, lambda root: of(root, config, assets, apart=apart))


def of(root: Any, config: Config, assets: Assets | None = None, *, apart: bool = False) -> Weights:
    tree = _Tree(config, assets or {}, apart)
    weights = dict(tree.weights(root, config, ""))
    tree.share(weights)
    return weights | _without_underscores(weights)


def snake_case(name: str) -> str:
    """As Keras names groups: MultiHeadAttention → multi_head_attention, Conv2D → conv2d."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _without_underscores(weights: Weights) -> dict[str, np.ndarray]:
    """Some layers' parts were private once, as the `_query_dense` of an attention is in Keras 2."""
    plain = {re.sub(r"(^|/)_", r"\1", name): weight for name, weight in weights.items()}
    return {name: weight for name, weight in plain.items() if name not in weights}


class _Tree:
    """A model's config as the tree of objects that Keras walks through when it saves."""

    def __init__(self, config: Config, assets: Assets, apart: bool) -> None:
        self.assets = assets
        self.apart = apart
        self.skips_known = _is_keras2(config)
        self.firsts: dict[Any, str] = {}  # by the number of a shared object, the path where Keras came upon it first
        self.unnumbered: dict[tuple[str, str], str] = {}  # by class and name, the path of one that may be the first
        self.shared: list[tuple[str, str]] = []  # from where, to where

    def weights(self, group: Any, entry: Any, path: str) -> Iterator[tuple[str, np.ndarray]]:
        """Of the part of the model that `entry` of the config tells of, None where nothing is known of it."""
        if path.count("/") > _DEEPEST:
            raise ModelFileError(f"The weights: expected groups at most {_DEEPEST} deep, received more.")
        for name, asset in self.assets.get(str(group.name).strip("/"), {}).items():
            yield f"{path}{name}", asset
        names = _list_first(group)
        for name in names:
            if name == "vars":
                own = group["vars"]
                for place in own:
                    yield f"{path}{place}", hdf5.read_dataset(own[place], f"{path}{place}")
            elif name in (_LAYERS, _LAYERS_TWICE):
                yield from self._listed(group[name], entry, path, twice=name == _LAYERS_TWICE)
            elif path or name != "optimizer":
                yield from self.weights(group[name], _part(entry, name), f"{path}{name}/")
        if _LAYERS not in names and _LAYERS_TWICE not in names:
            for _ in self._members(entry, path, set(), twice=False):
                pass  # all of its layers are shared and were saved elsewhere

    def _listed(self, groups: Any, entry: Any, path: str, *, twice: bool) -> Iterator[tuple[str, np.ndarray]]:
        left = set(groups)
        for key, name, member in self._members(entry, path, set(groups), twice=twice):
            if key in left:
                left.remove(key)
                inner = groups[key]
                yield from self.weights(inner, member, f"{path}{name if self.apart else _name(inner, name)}/")
            else:
                for _ in self._members(member, f"{path}{name}/", set(), twice=False):
                    pass
        for key in () if self.apart and _layers(entry) else sorted(left):
            yield from self.weights(groups[key], None, f"{path}{_name(groups[key], key)}/")

    def _members(self, entry: Any, path: str, groups: Set[str], *, twice: bool) -> Iterator[tuple[str, str, Any]]:
        """The group, the name and the entry of each layer of a model, as Keras counts them by their classes."""
        counts: dict[str, int] = {}
        numbers = _numbers(groups) if twice else {}
        for member in _layers(entry):
            name = str(member.get("name") or member["config"]["name"])
            kind = str(member["class_name"]).rpartition(">")[2]
            kind = snake_case(_CLASSES.get(kind, kind))
            place = counts.get(kind, 0)
            skips = self.skips_known or twice
            known = self._meet(member, f"{path}{name}", saved_here=not skips and _key(kind, place) in groups)
            if known and skips:
                continue
            if twice:  # it has the next number that there is a group of
                place = next(numbers.get(kind, iter(())), -1)
            counts[kind] = place + 1
            yield _key(kind, place), name, member

    def _meet(self, member: Mapping[str, Any], path: str, *, saved_here: bool) -> bool:
        """Whether Keras has come upon this object before. The first of them often lacks the number of the others."""
        number, twin = member.get("shared_object_id"), (member["class_name"], path.rpartition("/")[2])
        if number is None:
            self.unnumbered.setdefault(twin, path)
            return False
        first = self.firsts.setdefault(number, path if saved_here else self.unnumbered.get(twin, path))
        if first != path:
            self.shared.append((f"{first}/", f"{path}/"))
        return first != path

    def share(self, weights: dict[str, np.ndarray]) -> None:
        """Gives what is shared its weights in all its places."""
        by_layer: dict[str, list[str]] = {source: [] for source, _ in self.shared}
        for name in weights if self.shared else ():
            for end in (at for at, character in enumerate(name) if character == "/"):
                if name[: end + 1] in by_layer:
                    by_layer[name[: end + 1]].append(name)
        if sum(len(by_layer[source]) for source, _ in self.shared) > _MAX_SHARED:
            raise ModelFileError(f"The weights: expected at most {_MAX_SHARED:,} of them to be shared, received more.")
        for source, target in self.shared:
            for name in by_layer[source]:
                weights.setdefault(target + name.removeprefix(source), weights[name])


def _list_first(group: Any) -> list[str]:
    """Keras walks through a model's layers before the rest of it."""
    return sorted(group, key=lambda name: name not in (_LAYERS, _LAYERS_TWICE))


def _numbers(groups: Set[str]) -> dict[str, Iterator[int]]:
    """Of each class, those that there are groups of, in order."""
    numbers: dict[str, list[int]] = {}
    for key in groups:
        kind, _, number = key.rpartition("_")
        if not (kind and number.isdecimal()):
            kind, number = key, "0"
        numbers.setdefault(kind, []).append(int(number[:9]))
    return {kind: iter(sorted(each)) for kind, each in numbers.items()}


def _key(kind: str, count: int) -> str:
    return f"{kind}_{count}" if count else kind


def _name(group: Any, name: str) -> str:
    found = group["vars"].attrs.get("name", name) if "vars" in set(group) else name
    return found.decode() if isinstance(found, bytes) else str(found)


def _layers(entry: Any) -> list[Mapping[str, Any]]:
    """Of a model, or of a layer that is made as one."""
    body = entry.get("config") if isinstance(entry, Mapping) else None
    listed = body.get("layers") if isinstance(body, Mapping) else body
    entries = listed if isinstance(listed, list) else []
    return [
        each
        for each in entries
        if isinstance(each, Mapping)
        and isinstance(each.get("config"), Mapping)
        and "class_name" in each
        and ("name" in each or "name" in each["config"])
        and ".ops." not in str(each.get("module"))
    ]


def _part(entry: Any, attribute: str) -> Any:
    """The entry of the layer that another one keeps under this attribute."""
    config = entry.get("config") if isinstance(entry, Mapping) else None
    part = config.get(attribute) if isinstance(config, Mapping) else None
    return part if isinstance(part, Mapping) and "class_name" in part else None


def _is_keras2(config: Config) -> bool:
    """Keras 3 says `batch_shape`. The later Keras 2 did not count objects that it had saved before."""
    return any(
        "batch_input_shape" in entry["config"] or (entry["class_name"] in MODEL_CLASSES and _is_keras2(entry))
        for entry in _layers(config)
    )
