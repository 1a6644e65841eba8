from typing import Any

from hypothesis import strategies as st

from tests.support.cases import Case, inner
from tests.support.recurrent import STATES, cells

CASES = [
    Case(
        "two",
        "StackedRNNCells",
        [(3,), (4,), (4,), (2,)],
        {"cells": [inner("LSTMCell", units=4), inner("GRUCell", units=2)]},
        {"states": [[1, 2], [3]]},
    ),
    Case(
        "same_class",
        "StackedRNNCells",
        [(3,), (4,), (2,)],
        {"cells": [inner("GRUCell", units=4), inner("GRUCell", units=2)]},
        {"states": [[1], [2]]},
    ),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    listed: list[dict[str, Any]] = draw(st.lists(cells(0), min_size=1, max_size=3))
    shapes, named = [(3,)], []
    for cell in listed:
        count = STATES[cell["class_name"]]
        named.append([*range(len(shapes), len(shapes) + count)])
        shapes += [(cell["config"]["units"],)] * count
    return Case("drawn", "StackedRNNCells", shapes, {"cells": listed}, {"states": named})


DRAWN = {"StackedRNNCells": _drawn()}
