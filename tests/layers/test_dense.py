from tests.cases import Case

CASES = [
    Case("vector", "Dense", (6,), {"units": 4}),
    Case("matrix", "Dense", (3, 5), {"units": 4, "activation": "tanh"}),
    Case("image", "Dense", (2, 3, 4), {"units": 2}),
    Case("no_bias", "Dense", (6,), {"units": 4, "use_bias": False}),
    Case("softmax", "Dense", (6,), {"units": 10, "activation": "softmax"}),
]
