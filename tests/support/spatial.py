"""What the strategies of convolution and pooling share: layers over one, two or three spatial axes."""

from collections.abc import Sequence
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from kerata import layers
from tests.support.cases import Case
from tests.support.draw import activation, booleans, config, sizes

formats = st.sampled_from(["channels_last", "channels_first"])


def numbers(each: st.SearchStrategy[int], rank: int) -> st.SearchStrategy[Any]:
    """One for each axis, or one for all."""
    return each | st.lists(each, min_size=rank, max_size=rank)


def every(value: Any, rank: int) -> list[int]:
    return [value] * rank if isinstance(value, int) else value


@st.composite
def kernel(draw: st.DrawFn, rank: int, paddings: Sequence[str], alike: bool = False) -> dict[str, Any]:
    """The options of a kernel and what follows it. Keras takes strides or dilation, but not both; strides of all axes
    are `alike` where TensorFlow wants them so.
    """
    steps = sizes(1, 3) if alike else numbers(sizes(1, 3), rank)
    further = config(**{draw(st.sampled_from(["strides", "dilation_rate"])): steps, "data_format": formats})
    finish = config(padding=st.sampled_from(paddings), use_bias=booleans, activation=activation)
    return {"kernel_size": draw(numbers(sizes(1, 4 - rank // 2), rank)), **draw(further), **draw(finish)}


@st.composite
def case(
    draw: st.DrawFn,
    kind: str,
    rank: int,
    channels: int,
    options: dict[str, Any],
    opens: bool = True,
    least: int = 1,
    **more: Any,
) -> Case:
    """An input that windows fit into, no axis shorter than `least`; some axes are open where the layer `opens` them."""
    gaps = every(options.get("dilation_rate", 1), rank)
    reach = every(options.get("kernel_size", options.get("pool_size", 1)), rank)
    fits = options.get("padding") in ("same", "causal") or kind.endswith("Transpose")
    extents = [1 if fits else (size - 1) * gap + 1 for size, gap in zip(reach, gaps, strict=True)]
    spatial = [draw(sizes(max(low, least), low + 6 - rank)) for low in extents]
    first = options.get("data_format") == "channels_first"
    shape = (channels, *spatial) if first else (*spatial, channels)
    opened = draw(st.sets(sizes(0, rank - 1))) if opens else ()
    open_axes = tuple(axis + first for axis in sorted(opened))
    if "kernel_size" not in options:
        return Case("drawn", kind, shape, options, open=open_axes, **more)
    if first and options.get("use_bias", True):
        # On TensorFlow, Keras 3.15 adds the bias along the last axis instead when that is as long as there are filters.
        [(_, filters, *_, last)] = layers.find(kind, "drawn").shapes(options, [(None, *shape)])
        assume(filters != last)
    return Case("drawn", kind, shape, options, open=open_axes, atol=1e-5)  # which sums products in another order
