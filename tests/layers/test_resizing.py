import pytest
from hypothesis import strategies as st

import kerata
from kerata import graph
from kerata.layers.common.resampling import INTERPOLATIONS
from tests.layers.test_up_sampling import TOLERANCE
from tests.layers.test_zero_padding import spatial
from tests.support.cases import Case, sequential_config
from tests.support.draw import booleans, config, sizes

SMALL = {"height": 3, "width": 5}
ASPECT = {"cut": {"crop_to_aspect_ratio": True}, "pad": {"pad_to_aspect_ratio": True, "fill_value": 2.5}}

CASES = [
    *(Case(name, "Resizing", (7, 4, 2), {**SMALL, "interpolation": name}, **TOLERANCE) for name in INTERPOLATIONS),
    *(
        Case(
            f"{name}_antialias", "Resizing", (7, 9, 2), {**SMALL, "interpolation": name, "antialias": True}, **TOLERANCE
        )
        for name in INTERPOLATIONS
    ),
    *(Case(f"{how}_high", "Resizing", (9, 4, 2), SMALL | options, **TOLERANCE) for how, options in ASPECT.items()),
    *(Case(f"{how}_wide", "Resizing", (2, 9, 2), SMALL | options, **TOLERANCE) for how, options in ASPECT.items()),
    Case("channels_first", "Resizing", (2, 7, 4), {**SMALL, "data_format": "channels_first"}, **TOLERANCE),
    # As Keras's `predict` does; its call alone rounds to integers again.
    Case("bytes", "Resizing", (7, 4, 2), SMALL, dtype="uint8", below=256, rtol=1e-5, atol=1e-4),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    shape, options, opened = draw(spatial(2))
    how = draw(st.sampled_from([{}, *ASPECT.values()]))
    more = draw(config(interpolation=st.sampled_from(INTERPOLATIONS), antialias=booleans))
    size = {"height": draw(sizes(1, 12)), "width": draw(sizes(1, 12))}
    return Case("drawn", "Resizing", shape, options | how | more | size, open=opened, **TOLERANCE)


DRAWN = {"Resizing": _drawn()}


def test_a_single_image_is_no_batch() -> None:
    model = sequential_config((7, 4), ("Resizing", {"name": "small", **SMALL}))
    with pytest.raises(kerata.UnsupportedError, match="'small': expected a batch of images, of 4 axes"):
        graph.read(model, {})
