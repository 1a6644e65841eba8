"""StringLookup and IntegerLookup: each word or integer → its index in a vocabulary, after those of what is masked and
of what is not in it (out of vocabulary, "oov"); or, inverted, indices → words.

The vocabulary stands in the config or, one entry a line, in the file's `vocabulary.txt`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InputError, ModelFileError, UnsupportedError
from ..node import Config, Node, Shape, of_keras2, option
from .common.category_encoding_modes import bounded, checked, encoded, encoded_shape, mode_of, type_in_keras2
from .hashing import as_bytes, hash_of
from .registry import Build, Call, register_layer

FILE = "vocabulary.txt"
_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
_INTEGER, _FLOAT = np.dtype(np.int64), np.dtype(np.float32)
_OOV_TOKENS = {"StringLookup": "[UNK]", "IntegerLookup": -1}

Token = bytes | int


def mode_of_lookup(config: Config) -> str:
    return mode_of(config, *_MODES, default="int")


class Vocabulary:
    """What a config says of the indices, and the tokens, where they are known. `text`: whether they are words."""

    def __init__(self, config: Config, text: bool, weights: Mapping[str, np.ndarray] | None = None) -> None:
        self.config, self.mode, self._text = config, mode_of_lookup(config), text
        self.mask = self._token(config.get("mask_token"))
        self.oov = self._token(config.get("oov_token", _OOV_TOKENS["StringLookup" if text else "IntegerLookup"]))
        self.oov_count = config.get("num_oov_indices", 1)
        if not isinstance(self.oov_count, int) or self.oov_count < 0:
            raise UnsupportedError(
                f"{self._of}: expected num_oov_indices to be 0 or more, received {self.oov_count!r}."
            )
        self.oov_start = int(self.mask is not None and self.mode == "int")
        self.start = self.oov_start + self.oov_count  # of the tokens' indices
        listed = self._listed((weights or {}).get(FILE))
        self.is_known, self._is_padded = listed is not None, config.get("pad_to_max_tokens")
        self.begins_with_special, self.tokens = self._without_special(listed or [])

    @property
    def _of(self) -> str:
        return f"Layer {self.config.get('name')!r}"

    @property
    def depth(self) -> int | None:
        """How many columns an encoded output has; None where neither config nor file says."""
        if self._is_padded:
            return checked(self.config, "max_tokens")
        declared = self.config.get("vocabulary_size")
        size = self.start + len(self.tokens) if self.is_known else declared
        if self.mode != "int" and declared not in (None, size):
            raise ModelFileError(f"{self._of}: expected a vocabulary of {declared!r}, received one of {size}.")
        return None if size is None else bounded(self.config, "vocabulary_size", size)

    @property
    def dtype(self) -> np.dtype:
        """Of the output."""
        if not of_keras2(self.config):
            return _FLOAT if self.mode == "tf_idf" else _INTEGER
        dtype = type_in_keras2(self.config, self.mode)
        # Early versions wrote an IntegerLookup's int64, which was that of its input, whatever the output.
        return _FLOAT if self.mode != "int" and not self._text and dtype == _INTEGER else dtype

    def _token(self, value: Any) -> Token | None:
        if value is None:
            return None
        if not isinstance(value, str | bytes if self._text else int):
            kind = "words" if self._text else "integers"
            raise ModelFileError(f"{self._of}: expected a vocabulary of {kind}, received {value!r}.")
        return as_bytes(value) if self._text else int(value)

    def _listed(self, file: np.ndarray | None) -> list[Token | None] | None:
        given = self.config.get("vocabulary")
        if given is not None:
            return [self._token(value) for value in given]
        if file is None:
            return None
        lines = file.tobytes().decode(errors="replace").splitlines()
        while lines and not lines[-1]:
            lines.pop()
        try:
            return [line.encode() for line in lines] if self._text else [int(line) for line in lines]
        except ValueError as error:
            raise ModelFileError(f"{self._of}: expected integers in {FILE}, received other text.") from error

    def _without_special(self, listed: list[Token | None]) -> tuple[bool, list[Token | None]]:
        """Whether the tokens of what is masked and of what is unknown came first, and all others."""
        first = listed[: self.start]
        special = [self.mask if place < self.oov_start else self.oov for place in range(len(first))]
        found = len(first) == self.start and first == special
        return found, listed[self.start :] if found else listed

    def frequencies(self, weights: Mapping[str, np.ndarray]) -> np.ndarray:
        """Of all columns, how much a word counts: the inverse document frequencies."""
        given = self.config.get("idf_weights")
        front = 0 if given is None or self.begins_with_special else self.start
        values = np.asarray(weights["idf_weights"] if given is None else given, np.float32)
        missing = (self.depth or 0) - front - values.size
        if values.ndim != 1 or not values.size or missing < 0 or (missing and not self._is_padded):
            raise ModelFileError(f"{self._of}: expected idf_weights of each word, received shape {values.shape}.")
        return np.pad(np.pad(values, (front, 0), constant_values=np.mean(values)), (0, missing))


def described(config: Config, text: bool) -> Vocabulary:
    """The vocabulary before the file's part of it is known; what its layer cannot do is said here."""
    vocabulary = Vocabulary(config, text)
    _unknown(vocabulary)
    if vocabulary.mode == "tf_idf" and vocabulary.is_known and config.get("idf_weights") is not None:
        vocabulary.frequencies({})
    return vocabulary


def indexer(vocabulary: Vocabulary) -> Callable[[Sequence[Token]], np.ndarray]:
    """Tokens → their indices."""
    places = {token: place for place, token in enumerate(vocabulary.tokens, vocabulary.start)}
    if vocabulary.mask is not None:
        places[vocabulary.mask] = 0 if vocabulary.mode == "int" else -1  # −1 is no column, and so left out
    other = _unknown(vocabulary)

    def index(token: Token) -> int:
        place = places.get(token)
        return other(token) if place is None else place

    return lambda tokens: np.array([index(token) for token in tokens], np.int64)


def _unknown(vocabulary: Vocabulary) -> Callable[[Any], int]:
    """The index of a token that is not in the vocabulary."""
    start, count, config = vocabulary.oov_start, vocabulary.oov_count, vocabulary.config
    name = config.get("name")
    method = option(config, "oov_method", "floormod", "farmhash", default="floormod")
    hashed = hash_of(config)

    def refuse(token: Token) -> int:
        shown = token.decode(errors="replace") if isinstance(token, bytes) else token
        raise InputError(f"Layer {name!r}: expected words or numbers of its vocabulary, received {shown!r}.")

    def by_remainder(token: Token) -> int:
        return start + (
            token % count if isinstance(token, int) and method == "floormod" else hashed(as_bytes(token)) % count
        )

    return {0: refuse, 1: lambda token: start}.get(count, by_remainder)


def encoder(vocabulary: Vocabulary, weights: Mapping[str, np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """Indices → the layer's output."""
    mode, depth, dtype = vocabulary.mode, vocabulary.depth or 0, vocabulary.dtype
    if mode != "tf_idf":
        return lambda indices: encoded(indices, mode, depth, dtype)
    frequencies = vocabulary.frequencies(weights)
    return lambda indices: encoded(indices, "count", depth, dtype) * frequencies.astype(dtype)


def words_in(x: np.ndarray) -> list[bytes]:
    return [as_bytes(value) for value in x.ravel().tolist()]


def integers_in(x: np.ndarray) -> list[int]:
    """Fractions are dropped."""
    return x.astype(np.int64).ravel().tolist()


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    """What the config leaves to the file."""
    idf: dict[str, Shape] = {"idf_weights": (None,)}
    file: dict[str, Shape] = {FILE: (None,)}
    needs_idf = mode_of_lookup(config) == "tf_idf" and config.get("idf_weights") is None
    return (idf if needs_idf else {}) | (file if config.get("vocabulary") is None else {})


def _register(kind: str, text: bool) -> None:
    def shape(config: Config, inputs: Sequence[Shape]) -> Shape:
        vocabulary = described(config, text)
        return encoded_shape(vocabulary.mode, None if vocabulary.mode == "int" else vocabulary.depth, inputs[0])

    register_layer(kind, shape=shape, weights=weight_shapes, floats=False)(_build(text))


def _build(text: bool) -> Build:
    def build(node: Node) -> Call:
        vocabulary = Vocabulary(node.config, text, node.weights)
        if node.config.get("invert"):
            return _inverted(vocabulary, text)
        find, encode = indexer(vocabulary), encoder(vocabulary, node.weights)
        tokens_in: Callable[[np.ndarray], Sequence[Token]] = words_in if text else integers_in
        return lambda x: encode(find(tokens_in(x)).reshape(x.shape))

    return build


def _inverted(vocabulary: Vocabulary, text: bool) -> Call:
    """Indices → tokens."""
    tokens: dict[int, Token | None] = dict(enumerate(vocabulary.tokens, vocabulary.start))
    if vocabulary.mask is not None:
        tokens[0] = vocabulary.mask
    dtype = np.dtype(object) if text else _INTEGER

    def call(x: np.ndarray) -> np.ndarray:
        found = np.empty(x.size, dtype)
        found[:] = [tokens.get(index, vocabulary.oov) for index in integers_in(x)]
        return found.reshape(x.shape)

    return call


_register("StringLookup", True)
_register("IntegerLookup", False)
