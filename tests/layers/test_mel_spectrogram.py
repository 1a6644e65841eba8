import pytest
from hypothesis import strategies as st

import kerata
from kerata import graph
from tests.support.cases import Case, sequential_config
from tests.support.draw import booleans, sizes


def _case(name: str, shape: tuple[int, ...] = (40,), **config: object) -> Case:
    small = {"fft_length": 16, "sequence_stride": 5, "num_mel_bins": 4, "sampling_rate": 400}
    # Decibels: where almost nothing is left of the sound, a rounding of it is much.
    return Case(name, "MelSpectrogram", shape, {**small, **config}, rtol=1e-4, atol=1e-3)


CASES = [
    _case("decibels"),
    _case("channels", (2, 40)),
    _case("power", power_to_db=False, mag_exp=1.0),
    _case("hamming", window="hamming", sequence_length=11),
    _case("no_window", window=None, sequence_length=9, power_to_db=False),
    _case("own_window", window=[0.5, 1.0, 2.0, 0.25], sequence_length=4),
    _case("limits", top_db=6.0, min_power=0.1, ref_power=3.0, min_freq=30.0, max_freq=150),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    size = draw(sizes(2, 24))
    length = draw(st.sampled_from([None, *range(2, size + 1)]))
    own = st.lists(st.floats(0, 1, width=32), min_size=length or size, max_size=length or size)
    rate = draw(sizes(100, 20000))
    config = {
        "fft_length": size,
        "sequence_stride": draw(sizes(1, 12)),
        "sequence_length": length,
        "window": draw(st.one_of(st.sampled_from(["hann", "hamming", None]), own)),
        "sampling_rate": rate,
        "num_mel_bins": draw(sizes(1, 6)),
        "min_freq": draw(st.sampled_from([0.0, 20.0, rate / 8])),
        "max_freq": draw(st.sampled_from([None, rate / 4, rate / 2])),
        "power_to_db": draw(booleans),
        "top_db": draw(st.sampled_from([80.0, 10.0])),
        "mag_exp": draw(st.sampled_from([2.0, 1.0, 0.5])),
        "min_power": draw(st.sampled_from([1e-10, 1e-2])),
        "ref_power": draw(st.sampled_from([1.0, 0.0, -4.0])),
    }
    shape = draw(st.sampled_from([(), (2,)]))
    return _case("drawn", (*shape, draw(sizes(size, 48))), **config)


DRAWN = {"MelSpectrogram": _drawn()}


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("window", "kaiser", "expected window 'hann', 'hamming', None or 16 numbers, received 'kaiser'"),
        ("window", [1.0, 2.0], "expected window 'hann', 'hamming', None or 16 numbers"),
        ("num_mel_bins", 10**9, "expected num_mel_bins from 1 to 1864135"),
        ("fft_length", 10**9, "expected fft_length from 1 to 1048576"),
    ],
)
def test_what_cannot_run_is_refused(option: str, value: object, message: str) -> None:
    config = sequential_config((40,), ("MelSpectrogram", {"name": "m", "fft_length": 16, option: value}))
    with pytest.raises(kerata.UnsupportedError, match=f"Layer 'm': {message}"):
        graph.read(config, {})
