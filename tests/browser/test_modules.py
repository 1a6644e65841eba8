"""The page's own way to unpack Python's modules."""

import io
import zipfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

UNZIP = """async (bytes) => {
  const { unzipped } = await import('../modules.js');
  const files = await unzipped(new Uint8Array(bytes).buffer);
  return files.map(({ name, data }) => [name, [...data]]);
}"""
FILES = {"kerata/__init__.pyc": bytes(range(256)) * 40, "kerata/größe.txt": "größe".encode(), "empty": b""}


def zipped(compression: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        archive.mkdir("kerata")
        for name, data in FILES.items():
            archive.writestr(name, data)
    return target.getvalue()


@pytest.fixture
def bare(browser: Browser, address: str, lock: str) -> Iterator[Page]:
    """A page under the site's policy, without a Python of its own, and without an icon, which browsers complain of."""
    with browser.new_context(base_url=address) as context:
        page = context.new_page()
        page.goto(lock)
        yield page


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_of_a_zip_are_what_was_put_in(bare: Page, compression: int) -> None:
    files = bare.evaluate(UNZIP, list(zipped(compression)))
    assert {name: bytes(data) for name, data in files} == FILES


@pytest.mark.parametrize("bad", [b"", b"<!doctype html>" * 9, zipped(zipfile.ZIP_STORED)[:-40]])
def test_what_is_no_whole_zip_is_refused(bare: Page, bad: bytes) -> None:
    reason = bare.evaluate(f"(bytes) => ({UNZIP})(bytes).catch((error) => error.message)", list(bad))
    assert reason == "A part of Python is damaged: reload the page."
