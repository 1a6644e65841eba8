from tests.cases import Case

CASES = [
    Case("last_axis", "Softmax", (4, 5)),
    Case("other_axis", "Softmax", (4, 5), {"axis": 1}),
    Case("two_axes", "Softmax", (4, 5), {"axis": [1, 2]}),
]
