"""The npm package: Kerata for JavaScript, which browsers take from node_modules or a CDN as it is, and bundlers bundle.

Bundlers must leave alone what the workers run, because Pyodide does not work when it is bundled. So `kerata.js` has an
expression `new URL("./runtime/…", import.meta.url)` for each file of `runtime/`: bundlers then copy the file, under
a name that they choose. The workers, one file each, are told those names.
"""

import io
import json
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent

# Modules: their names in runtime/, and where they are in the site. By .mjs, webpack knows that they are modules.
WORKERS = {"fetcher": "model/fetcher.js", "worker": "model/worker.js"}
DEVICES = {"devices": "gpu/devices.js"}  # which the worker imports when a model is to run on a GPU

COPIED = ("kerata.d.ts", "keras-js.js")
SITES_OWN = ("snapshot-digits.bin", "late-digits.bin")  # in Pyodide's folder; the site's page starts from them

# What a visitor downloads after the first answer, and what only without the snapshot or for a GPU. All else is first.
LATER = ("*.cold.wasm", "late-*", "*.zip", "*.whl", "pyodide-lock.json")
SELDOM = ("pyodide.asm.*", "devices.mjs", "kerata.d.ts", "keras-js.js")

PACKED_AT = 1_000_000_000  # seconds: the same files give the same tarball


class Sizes(NamedTuple):
    """In bytes."""

    files: int
    first: int  # until the first answer, by Brotli
    later: int  # after it, by Brotli


def write_runtime(package: Path, pyodide: Path, packed: Sequence[str]) -> None:
    """Copies what Python starts from. pyodide: the folder of it in a site; packed: the endings of packed forms."""
    runtime = package / "runtime" / "pyodide"
    shutil.copytree(pyodide, runtime, ignore=shutil.ignore_patterns(*SITES_OWN, *(f"*{ending}" for ending in packed)))
    for path in runtime.glob("*.mjs"):
        _change(path, left_alone)


def write_modules(package: Path, site: Path, esbuild: Callable[..., None]) -> None:
    """Bundles the client and its workers. The runtime's files are there already. esbuild: runs it with arguments."""
    runtime = package / "runtime"
    files = {path.relative_to(runtime).as_posix(): path.name for path in sorted(runtime.rglob("*")) if path.is_file()}
    with tempfile.TemporaryDirectory() as folder:
        sources = shutil.copytree(site, Path(folder) / "site")
        (sources / "model" / "addresses.js").write_text(addresses(list(files)), encoding="utf-8")
        (sources / "gpu" / "sources.js").write_text(shaders(site / "gpu"), encoding="utf-8")
        modules = {"kerata": "kerata.js"} | {f"runtime/{name}": path for name, path in (WORKERS | DEVICES).items()}
        entries = [f"{name}={sources / path}" for name, path in modules.items()]
        esbuild(*entries, "--bundle", "--format=esm", "--minify", f"--outdir={package}", "--log-level=warning")
    for path in runtime.glob("*.js"):
        _change(path.rename(path.with_suffix(".mjs")), left_alone)
    for name in COPIED:
        shutil.copyfile(site / name, package / name)


def addresses(files: Sequence[str]) -> str:
    """The module in place of model/addresses.js. files: paths in runtime/, which are those in the site."""
    workers = {name: f"{name}.mjs" for name in WORKERS}
    others = {path: path for path in files} | {path: f"{name}.mjs" for name, path in DEVICES.items()}
    return f"export const WORKERS = {_urls(workers)};\nexport const FILES = {_urls(others)};\n"


def _urls(files: dict[str, str]) -> str:
    """An object of expressions that bundlers recognize, so each has to be written out."""
    lines = (
        f"  {json.dumps(name)}: new URL('./runtime/{file}', import.meta.url).href,\n" for name, file in files.items()
    )
    return "{\n" + "".join(lines) + "}"


def shaders(folder: Path) -> str:
    """The module in place of gpu/sources.js: so many small files would make as many requests."""
    sources = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*sl/*"))}
    return (
        f"const SOURCES = {json.dumps(sources)};\n"
        "export const sourceOf = async (name, language) => SOURCES[`${name}.${language}`];\n"
    )


def left_alone(module: str) -> str:
    """A module's text as Vite's development server, which reads every module, leaves it. It imports for Node.js what
    nobody has installed, and names a source map that is not there. And where only the running program knows what it
    imports, the server would have the workers import its client for pages; not where that is a template.
    """
    module = module.replace('import("ws")', "{}")
    module = re.sub(r"^//# sourceMappingURL=.*\n?", "", module, flags=re.MULTILINE)
    return re.sub(r"(?<![\w$.])import\(([\w$]+(?:\([^()]*\))?)\)", r"import(/* @vite-ignore */ `${\1}`)", module)


def measured(package: Path, pack: Callable[[Sequence[Path]], None]) -> Sizes:
    """pack: puts packed forms beside files."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(package, Path(folder) / "package")
        files = [path for path in sorted(copy.rglob("*")) if path.is_file()]
        whole = sum(path.stat().st_size for path in files)
        pack(files)
        sent = {path: min(form.stat().st_size for form in path.parent.glob(f"{path.name}*")) for path in files}
    later = sum(size for path, size in sent.items() if _is_any(path, LATER))
    return Sizes(whole, sum(size for path, size in sent.items() if not _is_any(path, LATER + SELDOM)), later)


def _is_any(path: Path, patterns: Sequence[str]) -> bool:
    return any(path.match(pattern) for pattern in patterns)


def write_papers(package: Path, project: dict[str, Any], license: Path, sizes: Sizes) -> None:
    """What people and npm read. project: that table of pyproject.toml."""
    shutil.copyfile(license, package / "LICENSE")
    megabytes = {name: f"{size / 1e6:.1f} MB" for name, size in sizes._asdict().items()}
    readme = Template((HERE / "README.md").read_text(encoding="utf-8"))
    _write(package / "README.md", readme.substitute(megabytes, version=project["version"]))
    _write(package / "package.json", json.dumps(manifest(project), indent=2) + "\n")


def manifest(project: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": project["name"],
        "version": project["version"],
        "description": "Runs Keras models in the browser: Python, NumPy and WebAssembly in a worker.",
        "keywords": ["keras", "keras-js", "neural-network", "pyodide", "webassembly", "webgpu"],
        "license": project["license"],
        "type": "module",
        "exports": {
            ".": {"types": "./kerata.d.ts", "default": "./kerata.js"},
            "./keras-js.js": "./keras-js.js",
            "./runtime/*": "./runtime/*",
            "./package.json": "./package.json",
        },
        "types": "./kerata.d.ts",
        "unpkg": "./keras-js.js",
        "jsdelivr": "./keras-js.js",
        "sideEffects": ["./keras-js.js"],
        "files": ["kerata.js", *COPIED, "runtime"],
    }


def write_tarball(package: Path, folder: Path) -> Path:
    """As `npm pack` does. The same files give the same bytes."""
    names = json.loads((package / "package.json").read_text(encoding="utf-8"))
    tarball = folder / f"{names['name']}-{names['version']}.tgz"
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path in sorted(package.rglob("*")):
            if path.is_file():
                member = tarfile.TarInfo(f"package/{path.relative_to(package).as_posix()}")
                member.size, member.mtime = path.stat().st_size, PACKED_AT
                with path.open("rb") as file:
                    tar.addfile(member, file)
    tarball.write_bytes(zlib.compress(archive.getvalue(), 9, wbits=31))  # 31: gzip, without a name or a time
    return tarball


def _change(path: Path, change: Callable[[str], str]) -> None:
    _write(path, change(path.read_text(encoding="utf-8")))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")  # on Windows, too
