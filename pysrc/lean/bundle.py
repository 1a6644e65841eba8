"""The page's modules in three files, one for the page and one for each of its workers: each module is a request, and
one that is imported is asked for only when the module is there that imports it. The styles stand in the page itself,
which is laid out while its script is on the way.
"""

import base64
import hashlib
import re
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

STYLES = "styles.css"
ENTRIES = ("main.js", "fetcher.js", "worker.js", STYLES)
OPTIONS = ("--bundle", "--format=esm", "--minify", "--external:./gpu/*", "--allow-overwrite", "--log-level=warning")

# What the page asks for while its modules are apart.
_APART = re.compile(r'\s*<link rel="modulepreload"[^>]*>')


def bundle(site: Path, esbuild: Path, node: Callable[..., str]) -> None:
    """Replaces the entries in `site` by bundles, and `index.html` by one that asks for no other.

    esbuild: the npm package esbuild-wasm, which runs in `node`.
    """
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(esbuild) as package:
            package.extractall(folder, filter="data")
        entries = [site / name for name in ENTRIES]
        node(Path(folder) / "package" / "bin" / "esbuild", *entries, *OPTIONS, f"--outdir={site}")
    page = site / "index.html"
    text = _APART.sub("", page.read_text(encoding="utf-8"))
    page.write_text(with_styles(text, (site / STYLES).read_text(encoding="utf-8")), encoding="utf-8")


def with_styles(page: str, styles: str) -> str:
    """With the styles in place of the link to them, allowed by their hash (W3C, *Content Security Policy Level 3*)."""
    link, allowed = f'<link rel="stylesheet" href="{STYLES}">', "style-src 'self'"
    if page.count(link) != 1 or page.count(allowed) != 1:
        raise ValueError(f"index.html: expected one {link} and one {allowed}")
    digest = base64.b64encode(hashlib.sha256(styles.encode()).digest()).decode()
    return page.replace(link, f"<style>{styles}</style>").replace(allowed, f"{allowed} 'sha256-{digest}'")
