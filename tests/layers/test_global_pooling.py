from hypothesis import strategies as st

from tests.support import spatial
from tests.support.cases import Case
from tests.support.draw import booleans, config, sizes

CASES = [
    Case("mean", "GlobalAveragePooling2D", (5, 4, 6)),
    Case("mean_keepdims", "GlobalAveragePooling2D", (5, 4, 3), {"keepdims": True}),
    Case("largest", "GlobalMaxPooling2D", (5, 4, 6)),
    Case("mean_first", "GlobalAveragePooling2D", (3, 5, 4), {"keepdims": True, "data_format": "channels_first"}),
    Case("largest_first", "GlobalMaxPooling2D", (3, 5, 4), {"data_format": "channels_first"}),
    Case("mean", "GlobalAveragePooling1D", (5, 3)),
    Case("masked", "GlobalAveragePooling1D", (5, 3), masked=True),
    Case("masked_keepdims", "GlobalAveragePooling1D", (5, 3), {"keepdims": True}, masked=True),
    Case("mean_first", "GlobalAveragePooling1D", (3, 5), {"data_format": "channels_first"}),
    Case("whole", "GlobalAveragePooling1D", (5, 3), dtype="int32"),
    Case("largest", "GlobalMaxPooling1D", (5, 3), {"keepdims": True}),
    Case("mean", "GlobalAveragePooling3D", (3, 4, 2, 3)),
    Case("largest", "GlobalMaxPooling3D", (3, 4, 2, 3), {"keepdims": True}),
    Case("largest_first", "GlobalMaxPooling3D", (3, 4, 2, 3), {"data_format": "channels_first"}),
]


@st.composite
def _drawn(draw: st.DrawFn, kind: str, rank: int) -> Case:
    options = draw(config(keepdims=booleans, data_format=spatial.formats))
    masked = kind == "GlobalAveragePooling1D" and draw(booleans)
    # A mask has a place for each step, which is the axis after the batch only where channels are last.
    if masked:
        options.pop("data_format", None)
    dtype = "float32" if masked else draw(st.sampled_from(["float32", "int32"]))
    return draw(spatial.case(kind, rank, draw(sizes(1, 5)), options, masked=masked, dtype=dtype))


DRAWN = {
    f"{kind}{rank}D": _drawn(f"{kind}{rank}D", rank)
    for kind in ("GlobalMaxPooling", "GlobalAveragePooling")
    for rank in (1, 2, 3)
}
