"""The site without a network, and a new version of it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from stage import DIGITS, build, draw, running, served, wait_ready, wait_until

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
    """Puts another version of the page there, as a build would: what it asks for has moved to 0123456789abcdef."""
    content = build.content_of(site)
    moved = content.rename(site / "0123456789abcdef")
    index = site / "index.html"
    index.write_text(index.read_text().replace(old, new).replace(content.name, moved.name))
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


def test_the_page_can_be_installed(open_site) -> None:
    page = open_site()
    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["display"] == "standalone"
    obstacles = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [each["errorId"] for each in obstacles] == ["in-incognito"]  # as the tests' windows are


def test_a_new_version_waits_until_it_is_wanted(open_site, site: Path) -> None:
    page = open_site()
    before = build.content_of(site).name
    changed(site, "<h1>Kerata</h1>", "<h1>Kerata 2</h1>")
    page.reload()
    expect(page.locator("#offline")).to_contain_text(NEWER)
    expect(page.locator("h1")).to_have_text("Kerata")
    page.get_by_role("button", name="Update now").click()
    expect(page.locator("h1")).to_have_text("Kerata 2")
    wait_ready(page)
    draw(page, DIGITS[3])
    expect(page.locator("#answer")).to_have_attribute("data-digit", "3")
    fetched = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert [url for url in fetched if "/0123456789abcdef/" in url]
    assert not [url for url in fetched if f"/{before}/" in url], "kept modules look for others in their new folder"


UPDATE = "navigator.serviceWorker.ready.then((registration) => registration.update())"


def test_a_first_visit_updates(open_site, site: Path) -> None:
    page = open_site()
    assert page.evaluate("navigator.serviceWorker.controller") is None
    changed(site, "<h1>Kerata</h1>", "<h1>Kerata 2</h1>")
    page.evaluate(UPDATE)
    page.get_by_role("button", name="Update now").click()
    expect(page.locator("h1")).to_have_text("Kerata 2")


def test_each_of_two_tabs_updates(open_site, site: Path) -> None:
    first = open_site()
    second = open_site(first.context.new_page())
    changed(site, "<h1>Kerata</h1>", "<h1>Kerata 2</h1>")
    first.evaluate(UPDATE)
    for page in (first, second):
        expect(page.locator("#offline")).to_contain_text(NEWER)
        page.get_by_role("button", name="Update now").click()
        expect(page.locator("h1")).to_have_text("Kerata 2")


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


NOTE_INSTALLATION = """
  const { register } = ServiceWorkerContainer.prototype;
  ServiceWorkerContainer.prototype.register = async function (...given) {
    const registration = await register.apply(this, given);
    const worker = registration.installing;
    window.installed = new Promise((resolve) => (worker.onstatechange = () => resolve(worker.state)));
    return registration;
  };
"""


def test_a_device_without_room_runs_the_page_all_the_same(new_page, site: Path) -> None:
    with served(site) as address:
        page = new_page(base_url=address, service_workers="allow")
        room = {"origin": address.rstrip("/"), "quotaSize": 1_000_000}
        page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", room)
        page.add_init_script(NOTE_INSTALLATION)
        for _ in range(2):  # what has been kept in vain does no harm
            page.goto(address)
            wait_ready(page)
            wait_until(page, "window.installed")
            assert page.evaluate("installed") == "redundant"
            draw(page, DIGITS[3])
            expect(page.locator("#answer")).to_have_attribute("data-digit", "3")
            expect(page.locator("#offline")).to_be_hidden()
            assert page.locator("#engine .start").inner_text() == ""


def forget(page: Page, site: Path, *files: str) -> None:
    """Some of what is kept is lost, and all that the browser keeps by itself."""
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    text = (site / build.WORKER).read_text().removeprefix("const FILES = ").partition(";\n")[0]
    hashes = [digest for path, digest in json.loads(text).items() if path.rpartition("/")[2] in files]
    lost = """async (hashes) => {
      let count = 0;
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
          const hash = decodeURIComponent(new URL(request.url).search.slice(1));
          if (hashes.includes(hash)) count += await cache.delete(request);
        }
      }
      return count;
    }"""
    assert page.evaluate(lost, hashes) == len(files)


LOST = ("python.hot.wasm", "mnist.safetensors", "worker.js", "answer.js", "runtime.json")


def test_what_is_lost_is_asked_of_the_network(open_site, site: Path) -> None:
    page = open_site()
    forget(page, site, *LOST)
    open_site(page)
    draw(page, DIGITS[3])
    expect(page.locator("#answer")).to_have_attribute("data-digit", "3")


def test_what_cannot_be_read_is_asked_of_the_network(open_site) -> None:
    page = open_site()
    (worker,) = page.context.service_workers
    worker.evaluate("() => { caches.open = () => Promise.reject(new DOMException('', 'UnknownError')); }")
    page.reload()
    wait_ready(page)
    draw(page, DIGITS[3])
    expect(page.locator("#answer")).to_have_attribute("data-digit", "3")


EMPTY = "async () => { for (const name of await caches.keys()) await caches.delete(name); }"
COUNT_KEPT = """async () => {
  const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  return (await Promise.all(caches_.map((cache) => cache.keys()))).flat().length;
}"""


def test_an_emptied_cache_is_filled_again(open_site) -> None:
    page = open_site()
    count = page.evaluate(COUNT_KEPT)
    assert count > 20
    page.evaluate(EMPTY)
    open_site(page)
    assert page.evaluate(COUNT_KEPT) == count


def test_ready_offline_is_said_only_when_it_is_true(open_site, site: Path, problems: list[str]) -> None:
    page = open_site()
    page.evaluate(EMPTY)
    (site / "icon-512.png").unlink()
    page.reload()
    wait_ready(page)
    assert page.evaluate(ASK, "keep") is False
    expect(page.locator("#offline")).to_be_hidden()
    assert page.evaluate(ASK, "check") is False
    problems.clear()  # the icon that is gone


ASK = """async (action) => {
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  active.postMessage(action, [port2]);
  return new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
}"""


def test_nothing_is_kept_unasked_where_data_is_saved(new_page) -> None:
    page = new_page(service_workers="allow")
    page.add_init_script("Object.defineProperty(NetworkInformation.prototype, 'saveData', { value: true })")
    page.goto("")
    offline = page.locator("#offline")
    expect(offline).to_contain_text("Data Saver is on")
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(({ length }) => length)") == 0
    page.get_by_role("button", name="Keep it").click()
    expect(offline).to_contain_text(READY)
    page.reload()
    expect(offline).to_contain_text(READY)  # it is kept already


@pytest.fixture
def offline_without(new_page, site: Path) -> Callable[[str], tuple[Page, int]]:
    """The page that was kept, but for one file, and its server's port, which nobody serves any more."""

    def open_(file: str) -> tuple[Page, int]:
        with served(site) as address:
            page = new_page(base_url=address, service_workers="allow")
            page.goto(address)
            wait_ready(page)
            expect(page.locator("#offline")).to_contain_text(READY)
            forget(page, site, file)
        page.reload()
        return page, urlsplit(address).port

    return open_


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("mnist.safetensors", "Could not download mnist.safetensors"),
        ("worker.js", "The recogniser could not be started"),
        ("fetcher.js", "The recogniser could not be started"),
    ],
)
def test_what_is_lost_and_cannot_be_had_is_said(
    offline_without, site: Path, problems: list[str], file: str, sentence: str
) -> None:
    page, port = offline_without(file)
    expect(page.get_by_role("alert")).to_contain_text(f"{sentence}: check the connection and try again.")
    expect(page.locator("html")).to_have_attribute("data-state", "error")
    with running(build.make_server(site, port)):
        page.get_by_role("button", name="Try again").click()
        wait_ready(page)
        draw(page, DIGITS[3])
        expect(page.locator("#answer")).to_have_attribute("data-digit", "3")
    assert all(problem.startswith("Failed to load resource") for problem in problems)
    problems.clear()


@pytest.mark.parametrize(
    ("file", "told"), [("python.hot.wasm", "Could not download python.hot.wasm"), ("runtime.json", "")]
)
def test_what_is_lost_may_be_done_without(offline_without, problems: list[str], file: str, told: str) -> None:
    page, _ = offline_without(file)
    wait_ready(page)
    expect(page.locator("#engine .start")).to_contain_text(told)
    draw(page, DIGITS[3])
    expect(page.locator("#answer")).to_have_attribute("data-digit", "3")
    assert all(problem.startswith("Failed to load resource") for problem in problems)
    problems.clear()
