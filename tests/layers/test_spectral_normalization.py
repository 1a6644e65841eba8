from hypothesis import strategies as st

from tests.support.cases import Case, inner
from tests.support.draw import booleans, sizes

CASES = [
    Case("dense", "SpectralNormalization", (3, 4), {"layer": inner("Dense", units=3)}),
    Case(
        "embedding",
        "SpectralNormalization",
        (5,),
        {"layer": inner("Embedding", input_dim=10, output_dim=3)},
        dtype="float16",
    ),
    Case(
        "convolution",
        "SpectralNormalization",
        (5, 4, 2),
        {"layer": inner("Conv2D", filters=3, kernel_size=2), "power_iterations": 2},
    ),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    options = {"power_iterations": draw(sizes(1, 3))} if draw(booleans) else {}
    size, units, bias = draw(sizes(1, 4)), draw(sizes(1, 4)), draw(booleans)
    embedding = inner("Embedding", input_dim=10, output_dim=units, mask_zero=draw(booleans))
    convolution = inner("Conv1D", filters=units, kernel_size=draw(sizes(1, 3)), use_bias=bias, padding="same")
    shape, layer, dtype = draw(
        st.sampled_from(
            [
                ((2, size), inner("Dense", units=units, use_bias=bias, activation="tanh"), "float32"),
                ((size,), embedding, draw(st.sampled_from(["float16", "int32"]))),
                ((4, size), convolution, "float32"),
            ]
        )
    )
    return Case("drawn", "SpectralNormalization", shape, {"layer": layer, **options}, dtype=dtype)


DRAWN = {"SpectralNormalization": _drawn()}
