from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import booleans, config, sizes

RATE = st.floats(0, 1)
SEED = st.sampled_from([None, 3])
FORMAT = st.sampled_from(["channels_last", "channels_first"])

# By the kind: how many axes a sample has, if not any number; the options that it must have, and those that it may.
OPTIONS = {
    "Dropout": (None, {"rate": RATE}, {"seed": SEED}),
    "SpatialDropout1D": (2, {"rate": RATE}, {"seed": SEED}),
    "SpatialDropout2D": (3, {"rate": RATE}, {"seed": SEED, "data_format": FORMAT}),
    "SpatialDropout3D": (4, {"rate": RATE}, {"seed": SEED, "data_format": FORMAT}),
    "AlphaDropout": (None, {"rate": RATE}, {"seed": SEED}),
    "GaussianDropout": (None, {"rate": RATE}, {"seed": SEED}),
    "GaussianNoise": (None, {"stddev": RATE}, {"seed": SEED}),
    "ActivityRegularization": (None, {}, {"l1": RATE, "l2": RATE}),
}

CASES = [
    Case("drops_nothing", "Dropout", (3, 4), {"rate": 0.5}),
    Case("masked", "Dropout", (3, 4), {"rate": 0.5}, masked=True),
    Case("first", "SpatialDropout2D", (2, 3, 4), {"rate": 0.5, "data_format": "channels_first"}),
    Case("noise", "GaussianNoise", (4,), {"stddev": 0.5}),
]


@st.composite
def _drawn(draw: st.DrawFn, kind: str) -> Case:
    rank, needed, free = OPTIONS[kind]
    shape = draw(st.lists(sizes(1, 4), min_size=rank or 1, max_size=rank or 4).map(tuple))
    options = draw(st.fixed_dictionaries(needed)) | draw(config(**free))
    return Case("drawn", kind, shape, options, masked=draw(booleans))


DRAWN = {kind: _drawn(kind) for kind in OPTIONS}
