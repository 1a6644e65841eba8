from tests.cases import Case

CASES = [
    Case("default", "ReLU", (3, 8)),
    Case("ceiling", "ReLU", (3, 8), {"max_value": 1.5}),
    Case("slope", "ReLU", (3, 8), {"negative_slope": 0.3}),
    Case("threshold", "ReLU", (3, 8), {"threshold": 0.7}),
    Case("everything", "ReLU", (3, 8), {"max_value": 2.0, "negative_slope": 0.1, "threshold": 0.5}),
]
