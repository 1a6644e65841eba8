from typing import Any

from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import booleans, config, sizes
from tests.support.recurrent import limits, steps, tame

_SHAPE = (3, 5, 4, 2)
_SAME = {"filters": 2, "kernel_size": 3, "padding": "same"}
_EVERYTHING = {"return_sequences": True, "return_state": True}

CASES = [
    Case("default", "ConvLSTM2D", _SHAPE, {"filters": 2, "kernel_size": 3}),
    Case("same", "ConvLSTM2D", _SHAPE, _SAME | _EVERYTHING),
    Case("strides", "ConvLSTM2D", _SHAPE, _SAME | {"strides": 2}),
    Case("dilation", "ConvLSTM2D", _SHAPE, _SAME | {"dilation_rate": 2}),
    Case("backwards", "ConvLSTM2D", _SHAPE, _SAME | _EVERYTHING | {"go_backwards": True}),
    Case("no_bias", "ConvLSTM2D", _SHAPE, _SAME | {"use_bias": False}),
    Case("hard_sigmoid", "ConvLSTM2D", _SHAPE, _SAME | {"activation": "relu", "recurrent_activation": "hard_sigmoid"}),
    Case("masked", "ConvLSTM2D", _SHAPE, _SAME | _EVERYTHING, masked=True),
    Case("channels_first", "ConvLSTM2D", (3, 2, 5, 4), _SAME | _EVERYTHING | {"data_format": "channels_first"}),
    Case(
        "channels_first_softmax",
        "ConvLSTM2D",
        (3, 2, 5, 4),
        _SAME | {"data_format": "channels_first", "activation": "softmax"},
    ),
    Case(
        "given",
        "ConvLSTM2D",
        [_SHAPE, (5, 4, 2), (5, 4, 2)],
        _SAME | _EVERYTHING,
        {"initial_state": [1, 2]},
    ),
    Case("signal", "ConvLSTM1D", (3, 5, 2), _SAME | _EVERYTHING),
    Case("volume", "ConvLSTM3D", (3, 3, 4, 3, 2), _SAME),
]


@st.composite
def _drawn(draw: st.DrawFn, rank: int) -> Case:
    kernel = draw(st.one_of(sizes(1, 3), st.lists(sizes(1, 3), min_size=rank, max_size=rank)))
    options: dict[str, Any] = {"filters": draw(sizes(1, 3)), "kernel_size": kernel}
    options |= draw(config(padding=st.sampled_from(["valid", "same"]), use_bias=booleans))
    options |= draw(config(activation=tame, recurrent_activation=tame)) | draw(steps())
    options |= draw(st.one_of(config(strides=sizes(1, 2)), config(dilation_rate=sizes(1, 2))))
    first = draw(booleans)
    if first:
        options["data_format"] = "channels_first"
    least = 1 if options.get("padding") == "same" else 5  # as far as three elements with gaps reach
    image = [draw(sizes(least, 6 if rank < 3 else least + 1)) for _ in range(rank)]
    channels = draw(sizes(1, 3))
    shape = (draw(sizes(1, 3)), *((channels, *image) if first else (*image, channels)))
    # The mask of images has one entry for each pixel and no channels, and fits where the pixels stay what they are;
    # unrolled, Keras then fails.
    stays = options.get("padding") == "same" and options.get("strides", 1) == 1
    fits = stays and not first and not options.get("unroll")
    masked = fits and draw(booleans)
    is_open = not options.get("unroll") and draw(booleans)
    # As of convolutions, atol is wider: a sum of so many products that are in part larger than it.
    more = {"masked": masked, "open": (0,) if is_open else (), "atol": 1e-5} | limits(options)
    return Case("drawn", f"ConvLSTM{rank}D", shape, options, **more)


DRAWN = {f"ConvLSTM{rank}D": _drawn(rank) for rank in (1, 2, 3)}
