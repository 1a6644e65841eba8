"""What the strategies that draw layers' configurations are made of."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from kerata import activations
from tests.conftest import DRAWS

booleans = st.booleans()
# Those that are smooth enough to be compared after a layer's sums: their bends are tested with their own cases.
activation = st.sampled_from([None, *sorted(set(activations._BY_NAME) - {"glu", "sparsemax", "keras2_hard_sigmoid"})])


def so_many(draws: int) -> settings:
    """The same ones every time where it is the usual number, others where somebody asks for more."""
    return settings(
        max_examples=draws,
        derandomize=draws == DRAWS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def sizes(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least, most)


def config(**options: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The options, each of which may also be left out, so that its default is met."""
    return st.fixed_dictionaries({}, optional=options)
