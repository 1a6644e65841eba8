from tests.cases import Case

CASES = [
    Case("one_number", "ZeroPadding2D", (3, 4, 2), {"padding": 2}),
    Case("one_for_each_axis", "ZeroPadding2D", (3, 4, 2), {"padding": [1, 3]}),
    Case("one_for_each_side", "ZeroPadding2D", (3, 4, 5), {"padding": [[0, 1], [2, 0]]}),
]
