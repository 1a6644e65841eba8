"""Table, ratios and JSON of made-up results."""

from tests.bench import report
from tests.bench.arena import Result

RESULTS = [
    Result("digits", "Kerata numpy", 1, "ms/image", 4.0, 3.9, 4.5, 9),
    Result("digits", "Kerata wasm", 1, "ms/image", 0.25, 0.2, 0.3, 90),
    Result("digits", "TF.js wasm", 1, "ms/image", 1.5, 1.4, 9.0, 30),
    Result("alone", "ORT wasm", 1, "ms/image", 1.0, 1.0, 1.0, 3),
]


def test_peers_are_compared_with_the_fastest_kerata_of_their_task() -> None:
    assert report.ratios(RESULTS) == {"digits/TF.js wasm": 6.0}


def test_json_has_every_result() -> None:
    made = report.as_json(RESULTS, "a machine")
    assert made["machine"] == "a machine"
    assert made["results"][2] == {
        "task": "digits", "engine": "TF.js wasm", "batch": 1, "unit": "ms/image", "median": 1.5, "min": 1.4,
        "max": 9.0, "n": 30,
    }  # fmt: skip


def test_the_table_tells_median_spread_and_ratio() -> None:
    assert "| digits | TF.js wasm | 1.5 | 1.4 … 9 | ms/image | 30 | 6.00 |" in report.table(RESULTS)
