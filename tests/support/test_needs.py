"""Which tests `--quick` leaves out."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.needs import needs

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("test_golden.py", set()),  # its cases come from files that need TensorFlow for other tests
        ("browser/conftest.py", {"browser"}),
        ("browser/test_pen_digits.py", {"browser"}),  # by a script beside it
        ("models/test_networks.py", {"tensorflow"}),
        ("layers/test_multi_head_attention.py", {"tensorflow"}),  # in functions alone
        ("test_random_parity.py", {"tensorflow"}),
        ("training/test_robust.py", {"tensorflow"}),
    ],
)
def test_needs_are_found_in_imports(file: str, expected: set[str]) -> None:
    assert needs(TESTS / file) == expected


def test_a_quick_run_fails_where_it_imports_what_it_left_out() -> None:
    code = "import sys, pytest; from tests.conftest import pytest_configure as configure"
    code += "; configure(type('', (), {'getoption': lambda self, name: name == '--quick'})()); import tensorflow"
    done = subprocess.run([sys.executable, "-c", code], cwd=TESTS.parent, capture_output=True, text=True)
    assert "import of tensorflow halted" in done.stderr
