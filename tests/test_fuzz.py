"""Damaged and hostile files of each format: an error for the person in front, or a model, but nothing else.

`--mutations 10000` loads as many of each. Those of a number are the same each time; what fails is made again by
`python -m tests.fuzz FORMAT 1 SEED`.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import GOOD

ROOT = Path(__file__).parent.parent
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}  # each would take its share of the memory


@pytest.mark.parametrize("kind", GOOD)
def test_a_hostile_file_is_a_model_or_one_sentence(kind: str, mutations: int) -> None:
    command = [sys.executable, "-m", "tests.fuzz", kind, str(mutations), "0"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
