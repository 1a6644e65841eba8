from tests.cases import Case

CASES = [
    Case("mean", "GlobalAveragePooling2D", (5, 4, 6)),
    Case("mean_keepdims", "GlobalAveragePooling2D", (5, 4, 3), {"keepdims": True}),
    Case("largest", "GlobalMaxPooling2D", (5, 4, 6)),
]
