"""Against TensorFlow's own answers, at every length that the hashes treat in a way of its own."""

import numpy as np
import pytest
import tensorflow as tf

from kerata.layers.common.hash_functions import farm_hash, sip_hash

_MOST = 2**63 - 1

CASES = []  # no layer
_TEXTS = [np.random.default_rng(size).bytes(size) for size in range(200)]


def test_farm_hash() -> None:
    theirs = tf.strings.to_hash_bucket_fast(_TEXTS, _MOST).numpy()
    assert [farm_hash(text) % _MOST for text in _TEXTS] == theirs.tolist()


@pytest.mark.parametrize("key", [(0, 0), (133, 137), (_MOST, -1)])
def test_sip_hash(key: tuple[int, int]) -> None:
    theirs = tf.strings.to_hash_bucket_strong(_TEXTS, _MOST, key=list(key)).numpy()
    assert [sip_hash(text, key) % _MOST for text in _TEXTS] == theirs.tolist()


def test_a_word_that_others_have_hashed() -> None:
    # FarmHash's Fingerprint64 of no text is its constant k2; SipHash's own test vector of 15 bytes is in its paper.
    assert farm_hash(b"") == 0x9AE16A3B2F90404F
    key = int.from_bytes(bytes(range(8)), "little"), int.from_bytes(bytes(range(8, 16)), "little")
    assert sip_hash(bytes(range(15)), key) == 0xA129CA6149BE45E5
