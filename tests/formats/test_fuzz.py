"""Hostile files of each format, and hostile options of each layer: a model or one sentence, but nothing else.

`--mutations 10000` loads as many of each. Those of a number are the same each time; what fails is made again by
`python -m tests.fuzzing KIND 1 SEED`.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzzing.__main__ import KINDS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_hostile_is_a_model_or_one_sentence(kind: str, mutations: int) -> None:
    command = [sys.executable, "-m", "tests.fuzzing", kind, str(mutations), "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
