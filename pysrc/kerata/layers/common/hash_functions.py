"""The hashes of text that TensorFlow, and with it Keras, puts words into bins by: FarmHash and SipHash.

FarmHash's Fingerprint64 is `farmhashna::Hash64` of https://github.com/google/farmhash (src/farmhash.cc), SipHash-2-4 is
Aumasson and Bernstein's (https://www.aumasson.jp/siphash/siphash.pdf), how two fingerprints become one is
`FingerprintCat64` in tensorflow/core/platform/fingerprint.h. The constants are theirs.
"""

from typing import NamedTuple

_BITS = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_CAT = 0xC6A4A7935BD1E995
_SIP = (
    0x736F6D6570736575,
    0x646F72616E646F6D,
    0x6C7967656E657261,
    0x7465646279746573,
)  # "somepseudorandomlygeneratedbytes"


def _at(text: bytes, place: int, size: int = 8) -> int:
    return int.from_bytes(text[place : place + size], "little")


def _rotated(x: int, right: int) -> int:
    x &= _BITS
    return (x >> right | x << (64 - right)) & _BITS


def _mixed(x: int) -> int:
    x &= _BITS
    return x ^ x >> 47


# FarmHash


def farm_hash(text: bytes) -> int:
    """FarmHash's Fingerprint64, 0 … 2⁶⁴−1."""
    size = len(text)
    if size > 64:
        return _of_long(text)
    if size > 32:
        return _of_64(text)
    return _of_32(text) if size > 16 else _of_16(text)


def _of_two(u: int, v: int, factor: int) -> int:
    a = _mixed(((u ^ v) & _BITS) * factor)
    return _mixed(((v ^ a) & _BITS) * factor) * factor & _BITS


def _of_16(text: bytes) -> int:
    size = len(text)
    factor = _K2 + 2 * size
    if size >= 8:
        a, b = _at(text, 0) + _K2, _at(text, size - 8)
        return _of_two(_rotated(b, 37) * factor + a, (_rotated(a, 25) + b) * factor, factor)
    if size >= 4:
        return _of_two(size + (_at(text, 0, 4) << 3), _at(text, size - 4, 4), factor)
    if size == 0:
        return _K2
    y, z = text[0] + (text[size >> 1] << 8), size + (text[-1] << 2)
    return _mixed(y * _K2 ^ z * _K0) * _K2 & _BITS


def _of_32(text: bytes) -> int:
    size = len(text)
    factor = _K2 + 2 * size
    a, b = _at(text, 0) * _K1, _at(text, 8)
    c, d = _at(text, size - 8) * factor, _at(text, size - 16) * _K2
    return _of_two(_rotated(a + b, 43) + _rotated(c, 30) + d, a + _rotated(b + _K2, 18) + c, factor)


def _of_64(text: bytes) -> int:
    size = len(text)
    factor = _K2 + 2 * size
    a, b = _at(text, 0) * _K2, _at(text, 8)
    c, d = _at(text, size - 8) * factor, _at(text, size - 16) * _K2
    y = _rotated(a + b, 43) + _rotated(c, 30) + d
    z = _of_two(y, a + _rotated(b + _K2, 18) + c, factor)
    e, f = _at(text, 16) * factor, _at(text, 24)
    g, h = (y + _at(text, size - 32)) * factor, (z + _at(text, size - 24)) * factor
    return _of_two(_rotated(e + f, 43) + _rotated(g, 30) + h, e + _rotated(f + a, 18) + g, factor)


class _State(NamedTuple):
    """56 bytes that blocks of 64 are mixed into."""

    x: int
    y: int
    z: int
    v: tuple[int, int]
    w: tuple[int, int]


def _of_long(text: bytes) -> int:
    y = 81 * _K1 + 113
    state = _State(81 * _K2 + _at(text, 0), y, _mixed(y * _K2 + 113) * _K2 & _BITS, (0, 0), (0, 0))
    last = (len(text) - 1) // 64 * 64
    for start in range(0, last, 64):
        state = _with_block(state, text, start, _K1, 1)
    x, y, z, v, w = state
    factor = _K1 + 2 * (z & 0xFF)
    first = w[0] + (len(text) - 1) % 64
    v = v[0] + first, v[1]
    w = first + v[0], w[1]
    x, y, z, v, w = _with_block(_State(x, y, z, v, w), text, len(text) - 64, factor, 9)
    return _of_two(
        _of_two(v[0], w[0], factor) + _mixed(y) * _K0 + z,
        _of_two(v[1], w[1], factor) + x,
        factor,
    )


def _with_block(state: _State, text: bytes, start: int, factor: int, weight: int) -> _State:
    x, y, z, v, w = state
    x = _rotated(x + y + v[0] + _at(text, start + 8), 37) * factor
    y = _rotated(y + v[1] + _at(text, start + 48), 42) * factor
    x = (x ^ w[1] * weight) & _BITS
    y = (y + v[0] * weight + _at(text, start + 40)) & _BITS
    z = _rotated(z + w[0], 33) * factor & _BITS
    v = _weak(text, start, v[1] * factor, x + w[0])
    w = _weak(text, start + 32, z + w[1], y + _at(text, start + 16))
    return _State(z, y, x, v, w)


def _weak(text: bytes, start: int, a: int, b: int) -> tuple[int, int]:
    a += _at(text, start)
    b = _rotated(b + a + _at(text, start + 24), 21)
    c = a
    a += _at(text, start + 8) + _at(text, start + 16)
    return (a + _at(text, start + 24)) & _BITS, (b + _rotated(a, 44) + c) & _BITS


def joined(first: int, second: int) -> int:
    """The fingerprint of two fingerprints one after the other."""
    result = (first ^ _CAT ^ _mixed(second * _CAT) * _CAT) & _BITS
    return _mixed(_mixed(result * _CAT) * _CAT)


# SipHash


def sip_hash(text: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4 under a key of two numbers of 64 bits."""
    low, high = (part & _BITS for part in key)
    state = _SIP[0] ^ low, _SIP[1] ^ high, _SIP[2] ^ low, _SIP[3] ^ high
    padded = text + bytes(-(len(text) + 1) % 8) + bytes([len(text) & 0xFF])
    for start in range(0, len(padded), 8):
        block = _at(padded, start)
        a, b, c, d = _sip_round(_sip_round((*state[:3], state[3] ^ block)))
        state = a ^ block, b, c, d
    state = state[0], state[1], state[2] ^ 0xFF, state[3]
    for _ in range(4):
        state = _sip_round(state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _sip_round(state: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    a, b, c, d = state
    a, c = (a + b) & _BITS, (c + d) & _BITS
    b, d = _rotated(b, 51) ^ a, _rotated(d, 48) ^ c
    a = _rotated(a, 32)
    a, c = (a + d) & _BITS, (c + b) & _BITS
    d, b = _rotated(d, 43) ^ a, _rotated(b, 47) ^ c
    return a, b, _rotated(c, 32), d
