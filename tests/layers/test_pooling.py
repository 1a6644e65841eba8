from hypothesis import strategies as st

from tests.support import spatial
from tests.support.cases import Case
from tests.support.draw import config, sizes

CASES = [
    Case(f"{name}_{kind[:3].lower()}", f"{kind}{len(shape) - 1}D", shape, config)
    for kind in ("MaxPooling", "AveragePooling")
    for name, shape, config in [
        ("default_strides", (6, 8, 3), {"pool_size": 2}),
        ("odd", (7, 9, 2), {"pool_size": [2, 2]}),
        ("overlapping", (7, 8, 2), {"pool_size": 3, "strides": 2}),
        ("gaps", (9, 9, 2), {"pool_size": 2, "strides": 3}),
        ("same", (7, 8, 2), {"pool_size": 3, "strides": 2, "padding": "same"}),
        ("same_dense", (5, 5, 2), {"pool_size": [2, 3], "strides": 1, "padding": "same"}),
        ("oblong", (8, 9, 1), {"pool_size": [4, 1], "strides": [1, 2]}),
        ("channels_first", (2, 7, 8), {"pool_size": [3, 2], "data_format": "channels_first"}),
        ("default_strides", (7, 3), {"pool_size": 2}),
        ("same", (7, 2), {"pool_size": 3, "strides": 2, "padding": "same"}),
        ("channels_first", (2, 7), {"pool_size": 3, "data_format": "channels_first"}),
        ("default_strides", (4, 5, 6, 2), {"pool_size": [2, 1, 3]}),
        ("same", (3, 4, 5, 2), {"pool_size": 2, "strides": [1, 2, 3], "padding": "same"}),
        ("channels_first", (2, 4, 3, 2), {"pool_size": 2, "strides": 1, "data_format": "channels_first"}),
    ]
] + [Case("whole", "MaxPooling1D", (5, 2), {"pool_size": 3, "padding": "same"}, dtype="int32")]


@st.composite
def _drawn(draw: st.DrawFn, kind: str, rank: int, dtypes: list[str]) -> Case:
    steps = spatial.numbers(sizes(1, 3), rank) | st.none()
    padding = st.sampled_from(["valid", "same"])
    options = {"pool_size": draw(spatial.numbers(sizes(1, 4 - rank // 2), rank))}
    options |= draw(config(strides=steps, padding=padding, data_format=spatial.formats))
    return draw(spatial.case(kind, rank, draw(sizes(1, 4)), options, dtype=draw(st.sampled_from(dtypes))))


# TensorFlow has no kernels of whole numbers for averages and for volumes.
DRAWN = {
    f"{kind}{rank}D": _drawn(f"{kind}{rank}D", rank, ["float32", "int32"] if whole and rank < 3 else ["float32"])
    for kind, whole in (("MaxPooling", True), ("AveragePooling", False))
    for rank in (1, 2, 3)
}
