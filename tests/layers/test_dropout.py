from tests.cases import Case

CASES = [Case("drops_nothing", "Dropout", (3, 4), {"rate": 0.5})]
