"""The page's modules in three files, one for the page and one for each of its workers: each module is a request, and
one that is imported is asked for only when the module is there that imports it. The styles and the first script stand
in the page itself: it is laid out, and the workers start, while its modules are on the way.
"""

import base64
import hashlib
import re
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

# What comes to stand in the page: as what, from which file, and in place of what.
INLINED = (
    ("style", "styles.css", '<link rel="stylesheet" href="styles.css">', "<style>{}</style>"),
    (
        "script",
        "start.js",
        '<script src="start.js" data-fetcher="fetcher.js" data-worker="worker.js"></script>',
        '<script data-fetcher="fetcher.js" data-worker="worker.js">{}</script>',
    ),
)
ENTRIES = ("main.js", "fetcher.js", "worker.js", *(name for _, name, *_ in INLINED))
OPTIONS = ("--bundle", "--format=esm", "--minify", "--external:./gpu/*", "--allow-overwrite", "--log-level=warning")

# What the page asks for while its modules are apart.
_APART = re.compile(r'\s*<link rel="modulepreload"[^>]*>')


def bundle(site: Path, esbuild: Path, node: Callable[..., str]) -> None:
    """Replaces the entries in `site` by bundles, and `index.html` by one that asks for no other.

    esbuild: the npm package esbuild-wasm, which runs in `node`.
    """
    run(esbuild, node, *(site / name for name in ENTRIES), *OPTIONS, f"--outdir={site}")
    page = site / "index.html"
    text = _APART.sub("", page.read_text(encoding="utf-8"))
    for kind, name, reference, element in INLINED:
        text = inlined(text, kind, reference, element, (site / name).read_text(encoding="utf-8"))
    page.write_text(text, encoding="utf-8", newline="\n")  # on Windows, too


def run(esbuild: Path, node: Callable[..., str], *arguments: str | Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(esbuild) as package:
            package.extractall(folder, filter="data")
        node(Path(folder) / "package" / "bin" / "esbuild", *arguments)


def inlined(page: str, kind: str, reference: str, element: str, content: str) -> str:
    """With a file's content, within an element, in place of the reference to it, allowed as a script or a style by its
    hash (W3C, *Content Security Policy Level 3*).
    """
    allowed = f"{kind}-src 'self'"
    if page.count(reference) != 1 or page.count(allowed) != 1:
        raise ValueError(f"index.html: expected one {reference} and one {allowed}")
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return page.replace(reference, element.format(content)).replace(allowed, f"{allowed} 'sha256-{digest}'")
