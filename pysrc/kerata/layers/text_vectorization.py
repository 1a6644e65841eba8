"""TextVectorization: texts, made plain and split into words, n words together at will → the words' indices in a
vocabulary, padded to one length, or which words a text has, or how often.
"""

import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape, option
from .common.category_encoding_modes import checked, encoded_shape
from .lookup import Vocabulary, described, encoder, indexer, weight_shapes, words_in
from .registry import Call, register_layer

_LONGEST_NGRAM = 256  # words
_LONGEST = 1 << 20  # words of a text, when that number is the config's
_PUNCTUATION = string.punctuation.encode()  # Keras strips just what ASCII calls so

Words = list[bytes]


def _lookup_config(config: Config) -> Config:
    """Of the StringLookup within."""
    return {**config, "mask_token": "", "oov_token": "[UNK]", "num_oov_indices": 1, "invert": False, "salt": None}


def _standardize(config: Config) -> Callable[[bytes], bytes]:
    """As everywhere in TensorFlow's text, letters are ASCII's."""
    steps = option(
        config,
        "standardize",
        "lower_and_strip_punctuation",
        "lower",
        "strip_punctuation",
        None,
        default="lower_and_strip_punctuation",
    )

    def plain(text: bytes) -> bytes:
        if steps and "lower" in steps:
            text = text.lower()
        return text.translate(None, _PUNCTUATION) if steps and "strip" in steps else text

    return plain


def _split(config: Config) -> Callable[[bytes], Words] | None:
    """None where each entry of the input is a word."""
    by = option(config, "split", "whitespace", "character", None, default="whitespace")
    if by == "character":
        return lambda text: [letter.encode() for letter in text.decode(errors="replace")]
    return bytes.split if by else None


def _widths(config: Config) -> list[int]:
    """How many words go together; none where they stay alone."""
    given: Any = config.get("ngrams")
    widths = list(range(1, min(given, _LONGEST_NGRAM + 1) + 1)) if isinstance(given, int) else list(given or ())
    if not all(isinstance(width, int) and 1 <= width <= _LONGEST_NGRAM for width in widths):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected ngrams from 1 to {_LONGEST_NGRAM}, received {given!r}."
        )
    return widths


def _together(words: Words, widths: Sequence[int]) -> Words:
    return [b" ".join(words[start : start + width]) for width in widths for start in range(len(words) - width + 1)]


def _length(config: Config) -> int | None:
    """Of the output, where it is the config's to say."""
    return None if config.get("output_sequence_length") is None else checked(config, "output_sequence_length", _LONGEST)


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    vocabulary = described(_lookup_config(config), True)
    _standardize(config), _widths(config)  # what they cannot do is said here
    option(config, "ragged", False, default=False)
    is_split = _split(config) is not None
    texts = _texts_shape(config, inputs[0]) if is_split else inputs[0][:-1]
    if vocabulary.mode == "int":
        return *texts, _length(config) if is_split or _length(config) or _widths(config) else inputs[0][-1]
    if is_split and (vocabulary.mode == "one_hot" or len(texts) > 1):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected output_mode 'int', or 'multi_hot', 'count' or 'tf_idf' of one "
            f"text a row, where texts are split; received {vocabulary.mode!r} of shape {inputs[0]}."
        )
    words = (*texts, None) if is_split or _widths(config) else inputs[0]
    mode = "count" if vocabulary.mode == "tf_idf" else vocabulary.mode
    return encoded_shape(mode, vocabulary.depth, words)


def _texts_shape(config: Config, shape: Shape) -> Shape:
    """A last axis of one, in which text often comes, goes."""
    if len(shape) > 1 and shape[-1] not in (1, None):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected texts of shape (batch,) or (batch, …, 1), received {shape}."
        )
    return shape[:-1] if len(shape) > 1 else shape


def _filled(rows: list[np.ndarray], length: int | None, value: int) -> np.ndarray:
    """Rows of indices as one array (rows, length), cut or filled; by default as long as the longest."""
    if length is None:
        length = max(map(len, rows), default=0)
    filled = np.full((len(rows), length), value, np.int64)
    for row, indices in zip(filled, rows, strict=True):
        row[: len(indices)] = indices[:length]
    return filled


@register_layer("TextVectorization", shape=output_shape, weights=weight_shapes, floats=False)
def build(node: Node) -> Call:
    config = node.config
    vocabulary = Vocabulary(_lookup_config(config), True, node.weights)
    find, encode = indexer(vocabulary), encoder(vocabulary, node.weights)
    standardize, split, widths, length = _standardize(config), _split(config), _widths(config), _length(config)
    padding = 0 if vocabulary.mode == "int" else -1  # which is no column

    def words_of(texts: Words, shape: tuple[int, ...]) -> tuple[list[Words], tuple[int, ...]]:
        """The words of each text, and the shape that the texts are in. Unsplit, the last axis is a text's words."""
        if split:
            return [split(text) for text in texts], shape[:-1] if len(shape) > 1 else shape
        count = shape[-1]
        return [texts[start : start + count] for start in range(0, len(texts), count)], shape[:-1]

    def call(x: np.ndarray) -> np.ndarray:
        rows, shape = words_of([standardize(text) for text in words_in(x)], x.shape)
        if widths:
            rows = [_together(words, widths) for words in rows]
        indices = _filled([find(words) for words in rows], length, padding)  # (texts, words)
        return encode(indices.reshape(*shape, indices.shape[1]))

    return call
