from hypothesis import strategies as st

from tests.support.cases import Case
from tests.support.draw import booleans, sizes

# Every name that a Keras config can hold; tests/test_keras_parity.py checks that none is missing.
NAMES = [
    *("celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh"),
    *("leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu"),
    *("soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus"),
    *("tanh", "tanh_shrink"),
]

CASES = [Case(name, "Activation", (4, 6), {"activation": name}) for name in NAMES]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    *first, last = draw(st.lists(sizes(1, 5), min_size=1, max_size=4))
    name = draw(st.sampled_from(NAMES))
    return Case("drawn", "Activation", (*first, 2 * last), {"activation": name}, masked=draw(booleans))


DRAWN = {"Activation": _drawn()}
