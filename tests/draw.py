"""What the strategies that draw layers' configurations are made of."""

from typing import Any

from hypothesis import strategies as st

from kerata import activations

booleans = st.booleans()
# Those that are smooth enough to be compared after a layer's sums: their bends are tested with their own cases.
activation = st.sampled_from([None, *sorted(set(activations._BY_NAME) - {"glu", "sparsemax", "keras2_hard_sigmoid"})])


def sizes(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least, most)


def config(**options: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The options, each of which may also be left out, so that its default is met."""
    return st.fixed_dictionaries({}, optional=options)
