"""The page's modules in three files, one for the page and one for each of its workers: each module is a request, and
one that is imported is asked for only when the module is there that imports it.
"""

import re
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

ENTRIES = ("main.js", "fetcher.js", "worker.js")
OPTIONS = ("--bundle", "--format=esm", "--minify", "--external:./gpu/*", "--allow-overwrite", "--log-level=warning")

# What the page asks for while its modules are apart.
_APART = re.compile(r'\s*<link rel="modulepreload"[^>]*>')


def bundle(site: Path, esbuild: Path, node: Callable[..., str]) -> None:
    """Replaces the entries in `site` by bundles. esbuild: the npm package esbuild-wasm, which runs in `node`."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(esbuild) as package:
            package.extractall(folder, filter="data")
        entries = [site / name for name in ENTRIES]
        node(Path(folder) / "package" / "bin" / "esbuild", *entries, *OPTIONS, f"--outdir={site}")
    page = site / "index.html"
    page.write_text(_APART.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
