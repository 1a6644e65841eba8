"""e to a power."""

from .assembler import Function, Vector, lanes

_LOG2_E = 1.44269504
# 2^t for t in ±1/2 is this polynomial, highest power first, within 3 units in the last place of float32: the Taylor
# series of e^(t·ln 2), its highest coefficient adjusted for the interval.
_POWERS = (1.540353e-4, 1.3333558e-3, 9.6181291e-3, 5.5504109e-2, 2.4022651e-1, 6.9314718e-1, 1.0)
_MIN_EXPONENT = -126.0  # below, float32 is no longer normal


def exponential(f: Function, value: Vector) -> Vector:
    """e to the power of a value ≤ 0: 2^n · 2^t, n whole and put into the exponent's bits, t at most a half."""
    scaled = f.vector((value * lanes(_LOG2_E)).max(lanes(_MIN_EXPONENT)))
    whole = f.vector(scaled.nearest())
    rest = f.vector(scaled - whole)
    power = lanes(_POWERS[0])
    for coefficient in _POWERS[1:]:
        power = f.fused(power, rest, lanes(coefficient))
    return power * whole.to_int().plus_int(127).shifted(23)
