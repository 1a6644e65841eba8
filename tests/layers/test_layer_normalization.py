from math import sqrt

from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import booleans, config, sizes

CASES = [
    Case("last_axis", "LayerNormalization", (3, 4), masked=True),
    Case("two_axes", "LayerNormalization", (3, 4, 2), {"axis": [1, 2]}),
    Case("from_the_end", "LayerNormalization", (3, 4, 2), {"axis": [-1, 2]}),
    Case("no_gamma", "LayerNormalization", (4,), {"scale": False, "epsilon": 0.1}),
    Case("no_beta", "LayerNormalization", (4,), {"center": False}),
    Case("rms_scaling", "LayerNormalization", (3, 4), {"rms_scaling": True}),
    Case("last_axis", "RMSNormalization", (3, 4), masked=True),
    Case("two_axes", "RMSNormalization", (3, 4, 2), {"axis": [2, 3], "epsilon": 0.1}),
    Case("open", "LayerNormalization", (3, 4), open=(0,)),
]


@st.composite
def _axes(draw: st.DrawFn, rank: int) -> int | list[int]:
    places = draw(st.sets(st.integers(1, rank), min_size=1))
    axes = [place - rank - 1 if draw(booleans) else place for place in places]
    return axes[0] if draw(booleans) else axes


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.lists(sizes(1, 4), min_size=1, max_size=4).map(tuple))
    epsilon = draw(st.sampled_from([1e-6, 1e-3, 0.1]))
    options = draw(config(axis=_axes(len(shape)), center=booleans, scale=booleans, rms_scaling=booleans))
    # Where all values are nearly the same, Keras subtracts large numbers: mean / deviation from x / deviation.
    atol = 2e-6 / sqrt(epsilon)
    return Case("drawn", "LayerNormalization", shape, {"epsilon": epsilon, **options}, masked=draw(booleans), atol=atol)


@st.composite
def _drawn_rms(draw: st.DrawFn) -> Case:
    """Keras multiplies with the scale along the last axes, whichever it was made for; so it runs on these alone."""
    shape = draw(st.lists(sizes(1, 4), min_size=1, max_size=4).map(tuple))
    count = draw(sizes(1, len(shape)))
    axis = draw(st.sampled_from([[*range(-count, 0)], [*range(len(shape) + 1 - count, len(shape) + 1)]]))
    epsilon = st.floats(1e-6, 0.1)
    options = draw(config(epsilon=epsilon))
    if count > 1 or draw(booleans):
        options["axis"] = axis[0] if count == 1 and draw(booleans) else axis
    return Case("drawn", "RMSNormalization", shape, options, masked=draw(booleans))


DRAWN = {"LayerNormalization": _drawn(), "RMSNormalization": _drawn_rms()}
