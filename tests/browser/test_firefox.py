"""The page in Firefox."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from firefox import FIREFOX, Firefox, started
from stage import DIGITS, line

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


ROOT, ANSWER = "document.documentElement", "document.getElementById('answer')"
NOTICE = "document.querySelector('.notice')"
DROP = """const given = new window.DataTransfer();
  for (const [name, type, text] of arguments[0]) given.items.add(new window.File([text], name, { type }));
  window.dispatchEvent(new window.DragEvent('drop', { dataTransfer: given, cancelable: true }));"""
SEVEN_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 12 12">
  <path d="M3 3H9L5 10" fill="none" stroke="black"/></svg>"""
CALLS = f"""const [done] = arguments;
  Promise.allSettled([
    kerata.predictStrokes(null), kerata.predictStrokes([[0.5, 0.1], [0.5, 0.9]]), kerata.predictImage({{}}),
    kerata.predictStrokes({json.dumps(DIGITS[7])}),
  ]).then((results) => done(results.map(({{ reason, value }}) => reason?.message ?? value.digit)));"""


def opened(browser: Firefox, address: str) -> None:
    browser.command("WebDriver:Navigate", url=address)
    state = f"{ROOT}.dataset.state"
    assert browser.until(f"{state} !== 'loading'", state) == "ready"


def drop(browser: Firefox, name: str, kind: str, text: str) -> None:
    """A file, on the page; by a script of the page's own, for Firefox hides the constructors of others from it."""
    browser.command("WebDriver:ExecuteScript", script=DROP, args=[[[name, kind, text]]], sandbox=None)


def answered(browser: Firefox) -> Mapping[str, str]:
    return browser.until(f"{ANSWER}.ariaBusy === 'false'", f"{{ ...{ANSWER}.dataset }}")


@pytest.mark.skipif(FIREFOX is None, reason="no Firefox found: install firefox-esr")
def test_what_is_refused_in_firefox_leaves_the_rest_alone(address: str, tmp_path: Path) -> None:
    assert FIREFOX is not None
    with started(FIREFOX, tmp_path) as browser:
        opened(browser, address)
        browser.draw("#pad", SEVEN)
        *refused, digit = browser.command("WebDriver:ExecuteAsyncScript", script=CALLS, args=[], sandbox=None)
        assert [sentence.split(":")[0] for sentence in refused] == ["predictStrokes", "predictStrokes", "predictImage"]
        assert digit == 7
        drop(browser, "a.txt", "text/plain", "seven")
        sentence = browser.until(f"{NOTICE}.textContent.startsWith('a.txt ')", f"{NOTICE}.textContent")
        assert sentence == "a.txt is not a picture that this browser can read: try a PNG or JPEG file."
        assert answered(browser)["digit"] == "7"
        assert browser.until("true", f"{ROOT}.dataset.state") == "ready"
        browser.command("WebDriver:ExecuteScript", script="document.getElementById('clear').click()", args=[])
        drop(browser, "7.svg", "image/svg+xml", SEVEN_SVG)
        assert answered(browser)["digit"] == "7"
        drop(browser, "blank.svg", "image/svg+xml", SEVEN_SVG.replace("black", "none"))
        assert answered(browser)["digit"] == ""
        assert browser.until("true", f"{ANSWER}.innerText.trim()") == "Nothing found in this picture"


@pytest.mark.skipif(FIREFOX is None, reason="no Firefox found: install firefox-esr")
def test_where_firefox_hides_pixels_strokes_are_read_and_pictures_refused(address: str, tmp_path: Path) -> None:
    assert FIREFOX is not None
    with started(FIREFOX, tmp_path, {"privacy.resistFingerprinting": True}) as browser:
        opened(browser, address)
        browser.draw("#pad", SEVEN)
        assert answered(browser)["digit"] == "7"
        assert browser.until("true", f"{ROOT}.dataset.readback") == "strokes"
        drop(browser, "7.svg", "image/svg+xml", SEVEN_SVG)
        sentence = browser.until(f"{NOTICE}.textContent.startsWith('This browser')", f"{NOTICE}.textContent")
        assert sentence.startswith(
            "This browser hides the pixels of pictures, as a protection against fingerprinting: "
        )
        assert answered(browser)["digit"] == "7"
