"""One door for people: `python build.py serve | build | package | test | check | train | bench`.

Needs Python 3.11 or newer with pip, and nothing else: what `test`, `check`, `train` and `bench` need, they install into
`.venv`.
"""

import argparse
import base64
import functools
import hashlib
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Sequence
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from pysrc import lean, npm, packing
from pysrc.lean.compile import add

try:
    import tomllib
except ModuleNotFoundError:  # it came with Python 3.11
    sys.exit("build.py needs Python 3.11 or newer: run it with one.")

ROOT = Path(__file__).resolve().parent
SITE = ROOT / "site"
DIST = ROOT / "dist"
DIST_PACKAGE = ROOT / "dist-package"
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"


class BuildError(Exception):
    """What happened and what to do, in one sentence: all that a person sees of it."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# ---------------------------------------------------------------------------------------------------------------------
# Fetch: files that are not ours. The hash decides whether a file is right, not the place it comes from.


class SourceError(Exception):
    """One source cannot give one file; the message is the reason."""


class HostDownError(SourceError):
    """The source cannot give any file."""


class File(NamedTuple):
    name: str
    size: int
    sha256: str
    sources: tuple["Host | Package", ...]  # tried in this order


class Host(NamedTuple):
    """A web server with the files under one address."""

    label: str
    base: str

    def take(self, files: Sequence[File], cache: Path) -> dict[File, str]:
        """Fetches files into the cache. Returns the reason for each it cannot; a silent host is not asked again."""
        reasons: dict[File, str] = {}
        for place, file in enumerate(files):
            part = cache / f"{file.name}.part"
            try:
                download(self.base + file.name, file, part)
                accept(part, file, cache)
            except HostDownError as error:
                return reasons | dict.fromkeys(files[place:], str(error))
            except SourceError as error:
                reasons[file] = str(error)
        return reasons


class Package(NamedTuple):
    """A package that carries the files, fetched by its registry's own client."""

    label: str
    command: tuple[str, ...]  # leaves one archive in the folder it runs in
    folder: str | None  # where in the archive the files are; None: the archive is the file

    def take(self, files: Sequence[File], cache: Path) -> dict[File, str]:
        """Fetches the package once and moves files into the cache. Returns the reason for each it cannot."""
        reasons: dict[File, str] = {}
        with tempfile.TemporaryDirectory() as folder:
            try:
                archive = self._fetch(Path(folder))
            except SourceError as error:
                return dict.fromkeys(files, str(error))
            for file in files:
                part = cache / f"{file.name}.part"
                try:
                    part.write_bytes(self._read(archive, file.name))
                    accept(part, file, cache)
                except SourceError as error:
                    reasons[file] = str(error)
        return reasons

    def _fetch(self, folder: Path) -> Path:
        program = shutil.which(self.command[0])  # on Windows npm is npm.cmd, which only `which` finds
        if program is None:
            raise SourceError(f"{self.command[0]} is not installed")
        result = subprocess.run([program, *self.command[1:]], cwd=folder, stderr=subprocess.PIPE, text=True)
        if result.returncode:
            errors = (line for line in result.stderr.splitlines() if "error" in line.lower())
            raise SourceError(next(errors, f"{self.command[0]} ended with status {result.returncode}"))
        return next(folder.iterdir())

    def _read(self, archive: Path, name: str) -> bytes:
        if self.folder is None:
            return archive.read_bytes()
        try:
            return read_member(archive, self.folder + name)
        except KeyError:
            raise SourceError(f"{archive.name} has no such file") from None


def read_member(archive: Path, name: str) -> bytes:
    """A file in a wheel (a zip) or in a tarball; KeyError where it has none."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(name)
    with tarfile.open(archive) as tarball:
        member = tarball.extractfile(name)
        assert member is not None, "not a folder"
        return member.read()


def pip_download(requirement: str) -> tuple[str, ...]:
    """We only read what it brings, so neither its dependencies nor its Python version matter."""
    options = ("--no-deps", "--ignore-requires-python", "--dest", ".")
    return (sys.executable, "-m", "pip", "download", *options, requirement)


PYODIDE = "314.0.3"
CDN = Host("Pyodide's CDN", f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/")
NPM_PACK = ("npm", "pack", "--pack-destination", ".")
NPM = Package("the npm registry", (*NPM_PACK, f"pyodide@{PYODIDE}"), "package/")
# open-webui ships all of this Pyodide: the one package that has NumPy as built for it.
WEBUI = Package(
    "the PyPI package open-webui (106 MB)", pip_download("open-webui==0.12.4"), "open_webui/frontend/pyodide/"
)
PYFIVE = Package("the PyPI package pyfive", pip_download("pyfive==1.0.1"), None)

# fmt: off
FILES = (
    File("pyodide.mjs", 17880,
         "5cfc46f5dcbaf2a16f26e2363f441873eb424762609cc03db00d6a2ace4d00e5", (CDN, NPM, WEBUI)),
    File("pyodide.asm.mjs", 1249447,
         "1a9775427ef6e8abaa7db88ece0515422d1886915ae5c9093776410c865dfd8d", (CDN, NPM, WEBUI)),
    File("pyodide.asm.wasm", 9596462,
         "e7f8fac36f8bf11085309cbc5c829b3ec3057c18bf1d73b05a6741612d63cdbf", (CDN, NPM, WEBUI)),
    File("python_stdlib.zip", 2545106,
         "444c770dfd75a32097fc0a7d5c1413fd3140601f49c3a1f2e9af0376fcd124b4", (CDN, NPM, WEBUI)),
    File("numpy-2.4.3-cp314-cp314-pyemscripten_2026_0_wasm32.whl", 2916023,
         "0cad9c1b91f0082e4f959bc0e0bf5835a2efbba6ab3b1e9d1fe6e7e564cca98e", (CDN, WEBUI)),
    File("pyfive-1.0.1-py3-none-any.whl", 56486,
         "0c764606bb7dc75878de3a924d7d095bfef9f4fea86ded6898e38132bb93d4e8", (PYFIVE,)),
)

# They make the page's modules one, and Pyodide's a part of what it was.
ESBUILD = File("esbuild-wasm-0.28.2.tgz", 3863419,
               "61594de12ce998652be2aa0ab72dda54bfa49407fb37ee3464468a2aac306baa",
               (Package("the npm registry", (*NPM_PACK, "esbuild-wasm@0.28.2"), None),))
TERSER = File("terser-5.51.4.tgz", 469587,
              "b897695d2a82b656e0800761da835806e841a66b3c6a4d2aabc37cba2f2fc0dc",
              (Package("the npm registry", (*NPM_PACK, "terser@5.51.4"), None),))
# fmt: on


def fetch(files: Sequence[File], cache: Path) -> None:
    """Puts every file into the cache, each from the first of its sources that has it."""
    cache.mkdir(parents=True, exist_ok=True)
    missing = [file for file in files if not cached(file, cache)]
    reasons: dict[File, list[str]] = {file: [] for file in missing}
    for source in dict.fromkeys(source for file in files for source in file.sources):
        wanted = [file for file in missing if source in file.sources]
        if not wanted:
            continue
        say(f"Fetching {sum(file.size for file in wanted) / 1e6:.1f} MB from {source.label} …")
        refused = source.take(wanted, cache)
        for file, reason in refused.items():
            reasons[file].append(f"{source.label} failed ({reason})")
        for reason in dict.fromkeys(refused.values()):
            names = ", ".join(file.name for file in refused if refused[file] == reason)
            say(f"{names}: {source.label} failed ({reason})")
        missing = [file for file in missing if file not in wanted or file in refused]
    if missing:
        tried = "; ".join(reasons[missing[0]])
        raise BuildError(f"{missing[0].name} cannot be fetched: {tried}. Check the network and run this again.")


def cached(file: File, cache: Path) -> bool:
    path = cache / file.name
    if not path.exists():
        return False
    if is_right(path, file):
        return True
    say(f"{file.name}: the cached one is damaged and thrown away")
    path.unlink()
    return False


def is_right(path: Path, file: File) -> bool:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest() == file.sha256


def accept(part: Path, file: File, cache: Path) -> None:
    """Gives a finished download its final name, or removes it: a wrong file never gets that name."""
    if not is_right(part, file):
        part.unlink()
        raise SourceError("wrong bytes: the sha256 differs")
    part.replace(cache / file.name)


def download(url: str, file: File, part: Path) -> None:
    """Completes `part`, going on where it ends; cut off, it tries again as long as each try brings something."""
    while (have := part.stat().st_size if part.exists() else 0) < file.size:
        receive(url, file, part, have)
        if part.stat().st_size <= have:
            raise SourceError("the connection was cut")


def receive(url: str, file: File, part: Path, have: int) -> None:
    """Writes to `part` what one connection brings."""
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=10)
    except urllib.error.HTTPError as error:
        with error:
            raise SourceError(f"HTTP status {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        raise HostDownError(f"cannot be reached: {getattr(error, 'reason', error)}") from None
    resumed = response.status == 206  # a server that cannot resume sends all of it again, with status 200
    have = have if resumed else 0
    size = None if response.length is None else have + response.length  # None: the server does not say
    if size not in (None, file.size):  # another file, such as a captive portal's page
        response.close()
        raise SourceError(f"wrong bytes: {size} instead of {file.size}")
    with response, part.open("ab" if resumed else "wb") as sink:
        while have <= file.size and (chunk := next_chunk(response)):
            sink.write(chunk)
            show_progress(file, have, have + len(chunk))
            have += len(chunk)
    if size is None and have != file.size:  # cut off, or another file: there is no telling, so nothing goes on from it
        part.unlink()
        raise SourceError(f"wrong bytes: {have} instead of {file.size}")
    if sys.stderr.isatty():
        say("")  # ends the bar's line


def next_chunk(response: http.client.HTTPResponse) -> bytes:
    """Nothing at the end, and nothing where the connection is cut: the size of what has come tells which."""
    try:
        return response.read(1 << 18)
    except (OSError, http.client.HTTPException):
        return b""


def show_progress(file: File, before: int, now: int) -> None:
    """A bar on a terminal; elsewhere a line each quarter, because a log cannot be drawn over."""
    megabytes = f"{now / 1e6:.1f}/{file.size / 1e6:.1f} MB"
    if sys.stderr.isatty():
        bar = "#" * (30 * now // file.size)
        print(f"\r  {file.name} [{bar:30}] {megabytes}", end="", file=sys.stderr, flush=True)
    elif 4 * before // file.size < 4 * now // file.size:
        say(f"  {file.name} {megabytes}")


# ---------------------------------------------------------------------------------------------------------------------
# Build: a folder that any static host can serve.

MODEL = "models/mnist.safetensors"
EXAMPLES = "examples"  # pages of their own, which visitors of the page do not keep
BUNDLED = ("vite", "webpack")  # examples that are projects of their own
SIZES = "runtime.json"
# They have checksums of their own, which take less time than hashes.
SNAPSHOTS = [f"pyodide/snapshot-{each}.bin" for each in lean.SCENARIOS]
FACES = ("kerata.js", "keras-js.js")  # what other sites' pages ask for: their addresses never change
CONTENT = (
    "*.js",
    "gpu",
    "model",
    "pyodide",
    MODEL,
    "models/sample.json",
)  # what the page asks for, beside pictures and styles
WORKER = "service-worker.js"
PACKED = tuple(packing.ENCODINGS.values())  # the endings of packed forms
WORTH_ASKING = 1 << 17  # bytes: less is not worth what has come of the other form by then, and a second request
PACKAGES = ("kerata", "digits")  # below pysrc; PyPI gets the first alone
DEPENDS = {"numpy": [], "pyfive": ["numpy"], "kerata": ["numpy"]}  # the page loads pyfive only to open an HDF5 file
LOCK_INFO = {"abi_version": "2026_0", "arch": "wasm32", "platform": "emscripten_5_0_3", "python": "3.14.0"}


def make_dist(out: Path) -> None:
    """Builds into a folder beside `out` and puts it there when it is whole, so that a failure changes nothing."""
    if not (SITE / MODEL).exists():
        raise BuildError(f"site/{MODEL} is missing: get it back with `git checkout -- site/{MODEL}`.")
    if out.exists() and not is_build(out):
        raise BuildError(f"{out} is there and no build of ours, so it is left alone: choose another place with --out.")
    check_model(SITE / MODEL)
    fetch(FILES, CACHE)
    say("Building …")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
        new = Path(scratch) / "new"
        fill(new)
        if out.exists():
            out.rename(Path(scratch) / "old")
        new.rename(out)


def check_model(path: Path) -> None:
    """The page's model is one of digits, written by Kerata (kerata/formats/safetensors.py): its self-test says so."""
    expected = ([[28, 28, 1]], [[10]])
    data = path.read_bytes()
    try:
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        test = json.loads(header["__metadata__"]["self_test"])
        received: object = tuple([value["shape"][1:] for value in test[end]] for end in ("inputs", "outputs"))
    except (ValueError, KeyError, TypeError, RecursionError):
        received = "a file without a self-test"
    if received != expected:
        raise BuildError(
            f"site/{MODEL} is not a model for this page: expected one that `kerata convert` wrote, with a self-test of "
            f"shapes {expected}, received {received}; get ours back with `git checkout -- site/{MODEL}`."
        )


def is_build(folder: Path) -> bool:
    """What is one may be replaced. Before content was named, its list of sizes lay beside the page."""
    return (folder / WORKER).exists() and any([*folder.glob(SIZES), *folder.glob(f"*/{SIZES}")])


def fill(dist: Path) -> None:
    shutil.copytree(SITE, dist, ignore=shutil.ignore_patterns(WORKER, "*.md", *BUNDLED))  # the worker is written last
    runtime = dist / "pyodide"
    runtime.mkdir()
    for file in FILES:
        shutil.copyfile(CACHE / file.name, runtime / file.name)
    write_wheel(runtime)
    write_lock(runtime)  # Pyodide reads it wherever it starts, so the compiler does, too
    try:
        lean.byte_compile(runtime, CACHE / "lean")
        write_lock(runtime)  # with the hashes of what is compiled
        minifier = tool(TERSER, "more has to be downloaded until the page is ready")
        lean.take_snapshots(runtime, opened_models(), minifier, CACHE / "lean")
        bundler = tool(ESBUILD, "the page's modules stay apart, and it starts a little later")
        if bundler:
            lean.bundle_modules(dist, bundler)
    except lean.NoCompilerError as error:
        say(f"{error}: Python starts from its modules' source code, and the page takes several times as long to start.")
    name_content(dist)
    pack(dist.rglob("*"))
    describe(dist)
    pack([content_of(dist) / SIZES, dist / WORKER])


def opened_models() -> dict[str, list[Path]]:
    """The models whose opening shows what of Python is needed first, for each of the snapshots."""
    samples = (ROOT / "tests" / "golden" / "models").glob("*")
    return {
        "digits": [SITE / MODEL],
        "models": [SITE / MODEL, *sorted(each for each in samples if each.suffix != ".npz")],
    }


def name_content(dist: Path) -> None:
    """Puts what the page asks for into a folder that is named by it: whatever has an address there never changes, so it
    may be kept for ever, and a page never has files of two versions. (Only `SIZES`, which comes to lie there, too, is
    another where there are no packed forms; whoever asks for one in vain takes the plain file.)
    """
    content = dist / "content"
    for path in [path for part in CONTENT for path in dist.glob(part) if path.name not in FACES]:
        target = content / path.relative_to(dist)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    files = [path for path in sorted(content.rglob("*")) if path.is_file()]
    names = "\n".join(path.relative_to(content).as_posix() for path in files)
    name = lean.digest(names.encode(), *(path.read_bytes() for path in files))[:16]
    content.rename(dist / name)
    for path in [dist / "index.html", *(dist / face for face in FACES if (dist / face).exists())]:
        write_text(path, _MODULE.sub(rf"\g<1>{name}/\2", path.read_text(encoding="utf-8")))


_NAMED = re.compile("[0-9a-f]{16}")  # what the content is called
# A module that the page asks for, or that one of FACES imports.
_MODULE = re.compile(r"""((?:src|href|data-fetcher|data-worker)="|from '\./)([\w/-]+\.js["'])""")


def content_of(dist: Path) -> Path:
    """The folder that `name_content` has named."""
    (pyodide,) = dist.glob("*/pyodide")
    return pyodide.parent


def describe(dist: Path) -> None:
    """Tells the page and its service worker what is there, packed forms included."""
    write_sizes(content_of(dist))
    list_files(dist)


def tool(file: File, otherwise: str) -> Path | None:
    """A program that makes the site smaller; to have it not is no reason to build nothing."""
    try:
        fetch((file,), CACHE)
    except BuildError as error:
        say(f"{error} Until then {otherwise}.")
        return None
    return CACHE / file.name


def write_wheel(folder: Path) -> Path:
    """Packs the engine and the page's Python as one package: a package more is a request more. The same sources give
    the same bytes: names in order, one fixed date.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = project["name"], project["version"]
    source, info = ROOT / "pysrc", f"{name}-{version}.dist-info"
    members = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for package in PACKAGES
        for path in sorted((source / package).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"]
    metadata += [f"Requires-Dist: {requirement}\n" for requirement in project["dependencies"]]
    members[f"{info}/METADATA"] = "".join(metadata).encode()
    members[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: build.py\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    members[f"{info}/RECORD"] = record(members, f"{info}/RECORD")
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for member, data in members.items():
            add(archive, member, data)
    return wheel


def record(members: dict[str, bytes], own_name: str) -> bytes:
    """A wheel's list of its files with hash and size; its own line has neither."""
    lines = [f"{own_name},,\n"]
    for member, data in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{member},sha256={digest},{len(data)}\n")
    return "".join(lines).encode()


def write_lock(runtime: Path) -> None:
    """Pyodide's list of the packages it can load, cut down to ours."""
    packages = {wheel.name.split("-")[0]: lock_entry(wheel) for wheel in sorted(runtime.glob("*.whl"))}
    write_json(runtime / "pyodide-lock.json", {"info": LOCK_INFO, "packages": packages})


def lock_entry(wheel: Path) -> dict[str, object]:
    name, version = wheel.name.split("-")[:2]
    return {
        "depends": DEPENDS[name],
        "file_name": wheel.name,
        "imports": list(PACKAGES) if name == "kerata" else [name],
        "install_dir": "site",
        "name": name,
        "package_type": "package",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "unvendored_tests": False,
        "version": version,
    }


def write_sizes(content: Path) -> None:
    """Lists what the page may fetch before its first answer: sizes, for its progress in MB; hashes, to check them;
    and which files have a packed form, to ask for where a host sends them as they are.
    """
    paths = [path for part in ("pyodide/*", MODEL) for path in sorted(content.glob(part))]
    sizes = {path.relative_to(content).as_posix(): path.stat().st_size for path in paths if path.suffix not in PACKED}
    hashes = {name: sha256_of(content / name) for name in sizes if name not in SNAPSHOTS}
    packed = [name for name, size in sizes.items() if size - size_packed(content / name) >= WORTH_ASKING]
    (wheel,) = (content / "pyodide").glob("kerata-*.whl")
    version = wheel.name.split("-")[1]
    listed = {"files": sizes, "hashes": hashes, "packed": packed}
    write_json(content / SIZES, {"version": version, "pyodide": PYODIDE, **listed})


def sha256_of(path: Path) -> str:
    """In base64, as browsers make it."""
    return base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()


def size_packed(path: Path) -> int:
    packed = path.with_name(path.name + ".gz")
    return (packed if packed.exists() else path).stat().st_size


def is_kept(path: Path) -> bool:
    """Whether the page's visitors keep this file of the site: not what only other pages need."""
    is_for_others = {EXAMPLES, "model", *FACES} & {*path.parts} or path.match("*-models.bin") or path.suffix == ".ts"
    return path.name != WORKER and path.suffix not in PACKED and not is_for_others


def list_files(dist: Path) -> None:
    """Tells the service worker what the site is made of: path and SHA-256, "." for the page itself; and where `SIZES`
    is.
    """
    hashes = {
        path.relative_to(dist).as_posix(): sha256_of(path)
        for path in sorted(dist.rglob("*"))
        if path.is_file() and is_kept(path.relative_to(dist))
    }
    hashes["."] = hashes.pop("index.html")
    told = {"FILES": hashes, "SIZES": (content_of(dist) / SIZES).relative_to(dist).as_posix()}
    constants = "".join(f"const {name} = {json.dumps(value, indent=1)};\n" for name, value in told.items())
    text = (SITE / WORKER).read_text(encoding="utf-8")
    write_text(dist / WORKER, f"{constants}\n{text}")


def write_archive(dist: Path) -> Path:
    """The site as one zip beside it, without the packed forms. It appears when it is complete."""
    archive = dist.with_name(dist.name + ".zip")
    part = archive.with_name(f".{archive.name}.part")
    with tempfile.TemporaryDirectory(prefix=f".{dist.name}-", dir=dist.parent) as scratch:
        plain = Path(scratch) / "kerata"
        shutil.copytree(dist, plain, ignore=shutil.ignore_patterns(*(f"*{ending}" for ending in PACKED)))
        describe(plain)  # anew, so that nobody asks for what is not there
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as site:
            for path in sorted(plain.rglob("*")):
                if path.is_file():
                    add(site, path.relative_to(scratch).as_posix(), path.read_bytes())
    return part.replace(archive)


def write_json(path: Path, value: object) -> None:
    write_text(path, json.dumps(value, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """The same bytes on every system: Windows would end lines by CRLF."""
    path.write_text(text, encoding="utf-8", newline="\n")


def pack(paths: Iterable[Path]) -> None:
    """Puts packed forms beside the files that gain by it."""
    try:
        packing.pack(paths, CACHE / "packed")
    except packing.NoBrotliError as error:
        say(f"{error}: there are no .br beside the .gz.")


# ---------------------------------------------------------------------------------------------------------------------
# Package: Kerata for JavaScript, for npm.


def make_package(dist: Path, out: Path) -> Path:
    """Makes the npm package of a built site: in `out`, a folder and the tarball that this returns."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if not (content_of(dist) / "pyodide" / "snapshot-models.bin").exists():
        raise BuildError("The npm package needs Python's snapshot, which could not be taken (see above).")
    fetch((ESBUILD,), CACHE)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
        new, folder = Path(scratch) / "new", out / project["name"]
        try:
            npm.write_runtime(new, content_of(dist) / "pyodide", PACKED)
            write_sizes(new / "runtime")
            npm.write_modules(new, SITE, functools.partial(lean.run_esbuild, CACHE / ESBUILD.name))
        except lean.NoCompilerError as error:
            raise BuildError(f"The npm package cannot be made: {error}.") from None
        sizes = npm.measured(new, pack)
        npm.write_papers(new, project, ROOT / "LICENSE", sizes)
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
    tarball = npm.write_tarball(folder, out)
    packed, files, first, later = (f"{size / 1e6:.1f} MB" for size in (tarball.stat().st_size, *sizes))
    say(
        f"{tarball.name}: {packed}, unpacked {files}. A visitor downloads {first} until the first answer, then {later}."
    )
    return tarball


# ---------------------------------------------------------------------------------------------------------------------
# Serve: what a good static host does, on this machine alone.

CONTENT_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}
FRAMING = "frame-ancestors 'self'"  # no other site may show the page in a frame; in a <meta>, browsers ignore it
POLICY = re.compile(r'<meta\s+http-equiv="Content-Security-Policy"\s+content="([^"]+)"')


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of `folder` on 127.0.0.1, not yet running; port 0 takes a free one."""
    meta = POLICY.search((folder / "index.html").read_text(encoding="utf-8"))
    if meta is None:
        raise BuildError('index.html has no <meta http-equiv="Content-Security-Policy" content="…">: give it one.')
    policy = f"{' '.join(meta[1].split())}; {FRAMING}"
    handler = functools.partial(StaticHandler, policy, directory=str(folder))
    try:
        return StaticServer(("127.0.0.1", port), handler)
    except (OSError, OverflowError) as error:
        raise BuildError(f"Port {port} cannot be used ({error}): choose another with --port.") from None


class StaticServer(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser may hang up, or stop reading, at any time; anything else is worth a traceback."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class StaticHandler(SimpleHTTPRequestHandler):
    """Sends the packed file where there is one, lets browsers revalidate, and gives every answer the page's policy."""

    timeout = 30  # seconds: browsers open connections that they may never use, and each takes a thread

    def __init__(self, policy: str, *args: Any, **options: Any) -> None:
        self.policy = policy  # first: the base class answers the request while it is being made
        super().__init__(*args, **options)

    def send_head(self) -> BinaryIO | None:
        address = self.path.partition("?")[0]
        path = Path(self.translate_path(address + "index.html" if address.endswith("/") else address))
        try:
            encoding = self.best_encoding(path)
            body = path.with_name(path.name + packing.ENCODINGS.get(encoding, "")).open("rb")
        except (OSError, ValueError):  # ValueError: no file can have that name, as one with a NUL in it
            self.send_error(404)
            return None
        status = os.fstat(body.fileno())
        tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        fresh = self.headers.get("If-None-Match") == tag
        self.send_response(304 if fresh else 200)
        self.send_header("ETag", tag)
        self.send_header("Cache-Control", self.caching(path))
        self.send_header("Vary", "Accept-Encoding")
        if fresh:
            self.end_headers()
            body.close()
            return None
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Type", CONTENT_TYPES.get(path.suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(status.st_size))
        self.end_headers()
        return body

    def caching(self, path: Path) -> str:
        """What lies in a folder that its content has named is kept for ever; about the rest, browsers ask each time."""
        is_named = any(_NAMED.fullmatch(part) for part in path.relative_to(self.directory).parts)
        return "public, max-age=31536000, immutable" if is_named else "no-cache"

    def best_encoding(self, path: Path) -> str:
        """Of the packed forms that the browser takes, the smallest; nothing where it takes the file alone."""
        offers = [offer.replace(" ", "") for offer in self.headers.get("Accept-Encoding", "").lower().split(",")]
        accepted = {offer.partition(";")[0] for offer in offers if not re.search(r";q=0(\.0*)?$", offer)}
        forms = packing.ENCODINGS.items()
        found = (name for name, end in forms if name in accepted and path.with_name(path.name + end).is_file())
        return next(found, "")

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", self.policy)  # as a header, because workers get theirs only so
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the browser's own tools show each request."""


# ---------------------------------------------------------------------------------------------------------------------
# The commands, and the virtual environment some of them need.

INSTALLING = {
    "bench": "what the benchmark needs (about 1 GB, a few minutes)",
    "check": "the linters and the type checkers",
    "test": "what the tests need (about 1 GB, a few minutes)",
    "train": "what training needs (about 1 GB, a few minutes)",
}
CHECKS = (("ruff", "format", "--check"), ("ruff", "check"), ("mypy",))
JAVASCRIPT_CHECKS = (
    ("eslint", "--config", "tests/site/eslint.config.js", "site", "pysrc", "tests"),
    ("tsc", "--project", "tests/site"),
    ("tsc", "--project", "tests/site/service-worker.tsconfig.json"),
)


def venv_python(extra: str) -> Path:
    """The Python of .venv, with the package and this extra of pyproject.toml installed as it stands now."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        say("Making .venv …")
        if run(sys.executable, "-m", "venv", "--clear", VENV):
            raise BuildError(".venv cannot be made (see above): install Python's venv module and run this again.")
    stamp = VENV / f"kerata-{extra}.stamp"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        say(f"Installing {INSTALLING[extra]} …")
        if run(python, "-m", "pip", "install", "-e", f".[{extra}]"):
            raise BuildError(f"kerata[{extra}] cannot be installed (see above): check the network and run this again.")
        stamp.write_text(wanted)
    return python


def npm_programs() -> Path | None:
    """The folder of JavaScript's linter and type checker, as tests/site/package-lock.json pins them."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    tools = ROOT / "tests" / "site"
    stamp = tools / "node_modules" / "kerata.stamp"
    wanted = sha256_of(tools / "package-lock.json")
    if not stamp.exists() or stamp.read_text() != wanted:
        if run(npm, "ci", "--prefix", tools, "--ignore-scripts", "--no-audit", "--no-fund"):
            raise BuildError(
                "JavaScript's checkers cannot be installed (see above): check the network and run this again."
            )
        stamp.write_text(wanted)
    return tools / "node_modules" / ".bin"


def run(*command: str | Path) -> int:
    return subprocess.run(command, cwd=ROOT).returncode


def serve(options: argparse.Namespace) -> int:
    make_dist(DIST)
    with make_server(DIST, options.port) as server:
        say(f"Kerata is at http://127.0.0.1:{server.server_port}/ — Ctrl+C stops it")
        server.serve_forever()
    return 0


def build(options: argparse.Namespace) -> int:
    make_dist(options.out.resolve())
    say(f"Built {options.out}: put this folder on any static host.")
    if options.zip:
        archive = write_archive(options.out.resolve())
        say(f"Packed {archive}: unpack it anywhere and serve it, for example with `python3 -m http.server`.")
    return 0


def package(options: argparse.Namespace) -> int:
    if shutil.which("node") is None:
        raise BuildError("The npm package is made by Node.js, which is not installed: install it and run this again.")
    make_dist(DIST)
    tarball = make_package(DIST, DIST_PACKAGE)
    say(f"Packed {tarball}: `npm publish` takes it, and `npm install` in another project.")
    return 0


def test(options: argparse.Namespace) -> int:
    made: tuple[str | Path, ...] = ()
    if "--quick" not in options.rest:
        make_dist(DIST)
        made = (f"--site={DIST}",)  # in one word: pytest takes the next one for the tests to run
    # One more than the two cores of a small machine, since a test in a browser often waits for it.
    workers = ("-n", "3", "--dist", "worksteal")
    return run(venv_python("test"), "-m", "pytest", *workers, "--durations", "25", *made, *options.rest)


def check(options: argparse.Namespace) -> int:
    python = venv_python("check")
    failed = [" ".join(tool) for tool in CHECKS if run(python, "-m", *tool)]
    programs = npm_programs()
    if programs is None:
        say("JavaScript is not checked: there is no npm.")
    else:
        found = {tool: shutil.which(tool[0], path=str(programs)) or tool[0] for tool in JAVASCRIPT_CHECKS}
        failed += [" ".join(tool) for tool, program in found.items() if run(program, *tool[1:])]
    say(f"Failed: {', '.join(failed)}." if failed else "All checks passed.")
    return 1 if failed else 0


def train(options: argparse.Namespace) -> int:
    return run(venv_python("train"), "-m", "training.train", *options.rest)


def bench(options: argparse.Namespace) -> int:
    return run(venv_python("bench"), "-m", "tests.bench", *options.rest)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="build.py", description="Kerata: Keras models in the browser, in Python.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(action: Callable[[argparse.Namespace], int], text: str, **more: Any) -> argparse.ArgumentParser:
        made = commands.add_parser(action.__name__, help=text, description=text, allow_abbrev=False, **more)
        made.set_defaults(action=action, passes_on="usage" in more)
        return made

    command(serve, "Fetch, build and serve the page on this machine.").add_argument(
        "--port", type=int, default=8000, help="where to serve it (default: 8000)"
    )
    building = command(build, "Build a folder that any static host can serve.")
    building.add_argument("--out", type=Path, default=DIST, help="the folder (default: dist)")
    building.add_argument("--zip", action="store_true", help="pack it, too, as one archive to carry")
    command(package, "Make the npm package, in dist-package.")
    command(
        test,
        "Run the tests, after a build; with --quick, those without TensorFlow or a browser.",
        usage="build.py test [-h] [arguments of pytest …]",
    )
    command(check, "Check format, lint and types.")
    command(train, "Train a network.", usage="build.py train [-h] [arguments of training.train …]")
    command(bench, "Time Kerata against its peers.", usage="build.py bench [-h] [arguments of tests.bench …]")
    options, rest = parser.parse_known_args(arguments)
    options.rest = rest
    if rest and not options.passes_on:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    try:
        status: int = options.action(options)
    except (BuildError, OSError) as error:  # an OSError (disk full, no permission) says what happened, too
        say(f"build.py: {error}")
        status = 1
    except KeyboardInterrupt:
        say("")  # leaves the terminal's ^C on a line of its own
        status = 130
    return status


if __name__ == "__main__":
    if __spec__ is not None:  # `python -m build` means PyPI's build, which this file hides in this folder
        sys.exit(
            "build.py: this is a script, run as `python build.py`; for a wheel of Kerata, run `python -P -m build`."
        )
    sys.exit(main())
