from hypothesis import strategies as st

from tests.support.cases import Case, inner
from tests.support.draw import booleans

CASES = [
    Case(
        "images",
        "Pipeline",
        (4, 5, 3),
        {"layers": [inner("AutoContrast"), inner("RandomFlip"), inner("Dense", units=2), inner("Dense", units=3)]},
        atol=1e-4,  # of 255
    ),
    Case(
        "masked",
        "Pipeline",
        (4, 3),
        {"layers": [inner("Rescaling", scale=0.5, offset=0.0), inner("GlobalAveragePooling1D")]},
        masked=True,
    ),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    one = st.sampled_from(
        [
            inner("Rescaling", scale=0.5, offset=1.0),
            inner("RandomContrast", factor=0.2),
            inner("CenterCrop", height=3, width=4),
            inner("BatchNormalization"),
            inner("Dropout", rate=0.5),
            inner("Dense", units=2),
        ]
    )
    layers = draw(st.lists(one, min_size=1, max_size=4))
    return Case("drawn", "Pipeline", (4, 5, 3), {"layers": layers}, masked=draw(booleans), atol=1e-5)


DRAWN = {"Pipeline": _drawn()}
