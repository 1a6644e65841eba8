from tests.cases import Case

CASES = [
    Case("images", "BatchNormalization", (4, 5, 6)),
    Case("vectors", "BatchNormalization", (7,), {"epsilon": 0.1}),
    Case("no_gamma", "BatchNormalization", (3, 3, 4), {"scale": False}),
    Case("no_beta", "BatchNormalization", (3, 3, 4), {"center": False}),
    Case("first_axis", "BatchNormalization", (3, 4, 5), {"axis": 1}),
]
