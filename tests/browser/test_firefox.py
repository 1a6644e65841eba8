"""The page in Firefox."""

import shutil
from pathlib import Path

import pytest
from firefox import FIREFOX, started
from stage import line

SEVEN = line((-60, -80), (60, -80), (-10, 90))


@pytest.mark.skipif(FIREFOX is None, reason="no Firefox found: install firefox-esr")
def test_firefox_restores_the_snapshot_draws_and_answers(address: str, tmp_path: Path) -> None:
    assert FIREFOX is not None
    with started(FIREFOX, tmp_path) as browser:
        browser.command("WebDriver:Navigate", url=address)
        root, answer = "document.documentElement.dataset.state", "document.getElementById('answer')"
        assert browser.until(f"{root} !== 'loading'", root) == "ready"
        reason = browser.until("true", "document.querySelector('#engine .start').textContent")
        assert reason == "" or shutil.which("node") is None, "without Node.js, the build takes no snapshot"
        browser.draw("#pad", SEVEN)
        read = browser.until(f"{answer}.ariaBusy === 'false' && {answer}.dataset.digit", f"{{ ...{answer}.dataset }}")
        assert (read["digit"], read["verdict"], read["backend"]) == ("7", "sure", "wasm")
        # A movement that begins on selected text is a stroke all the same.
        select = "document.getElementById('clear').click(); getSelection().selectAllChildren(document.body);"
        browser.command("WebDriver:ExecuteScript", script=select, args=[])
        browser.draw("#pad", SEVEN)
        read = browser.until(f"{answer}.ariaBusy === 'false' && {answer}.dataset.digit", f"{{ ...{answer}.dataset }}")
        assert read["digit"] == "7"
