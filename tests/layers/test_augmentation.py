from typing import Any

from hypothesis import strategies as st

from kerata.layers import augmentation
from tests.layers.test_zero_padding import spatial
from tests.support.cases import Case, inner
from tests.support.draw import booleans, config, sizes

KINDS = sorted((*augmentation.KINDS, "RandomCrop"))

_share = st.floats(0, 1, width=32)
_shares = st.one_of(_share, st.tuples(_share, _share).map(sorted))
_signed = st.floats(-1, 1, width=32)
_range = st.sampled_from([[0, 255], [0.0, 1.0]])
_filling = st.floats(-1, 1, width=32)
_fill_mode = st.sampled_from(["constant", "nearest", "reflect", "wrap"])
_interpolation = st.sampled_from(["nearest", "bilinear"])
_moves = {"fill_mode": _fill_mode, "fill_value": _filling, "interpolation": _interpolation}
_factor = {"factor": _shares}
_colours = {"factor": _shares, "value_range": _range}

# What Keras asks for, and what may be left out.
_NEEDED: dict[str, dict[str, Any]] = {
    "MaxNumBoundingBoxes": {"max_number": sizes(1, 5)},
    "RandomCrop": {"height": sizes(1, 6), "width": sizes(1, 6)},
    "RandomPosterization": {"factor": sizes(1, 8)},
    "RandomRotation": {"factor": _signed},
    "RandomTranslation": {"height_factor": _shares, "width_factor": _shares},
    "RandomZoom": {"height_factor": _shares},
    **{
        kind: {"factor": _shares}
        for kind in (
            *("RandomBrightness", "RandomColorDegeneration", "RandomContrast", "RandomHue", "RandomSaturation"),
            "RandomSharpness",
        )
    },
}
_OPTIONS: dict[str, dict[str, Any]] = {
    "AugMix": _colours | {"num_chains": sizes(1, 3), "chain_depth": sizes(1, 3), "alpha": _share, "all_ops": booleans},
    "CutMix": _factor,
    "Equalization": {"value_range": _range, "bins": sizes(2, 256)},
    "MixUp": {"alpha": _share},
    "RandAugment": _colours | {"num_ops": sizes(1, 3), "interpolation": _interpolation},
    "RandomBrightness": {"value_range": _range},
    "RandomColorDegeneration": {"value_range": _range},
    "RandomColorJitter": {
        "value_range": _range,
        "brightness_factor": _share,
        "contrast_factor": _share,
        "saturation_factor": _share,
        "hue_factor": _share,
    },
    "RandomContrast": {"value_range": _range},
    "RandomElasticTransform": _colours | _moves | {"scale": _shares},
    "RandomErasing": _colours | {"scale": _shares, "fill_value": _filling},
    "RandomFlip": {"mode": st.sampled_from(["horizontal", "vertical", "horizontal_and_vertical"])},
    "RandomGaussianBlur": _colours | {"kernel_size": st.sampled_from([1, 3, 5]), "sigma": _shares},
    "RandomGrayscale": {"factor": _share},
    "RandomHue": {"value_range": _range},
    "RandomInvert": _colours,
    "RandomPerspective": _factor | {"scale": _share, "interpolation": _interpolation, "fill_value": _filling},
    "RandomPosterization": {"value_range": _range},
    "RandomRotation": _moves,
    "RandomSaturation": {"value_range": _range},
    "RandomSharpness": {"value_range": _range},
    "RandomShear": _moves | {"x_factor": _shares, "y_factor": _shares},
    "RandomTranslation": _moves,
    "RandomZoom": _moves | {"width_factor": _shares},
    "Solarization": {"addition_factor": _shares, "threshold_factor": _shares, "value_range": _range},
}
_LEAST = {
    "MaxNumBoundingBoxes": {"max_number": 2},
    "RandomCrop": {"height": 3, "width": 2},
    "RandomTranslation": {"height_factor": 0.5, "width_factor": 0.5},
    "RandomZoom": {"height_factor": 0.5},
}


def _case(name: str, kind: str, shape: tuple[int, ...], options: dict[str, Any], **more: Any) -> Case:
    """Equalization stands in a pipeline, for Keras takes no model in which it is a layer of its own."""
    if kind == "Equalization":
        return Case(name, "Pipeline", shape, {"layers": [inner(kind, **options)]}, **more)
    return Case(name, kind, shape, options, **more)


def _least(kind: str) -> dict[str, Any]:
    return _LEAST.get(kind, {"factor": 0.5} if "factor" in _NEEDED.get(kind, {}) else {})


CASES = [
    *(
        _case(f"{kind}_floats", kind, (4, 3, 3), _least(kind) | ({"factor": 4} if "Poster" in kind else {}))
        for kind in KINDS
    ),
    # `predict` of Keras gives floats of all of them; called alone, some leave integers as they are.
    *(
        _case(f"{kind}_bytes", kind, (2, 2, 3), _least(kind), dtype="uint8", below=256)
        for kind in ("MixUp", "RandomFlip", "RandomCrop")
    ),
]


@st.composite
def _drawn(draw: st.DrawFn, kind: str) -> Case:
    shape, order, opened = draw(spatial(2))
    first = order.get("data_format") == "channels_first"
    shape = (3, *shape[1:]) if first else (*shape[:2], 3)  # colours, as some of them ask for
    needed = {name: draw(strategy) for name, strategy in _NEEDED.get(kind, {}).items()}
    options = draw(config(**_OPTIONS.get(kind, {}), seed=sizes(0, 9)))
    if kind in ("Equalization", "MaxNumBoundingBoxes"):
        options.pop("seed", None)
    return _case("drawn", kind, shape, order | needed | options, open=opened)


DRAWN = {kind: _drawn(kind) for kind in KINDS}
