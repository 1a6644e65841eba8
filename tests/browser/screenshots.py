"""Takes pictures of the page with a digit drawn: `python tests/browser/screenshots.py --out FOLDER`."""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from stage import CHROMIUM, DIGITS, LAUNCH, NO_CHROMIUM, build, draw, served, wait_answered, wait_ready

SCREENS = {
    "desktop": {"viewport": {"width": 1120, "height": 800}, "device_scale_factor": 1.5},
    "phone": {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder for the pictures")
    out = parser.parse_args().out
    if CHROMIUM is None:
        sys.exit(NO_CHROMIUM)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        dist = Path(folder) / "dist"
        build.make_dist(dist)
        browser = playwright.chromium.launch(**LAUNCH)
        with served(dist) as address:
            for name, screen in SCREENS.items():
                for scheme in ("light", "dark"):
                    photograph(browser, address, screen | {"color_scheme": scheme}, out / f"{name}-{scheme}.png")
        browser.close()


def photograph(browser: Browser, address: str, screen: dict, file: Path) -> None:
    # Reduced motion: the bars are where they belong at once.
    page = browser.new_page(**screen, reduced_motion="reduce")
    page.goto(address)
    wait_ready(page)
    draw(page, DIGITS[3])
    wait_answered(page)
    page.mouse.move(1, 1)  # off the pad
    page.screenshot(path=file)
    page.close()
    print(file)


if __name__ == "__main__":
    main()
