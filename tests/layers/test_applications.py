from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import sizes

CASES = [
    Case("block", "StochasticDepth", (3, 4), {"drop_path_rate": 0.5}),
    Case("channels", "LayerScale", (3, 4), {"init_values": 0.1, "projection_dim": 4}),
    Case("residual", "CustomScaleLayer", [(3, 4), (3, 4)], {"scale": 0.17}),
]


@st.composite
def _drawn(draw: st.DrawFn, kind: str) -> Case:
    shape = draw(st.lists(sizes(1, 4), min_size=1, max_size=3).map(tuple))
    number = draw(st.floats(0, 1))
    options = {
        "StochasticDepth": {"drop_path_rate": number},
        "LayerScale": {"init_values": number, "projection_dim": shape[-1]},
        "CustomScaleLayer": {"scale": number},
    }
    return Case("drawn", kind, [shape, shape] if kind == "CustomScaleLayer" else shape, options[kind])


DRAWN = {kind: _drawn(kind) for kind in ("StochasticDepth", "LayerScale", "CustomScaleLayer")}
