"""The page, built once and served; a Chromium; and pages that fail a test which leaves an error in their console."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

# The tests share modules with scripts, which find them beside themselves.
sys.path.insert(0, str(Path(__file__).parent))

from stage import CHROMIUM, LAUNCH, NO_CHROMIUM, build, served, wait_ready

NewPage = Callable[..., Page]

# Starting Python takes seconds, and many on a busy machine; a state that never comes fails all the same.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def dist(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built page, in a sub-folder of what is served: a static host may put it under any path."""
    host = tmp_path_factory.mktemp("host")
    dist = host / "some" / "where"
    built = request.config.getoption("--site")
    if built:
        shutil.copytree(built, dist)
    else:
        build.make_dist(dist)
    shutil.copy(dist / "index.html", host)  # the server takes its policy from here
    return dist


@pytest.fixture(scope="session")
def lock(dist: Path) -> str:
    """Below the site's address, a page under its policy that has no Python of its own."""
    return f"{build.content_of(dist).name}/pyodide/pyodide-lock.json"


@pytest.fixture
def site(dist: Path, tmp_path: Path) -> Path:
    """A copy, for tests that change it."""
    return shutil.copytree(dist, tmp_path / "site")


@pytest.fixture(scope="session")
def address(dist: Path) -> Iterator[str]:
    with served(dist.parents[1]) as host:
        yield f"{host}some/where/"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        yield browser
        browser.close()


@pytest.fixture
def problems() -> Iterator[list[str]]:
    """Errors in the console of the test's pages, violations of the security policy among them.

    A test that provokes errors looks at them, or clears them, itself.
    """
    seen: list[str] = []
    yield seen
    assert not seen


def watch(page: Page, problems: list[str]) -> None:
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))


@pytest.fixture
def new_page(browser: Browser, address: str, problems: list[str]) -> Iterator[NewPage]:
    """Makes a page in a context of its own, with options of `Browser.new_context`; `goto("")` opens Kerata.

    What a page fetches is not kept for the next visit unless a test asks for it with `service_workers="allow"`.
    """
    contexts = []

    def make(**options: object) -> Page:
        context = browser.new_context(**{"base_url": address, "service_workers": "block"} | options)
        contexts.append(context)
        page = context.new_page()
        watch(page, problems)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def kept_page(browser: Browser, address: str) -> Iterator[tuple[Page, list[str]]]:
    """One page for all tests that only draw on it, since starting Python takes seconds."""
    context = browser.new_context(base_url=address, service_workers="block")
    page = context.new_page()
    problems: list[str] = []
    watch(page, problems)
    page.goto("")
    wait_ready(page)
    yield page, problems
    context.close()


@pytest.fixture
def page(kept_page: tuple[Page, list[str]]) -> Iterator[Page]:
    """A page that is ready, with a blank pad."""
    page, problems = kept_page
    page.mouse.up()
    page.locator("#clear").click()
    yield page
    assert not problems
