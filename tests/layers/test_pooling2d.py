from tests.cases import Case

CASES = [
    Case(f"{name}_{kind[:3].lower()}", kind, shape, config)
    for kind in ("MaxPooling2D", "AveragePooling2D")
    for name, shape, config in [
        ("default_strides", (6, 8, 3), {"pool_size": 2}),
        ("odd", (7, 9, 2), {"pool_size": [2, 2]}),
        ("overlapping", (7, 8, 2), {"pool_size": 3, "strides": 2}),
        ("gaps", (9, 9, 2), {"pool_size": 2, "strides": 3}),
        ("same", (7, 8, 2), {"pool_size": 3, "strides": 2, "padding": "same"}),
        ("same_dense", (5, 5, 2), {"pool_size": [2, 3], "strides": 1, "padding": "same"}),
        ("oblong", (8, 9, 1), {"pool_size": [4, 1], "strides": [1, 2]}),
    ]
]
