"""What axe-core finds wrong with the page and the model card: nothing."""

import pytest
from playwright.sync_api import Browser
from stage import DIGITS, build, draw, wait_answered, wait_ready

NPM = build.Package("npm's axe-core", ("npm", "pack", "--pack-destination", ".", "axe-core@4.14.1"), "package/")
AXE = build.File("axe.min.js", 653780, "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c", (NPM,))


@pytest.fixture(scope="module")
def axe() -> str:
    folder = build.CACHE / "axe"
    build.fetch([AXE], folder)
    return (folder / AXE.name).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["", "models/card.html"])
@pytest.mark.parametrize(("width", "scheme"), [(1100, "light"), (375, "dark")])
def test_axe_finds_nothing(browser: Browser, address: str, axe: str, path: str, width: int, scheme: str) -> None:
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": 800}, color_scheme=scheme, service_workers="block",
        bypass_csp=True,  # which lets in nothing but the page's own scripts
    )  # fmt: skip
    page = context.new_page()
    page.goto(path)
    if path == "":
        wait_ready(page)
        draw(page, DIGITS[7])
        wait_answered(page)
    page.evaluate(axe)
    violations = page.evaluate("axe.run()")["violations"]
    context.close()
    assert [(violation["id"], len(violation["nodes"])) for violation in violations] == []
