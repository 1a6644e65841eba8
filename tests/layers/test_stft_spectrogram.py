import pytest
from hypothesis import strategies as st

import kerata
from kerata import graph
from tests.support.cases import Case, sequential_config
from tests.support.draw import booleans, sizes

_MODES = ["log", "magnitude", "psd", "real", "imag", "angle", "stft"]

CASES = [Case(mode, "STFTSpectrogram", (20, 2), {"mode": mode, "frame_length": 6}) for mode in _MODES] + [
    Case("same", "STFTSpectrogram", (19, 1), {"frame_length": 6, "frame_step": 4, "padding": "same"}),
    Case("expanded", "STFTSpectrogram", (20, 2), {"frame_length": 5, "fft_length": 9, "expand_dims": True}),
    Case("first", "STFTSpectrogram", (2, 20), {"frame_length": 6, "data_format": "channels_first", "mode": "psd"}),
    Case(
        "first_expanded",
        "STFTSpectrogram",
        (2, 20),
        {"frame_length": 6, "data_format": "channels_first", "mode": "stft", "expand_dims": True},
    ),
    Case("open", "STFTSpectrogram", (20, 1), {"frame_length": 6, "mode": "real"}, open=(0,)),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    length = draw(sizes(2, 9))
    mode = draw(st.sampled_from(_MODES))
    step, size = draw(st.sampled_from([None, *range(1, length + 1)])), draw(st.sampled_from([None, length, length + 3]))
    first = draw(booleans)
    time, channels = draw(sizes(length, 24)), draw(sizes(1, 3))
    config = {
        "mode": mode,
        "frame_length": length,
        "frame_step": step,
        "fft_length": size,
        "window": draw(st.sampled_from(["hann", "hamming", "blackman", None])),
        "scaling": draw(st.sampled_from(["density", "spectrum", None])),
        "periodic": draw(booleans),
        "padding": draw(st.sampled_from(["valid", "same"])),
        "expand_dims": draw(booleans),
        "data_format": "channels_first" if first else draw(st.sampled_from(["channels_last", None])),
    }
    shape = (channels, time) if first else (time, channels)
    # A strength that almost cancels out has a logarithm, and two parts that do an angle, which one rounding moves.
    loose = {"rtol": 1e-3, "atol": 1e-3} if mode in ("log", "angle") else {}
    return Case("drawn", "STFTSpectrogram", shape, config, atol=loose.get("atol", 1e-5), rtol=loose.get("rtol", 1e-5))


DRAWN = {"STFTSpectrogram": _drawn()}


def test_a_mode_that_there_is_not_is_refused() -> None:
    config = sequential_config((20, 1), ("STFTSpectrogram", {"name": "s", "mode": "phase"}))
    with pytest.raises(kerata.UnsupportedError, match="Layer 's': expected mode 'log' or 'magnitude'"):
        graph.read(config, {})
