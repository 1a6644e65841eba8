"""How many digits of people's own hands the page reads right, drawn and handed over."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pen_digits import load, read, report
from stage import CHROMIUM, NO_CHROMIUM, ROOT

FILE = Path(os.environ.get("KERATA_PEN_DIGITS") or ROOT.parent / "shared" / "data" / "pen_digits_dev.json")


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
@pytest.mark.skipif(not FILE.exists(), reason="no file of pen digits: name one in KERATA_PEN_DIGITS")
@pytest.mark.parametrize(("through", "vary"), [("strokes", False), ("mouse", True), ("image", True)])
def test_reads_what_people_draw(address: str, through: str, vary: bool) -> None:
    digits = load(FILE, sample=200)
    # The other tests' Playwright keeps this thread's event loop to itself.
    with ThreadPoolExecutor(1) as thread:
        answers = thread.submit(asyncio.run, read(address, digits, through, vary)).result()
    assert report(digits, answers) >= 0.965
