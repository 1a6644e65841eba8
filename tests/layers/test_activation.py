from tests.cases import Case

# Every name that a Keras config can hold; tests/test_keras_parity.py checks that none is missing.
NAMES = [
    *("celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh"),
    *("leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu"),
    *("soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus"),
    *("tanh", "tanh_shrink"),
]

CASES = [Case(name, "Activation", (4, 6), {"activation": name}) for name in NAMES]
