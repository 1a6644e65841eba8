"""The WebAssembly that the engine emits is byte for byte what it was: a check for changes that only move code."""

import json

from tests.support.emitted_code import STORED, hashes


def test_the_same_code_is_emitted_for_every_model() -> None:
    assert hashes() == json.loads(STORED.read_text()), (
        "if kernels were meant to change, store the hashes anew with `python -m tests.support.emitted_code`"
    )
