"""Model files. The first bytes tell the format; every reader gives the model's config and weights."""

import importlib
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from ..errors import InputError, ModelFileError
from ..node import Config, Weights
from .base import Saved, parse_config, parse_json

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO

_SHARDS = ".weights.json"  # how the name of the list of them ends
_MAX_SHARDS = 10_000
_BUFFER = "weights.buf"  # how the name of Keras.js's weights ends, before its 1.0

# The modules, by how a file of theirs begins. The last two formats have no magic number: safetensors begins with the
# header's length, then its brace; Keras.js's with the tag of the first field, number 1 with a length.
_FORMATS: dict[str, Callable[[bytes], bool]] = {
    "keras_h5": lambda data: data.startswith(b"\x89HDF\r\n\x1a\n"),
    "keras_zip": lambda data: data.startswith(b"PK\x03\x04"),
    "safetensors": lambda data: data[8:9] == b"{",
    "kerasjs": lambda data: data.startswith(b"\x0a"),
}


def read(source: Source, weights: Source | Sequence[Source] | None = None) -> Saved:
    """A model file, given as a path, as its bytes or as an open binary file.

    weights: where they are, if not in the file itself: then `source` may be a model's JSON, too, or that text. Sharded
    weights are given by the path of their `.weights.json`, or as a list of all shards; those of Keras.js before 1.0 by
    the path of their `_weights.buf`, with its `_metadata.json` beside it, or as a list of the two.
    Raises ModelFileError for bytes that are no such file, InputError for what is no file, OSError when a path cannot be
    read.
    """
    data = read_bytes(source)
    if weights is not None:
        config = _config(data)
        return _modern(Saved(config, _weights(weights, config)))
    saved: Saved = _format_of(data).read(data)
    if _FORMATS["safetensors"](data):  # whose config was made modern when it was written
        return saved
    return _modern(saved)


def _modern(saved: Saved) -> Saved:
    """With the config as Keras 3 writes it; of a model of somebody's own class, the notes have that."""
    config: Config = _module("legacy_config").modern(saved.config)
    was = saved.config.get("class_name")
    noted = {} if was == config.get("class_name") else {"class_name": was}
    return replace(saved, config=config, notes={**saved.notes, **noted})


def read_bytes(source: Source) -> bytes:
    """Raises InputError for what cannot be a model's file, OSError when a path cannot be read."""
    if isinstance(source, str) and source.lstrip().startswith("{"):
        return source.encode(errors="surrogatepass")
    if isinstance(source, str | os.PathLike) and "\0" not in str(source):
        path = Path(source)
        if path.is_dir():
            raise ModelFileError(_module("foreign").of_folder(path))
        return path.read_bytes()
    data = source if isinstance(source, io.TextIOBase) else source.read() if hasattr(source, "read") else source
    if not isinstance(data, bytes | bytearray | memoryview):
        raise InputError(_module("foreign").of_object(source))
    return bytes(data)


def read_config(source: Source) -> Config:
    """The model's config, from its file or its JSON, without the weights. Raises as `read`."""
    config: Config = _module("legacy_config").modern(_config(read_bytes(source)))
    return config


def _module(name: str) -> ModuleType:
    """Imported only now: a page that opens one format does without the others."""
    return importlib.import_module(f"{__name__}.{name}")


def _format_of(data: bytes) -> ModuleType:
    """The module that reads such files."""
    for name, looks_like in _FORMATS.items():
        if looks_like(data):
            return _module(name)
    raise ModelFileError(_module("foreign").of_data(data))


def _is_json(data: bytes) -> bool:
    return data.lstrip()[:1] == b"{"


def _config(data: bytes) -> Config:
    if _is_json(data) and not _FORMATS["safetensors"](data):
        parsed = parse_config(data)
        if sentence := _module("foreign").of_config(parsed):
            raise ModelFileError(sentence)
        return parsed
    config: Config = _format_of(data).read_config(data)
    return config


def parts(weights: Source | Sequence[Source]) -> list[Source]:
    """The files that hold the weights: of sharded ones all, of Keras.js before 1.0 the buffer and its metadata."""
    if isinstance(weights, str | os.PathLike) and str(weights).endswith(_SHARDS):
        return [*_shards(Path(weights))]
    if isinstance(weights, str | os.PathLike) and str(weights).endswith(_BUFFER):
        return [weights, _metadata_of(Path(weights))]
    if isinstance(weights, Sequence) and not isinstance(weights, str | bytes | bytearray | memoryview):
        return list(weights) if len(weights) != 1 else parts(weights[0])
    return [weights]


def _weights(weights: Source | Sequence[Source], config: Config) -> Weights:
    datas = [read_bytes(part) for part in parts(weights)]
    if len(datas) == 2:
        buffers = _module("kerasjs_buffer")
        for metadata, buffer in (datas, datas[::-1]):
            if buffers.looks_like_metadata(metadata):
                read: Weights = buffers.read(buffer, metadata, config)
                return read
    found = [_weights_of(data, config) for data in datas]
    return found[0] if len(found) == 1 else {name: weight for each in found for name, weight in each.items()}


def _weights_of(data: bytes, config: Config) -> Weights:
    """Of one file."""
    module = _format_of(data)
    found: Weights = module.read_weights(data, config) if hasattr(module, "read_weights") else module.read(data).weights
    return found


def _metadata_of(buffer: Path) -> Path:
    """The file that Keras.js's encoder writes beside model_weights.buf: model_metadata.json."""
    path = buffer.with_name(f"{buffer.name.removesuffix(_BUFFER)}metadata.json")
    if not path.exists():
        raise ModelFileError(
            f"{buffer.name}: expected {path.name} beside it, received none; or give both: weights=[buffer, metadata]."
        )
    return path


def _shards(path: Path) -> list[Path]:
    """The files that a `.weights.json` names, all in its own folder."""
    listed = parse_json(path.read_bytes(), path.name)
    places = listed.get("weight_map") if isinstance(listed, dict) else None
    if not isinstance(places, dict):
        raise ModelFileError(f"{path.name}: expected a weight_map, received none.")
    names = [name for place in places.values() for name in (place if isinstance(place, list) else [place])]
    if not all(isinstance(name, str) and _is_shard(name) for name in names) or len({*names}) > _MAX_SHARDS:
        raise ModelFileError(f"{path.name}: expected the names of at most {_MAX_SHARDS:,} files beside it.")
    return [_beside(path, name) for name in sorted({*names})]


def _is_shard(name: str) -> bool:
    """Whether it may be a file beside the list, and no list itself."""
    return Path(name).name == name and name.endswith(".weights.h5") and "\0" not in name


def _beside(path: Path, name: str) -> Path:
    """The file of that name, which the list at `path` asks for: neither a device nor a link that leads elsewhere.

    Where the list is a link itself, as in Hugging Face's cache, the shards may be links to the same folder.
    """
    shard, folders = path.with_name(name), (path.parent.resolve(), path.resolve().parent)
    if shard.exists() and not (shard.is_file() and shard.resolve().parent in folders):
        raise ModelFileError(
            f"{path.name}: expected {name!r} to be a file in the same folder, received something else."
        )
    return shard
