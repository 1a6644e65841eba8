from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import sizes

CASES = [Case("three", "RepeatVector", (4,), {"n": 3})]

DRAWN = {
    "RepeatVector": st.builds(
        lambda size, n: Case("drawn", "RepeatVector", (size,), {"n": n}), sizes(1, 6), sizes(1, 6)
    )
}
