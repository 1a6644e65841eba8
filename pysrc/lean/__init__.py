"""A runtime that starts sooner. Python's modules come as source, which Pyodide compiles at every start: that is most of
its start. Here they are compiled when the site is built, by that same Pyodide, run in Node.js; and of the standard
library and of NumPy only those are kept that Kerata uses, which `stdlib.txt` and `numpy.txt` name.
"""

import hashlib
import itertools
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from . import bundle, prune, split

HERE = Path(__file__).resolve().parent
SITE = HERE.parents[1] / "site"

# Python finds out once, at its start, whether it can wait for promises: in the snapshot it can, as in most browsers.
# What it takes, JavaScript Promise Integration, has been in Node.js behind one or the other of these options.
JSPI = ("--experimental-wasm-stack-switching", "--experimental-wasm-jspi")
RELAXED = ("--experimental-wasm-relaxed-simd",)  # which is in browsers, and in newer Node.js, without an option


GLUE, BINARY = "pyodide.asm.mjs", "pyodide.asm.wasm"


class NoCompilerError(Exception):
    """Why nothing can be compiled here, or no snapshot taken: half a sentence."""


class Archive(NamedTuple):
    """A zip of modules, where Pyodide has them when it runs them, and which are kept; None: all."""

    path: Path
    home: str
    kept: tuple[str, ...] | None = None


def _archives(folder: Path) -> list[Archive]:
    """Those of a folder that holds Pyodide, its packages, and Kerata's wheel."""
    stdlib, numpy = (tuple((HERE / name).read_text(encoding="utf-8").split()) for name in ("stdlib.txt", "numpy.txt"))
    wheels = [
        Archive(path, "/lib/python3.14/site-packages/", numpy if path.name.startswith("numpy-") else None)
        for path in sorted(folder.glob("*.whl"))
    ]
    return [Archive(folder / "python_stdlib.zip", "/lib/python3.14/", stdlib), *wheels]


def byte_compile(folder: Path, cache: Path) -> None:
    """Replaces the folder's archives by compiled ones, all or none. What is compiled once is in the cache."""
    cache.mkdir(parents=True, exist_ok=True)
    compilers = [folder / "pyodide.asm.wasm", HERE / "compile.mjs", HERE / "compile.py"]
    compiler = digest(*(path.read_bytes() for path in compilers))
    made = {
        archive: cache / f"{digest(archive.path.read_bytes(), repr(archive.kept).encode(), compiler.encode())}.zip"
        for archive in _archives(folder)
    }
    missing = [archive for archive, compiled in made.items() if not compiled.exists()]
    if missing:
        _compile(folder, missing, [made[archive] for archive in missing])
    for archive, compiled in made.items():
        shutil.copyfile(compiled, archive.path)


SCENARIOS = ("digits", "models")  # what there are snapshots for: the page, and models of any kind


def take_snapshots(folder: Path, models: Mapping[str, Sequence[Path]], terser: Path | None, cache: Path) -> None:
    """Puts into the folder of compiled archives snapshots of Python's memory with NumPy and Kerata imported, and what
    else is needed to restore them: Python's WebAssembly, pruned and in two parts, and the JavaScript around it.

    models: the files that each scenario opens; that of the digit page is in its snapshot, with its kernels. terser: the
    npm package; without it, the JavaScript is several times as large.
    """
    wheels = sorted(folder.glob("*.whl"))
    makers = [folder / "pyodide.asm.wasm", folder / "python_stdlib.zip", *wheels, *itertools.chain(*models.values())]
    makers += [SITE / "modules.js", SITE / "snapshot.js"]
    makers += sorted(path for path in HERE.iterdir() if path.suffix in (".py", ".mjs", ".txt"))
    makers += [terser] if terser else []
    kept = cache / f"snapshot-{digest(*(path.read_bytes() for path in makers))}"
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            snapshots = _Snapshots(Path(scratch), folder, models, terser)
            snapshots.take(wheels)
            snapshots.split()
            try:
                snapshots.made.rename(kept)  # whole or not at all
            except OSError:
                if not kept.exists():  # made by another process meanwhile
                    raise
    shutil.copytree(kept, folder, dirs_exist_ok=True)


class _Snapshots:
    """The making of snapshots, in a folder to work in: from `runtime` and `packages` comes `made`; what was watched
    meanwhile is in `seen`, by scenario.
    """

    def __init__(self, scratch: Path, folder: Path, models: Mapping[str, Sequence[Path]], terser: Path | None) -> None:
        self.runtime, self.packages, self.made, self.seen, self.models = (
            scratch / name for name in ("runtime", "packages", "made", "seen", "models")
        )
        self.terser = terser
        self.answers: dict[str, str] = {}
        shutil.copytree(folder, self.runtime)
        self.made.mkdir()
        for scenario, files in models.items():
            (self.seen / scenario).mkdir(parents=True)
            (self.models / scenario).mkdir(parents=True)
            for file in files:
                shutil.copy(file, self.models / scenario)

    def take(self, wheels: Iterable[Path]) -> None:
        """With the code of those functions of Python that the first answers call, and the others' apart."""
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(self.packages)
        self._prune()
        shutil.copyfile(self.runtime / GLUE, self.made / "python.mjs")
        (self.runtime / "empty.zip").touch()  # in place of the standard library, for which Pyodide asks
        for scenario in SCENARIOS:
            self._record(scenario)
            self.answers[scenario] = self._watch(scenario)
            self._record(scenario, self.seen / scenario / "names.json")

    def split(self) -> None:
        """Python's WebAssembly: what is used until the first answers, and the rest. The first part alone has to give
        the answers that Python gave before anything was put off.
        """
        hot = {"python.hot.wasm": self.runtime / BINARY}
        hot |= {path.name: self.runtime / path.name for path in self.made.glob("*.wasm")}
        whole = {name: path.read_bytes() for name, path in hot.items()}
        for name, path in hot.items():
            path.write_bytes(split.marked(whole[name]))
        for scenario in SCENARIOS:
            self._watch(scenario)
        used = [json.loads((self.seen / each / "functions.json").read_text(encoding="utf-8")) for each in SCENARIOS]
        for name, path in hot.items():
            functions = {each for by_name in used for each in by_name[name]}
            # Where libraries have their data is not known before they are loaded.
            memories = [(self.seen / each / "memory").read_bytes() for each in SCENARIOS] if path.name == BINARY else []
            first, second = split.split(whole[name], functions, memories)
            path.write_bytes(first)
            (self.made / name).write_bytes(first)
            (self.made / f"{name.removesuffix('.wasm').removesuffix('.hot')}.cold.wasm").write_bytes(second)
        for scenario in SCENARIOS:
            if self._watch(scenario) != self.answers[scenario]:
                raise NoCompilerError(f"Python's first part answers otherwise than the whole ({scenario})")
            shutil.copy(self.seen / scenario / f"snapshot-{scenario}.bin", self.made)

    def _prune(self) -> None:
        """Pyodide's WebAssembly and the JavaScript around it, of what nobody here asks for."""
        glue, binary = self.runtime / GLUE, self.runtime / BINARY
        text, whole = glue.read_text(encoding="utf-8"), binary.read_bytes()
        around = (self.runtime / "pyodide.mjs", SITE / "snapshot.js", HERE / "record.mjs")
        others = [path.read_text(encoding="utf-8") for path in around]
        libraries = [path.read_bytes() for path in self.packages.rglob("*.so")]
        kept = prune.needed(text, others, whole, libraries)
        binary.write_bytes(prune.pruned(whole, kept))
        text = prune.pruned_glue(text, kept)
        if self.terser:
            text = self._minified(prune.referring_less(text, others, [whole, *libraries]))
        glue.write_text(text, encoding="utf-8", newline="\n")

    def _minified(self, text: str) -> str:
        terser, source, target = (self.seen / name for name in ("terser.js", "source.mjs", "target.mjs"))
        with tarfile.open(self.terser) as package:
            member = package.extractfile("package/dist/bundle.min.js")
            assert member is not None, "not a folder"
            terser.write_bytes(member.read())
        source.write_text(text, encoding="utf-8", newline="\n")
        _node("minify.mjs", terser, source, target)
        return prune.read_once(target.read_text(encoding="utf-8"))

    def _record(self, scenario: str, *names: Path) -> None:
        given = (self.runtime, self.packages, self.models / scenario, self.made, *names)
        _node("snapshot.mjs", scenario, *given, options=JSPI)
        shutil.copytree(self.made, self.runtime, dirs_exist_ok=True)

    def _watch(self, scenario: str) -> str:
        """The answers of the runtime as it is; what was seen is in the folder for it."""
        seen = self.seen / scenario
        _node("record.mjs", scenario, self.runtime, self.models / scenario, seen, options=JSPI + RELAXED)
        return (seen / "answers.json").read_text(encoding="utf-8")


def digest(*parts: bytes) -> str:
    """Of all of them, in their order; hexadecimal."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _compile(folder: Path, missing: Sequence[Archive], targets: Sequence[Path]) -> None:
    parts = [target.with_suffix(f".{os.getpid()}.part") for target in targets]
    jobs = [
        {
            "source": str(archive.path),
            "target": str(part),
            "home": archive.home,
            "kept": archive.kept,
        }
        for archive, part in zip(missing, parts, strict=True)
    ]
    _node("compile.mjs", folder, given=json.dumps(jobs))
    for part, target in zip(parts, targets, strict=True):
        part.replace(target)


def bundle_modules(site: Path, esbuild: Path) -> None:
    """Of the page, as `bundle` says."""
    bundle.bundle(site, esbuild, _node)


def run_esbuild(esbuild: Path, *arguments: str | Path) -> None:
    bundle.run(esbuild, _node, *arguments)


def _node(script: str | Path, *arguments: str | Path, given: str = "", options: Sequence[str] = ()) -> str:
    """Runs a script, of this folder where it has no path; returns what it prints. options: of V8, those that it has."""
    node = shutil.which("node")
    if node is None:
        raise NoCompilerError("Node.js is not installed")
    if options:
        known = subprocess.run([node, "--v8-options"], capture_output=True, text=True, check=False).stdout.split()
        options = [option for option in options if option in known]
    command = [node, *options, HERE / script, *arguments]
    result = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if result.returncode:
        raise NoCompilerError(f"Node.js failed ({result.stderr.strip() or result.returncode})")
    return result.stdout
