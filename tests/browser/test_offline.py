"""The site without a network, and a new version of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from stage import DIGITS, build, draw, served, wait_ready

READY = "Ready offline"
NEWER = "There is a new version of this page."


@pytest.fixture
def open_site(new_page, site: Path) -> Iterator:
    """Opens the copy with its service worker allowed, and waits until all of it is kept."""
    with served(site) as address:

        def open_(page: Page | None = None) -> Page:
            page = page or new_page(base_url=address, service_workers="allow")
            page.goto(address)
            wait_ready(page)
            expect(page.locator("#offline")).to_contain_text(READY)
            return page

        yield open_


def changed(site: Path, old: str, new: str) -> None:
    """Puts another version of the page there, as a build would."""
    index = site / "index.html"
    index.write_text(index.read_text().replace(old, new))
    for ending in build.PACKED:
        for packed in site.rglob(f"*{ending}"):
            packed.unlink()
    build.list_files(site)


def test_the_second_visit_needs_no_network(new_page, site: Path, problems: list[str]) -> None:
    with served(site) as address:
        page = new_page(base_url=address, service_workers="allow")
        page.goto(address)
        wait_ready(page)
        expect(page.locator("#offline")).to_contain_text(READY)
    page.reload()  # the server is gone
    wait_ready(page)
    draw(page, DIGITS[3])
    expect(page.locator("#answer")).to_have_attribute("data-digit", "3")
    page.get_by_role("link", name="Model card").click()
    expect(page.get_by_role("heading").first).to_be_visible()
    problems.clear()  # the browser looks for a new service worker and finds no server


def test_a_new_version_waits_until_it_is_wanted(open_site, site: Path) -> None:
    page = open_site()
    changed(site, "<h1>Kerata</h1>", "<h1>Kerata 2</h1>")
    page.reload()
    expect(page.locator("#offline")).to_contain_text(NEWER)
    expect(page.locator("h1")).to_have_text("Kerata")
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("h1")).to_have_text("Kerata 2")
    wait_ready(page)


def test_a_version_that_is_not_whole_is_not_taken(open_site, site: Path, problems: list[str]) -> None:
    page = open_site()
    changed(site, "<h1>Kerata</h1>", "<h1>Kerata 2</h1>")
    (site / "index.html").write_text("half of it")
    page.reload()
    state = """async () => {
      const registration = await navigator.serviceWorker.ready;
      const worker = registration.installing ?? await new Promise((found) => {
        registration.onupdatefound = () => found(registration.installing);
        registration.update().catch(() => {});
      });
      while (worker.state === 'installing') {
        await new Promise((changed) => worker.addEventListener('statechange', changed, { once: true }));
      }
      return worker.state;
    }"""
    assert page.evaluate(state) == "redundant"
    wait_ready(page)
    expect(page.locator("h1")).to_have_text("Kerata")
    expect(page.locator("#offline")).to_contain_text(READY)


def test_a_browser_that_keeps_nothing_runs_the_page_all_the_same(new_page) -> None:
    page = new_page(service_workers="allow")
    page.add_init_script(
        "navigator.serviceWorker.register = () => Promise.reject(new DOMException('', 'SecurityError'))"
    )
    page.goto("")
    wait_ready(page)
    draw(page, DIGITS[3])
    expect(page.locator("#answer")).to_have_attribute("data-digit", "3")
    expect(page.locator("#offline")).to_be_hidden()
