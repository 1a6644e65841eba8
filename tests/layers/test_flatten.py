from tests.cases import Case

CASES = [Case("image", "Flatten", (3, 4, 2)), Case("vector", "Flatten", (5,))]
